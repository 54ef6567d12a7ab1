import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffMs, lostBackoff, refusedBackoff } from './backoff.ts'

describe('the wait before the next attempt', () => {
  it('lies between half and the whole of a doubling step, never above the ceiling', () => {
    fc.assert(
      fc.property(
        fc.nat(1_000_000),
        fc.double({ min: 0, max: 0.999_999, noNaN: true }),
        (attempt, random) => {
          for (const policy of [lostBackoff, refusedBackoff]) {
            const step = Math.min(policy.ceilingMs, policy.firstMs * 2 ** Math.min(attempt, 40))
            const waitMs = backoffMs(policy, attempt, random)
            expect(waitMs).toBeGreaterThanOrEqual(step / 2)
            expect(waitMs).toBeLessThanOrEqual(step)
          }
        },
      ),
    )
  })

  it('is at least half a minute and at most five minutes after a refusal', () => {
    expect(backoffMs(refusedBackoff, 0, 0)).toBe(30_000)
    expect(backoffMs(refusedBackoff, 50, 1)).toBe(300_000)
  })
})
