import { refusal } from '@drover/api-schema/errors.ts'
import type { MigrationId } from '@drover/api-schema/ids.ts'
import type { Plan, PlanStep } from '@drover/api-schema/plan.ts'
import {
  aCompletedState,
  aMigration,
  aPlan,
  aPlanStep,
  domainId,
  hostId,
  migrationId,
  testMoment,
  uuid,
} from '@drover/api-schema/testing/builders.ts'
import { GIB } from '@drover/api-schema/units.ts'
import { describe, expect, it } from 'vitest'
import { hostNumber, rulesOf } from '../testing/fleets.ts'
import { gibOn, planFleet, to } from '../testing/plan-worlds.ts'
import { beginSteps, type PlanView } from './begin.ts'
import { orderDraft } from './draft-order.ts'
import { type PlanEvent, stepPlan } from './machine.ts'
import { judgePlacement } from './placement.ts'
import type { PlanFleet } from './plan-fleet.ts'
import { sentenceOfStuck } from './sentences.ts'

const at = testMoment
const running = (number: number): PlanStep['state'] => ({
  kind: 'running',
  migrationId: migrationId(number),
})
const moved = (number: number): PlanStep['state'] => ({
  kind: 'done',
  migrationId: migrationId(number),
  endedAt: at,
  totalMs: 1,
  downtimeMs: 1,
  bytes: 1,
})
const web = (number: number, overrides: Partial<PlanStep> = {}) =>
  aPlanStep({ domainId: domainId(number), domainName: `web-${number}`, ...overrides })

function fed(plan: Plan, event: PlanEvent): Plan {
  const stepped = stepPlan(plan, event)
  if (!stepped.ok) throw new Error(stepped.error.message)
  return stepped.value.plan
}
const failure = aMigration({
  migrationId: migrationId(1),
  state: {
    phase: 'failed',
    startedAt: null,
    endedAt: at,
    failedIn: 'preflight',
    refusal: refusal('peer-lost', 'The link was cut.'),
    rounds: [],
    totalBytes: 0,
  },
})
const failedPlan = () => {
  const steps = [web(1, { state: running(1), attempts: 1 }), web(1), web(2)]
  return fed(aPlan({ steps }), { type: 'migration-ended', at, migration: failure })
}

describe('a step that fails', () => {
  it('pauses the plan, which says which step and why', () => {
    expect(failedPlan()).toMatchObject({
      state: { kind: 'paused', reason: { kind: 'step-failed', stepIndex: 0 } },
      steps: [{ state: { kind: 'failed', refusal: { message: 'The link was cut.' } } }, {}, {}],
    })
  })

  it('waits again when it is tried again', () => {
    const resumed = fed(failedPlan(), {
      type: 'resume-asked',
      at,
      by: 'Ada',
      failedSteps: 'try-again',
    })
    expect(resumed).toMatchObject({
      state: { kind: 'running' },
      steps: [{ state: { kind: 'waiting' }, attempts: 1 }, {}, {}],
    })
  })

  it('takes along the later steps of its domain when it is left out, and those only', () => {
    const resumed = fed(failedPlan(), {
      type: 'resume-asked',
      at,
      by: 'Ada',
      failedSteps: 'leave-out',
    })
    expect(resumed.steps.map(({ state }) => state)).toMatchObject([
      { kind: 'skipped', reason: 'Ada left it out: The link was cut.' },
      { kind: 'skipped', reason: 'The step of web-1 before it was left out.' },
      { kind: 'waiting' },
    ])
  })
})

describe('the end of a plan', () => {
  const completed = aMigration({ migrationId: migrationId(1), state: aCompletedState() })

  it('is done when every move was made', () => {
    const plan = aPlan({ steps: [web(2, { state: moved(2) }), web(1, { state: running(1) })] })
    expect(fed(plan, { type: 'migration-ended', at, migration: completed }).state).toEqual({
      kind: 'ended',
      at,
      outcome: 'done',
      sentence: 'All of 2 moves made.',
    })
  })

  it('waits for what runs when it is stopped, and says who is left on a detour', () => {
    const detour = web(1, { isDetour: true, state: running(1), destinationHostName: 'xen-03' })
    const plan = aPlan({ steps: [detour, web(2), web(1)] })
    const stop = { type: 'stop-asked', at, by: 'Ada', runningSteps: 'finish' } as const
    const stopping = fed(plan, stop)
    expect(stopping.state).toMatchObject({ kind: 'stopping', by: 'Ada' })
    expect(fed(stopping, { type: 'migration-ended', at, migration: completed }).state).toEqual({
      kind: 'ended',
      at,
      outcome: 'stopped',
      sentence: 'Ada stopped it: 0 of 2 moves made. web-1 is still on xen-03, a detour.',
    })
  })

  it('cancels what runs when that was asked, also when it was stopped before', () => {
    const plan = aPlan({ steps: [web(1, { state: running(1) })] })
    const stopping = fed(plan, { type: 'stop-asked', at, by: 'Ada', runningSteps: 'finish' })
    const again = stepPlan(stopping, { type: 'stop-asked', at, by: 'Bob', runningSteps: 'cancel' })
    expect(again).toMatchObject({
      value: { cancel: [migrationId(1)], plan: { state: { kind: 'stopping', by: 'Ada' } } },
    })
  })
})

describe('what may begin', () => {
  const hosts = [1, 2, 3].map((number) => hostNumber(number, { memFreeBytes: 4 * GIB }))
  function viewOf(fleet: PlanFleet): PlanView {
    const placement = judgePlacement(fleet, [], 'manual')
    const host: PlanView['host'] = (id) => fleet.hosts.find(({ hostId }) => hostId === id) ?? null
    return {
      at,
      host,
      domain: (id) => fleet.domains.find(({ domainId }) => domainId === id) ?? null,
      freeBytes: (id) => host(id)?.memFreeBytes ?? 0,
      ruled: placement.refusals,
      isRuled: placement.isRuled,
      migrationId: (index) => uuid(index) as MigrationId,
    }
  }
  const step = (number: number, gib = 4) =>
    web(number, { memBytes: gib * GIB, domainName: `dom-${number}` })

  it('is as many as there is room for; the others say which host they wait for', () => {
    const fleet = planFleet(hosts, [gibOn(1, 1, 3), gibOn(1, 2, 3)])
    const plan = aPlan({ steps: [step(1, 3), step(2, 3)] })
    const looked = beginSteps(plan, viewOf(fleet))
    expect(looked.begun).toEqual([0])
    expect(looked.plan.steps[1]?.state).toEqual({
      kind: 'waiting',
      why: { kind: 'room', hostId: hostId(2) },
    })
    expect(sentenceOfStuck(looked.plan, () => 'xen-02')).toBe(
      'No step can begin. dom-2 waits for memory on xen-02.',
    )
  })

  it('leaves a domain alone that somebody else migrates, and a host that is away', () => {
    const migrating = { ...gibOn(1, 1, 1), migrationId: migrationId(7) }
    const away = hostNumber(2, { connection: { status: 'lost', lastSeenAt: at } })
    const [first, , third] = hosts
    if (first === undefined || third === undefined) throw new Error('there are three')
    const fleet = planFleet([first, away, third], [migrating, gibOn(1, 2, 1)])
    const { plan, begun } = beginSteps(aPlan({ steps: [step(1), step(2)] }), viewOf(fleet))
    expect(begun).toEqual([])
    expect(plan.steps.map(({ state }) => state)).toEqual([
      { kind: 'waiting', why: { kind: 'domain', migrationId: migrationId(7) } },
      { kind: 'waiting', why: { kind: 'host', hostId: hostId(2) } },
    ])
  })

  it('is done already when the domain is there, and fails when it is elsewhere', () => {
    const fleet = planFleet(hosts, [gibOn(2, 1, 1), gibOn(3, 2, 1)])
    const { plan } = beginSteps(aPlan({ steps: [step(1), step(2)] }), viewOf(fleet))
    expect(plan.steps[0]?.state).toMatchObject({ kind: 'done', migrationId: null })
    expect(plan.steps[1]?.state).toMatchObject({
      kind: 'failed',
      refusal: {
        message: 'dom-2 is on xen-03 now, not on xen-01. Try again to move it from there.',
      },
    })
    expect(plan.state.kind).toBe('paused')
    const resumed = fed(plan, { type: 'resume-asked', at, by: 'Ada', failedSteps: 'try-again' })
    const again = beginSteps(resumed, viewOf(fleet))
    expect(again.begun).toEqual([1])
    expect(again.plan.steps[1]).toMatchObject({ sourceHostName: 'xen-03' })
  })

  it('waits for the fact that a domain has arrived on its detour', () => {
    const detour = { ...step(1), isDetour: true, destinationHostId: hostId(3), state: moved(1) }
    const last = { ...step(1), sourceHostId: hostId(3) }
    const plan = aPlan({ steps: [detour, last] })
    const late = beginSteps(plan, viewOf(planFleet(hosts, [gibOn(1, 1, 1)])))
    expect(late.plan.steps[1]?.state).toEqual({
      kind: 'waiting',
      why: { kind: 'step', stepIndex: 0 },
    })
    expect(beginSteps(plan, viewOf(planFleet(hosts, [gibOn(3, 1, 1)]))).begun).toEqual([1])
  })

  it('is one at a time of those that a rule looks at', () => {
    const rules = rulesOf({ kind: 'keep-apart', domains: 'all', level: 'host', atMost: 2 })
    const fleet = planFleet(hosts, [gibOn(1, 1, 1), gibOn(1, 2, 1)], { rules })
    const { begun, plan } = beginSteps(aPlan({ steps: [step(1, 1), step(2, 1)] }), viewOf(fleet))
    expect(begun).toEqual([0])
    expect(plan.steps[1]?.state).toEqual({ kind: 'waiting', why: { kind: 'step', stepIndex: 0 } })
  })
})

describe('the order of a draft', () => {
  it('takes no detour over a host with a newer Xen, from which nothing comes back', () => {
    const newer = { product: 'xen', version: '4.19.0', isSimulated: true } as const
    const full = [1, 2].map((number) => hostNumber(number, { memFreeBytes: 0 }))
    const third = hostNumber(3, { memFreeBytes: 8 * GIB, hypervisor: newer })
    const domains = [gibOn(1, 1, 4), gibOn(2, 2, 4)]
    const swap = [to(1, 2), to(2, 1)]
    const { ordered } = orderDraft(planFleet([...full, third], domains), swap, 'manual')
    expect(ordered.kind).toBe('impossible')
    const same = hostNumber(3, { memFreeBytes: 8 * GIB })
    const way = orderDraft(planFleet([...full, same], domains), swap, 'manual')
    expect(way.ordered).toMatchObject({ kind: 'ordered', steps: [{ isDetour: true }, {}, {}] })
  })

  it('keeps a required rule at every step and yields to who empties a host', () => {
    const rules = rulesOf({ kind: 'keep-apart', domains: 'all', level: 'host', atMost: 1 })
    const hosts = [1, 2].map((number) => hostNumber(number, { memFreeBytes: 9 * GIB }))
    const fleet = planFleet(hosts, [gibOn(1, 1, 1), gibOn(2, 2, 1)], { rules })
    const swap = [to(1, 2), to(2, 1)]
    expect(orderDraft(fleet, swap, 'manual').ordered.kind).toBe('impossible')
    const third = hostNumber(3, { memFreeBytes: 9 * GIB })
    const way = orderDraft({ ...fleet, hosts: [...hosts, third] }, swap, 'manual')
    expect(way.ordered).toMatchObject({ steps: [{ isDetour: true }, {}, {}] })
    expect(orderDraft(fleet, swap, 'maintenance').ordered.kind).toBe('ordered')
  })
})
