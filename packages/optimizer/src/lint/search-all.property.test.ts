import { GIB } from '@drover/api-schema/units.ts'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compileRules } from '../rules/compile-rules.ts'
import { snapshotOf } from '../rules/snapshot.ts'
import { domainOn, hostNumber } from '../testing/fleets.ts'
import { allPlacements } from '../testing/placements.ts'
import { instanceOf } from './instance.ts'
import { problemOf } from './problem.ts'
import { searchAll } from './search-all.ts'

/** Hosts that are all alike are where leaving out placements could leave out the only one. */
const capacity = 10
const packings = fc.record({
  hostCount: fc.integer({ min: 2, max: 3 }),
  sizes: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 4, maxLength: 7 }),
})

it('alike hosts are packed whenever they can be', () => {
  const seen = { none: 0, found: 0, budget: 0 }
  fc.assert(
    fc.property(packings, ({ hostCount, sizes }) => {
      // All start on a host of their own that takes none of them back.
      const hosts = Array.from({ length: hostCount }, (_, n) =>
        hostNumber(n + 1, { memFreeBytes: capacity * GIB }),
      )
      const total = sizes.reduce((sum, size) => sum + size, 0)
      const old = hostNumber(9, { memFreeBytes: -total * GIB })
      const domains = sizes.map((size, index) => {
        const bytes = { memCurrentBytes: size * GIB, memTargetBytes: size * GIB }
        return domainOn(9, index + 1, `d-${index + 1}`, bytes)
      })
      const snapshot = snapshotOf({ hosts: [...hosts, old], domains })
      const instance = instanceOf(problemOf(compileRules([], snapshot)), [])
      const { kind } = searchAll(instance, [...instance.units.keys()], { steps: 10_000_000 })
      seen[kind] += 1
      expect(kind).toBe(canPack(hostCount, sizes) ? 'found' : 'none')
    }),
    { seed: 20_261_122, numRuns: 1500 },
  )
  expect(Math.min(seen.none, seen.found)).toBeGreaterThan(100)
})

function canPack(hostCount: number, sizes: readonly number[]): boolean {
  for (const placement of allPlacements(hostCount, sizes.length)) {
    const held = new Array<number>(hostCount).fill(0)
    sizes.forEach((size, index) => {
      const host = placement[index] ?? 0
      held[host] = (held[host] ?? 0) + size
    })
    if (held.every((sum) => sum <= capacity)) return true
  }
  return false
}
