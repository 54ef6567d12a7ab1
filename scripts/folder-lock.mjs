// Who uses a data folder: a file in it names the process, and one whose process is gone counts for nothing. Beside the
// console's own lock in the database, because this one answers before anything is written or started.
import fs from 'node:fs'

/** @typedef {{ pid: number, startedAt: string, url: string }} Holder */

/** Null when the lock is ours now, else who has it. @param {string} file @param {string} url @returns {Holder | null} */
export function takeLock(file, url) {
  const content = JSON.stringify({ pid: process.pid, startedAt: startOf(process.pid), url })
  for (;;) {
    try {
      fs.writeFileSync(file, content, { flag: 'wx', mode: 0o600 })
      return null
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error
    }
    const holder = read(file)
    if (holder && isAlive(holder)) return holder
    fs.rmSync(file, { force: true })
  }
}

/** @param {string} file */
export function releaseLock(file) {
  if (read(file)?.pid === process.pid) fs.rmSync(file, { force: true })
}

/** @param {string} file @returns {Holder | null} */
function read(file) {
  try {
    const { pid, startedAt, url } = JSON.parse(fs.readFileSync(file, 'utf8'))
    return Number.isInteger(pid) && pid > 0 ? { pid, startedAt, url: String(url) } : null
  } catch {
    return null
  }
}

/** @param {Holder} holder */
function isAlive({ pid, startedAt }) {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (!isCode(error, 'EPERM')) return false
  }
  return startedAt === startOf(pid)
}

/** In clock ticks since the machine's start, for numbers are used again; empty for the dead that nobody has buried, and
 * where there is no /proc. @param {number} pid */
function startOf(pid) {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? '' : (fields[19] ?? '')
  } catch {
    return ''
  }
}

/** @param {unknown} error @param {string} code */
const isCode = (error, code) => error instanceof Error && 'code' in error && error.code === code
