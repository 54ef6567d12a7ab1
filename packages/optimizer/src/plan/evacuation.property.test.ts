import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import { hostId } from '@drover/api-schema/testing/builders.ts'
import { GIB } from '@drover/api-schema/units.ts'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { hostNumber } from '../testing/fleets.ts'
import { gibOn, planFleet } from '../testing/plan-worlds.ts'
import { memoryToPlace } from '../verdict.ts'
import { placeEvacuation, whyStaying } from './evacuation.ts'
import { projectFleet } from './plan-fleet.ts'

/** One host to empty and three others; some domains can go nowhere. */
const cases = fc
  .record({
    sizes: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 6 }),
    free: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 3, maxLength: 3 }),
    stuck: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
  })
  .map(({ sizes, free, stuck }) => {
    const others = free.map((gib, index) =>
      hostNumber(index + 2, { memTotalBytes: 64 * GIB, memFreeBytes: gib * GIB }),
    )
    const domains = sizes.map((gib, index) => ({
      ...gibOn(1, index + 1, gib),
      isMigratable: stuck[index] !== true,
    }))
    return planFleet([hostNumber(1), ...others], domains)
  })

/** The most domains of these sizes that fit, every way tried. */
function mostByBruteForce(sizes: readonly number[], free: readonly number[]): number {
  const [size, ...rest] = sizes
  if (size === undefined) return 0
  const without = mostByBruteForce(rest, free)
  const withIt = free.map((room, at) =>
    room < size
      ? 0
      : 1 +
        mostByBruteForce(
          rest,
          free.map((other, index) => (index === at ? other - size : other)),
        ),
  )
  return Math.max(without, ...withIt)
}

it('places as many as any way of placing them, overflows nothing, and says of the others why they stay', () => {
  fc.assert(
    fc.property(cases, (fleet) => {
      const { moves, staying } = placeEvacuation(hostId(1), fleet, 100_000)
      const movable = fleet.domains.filter(({ isMigratable }) => isMigratable)
      const free = fleet.hosts.slice(1).map((host) => host.memFreeBytes)
      expect(moves.length).toBe(mostByBruteForce(movable.map(memoryToPlace), free))
      expect(moves.length + staying.length).toBe(fleet.domains.length)
      const after = projectFleet(fleet, moves)
      for (const host of after.hosts) expect(host.memFreeBytes).toBeGreaterThanOrEqual(0)
      for (const { refusals, domainId } of staying) {
        expect(refusals.length).toBeGreaterThan(0)
        const domain = fleet.domains.find((one) => one.domainId === domainId)
        if (domain !== undefined) expect(whyStaying(domain, moves, fleet)).toEqual(refusals)
      }
    }),
    { seed: 40_401, numRuns: 300 },
  )
})

it('finds some placement within any budget', () => {
  fc.assert(
    fc.property(cases, fc.integer({ min: 0, max: 30 }), (fleet, budget) => {
      const { moves } = placeEvacuation(hostId(1), fleet, budget)
      const places = new Map<HostId, DomainId[]>()
      for (const { domainId, destinationHostId } of moves) {
        places.set(destinationHostId, [...(places.get(destinationHostId) ?? []), domainId])
      }
      expect(places.has(hostId(1))).toBe(false)
      for (const host of projectFleet(fleet, moves).hosts) {
        expect(host.memFreeBytes).toBeGreaterThanOrEqual(0)
      }
    }),
    { seed: 40_402, numRuns: 200 },
  )
})
