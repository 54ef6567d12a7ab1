import type { JournalStorage } from '../journal.ts'

/** Thrown by a storage that was told to crash: to the agent a disk that fails, to the test the moment of a kill -9. */
export class Crash extends Error {}

export type CrashPoint = { readonly when: 'before' | 'after'; readonly text: string }

/** A journal's storage in memory; dead, it is a dead process's: nothing written afterwards exists. */
export class MemoryStorage implements JournalStorage {
  text = ''
  #isDead = false
  #crashAt: CrashPoint | null = null

  read(): string {
    return this.text
  }

  append(text: string): void {
    const crash = this.#crashAt !== null && text.includes(this.#crashAt.text) ? this.#crashAt : null
    if (!this.#isDead && crash?.when !== 'before') this.text += text
    if (crash === null) return
    this.#crashAt = null
    this.#isDead = true
    throw new Crash(`Crashed ${crash.when} writing ${crash.text}`)
  }

  sync(): void {}

  replace(text: string): void {
    if (!this.#isDead) this.text = text
  }

  /** The process dies right before or right after the first write that holds `text`. */
  crashAt(point: CrashPoint): void {
    this.#crashAt = point
  }

  kill(): void {
    this.#isDead = true
  }

  /** The same disk for the next run. */
  reopen(): MemoryStorage {
    const next = new MemoryStorage()
    next.text = this.text
    return next
  }
}
