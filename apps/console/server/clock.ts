/** Time as an argument, so that tests move it by hand. `setTimer` returns what cancels it. */
export type Clock = {
  /** A moment, epoch ms: for what is shown and stored. It jumps when somebody sets the machine's clock. */
  now(): number
  /** Ms since some moment of the past, never going back: for every duration, age and deadline. */
  monotonicMs(): number
  setTimer(ms: number, run: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

/**
 * Runs `work` every `ms` until the returned function is called; the next run is set after the last has returned. `isLate`
 * says that the process stood still for longer than that: what the sockets hold has not been read yet, so
 * nobody's silence may be judged in this run.
 */
export function every(clock: Clock, ms: number, work: (isLate: boolean) => void): () => void {
  let isStopped = false
  let dueAt = clock.monotonicMs() + ms
  let cancel = clock.setTimer(ms, function again() {
    if (isStopped) return
    work(clock.monotonicMs() - dueAt > ms)
    dueAt = clock.monotonicMs() + ms
    if (!isStopped) cancel = clock.setTimer(ms, again)
  })
  return () => {
    isStopped = true
    cancel()
  }
}
