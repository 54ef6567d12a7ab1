import type { Clock } from './clock.ts'

export type RateLimit = {
  /** Counts an attempt; false when there were too many in the window. */
  take(key: string): boolean
  /** Takes the last attempt back: it was a good one. */
  refund(key: string): void
}

/** A sliding window per key. Attempts in flight count, so that a burst cannot slip through before the first has failed. */
export function createRateLimit(options: {
  readonly clock: Clock
  readonly limit: number
  readonly windowMs: number
  readonly maxKeys?: number
}): RateLimit {
  const { clock, limit, windowMs, maxKeys = 10_000 } = options
  const attempts = new Map<string, number[]>()

  const recent = (key: string): number[] => {
    const since = clock.monotonicMs() - windowMs
    return (attempts.get(key) ?? []).filter((at) => at > since)
  }
  const keep = (key: string, moments: number[]) => {
    attempts.delete(key)
    if (moments.length === 0) return
    attempts.set(key, moments)
    if (attempts.size <= maxKeys) return
    const oldest = attempts.keys().next()
    if (!oldest.done) attempts.delete(oldest.value)
  }

  return {
    take(key) {
      const moments = recent(key)
      if (moments.length >= limit) return false
      keep(key, [...moments, clock.monotonicMs()])
      return true
    },
    refund(key) {
      keep(key, recent(key).slice(0, -1))
    },
  }
}
