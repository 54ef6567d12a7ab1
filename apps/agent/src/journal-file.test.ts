import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockFolder, openJournalFile } from './journal-file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'drover-journal-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('a journal file', () => {
  it('appends, replaces in one step and goes on appending to the new file', () => {
    const file = path.join(folder, 'host', 'journal')
    const storage = openJournalFile(file)
    storage.append('one\n')
    storage.sync()
    storage.replace('two\n')
    storage.append('three\n')
    storage.sync()
    storage.close()
    expect(readFileSync(file, 'utf8')).toBe('two\nthree\n')
    expect(readdirSync(path.dirname(file))).toEqual(['journal'])
    expect(statSync(file).mode & 0o077).toBe(0)
  })
})

describe('the lock of a data folder', () => {
  it('refuses a second process while the first lives', () => {
    const lock = lockFolder(folder, process.pid)
    expect(lock).not.toBeNull()
    expect(lockFolder(folder, process.ppid)).toBeNull()
    lock?.release()
    expect(lockFolder(folder, process.pid)).not.toBeNull()
  })

  it.each([
    ['of a process that is gone', '4194304 1\n'],
    ['of an earlier process with the same id', `${process.pid} 1\n`],
    ['that was torn', ''],
  ])('takes over one %s', (_, content) => {
    writeFileSync(path.join(folder, 'agent.lock'), content)
    expect(lockFolder(folder, process.pid)).not.toBeNull()
    expect(readdirSync(folder)).toEqual(['agent.lock'])
  })
})
