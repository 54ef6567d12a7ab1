import type { JournalStorage } from '../../apps/agent/src/journal.ts'
import type { Process } from './virtual-time.ts'

/** What a fault does to one write of the journal: the process dies before it, in the middle of it, or right after it. */
export type WriteFault = 'none' | 'kill-before' | 'kill-torn' | 'kill-after'

/** Thrown into the agent at the write with which its process dies; nothing it does afterwards exists. */
export class KilledWriting extends Error {}

/** A host's disk: it outlives the agent's process, and a power cut takes what was not synced. */
export class Disk {
  text = ''
  #syncedLength = 0
  writes = 0
  readonly #disturb: (index: number) => WriteFault

  constructor(disturb: (index: number) => WriteFault) {
    this.#disturb = disturb
  }

  /** The journal of one run of the agent; `kill` ends that run. */
  openFor(process: Process, kill: () => void): JournalStorage {
    const write = (text: string, keep: (text: string) => void): void => {
      if (!process.isAlive) return
      const fault = this.#disturb(this.writes)
      this.writes += 1
      if (fault === 'kill-torn') keep(text.slice(0, Math.floor(text.length / 2)))
      if (fault === 'kill-after' || fault === 'none') keep(text)
      if (fault === 'none') return
      kill()
      throw new KilledWriting(fault)
    }
    return {
      read: () => this.text,
      append: (text) =>
        write(text, (kept) => {
          this.text += kept
        }),
      sync: () => {
        if (process.isAlive) this.#syncedLength = this.text.length
      },
      replace: (text) => {
        if (!process.isAlive) return
        this.text = text
        this.#syncedLength = text.length
      },
    }
  }

  loseUnsynced(): void {
    this.text = this.text.slice(0, this.#syncedLength)
  }
}
