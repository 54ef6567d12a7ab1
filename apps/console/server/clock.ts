/** Time as an argument, so that tests move it by hand. `setTimer` returns what cancels it. */
export type Clock = {
  /** Epoch ms. */
  now(): number
  setTimer(ms: number, run: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

/** Runs `work` every `ms` until the returned function is called; the next run is set after the last has returned. */
export function every(clock: Clock, ms: number, work: () => void): () => void {
  let isStopped = false
  let cancel = clock.setTimer(ms, function again() {
    if (isStopped) return
    work()
    if (!isStopped) cancel = clock.setTimer(ms, again)
  })
  return () => {
    isStopped = true
    cancel()
  }
}
