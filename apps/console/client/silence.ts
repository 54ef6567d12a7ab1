import type { PaintClock } from './paint-schedule.ts'

/** Readings come each second; from here on the newest one is old. */
export const silenceAfterMs = 3000
const lookEveryMs = 1000
/** A look this late means that the page itself slept: what came meanwhile may not have been read yet. */
const oversleptMs = 3 * lookEveryMs

/**
 * For how long hosts have sent no reading, noticed with one timer for all of them, long before the console misses their
 * heartbeats. Nothing is called silent before a reading could have come: after a connection, after the first look at a
 * host, after the page was asleep.
 */
export class SilenceWatch<Key> {
  readonly #clock: Pick<PaintClock, 'now' | 'wait'>
  /** When each host that readings are asked for was heard last, or could have been heard first. */
  readonly #heardAt = new Map<Key, number>()
  readonly #silentMs = new Map<Key, number>()
  readonly #listeners = new Map<Key, Set<() => void>>()
  #isConnected = false
  #isLooking = false
  #lookedAt = 0

  constructor(clock: Pick<PaintClock, 'now' | 'wait'>) {
    this.#clock = clock
  }

  /** Whole seconds in ms since the newest reading; null while that is news. */
  silentMs(key: Key): number | null {
    return this.#silentMs.get(key) ?? null
  }

  listen(key: Key, listener: () => void): () => void {
    const listeners = this.#listeners.get(key) ?? new Set()
    this.#listeners.set(key, listeners)
    listeners.add(listener)
    this.#keepLooking()
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#listeners.get(key) === listeners)
        this.#listeners.delete(key)
    }
  }

  hear(key: Key): void {
    if (this.#heardAt.has(key)) this.#heardAt.set(key, this.#clock.now())
    if (this.#silentMs.delete(key)) this.#notify(key)
  }

  /** These are asked for from now on, and no others. */
  expect(keys: readonly Key[]): void {
    const now = this.#clock.now()
    const expected = new Set(keys)
    for (const key of this.#heardAt.keys()) if (!expected.has(key)) this.#forget(key)
    for (const key of keys) if (!this.#heardAt.has(key)) this.#heardAt.set(key, now)
  }

  /** Without a connection no host can be heard, and that is said elsewhere. */
  setConnected(isConnected: boolean): void {
    this.#isConnected = isConnected
    this.#startAnew()
  }

  #startAnew(): void {
    const now = this.#clock.now()
    for (const key of this.#heardAt.keys()) this.#heardAt.set(key, now)
    const silent = [...this.#silentMs.keys()]
    this.#silentMs.clear()
    for (const key of silent) this.#notify(key)
  }

  #keepLooking(): void {
    if (this.#isLooking) return
    this.#isLooking = true
    this.#lookedAt = this.#clock.now()
    this.#clock.wait(lookEveryMs, () => this.#look())
  }

  #look(): void {
    this.#isLooking = false
    if (this.#listeners.size === 0) return
    const now = this.#clock.now()
    const elapsedMs = now - this.#lookedAt
    this.#keepLooking()
    if (elapsedMs > oversleptMs) {
      this.#startAnew()
      return
    }
    if (!this.#isConnected) return
    for (const key of this.#listeners.keys()) this.#judge(key, now)
  }

  #judge(key: Key, now: number): void {
    const ageMs = now - (this.#heardAt.get(key) ?? now)
    if (ageMs < silenceAfterMs) return
    const whole = Math.floor(ageMs / 1000) * 1000
    if (this.#silentMs.get(key) === whole) return
    this.#silentMs.set(key, whole)
    this.#notify(key)
  }

  #forget(key: Key): void {
    this.#heardAt.delete(key)
    if (this.#silentMs.delete(key)) this.#notify(key)
  }

  #notify(key: Key): void {
    for (const listener of this.#listeners.get(key) ?? []) listener()
  }
}
