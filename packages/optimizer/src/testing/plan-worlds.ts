import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { DraftedMove } from '@drover/api-schema/plan.ts'
import { domainId, hostId } from '@drover/api-schema/testing/builders.ts'
import { GIB } from '@drover/api-schema/units.ts'
import fc from 'fast-check'
import type { PlanFleet } from '../plan/plan-fleet.ts'
import { domainOn, hostNumber, rulesOf } from './fleets.ts'

/** Small fleets with moves, for properties of drafts and plans. Sizes are whole GiB, so that a shrunk case can be read. */

export function planFleet(
  hosts: readonly Host[],
  domains: readonly Domain[],
  more: Partial<PlanFleet> = {},
): PlanFleet {
  return {
    hosts,
    domains,
    rules: [],
    minuteOfWeek: () => 0,
    promisedOn: () => ({ memBytes: 0, vcpuCount: 0 }),
    ...more,
  }
}

export function gibOn(host: number, number: number, gib: number): Domain {
  const memBytes = gib * GIB
  return domainOn(host, number, `dom-${number}`, {
    memCurrentBytes: memBytes,
    memTargetBytes: memBytes,
    memMinBytes: memBytes,
    memMaxBytes: memBytes,
    labels: { tier: number % 2 === 0 ? 'even' : 'odd' },
  })
}

export function to(number: number, host: number): DraftedMove {
  return { domainId: domainId(number), destinationHostId: hostId(host) }
}

const hostCount = 4

/** Domains somewhere, each with somewhere to go; hosts with room for both placements and a little more. */
export const planWorlds = fc
  .record({
    domains: fc.array(
      fc.record({
        at: fc.integer({ min: 1, max: hostCount }),
        goesTo: fc.integer({ min: 1, max: hostCount }),
        gib: fc.integer({ min: 1, max: 6 }),
      }),
      { minLength: 1, maxLength: 7 },
    ),
    spare: fc.array(fc.integer({ min: 0, max: 5 }), {
      minLength: hostCount,
      maxLength: hostCount,
    }),
    isRuled: fc.boolean(),
  })
  .map(({ domains, spare, isRuled }) => {
    const sum = (end: 'at' | 'goesTo', host: number) =>
      domains.reduce((all, one) => all + (one[end] === host ? one.gib : 0), 0)
    const hosts = spare.map((gib, index) => {
      const host = index + 1
      const before = sum('at', host)
      const size = Math.max(before, sum('goesTo', host)) + gib
      return hostNumber(host, { memTotalBytes: 100 * GIB, memFreeBytes: (size - before) * GIB })
    })
    const rules = isRuled
      ? rulesOf({
          kind: 'keep-apart',
          domains: 'tier = odd',
          level: 'host',
          atMost: 2,
        })
      : []
    return {
      fleet: planFleet(
        hosts,
        domains.map(({ at, gib }, index) => gibOn(at, index + 1, gib)),
        { rules },
      ),
      moves: domains.map(({ goesTo }, index) => to(index + 1, goesTo)),
    }
  })
