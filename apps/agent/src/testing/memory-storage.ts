import type { JournalStorage } from '../journal.ts'

/** Thrown by a storage that was told to crash: to the agent a disk that fails, to the test the moment of a kill -9. */
export class Crash extends Error {}

/** Where in the first write that holds `text` the process dies; a function says how much of its length is kept. */
export type CrashPoint = {
  readonly when: 'before' | 'after' | ((length: number) => number)
  readonly text: string
}

/** A journal's storage in memory; dead, it is a dead process's: nothing written afterwards exists. */
export class MemoryStorage implements JournalStorage {
  text = ''
  #syncedLength = 0
  #isDead = false
  #crashAt: CrashPoint | null = null
  #isFull = false

  read(): string {
    return this.text
  }

  append(text: string): void {
    const crash = this.#crashAt !== null && text.includes(this.#crashAt.text) ? this.#crashAt : null
    const kept = crash === null ? text : text.slice(0, keptLength(crash.when, text))
    if (!this.#isDead) this.text += this.#isFull ? text.slice(0, text.length / 2) : kept
    if (this.#isFull) throw new Error('ENOSPC: no space left on device, write')
    if (crash === null) return
    this.#crashAt = null
    this.#isDead = true
    throw new Crash(`Crashed writing ${crash.text}`)
  }

  sync(): void {
    if (!this.#isDead) this.#syncedLength = this.text.length
  }

  replace(text: string): void {
    if (this.#isDead) return
    this.text = text
    this.#syncedLength = text.length
  }

  /** The process dies right before, in the middle of, or right after the first write that holds `text`. */
  crashAt(point: CrashPoint): void {
    this.#crashAt = point
  }

  /** From now on (until `isFull` is false again) a write leaves its first half behind and fails; the process lives on. */
  setFull(isFull: boolean): void {
    this.#isFull = isFull
  }

  kill(): void {
    this.#isDead = true
  }

  get isDead(): boolean {
    return this.#isDead
  }

  /** A power cut: what was never synced is gone, all of it or (a number) all but so many characters. */
  cutPower(keptUnsynced = 0): void {
    this.#isDead = true
    this.text = this.text.slice(0, this.#syncedLength + keptUnsynced)
  }

  /** The same disk for the next run. */
  reopen(): MemoryStorage {
    const next = new MemoryStorage()
    next.text = this.text
    next.#syncedLength = this.text.length
    return next
  }
}

function keptLength(when: CrashPoint['when'], text: string): number {
  if (typeof when === 'function') return when(text.length)
  return when === 'before' ? 0 : text.length
}
