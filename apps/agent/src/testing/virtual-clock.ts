import type { Clock, Timer } from '../clock.ts'

/** Time that passes when the test says so. */
export class VirtualClock implements Clock {
  #nowMs: number
  #due: { atMs: number; order: number; act: () => void }[] = []
  #order = 0

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs
  }

  now(): number {
    return this.#nowMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, act: () => void): Timer {
    this.#order += 1
    const entry = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order, act }
    this.#due.push(entry)
    return {
      cancel: () => {
        this.#due = this.#due.filter((other) => other !== entry)
      },
    }
  }

  get timerCount(): number {
    return this.#due.length
  }

  /** Lets time pass, timer by timer; promises settle between them. */
  async advance(elapsedMs: number): Promise<void> {
    const endMs = this.#nowMs + elapsedMs
    for (;;) {
      await settled()
      const [next] = this.#due.toSorted((a, b) => a.atMs - b.atMs || a.order - b.order)
      if (next === undefined || next.atMs > endMs) break
      this.#due = this.#due.filter((entry) => entry !== next)
      this.#nowMs = next.atMs
      next.act()
    }
    this.#nowMs = endMs
  }
}

/** Every promise that can settle without time passing has. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
