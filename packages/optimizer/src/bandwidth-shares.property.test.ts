import type { HostId } from '@drover/api-schema/ids.ts'
import { migrationPriorities } from '@drover/api-schema/migration-terms.ts'
import { hostId, migrationId } from '@drover/api-schema/testing/builders.ts'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  bandwidthShares,
  type Copy,
  leastShareBytesPerSec,
  shareWeight,
} from './bandwidth-shares.ts'

const seed = 20_261_123
const limit = fc.option(fc.integer({ min: 4_000_000, max: 400_000_000 }))
const world = fc
  .record({
    limits: fc.array(limit, { minLength: 5, maxLength: 5 }),
    copies: fc.array(
      fc.record({
        from: fc.nat(4),
        hop: fc.integer({ min: 1, max: 4 }),
        priority: fc.constantFrom(...migrationPriorities),
        bandwidthBytesPerSec: fc.option(fc.integer({ min: 1_000_000, max: 400_000_000 })),
      }),
      { maxLength: 12 },
    ),
  })
  .map(({ limits, copies }) => {
    const byId = new Map<HostId, number | null>(limits.map((one, n) => [hostId(n), one]))
    const all = copies.map(
      ({ from, hop, ...more }, n): Copy => ({
        migrationId: migrationId(n),
        sourceHostId: hostId(from),
        destinationHostId: hostId((from + hop) % 5),
        ...more,
      }),
    )
    const limitOf = (id: HostId) => byId.get(id) ?? null
    const given = bandwidthShares(all, (id) => ({ migrationBytesPerSec: limitOf(id) }))
    const shareOf = (copy: Copy) => given.get(copy.migrationId) ?? null
    /** The two links of a copy with everybody on them; those without a limit are left out. */
    const linksOf = (copy: Copy) =>
      (
        [
          ['sourceHostId', copy.sourceHostId],
          ['destinationHostId', copy.destinationHostId],
        ] as const
      ).flatMap(([end, id]) => {
        const most = limitOf(id)
        return most === null ? [] : [{ most, on: all.filter((other) => other[end] === id) }]
      })
    return { all, shareOf, linksOf }
  })

it('exceeds no limit of a host and none of a copy', () => {
  fc.assert(
    fc.property(world, ({ all, shareOf, linksOf }) => {
      for (const copy of all) {
        const share = shareOf(copy) ?? Number.POSITIVE_INFINITY
        expect(share).toBeGreaterThanOrEqual(leastShareBytesPerSec)
        expect(share).toBeLessThanOrEqual(copy.bandwidthBytesPerSec ?? Number.POSITIVE_INFINITY)
        for (const { most, on } of linksOf(copy)) {
          const sum = on.reduce((total, other) => total + (shareOf(other) ?? Number.NaN), 0)
          expect(sum).toBeLessThanOrEqual(most)
        }
      }
    }),
    { seed, numRuns: 500 },
  )
})

it('leaves nobody with less than could be had without taking it from one who has no more', () => {
  fc.assert(
    fc.property(world, ({ all, shareOf, linksOf }) => {
      const levelOf = (copy: Copy) =>
        (shareOf(copy) ?? Number.POSITIVE_INFINITY) / shareWeight[copy.priority]
      for (const copy of all) {
        const share = shareOf(copy)
        const isUnlimited = copy.bandwidthBytesPerSec === null && linksOf(copy).length === 0
        expect(share === null).toBe(isUnlimited)
        if (share === null || share === copy.bandwidthBytesPerSec) continue
        // Some link is full, and nobody on it has more for their weight. Rounding loses a byte for each.
        const isHeldBack = linksOf(copy).some(({ most, on }) => {
          const sum = on.reduce((total, other) => total + (shareOf(other) ?? 0), 0)
          const isFull = sum >= most - on.length
          return isFull && on.every((other) => levelOf(other) <= levelOf(copy) + 1)
        })
        expect(isHeldBack).toBe(true)
      }
    }),
    { seed, numRuns: 500 },
  )
})
