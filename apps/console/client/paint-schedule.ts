/** What the schedule needs of the browser; a test brings its own. */
export type PaintClock = {
  readonly now: () => number
  readonly isHidden: () => boolean
  readonly requestFrame: (run: () => void) => void
  readonly wait: (ms: number, run: () => void) => void
}

/** A little under a second: samples that come every 1000 ms must not miss every other turn by a millisecond. */
const paintIntervalMs = 950
/** Work in one frame before the rest waits for the next, so that a drag keeps its 60 frames a second. */
const frameBudgetMs = 5

/**
 * Decides when the readings of a host are painted: at most once a second, a few hosts a frame, never in a hidden
 * tab. What is due stays due until then; the newest reading is what gets painted.
 */
export class PaintSchedule<Key> {
  readonly #clock: PaintClock
  readonly #paint: (key: Key) => void
  readonly #due = new Set<Key>()
  readonly #paintedAt = new Map<Key, number>()
  /** A frame is asked for. */
  #isArmed = false
  /** Counts up to take back a wait that a frame overtook. */
  #waitGeneration = 0
  #isWaiting = false

  constructor(clock: PaintClock, paint: (key: Key) => void) {
    this.#clock = clock
    this.#paint = paint
  }

  touch(key: Key): void {
    this.#due.add(key)
    // A wait is for the hosts that were painted lately; one that has rested long enough need not sit it out.
    if (!this.#isWaiting || this.#waitMs(key, this.#clock.now()) <= 0) this.#arm()
  }

  forget(key: Key): void {
    this.#due.delete(key)
    this.#paintedAt.delete(key)
  }

  /** Call when the tab is shown again. */
  resume(): void {
    if (this.#due.size > 0) this.#arm()
  }

  #arm(): void {
    if (this.#isArmed || this.#clock.isHidden()) return
    this.#isArmed = true
    this.#isWaiting = false
    this.#waitGeneration += 1
    this.#clock.requestFrame(() => this.#run())
  }

  #armLater(ms: number): void {
    this.#isWaiting = true
    const generation = this.#waitGeneration
    this.#clock.wait(ms, () => {
      if (generation === this.#waitGeneration) this.#arm()
    })
  }

  #waitMs(key: Key, now: number): number {
    return (this.#paintedAt.get(key) ?? Number.NEGATIVE_INFINITY) + paintIntervalMs - now
  }

  #run(): void {
    this.#isArmed = false
    if (this.#clock.isHidden()) return
    const startedAt = this.#clock.now()
    let soonestMs = Number.POSITIVE_INFINITY
    for (const key of this.#due) {
      const waitMs = this.#waitMs(key, startedAt)
      if (waitMs > 0) {
        soonestMs = Math.min(soonestMs, waitMs)
        continue
      }
      if (this.#clock.now() - startedAt > frameBudgetMs) {
        this.#arm()
        return
      }
      this.#due.delete(key)
      this.#paintedAt.set(key, startedAt)
      this.#paint(key)
    }
    if (this.#due.size > 0 && !this.#isArmed) this.#armLater(soonestMs)
  }
}
