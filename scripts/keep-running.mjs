// Restarts with growing waits.
import { setTimeout as delay } from 'node:timers/promises'

const firstWaitMs = 500
const longestWaitMs = 10_000
/** What ran this long starts its next waits from the beginning. */
const settledMs = 30_000

/** @param {AbortSignal} signal ends a wait at once */
export function createBackoff(signal) {
  let nextMs = firstWaitMs
  return {
    get nextMs() {
      return nextMs
    },
    /** @param {number} ranMs how long the process lasted */
    lasted(ranMs) {
      if (ranMs > settledMs) nextMs = firstWaitMs
    },
    async wait() {
      const waitMs = nextMs
      nextMs = Math.min(nextMs * 2, longestWaitMs)
      await delay(waitMs, undefined, { signal }).catch(() => {})
    },
  }
}
