import { type Clock, every, type Timer } from './clock.ts'
import type { Hypervisor } from './hypervisor.ts'

const idleStepMs = 1_000
/** While anything migrates: finer than that and the timer itself shows, coarser and the pause grows. */
const fineStepMs = 15
/** After a stop of the whole process (SIGSTOP, a sleeping laptop) the simulated host skips the rest. */
const maxCatchUpMs = 5_000

/** The simulated host's time follows the machine's monotonic clock: in steps of a second, finely while copies run. */
export class HostTime {
  readonly #clock: Clock
  readonly #hypervisor: Hypervisor
  readonly #onStep: () => void
  #lastMs: number
  #timer: Timer | null = null
  #isFine = false

  constructor(clock: Clock, hypervisor: Hypervisor, onStep: () => void) {
    this.#clock = clock
    this.#hypervisor = hypervisor
    this.#onStep = onStep
    this.#lastMs = clock.monotonicMs()
  }

  start(): void {
    this.#lastMs = this.#clock.monotonicMs()
    this.#schedule()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = null
  }

  setFine(isFine: boolean): void {
    if (isFine === this.#isFine) return
    this.#isFine = isFine
    if (this.#timer === null) return
    this.#timer.cancel()
    this.#schedule()
  }

  /** Brings the hypervisor to the present; what changes at this moment then has its right time. */
  catchUp(): void {
    const nowMs = this.#clock.monotonicMs()
    const elapsedMs = Math.min(maxCatchUpMs, nowMs - this.#lastMs)
    this.#lastMs = nowMs
    if (elapsedMs > 0) this.#hypervisor.advance(elapsedMs)
  }

  #schedule(): void {
    const isFine = this.#isFine
    this.#timer = every(this.#clock, isFine ? fineStepMs : idleStepMs, () => {
      this.catchUp()
      this.#onStep()
    })
  }
}
