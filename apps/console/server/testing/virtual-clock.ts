import type { Clock } from '../clock.ts'

export type VirtualClock = Clock & {
  /** Runs what falls due on the way, in order. */
  advance(ms: number): void
  /** The process stands still: time passes and no timer runs before the next `advance`. */
  stall(ms: number): void
  /** Somebody sets the machine's clock: moments jump, durations and timers do not notice. */
  stepWall(ms: number): void
}

export function createVirtualClock(startAt = Date.UTC(2026, 0, 1)): VirtualClock {
  // The two are never equal, so that a mix-up shows.
  let now = 5_000
  let wallOffset = startAt - now
  let serial = 0
  const timers = new Map<number, { at: number; run: () => void }>()
  const nextDue = (until: number) => {
    let found: [number, { at: number; run: () => void }] | null = null
    for (const entry of timers) {
      if (entry[1].at <= until && (found === null || entry[1].at < found[1].at)) found = entry
    }
    return found
  }
  return {
    now: () => now + wallOffset,
    monotonicMs: () => now,
    setTimer(ms, run) {
      serial += 1
      const id = serial
      timers.set(id, { at: now + ms, run })
      return () => timers.delete(id)
    },
    advance(ms) {
      const until = now + ms
      for (let due = nextDue(until); due !== null; due = nextDue(until)) {
        timers.delete(due[0])
        now = Math.max(now, due[1].at)
        due[1].run()
      }
      now = until
    },
    stall(ms) {
      now += ms
    },
    stepWall(ms) {
      wallOffset += ms
    },
  }
}
