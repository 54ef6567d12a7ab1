import type { Clock } from './clock.ts'

/** The machine's own time: wired in `main.ts`, never imported by anything that decides. */
export const realClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, act) {
    const timer = setTimeout(act, delayMs)
    return { cancel: () => clearTimeout(timer) }
  },
}
