import fs from 'node:fs'

/** Linux only: what the kernel knows of a process that is not ours to ask. */
const ticksPerSec = 100

/** CPU time of a process with all its threads, from /proc; in steps of 10 ms. */
export function cpuMsOf(pid: number): number {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name, in parentheses, may hold spaces; the fields after it do not.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSec
}

export type Memory = { readonly rssBytes: number; readonly pssBytes: number }

/** Resident pages, and the same with shared ones divided among those who share them. */
export function memoryOf(pid: number): Memory | null {
  try {
    const rollup = fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
    const kib = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(rollup)?.[1])
    return { rssBytes: kib('Rss') * 1024, pssBytes: kib('Pss') * 1024 }
  } catch {
    return null
  }
}

export type ProcessEntry = {
  readonly pid: number
  readonly parent: number
  readonly command: string
}

/** The process and everything it has started, however deep. */
export function processTree(pid: number): ProcessEntry[] {
  const all = fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => entryOf(Number(name)))
  const found = all.filter((entry) => entry.pid === pid)
  for (let index = 0; index < found.length; index += 1) {
    found.push(...all.filter((entry) => entry.parent === found[index]?.pid))
  }
  return found
}

function entryOf(pid: number): ProcessEntry[] {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    const command = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
    return [
      { pid, parent, command: command === '' ? stat.slice(0, stat.indexOf(')') + 1) : command },
    ]
  } catch {
    return []
  }
}
