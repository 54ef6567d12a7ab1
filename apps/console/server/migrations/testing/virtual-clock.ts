import { testMoment } from '@drover/api-schema/testing/builders.ts'
import type { MigrationClock } from '../ports.ts'

/** Lets everything that waits for nothing but promises go on. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** Time moves when the test says so. */
export class VirtualClock implements MigrationClock {
  #now = testMoment
  #wallOffset = 0
  #timers: { at: number; run: () => void }[] = []

  now(): number {
    return this.#now + this.#wallOffset
  }

  monotonicMs(): number {
    return this.#now
  }

  /** Somebody sets the machine's clock; timers and durations do not notice. */
  stepWall(ms: number): void {
    this.#wallOffset += ms
  }

  setTimer(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  get waiting(): number {
    return this.#timers.length
  }

  async advance(ms: number): Promise<void> {
    const until = this.#now + ms
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      this.#timers = this.#timers.filter((timer) => timer !== next)
      this.#now = next.at
      next.run()
      await settled()
    }
    this.#now = until
    await settled()
  }
}
