import type { HostId } from '@drover/api-schema/ids.ts'
import { defaultMigrationSettings } from '@drover/api-schema/migration-settings.ts'
import type { DraftMove, PlannedStep } from '@drover/api-schema/plan.ts'
import { aDraftMove, testMoment } from '@drover/api-schema/testing/builders.ts'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { planWorlds } from '../testing/plan-worlds.ts'
import { memoryToPlace } from '../verdict.ts'
import { orderDraft } from './draft-order.ts'
import { type PlanFleet, projectFleet } from './plan-fleet.ts'
import { projectLoads } from './projected-load.ts'
import { basisOf, isOutdated, rebaseMoves, standingsOf } from './rebase.ts'
import { type MadeMove, reverseMoves } from './reverse.ts'
import { totalsOf } from './totals.ts'

const runs = { numRuns: 300 }
type World = typeof planWorlds extends fc.Arbitrary<infer T> ? T : never

function drafted({ fleet, moves }: World): DraftMove[] {
  return moves.flatMap((move) => {
    const domain = fleet.domains.find(({ domainId }) => domainId === move.domainId)
    const host = fleet.hosts.find(({ hostId }) => hostId === domain?.hostId)
    if (domain === undefined || host === undefined) return []
    return [aDraftMove({ ...move, basis: basisOf(domain, host, testMoment) })]
  })
}

it('a projection takes from each host what its domains take, and loses nothing', () => {
  fc.assert(
    fc.property(planWorlds, ({ fleet, moves }) => {
      const after = projectFleet(fleet, moves)
      for (const [index, host] of fleet.hosts.entries()) {
        const held = ({ domains }: PlanFleet) =>
          domains
            .filter(({ hostId }) => hostId === host.hostId)
            .reduce((all, domain) => all + memoryToPlace(domain), 0)
        const size = host.memFreeBytes + held(fleet)
        expect((after.hosts[index]?.memFreeBytes ?? 0) + held(after)).toBe(size)
      }
    }),
    { seed: 40_301, ...runs },
  )
})

it('projected loads move with their domains and add up to what they were', () => {
  fc.assert(
    fc.property(planWorlds, ({ fleet, moves }) => {
      const loads = projectLoads(fleet, moves, {
        cpuOfHost: () => 4,
        cpuOfDomain: () => 0.5,
        netOfHost: () => ({ rxBytesPerSec: 10, txBytesPerSec: 20 }),
        netOfDomain: () => ({ rxBytesPerSec: 1, txBytesPerSec: 2 }),
      })
      const inAll = fleet.hosts.reduce(
        (sum, { hostId, cpu }) => sum + (loads.get(hostId)?.cpuRatio ?? 0) * cpu.pcpuCount,
        0,
      )
      expect(inAll).toBeCloseTo(4 * fleet.hosts.length, 9)
    }),
    { seed: 40_302, ...runs },
  )
})

it('the reverse of moves in any order puts every domain back, one move each', () => {
  const walks = fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { maxLength: 12 })
  fc.assert(
    fc.property(walks, (walk) => {
      const at = new Map([0, 1, 2, 3].map((domain) => [`d${domain}`, `h${domain}`]))
      const made = walk.map(([domain, host]): MadeMove => {
        const domainId = `d${domain}`
        const source = at.get(domainId) ?? ''
        at.set(domainId, `h${host}`)
        return {
          domainId: domainId as MadeMove['domainId'],
          domainName: domainId,
          sourceHostId: source as HostId,
          sourceHostName: source,
          destinationHostId: `h${host}` as HostId,
          destinationHostName: `h${host}`,
        }
      })
      const back = reverseMoves(made)
      expect(new Set(back.map(({ domainId }) => domainId)).size).toBe(back.length)
      for (const { domainId, leftOnHostId, destinationHostId } of back) {
        expect(leftOnHostId).toBe(at.get(domainId))
        at.set(domainId, destinationHostId)
      }
      expect([...at.values()]).toEqual(['h0', 'h1', 'h2', 'h3'])
    }),
    { seed: 40_303, ...runs },
  )
})

it('a draft is outdated exactly when somebody has moved one of its domains, and rebased it is not', () => {
  fc.assert(
    fc.property(planWorlds, fc.nat(50), fc.nat(50), (world, which, where) => {
      const moves = drafted(world).filter(
        ({ basis, destinationHostId }) => basis.hostId !== destinationHostId,
      )
      expect(isOutdated(standingsOf(moves, world.fleet, 'manual'))).toBe(false)
      const touched = moves[which % Math.max(1, moves.length)]
      const host = world.fleet.hosts[where % world.fleet.hosts.length]
      if (touched === undefined || host === undefined) return
      const destinationHostId = host.hostId
      const fleet = projectFleet(world.fleet, [{ domainId: touched.domainId, destinationHostId }])
      const standings = standingsOf(moves, fleet, 'manual')
      expect(isOutdated(standings)).toBe(touched.basis.hostId !== destinationHostId)
      const { kept, dropped } = rebaseMoves(moves, fleet, { purpose: 'manual', at: testMoment })
      expect(kept.length + dropped.length).toBe(moves.length)
      for (const { kind } of standingsOf(kept, fleet, 'manual')) expect(kind).toBe('unchanged')
      expect(projectFleet(fleet, kept).domains).toEqual(projectFleet(fleet, moves).domains)
    }),
    { seed: 40_304, ...runs },
  )
})

it('takes no longer than one step after the other, and no shorter than the longest', () => {
  fc.assert(
    fc.property(planWorlds, fc.infiniteStream(fc.integer({ min: 1, max: 90 })), (world, dice) => {
      const { ordered, placement } = orderDraft(world.fleet, world.moves, 'manual')
      if (ordered.kind !== 'ordered') return
      const steps = ordered.steps.map(
        ({ fromHostId, toHostId, domainId, memBytes, isDetour }): PlannedStep => {
          const seconds = dice.next().value ?? 1
          return {
            domainId,
            memBytes,
            isDetour,
            domainName: 'web',
            sourceHostId: fromHostId,
            sourceHostName: 'a',
            destinationHostId: toHostId,
            destinationHostName: 'b',
            predicted: { totalMs: seconds * 1000, downtimeMs: seconds, bytes: memBytes },
          }
        },
      )
      const totals = totalsOf(steps, {
        host: (hostId) => world.fleet.hosts.find((host) => host.hostId === hostId) ?? null,
        freeBytes: (hostId) =>
          world.fleet.hosts.find((host) => host.hostId === hostId)?.memFreeBytes ?? 0,
        settings: defaultMigrationSettings,
        isRuled: ({ domainId, destinationHostId }) =>
          placement.isRuled(domainId, destinationHostId),
      })
      const durations = steps.map(({ predicted }) => predicted?.totalMs ?? 0)
      const sum = durations.reduce((all, one) => all + one, 0)
      expect(totals.totalMs).toBeLessThanOrEqual(sum + steps.length)
      expect(totals.totalMs).toBeGreaterThanOrEqual(Math.max(0, ...durations) - 1)
      expect(totals.bytes).toBe(steps.reduce((all, { memBytes }) => all + memBytes, 0))
      expect(totals.downtimeMs * 1000).toBe(sum)
    }),
    { seed: 40_305, ...runs },
  )
})
