import { refusal } from '@drover/api-schema/errors.ts'
import type { HostId, MigrationId } from '@drover/api-schema/ids.ts'
import type { Migration } from '@drover/api-schema/migration.ts'
import type { Plan } from '@drover/api-schema/plan.ts'
import {
  aCompletedState,
  aMigration,
  aPlan,
  aPlanStep,
  testMoment,
  uuid,
} from '@drover/api-schema/testing/builders.ts'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compileRules } from '../rules/compile-rules.ts'
import { snapshotOf } from '../rules/snapshot.ts'
import { violationsOf } from '../rules/violations.ts'
import { planWorlds } from '../testing/plan-worlds.ts'
import { memoryToPlace } from '../verdict.ts'
import { beginSteps, isIdle, type PlanView } from './begin.ts'
import { orderDraft } from './draft-order.ts'
import { type PlanEvent, stepOf, stepPlan } from './machine.ts'
import { judgePlacement } from './placement.ts'
import { type PlanFleet, projectFleet } from './plan-fleet.ts'

/** A fleet in which the migrations of a plan happen: memory is taken at the start and given back at the end. */
class World {
  fleet: PlanFleet
  readonly running = new Map<MigrationId, { domainId: string; to: HostId }>()
  readonly asked = new Set<MigrationId>()
  readonly hasRequiredRules: boolean

  constructor(fleet: PlanFleet) {
    this.fleet = fleet
    this.hasRequiredRules = this.broken() === 0 && fleet.rules.length > 0
  }

  broken(): number {
    return violationsOf(compileRules(this.fleet.rules, snapshotOf(this.fleet))).length
  }

  view(): PlanView {
    const placement = judgePlacement(this.fleet, [], 'manual')
    const host = (hostId: HostId) => this.fleet.hosts.find((one) => one.hostId === hostId) ?? null
    return {
      at: testMoment,
      host,
      domain: (domainId) => this.fleet.domains.find((one) => one.domainId === domainId) ?? null,
      freeBytes: (hostId) => host(hostId)?.memFreeBytes ?? 0,
      ruled: placement.refusals,
      isRuled: placement.isRuled,
      migrationId: (stepIndex, attempt) => uuid(stepIndex * 1000 + attempt) as MigrationId,
    }
  }

  #take(hostId: HostId, bytes: number): void {
    this.fleet = {
      ...this.fleet,
      hosts: this.fleet.hosts.map((host) =>
        host.hostId === hostId ? { ...host, memFreeBytes: host.memFreeBytes - bytes } : host,
      ),
    }
    for (const { memFreeBytes } of this.fleet.hosts) expect(memFreeBytes).toBeGreaterThanOrEqual(0)
  }

  begin(plan: Plan, begun: readonly number[]): void {
    for (const index of begun) {
      const step = plan.steps[index]
      if (step?.state.kind !== 'running') throw new Error('a step that begins runs')
      const { migrationId } = step.state
      expect(this.asked.has(migrationId)).toBe(false)
      this.asked.add(migrationId)
      this.running.set(migrationId, { domainId: step.domainId, to: step.destinationHostId })
      this.#take(step.destinationHostId, step.memBytes)
    }
  }

  end(migrationId: MigrationId, ending: 'completed' | 'failed'): Migration {
    const one = this.running.get(migrationId)
    const domain = this.fleet.domains.find(({ domainId }) => domainId === one?.domainId)
    if (one === undefined || domain === undefined) throw new Error('it runs')
    this.running.delete(migrationId)
    const bytes = memoryToPlace(domain)
    this.#take(ending === 'completed' ? domain.hostId : one.to, -bytes)
    const base = { migrationId, domainId: domain.domainId, domainName: domain.name }
    if (ending === 'failed') {
      const { domainId, ...failed } = { ...aCompletedState(), domainId: domain.domainId }
      return aMigration({
        ...base,
        state: {
          phase: 'failed',
          startedAt: failed.startedAt,
          endedAt: failed.endedAt,
          failedIn: 'pre-copy',
          refusal: refusal('peer-lost'),
          rounds: [],
          totalBytes: 0,
        },
      })
    }
    this.fleet = {
      ...this.fleet,
      domains: this.fleet.domains.map((other) =>
        other.domainId === domain.domainId ? { ...other, hostId: one.to } : other,
      ),
    }
    if (this.hasRequiredRules) expect(this.broken()).toBe(0)
    return aMigration({ ...base, state: aCompletedState() })
  }
}

function planOf(fleet: PlanFleet, moves: Parameters<typeof orderDraft>[1]): Plan | null {
  const { ordered } = orderDraft(fleet, moves, 'manual')
  if (ordered.kind !== 'ordered' || ordered.steps.length === 0) return null
  return aPlan({
    steps: ordered.steps.map((step) =>
      aPlanStep({
        domainId: step.domainId,
        sourceHostId: step.fromHostId,
        destinationHostId: step.toHostId,
        memBytes: step.memBytes,
        isDetour: step.isDetour,
      }),
    ),
  })
}

function fed(plan: Plan, event: PlanEvent): Plan {
  const stepped = stepPlan(plan, event)
  return stepped.ok ? stepped.value.plan : plan
}

it('every plan that was ordered arrives, whatever runs beside what and in whatever order it ends', () => {
  let arrived = 0
  fc.assert(
    fc.property(planWorlds, fc.infiniteStream(fc.nat(1000)), ({ fleet, moves }, dice) => {
      const world = new World(fleet)
      let plan = planOf(fleet, moves)
      if (plan === null) return
      while (plan.state.kind !== 'ended') {
        const looked = beginSteps(plan, world.view())
        plan = looked.plan
        world.begin(plan, looked.begun)
        expect(isIdle(plan)).toBe(false)
        const ids = [...world.running.keys()]
        const migrationId = ids[(dice.next().value ?? 0) % ids.length] as MigrationId // some run
        plan = fed(plan, {
          type: 'migration-ended',
          at: testMoment,
          migration: world.end(migrationId, 'completed'),
        })
      }
      expect(plan.state).toMatchObject({ outcome: 'done' })
      const goal = projectFleet(fleet, moves)
      expect(world.fleet.domains.map(({ hostId }) => hostId)).toEqual(
        goal.domains.map(({ hostId }) => hostId),
      )
      expect(world.fleet.hosts).toEqual(goal.hosts)
      arrived++
    }),
    { seed: 40_201, numRuns: 300 },
  )
  expect(arrived).toBeGreaterThan(150)
})

const acts = fc.constantFrom(
  'complete',
  'complete',
  'complete',
  'fail',
  'pause',
  'try-again',
  'leave-out',
  'stop',
  'stop-cancel',
  'refuse',
  'defer',
  'look',
)

it('whatever happens, a plan begins steps only while it runs, asks for none twice, and stays as it ended', () => {
  fc.assert(
    fc.property(
      planWorlds,
      fc.array(fc.tuple(acts, fc.nat(1000)), { maxLength: 60 }),
      ({ fleet, moves }, script) => {
        const world = new World(fleet)
        let plan = planOf(fleet, moves)
        if (plan === null) return
        for (const [act, die] of script) {
          const before: Plan = plan
          const ids = [...world.running.keys()]
          const migrationId = ids[die % Math.max(1, ids.length)]
          plan = played(plan, act, migrationId)
          if (before.state.kind === 'ended') expect(plan).toEqual(before)
          if (act !== 'look') continue
          const looked = beginSteps(plan, world.view())
          if (plan.state.kind !== 'running') expect(looked.begun).toEqual([])
          plan = looked.plan
          world.begin(plan, looked.begun)
        }
        check(plan)

        function played(now: Plan, act: string, migrationId: MigrationId | undefined): Plan {
          const at = testMoment
          switch (act) {
            case 'complete':
            case 'fail': {
              if (migrationId === undefined) return now
              const migration = world.end(migrationId, act === 'fail' ? 'failed' : 'completed')
              return fed(now, { type: 'migration-ended', at, migration })
            }
            case 'refuse':
            case 'defer': {
              if (migrationId === undefined) return now
              const stepIndex = stepOf(now, migrationId)
              if (stepIndex < 0) return now
              world.end(migrationId, 'failed')
              // It never was asked for: the next attempt has its id.
              if (act === 'defer') world.asked.delete(migrationId)
              return fed(
                now,
                act === 'defer'
                  ? { type: 'request-deferred', at, stepIndex }
                  : {
                      type: 'request-refused',
                      at,
                      stepIndex,
                      refusals: [refusal('host-not-online')],
                    },
              )
            }
            case 'pause':
              return fed(now, { type: 'pause-asked', at, by: 'Ada' })
            case 'try-again':
            case 'leave-out':
              return fed(now, { type: 'resume-asked', at, by: 'Ada', failedSteps: act })
            case 'stop':
              return fed(now, { type: 'stop-asked', at, by: 'Ada', runningSteps: 'finish' })
            case 'stop-cancel':
              return fed(now, { type: 'stop-asked', at, by: 'Ada', runningSteps: 'cancel' })
            default:
              return now
          }
        }
        function check({ state, steps }: Plan): void {
          const running = steps.flatMap((step) =>
            step.state.kind === 'running' ? [step.state.migrationId] : [],
          )
          expect(new Set(running)).toEqual(new Set(world.running.keys()))
          if (state.kind === 'ended') expect(running).toEqual([])
          if (state.kind === 'running') {
            expect(steps.some((step) => step.state.kind === 'failed')).toBe(false)
          }
        }
      },
    ),
    { seed: 40_202, numRuns: 400 },
  )
})
