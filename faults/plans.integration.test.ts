/**
 * Drafts, plans and undo through a whole console on a real PostgreSQL and real agents: what the pure properties in the
 * optimizer promise of orders and machines, here with sockets, memory that is reserved and given back, and a console that
 * stops in between.
 */
import { afterEach, expect, it, vi } from 'vitest'
import { smallDomain, smallHost } from '../e2e/harness/small-hosts.ts'
import { PlanBed } from './plan-bed.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

let bed: PlanBed
afterEach(() => bed.stop())

const dom0 = { memMib: 512, vcpuCount: 2 }
/** With as much memory as dom0, Xen (128 MiB) and its domains take, and `more` MiB that are free. */
const full = (name: string, domains: Record<string, number>, more = 16, nicMbit = 10_000) =>
  smallHost(
    name,
    Object.entries(domains).map(([domain, memMib]) => smallDomain(domain, { memMib })),
    {
      dom0,
      nicMbit,
      memMib: 640 + more + Object.values(domains).reduce((sum, memMib) => sum + memMib, 0),
    },
  )

it('swaps two domains of full hosts by way of a third, and undo puts everything back', async () => {
  bed = await PlanBed.start([
    full('xen-01', { big: 256 }),
    full('xen-02', { twin: 256 }),
    full('xen-03', {}, 400),
  ])
  const draft = await bed.draft({ big: 'xen-02', twin: 'xen-01' }, 'Swap')
  const check = await bed.call('GET', `/drafts/${draft.draftId}/check`)
  expect(check.body).toMatchObject({
    isOutdated: false,
    order: { kind: 'ordered', totals: { stepCount: 3, detourCount: 1, unpredictedCount: 0 } },
  })
  expect(check.body.order.totals.totalMs).toBeGreaterThan(0)
  const committed = await bed.commit(draft)
  expect(committed.body).toMatchObject({ planId: draft.draftId, state: { kind: 'running' } })
  // Asked again, as a browser does that heard no answer: the same plan.
  expect((await bed.commit(draft)).body.planId).toBe(draft.draftId)
  expect((await bed.call('GET', `/drafts/${draft.draftId}`)).body.error.code).toBe(
    'draft-not-found',
  )
  const plan = await bed.planState(draft.draftId, 'ended')
  expect(plan.state).toMatchObject({ outcome: 'done', sentence: 'All of 2 moves made.' })
  expect(bed.places()).toEqual({ big: 'xen-02', twin: 'xen-01' })

  const undoable = await bed.call('GET', '/undoable')
  expect(undoable.body.undoable).toMatchObject({ target: { kind: 'plan', planId: plan.planId } })
  const undo = await bed.call('POST', `/plans/${plan.planId}/undo`)
  expect(undo.body).toMatchObject({
    origin: { kind: 'undo-of-plan', planName: 'Swap' },
    moves: [{}, {}],
  })
  expect((await bed.call('GET', '/undoable')).body.undoable).toBeNull()
  await bed.commit(undo.body)
  expect((await bed.planState(undo.body.draftId, 'ended')).state).toMatchObject({ outcome: 'done' })
  expect(bed.places()).toEqual({ big: 'xen-01', twin: 'xen-02' })
})

it('says which move lacks what when there is no order, and commits nothing', async () => {
  bed = await PlanBed.start([full('xen-01', { big: 256 }), full('xen-02', { twin: 256 })])
  const draft = await bed.draft({ big: 'xen-02', twin: 'xen-01' })
  const check = await bed.call('GET', `/drafts/${draft.draftId}/check`)
  expect(check.body.order).toMatchObject({
    kind: 'impossible',
    obstacles: [{ domainName: 'big' }, { domainName: 'twin' }],
  })
  expect(check.body.order.obstacles[0].refusals[0].message).toMatch(
    /^xen-02 would have .* free when big needs 256 MiB\. Free .* there, or on a third host/,
  )
  const refused = await bed.commit(draft)
  expect(refused.body.error.code).toBe('no-order')
  expect(bed.places()).toEqual({ big: 'xen-01', twin: 'xen-02' })
})

it('goes on where it was when the console stops in the middle, and asks for nothing twice', async () => {
  // 128 MiB at 200 Mbit/s: some five seconds.
  bed = await PlanBed.start([
    full('xen-01', { big: 128 }, 16, 200),
    full('xen-02', { twin: 128 }, 16, 200),
    full('xen-03', {}, 300, 200),
  ])
  const draft = await bed.draft({ big: 'xen-02', twin: 'xen-01' })
  await bed.commit(draft)
  await bed.stepState(draft.draftId, 0, 'running')
  await bed.restartConsole()
  await bed.stepState(draft.draftId, 1, 'running')
  await bed.restartConsole()
  const plan = await bed.planState(draft.draftId, 'ended')
  expect(plan.state).toMatchObject({ outcome: 'done' })
  expect(bed.places()).toEqual({ big: 'xen-02', twin: 'xen-01' })
  const { body } = await bed.call('GET', '/migrations')
  expect(body.migrations).toHaveLength(3)
  for (const migration of body.migrations) expect(migration.groupId).toBe(plan.planId)
})

it('begins nothing while it is paused, and ends with what runs when it is stopped', async () => {
  bed = await PlanBed.start([
    full('xen-01', { one: 64, two: 64 }, 16, 100),
    full('xen-02', {}, 120, 100),
    full('xen-03', { three: 64 }, 80, 100),
  ])
  // Two has no room on xen-02 before three has left... three comes to xen-02 last of all.
  const draft = await bed.draft({ one: 'xen-02', two: 'xen-03', three: 'xen-01' })
  const plan = (await bed.commit(draft)).body
  await bed.until('a step runs', ({ plans }) =>
    plans[0]?.steps.some(({ state }) => state.kind === 'running'),
  )
  const paused = await bed.call('POST', `/plans/${plan.planId}/pause`)
  expect(paused.body.state).toMatchObject({ kind: 'paused', reason: { kind: 'asked' } })
  expect((await bed.call('POST', `/plans/${plan.planId}/pause`)).body.error.code).toBe(
    'wrong-state',
  )
  await bed.until('what ran has ended', ({ plans }) =>
    plans[0]?.steps.every(({ state }) => state.kind !== 'running'),
  )
  expect(bed.fleet.plans[0]?.state.kind).toBe('paused')
  const resumed = await bed.call('POST', `/plans/${plan.planId}/resume`, {})
  expect(resumed.body.state).toEqual({ kind: 'running' })
  await bed.until('a step runs', ({ plans }) =>
    plans[0]?.steps.some(({ state }) => state.kind === 'running'),
  )
  const before = bed.places()
  const stopped = await bed.call('POST', `/plans/${plan.planId}/stop`, { runningSteps: 'cancel' })
  expect(stopped.body.state.kind).toBe('stopping')
  const ended = await bed.planState(plan.planId, 'ended')
  expect(ended.state).toMatchObject({ outcome: 'stopped' })
  expect(bed.places()).toEqual(before)
})

it('pauses when a step fails, and leaves it out when that is wanted', async () => {
  bed = await PlanBed.start([
    full('xen-01', { one: 64, two: 64 }, 16, 100),
    full('xen-02', {}, 90),
    full('xen-03', {}, 90),
  ])
  const draft = await bed.draft({ one: 'xen-02', two: 'xen-03' })
  const { planId } = (await bed.commit(draft)).body
  const running = await bed.stepState(planId, 0, 'running')
  if (running.state.kind !== 'running') throw new Error('it runs')
  const { migrationId } = running.state
  await bed.until('it copies', ({ migrations }) =>
    migrations.find((one) => one.migrationId === migrationId && one.state.phase === 'pre-copy'),
  )
  await bed.call('POST', `/migrations/${migrationId}/cancel`)
  const paused = await bed.planState(planId, 'paused')
  expect(paused.state).toMatchObject({ reason: { kind: 'step-failed', stepIndex: 0 } })
  expect(paused.steps[0]?.state).toMatchObject({
    kind: 'failed',
    refusal: { code: 'cancelled-by-administrator' },
  })
  const resumed = await bed.call('POST', `/plans/${planId}/resume`, { failedSteps: 'leave-out' })
  expect(resumed.status).toBe(200)
  const ended = await bed.planState(planId, 'ended')
  expect(ended.state).toMatchObject({
    outcome: 'failed',
    sentence: '1 of 2 moves made; the others were left out.',
  })
  expect(bed.places()).toEqual({ one: 'xen-01', two: 'xen-03' })
})

it('notices that the fleet has moved under a draft, refuses it, and commits it rebased', async () => {
  bed = await PlanBed.start([
    full('xen-01', { web: 64 }),
    full('xen-02', {}, 200),
    full('xen-03', {}, 200),
  ])
  const draft = await bed.draft({ web: 'xen-03' })
  const moved = await bed.call('POST', '/migrations', {
    moves: [{ domainId: bed.domainId('web'), destinationHostId: bed.hostId('xen-02') }],
  })
  expect(moved.body.outcomes[0].outcome).toBe('accepted')
  await bed.until('web has moved', ({ domains }) =>
    domains.some(
      ({ hostId, migrationId }) => hostId === bed.hostId('xen-02') && migrationId === null,
    ),
  )
  const check = await bed.call('GET', `/drafts/${draft.draftId}/check`)
  expect(check.body).toMatchObject({
    isOutdated: true,
    moves: [{ standing: { sentence: 'web was on xen-01 and is on xen-02 now.' } }],
  })
  expect((await bed.commit(draft)).body.error.code).toBe('draft-outdated')
  const rebased = await bed.call('POST', `/drafts/${draft.draftId}/rebase`, { revision: 1 })
  expect(rebased.body).toMatchObject({ draft: { revision: 2 }, dropped: [] })
  expect((await bed.commit(draft)).body.error.code).toBe('draft-changed')
  await bed.commit(rebased.body.draft)
  await bed.planState(draft.draftId, 'ended')
  expect(bed.places()).toEqual({ web: 'xen-03' })
})

it('empties a host into maintenance, says what stays, and puts everything back', async () => {
  bed = await PlanBed.start([
    smallHost(
      'xen-01',
      [
        smallDomain('one', { memMib: 64 }),
        smallDomain('two', { memMib: 64 }),
        smallDomain('giant', { memMib: 1024 }),
      ],
      { nicMbit: 10_000 },
    ),
    full('xen-02', {}, 100),
    full('xen-03', {}, 100),
  ])
  const evacuation = await bed.call('POST', `/hosts/${bed.hostId('xen-01')}/evacuation`, {})
  expect(evacuation.body).toMatchObject({
    name: 'Empty xen-01',
    maintenance: { hostName: 'xen-01', isInMaintenance: true },
  })
  const check = await bed.call('GET', `/drafts/${evacuation.body.draftId}/check`)
  expect(check.body.staying).toMatchObject([{ domainName: 'giant' }])
  expect(check.body.staying[0].refusals[0].message).toMatch(/^xen-0. would have .*giant needs 1/)
  await bed.commit(evacuation.body)
  const { planId } = await bed.planState(evacuation.body.draftId, 'ended')
  expect(new Set([bed.places().one, bed.places().two])).toEqual(new Set(['xen-02', 'xen-03']))
  expect(bed.fleet.hosts.find(({ name }) => name === 'xen-01')?.isInMaintenance).toBe(true)

  const undo = await bed.call('POST', `/plans/${planId}/undo`)
  expect(undo.body.maintenance).toMatchObject({ hostName: 'xen-01', isInMaintenance: false })
  await bed.commit(undo.body)
  await bed.planState(undo.body.draftId, 'ended')
  expect(bed.places()).toEqual({ one: 'xen-01', two: 'xen-01', giant: 'xen-01' })
  expect(bed.fleet.hosts.find(({ name }) => name === 'xen-01')?.isInMaintenance).toBe(false)
})
