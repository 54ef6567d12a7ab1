/**
 * Time as an argument. The agent, its uplink and its peer streams take every moment, delay and pause from here, so
 * that a test or the fault harness can run them on a virtual clock.
 */
export type Clock = {
  /** Wall clock, epoch ms: for what people read. It may jump. */
  now(): number
  /** Never goes back; only differences mean something. Every duration is measured with it. */
  monotonicMs(): number
  /** Calls `act` once after `delayMs`. */
  after(delayMs: number, act: () => void): Timer
}

export type Timer = { cancel(): void }

/** Calls `act` again and again, `intervalMs` after the previous call has returned. */
export function every(clock: Clock, intervalMs: number, act: () => void): Timer {
  let timer = clock.after(intervalMs, run)
  let isCancelled = false
  function run(): void {
    act()
    if (!isCancelled) timer = clock.after(intervalMs, run)
  }
  return {
    cancel() {
      isCancelled = true
      timer.cancel()
    },
  }
}
