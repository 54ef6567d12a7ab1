import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import path from 'node:path'
import type { JournalStorage } from './journal.ts'

/** A journal on disk. Synchronous on purpose: a decision is on the disk before the next statement runs. */
export function openJournalFile(file: string): JournalStorage & { close(): void } {
  const folder = path.dirname(file)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  let descriptor = openSync(file, 'a', 0o600)
  return {
    read: () => readFileSync(file, 'utf8'),
    append: (text) => writeWhole(descriptor, text),
    sync: () => fsyncSync(descriptor),
    replace(text) {
      const next = `${file}.new`
      const written = openSync(next, 'w', 0o600)
      try {
        writeWhole(written, text)
        fsyncSync(written)
      } finally {
        closeSync(written)
      }
      renameSync(next, file)
      syncFolder(folder)
      closeSync(descriptor)
      descriptor = openSync(file, 'a', 0o600)
    },
    close: () => closeSync(descriptor),
  }
}

function writeWhole(descriptor: number, text: string): void {
  const bytes = Buffer.from(text)
  let offset = 0
  while (offset < bytes.length) offset += writeSync(descriptor, bytes, offset)
}

/** A rename is durable when the folder is on the disk. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

export type FolderLock = { release(): void }

/**
 * One agent process per data folder. The lock names its process; one whose process is gone (a kill, a power cut) is
 * taken over. Null when another process is alive and holds it.
 */
export function lockFolder(folder: string, processId: number): FolderLock | null {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = path.join(folder, 'agent.lock')
  const content = `${processId} ${processStart(processId)}\n`
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      writeFileSync(file, content, { flag: 'wx', mode: 0o600 })
      return { release: () => rmSync(file, { force: true }) }
    } catch (cause) {
      if (!isCode(cause, 'EEXIST')) throw cause
    }
    const holder = readOrEmpty(file)
    if (isAlive(holder)) return null
    // Move the stale lock away and look again at what was moved: another process may have been faster.
    const moved = `${file}.${processId}`
    try {
      renameSync(file, moved)
    } catch (cause) {
      if (isCode(cause, 'ENOENT')) continue
      throw cause
    }
    const taken = readOrEmpty(moved)
    if (taken !== holder && isAlive(taken)) {
      renameSync(moved, file)
      return null
    }
    rmSync(moved, { force: true })
  }
  return null
}

/** True when the process of the lock runs and is the same one: process ids are used again. */
function isAlive(holder: string): boolean {
  const [id, start] = holder.trim().split(' ')
  const processId = Number(id)
  if (!Number.isInteger(processId) || processId <= 0) return false
  try {
    process.kill(processId, 0)
  } catch (cause) {
    if (!isCode(cause, 'EPERM')) return false
  }
  return start === undefined || start === processStart(processId)
}

/** When the process started, in clock ticks since boot; empty where /proc is not there to say. */
function processStart(processId: number): string {
  const stat = readOrEmpty(`/proc/${processId}/stat`)
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function isCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === code
}
