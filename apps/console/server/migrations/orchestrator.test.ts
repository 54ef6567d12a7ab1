import type { SourceStatus } from '@drover/api-schema/agent-protocol.ts'
import { migrationSchema } from '@drover/api-schema/migration.ts'
import { domainId, hostId, migrationId, testMoment } from '@drover/api-schema/testing/builders.ts'
import { GIB } from '@drover/api-schema/units.ts'
import { describe, expect, it } from 'vitest'
import { ModelFleet } from './testing/model-fleet.ts'
import { settled } from './testing/virtual-clock.ts'

const phase = (fleet: ModelFleet, id: Parameters<ModelFleet['migration']>[0]) =>
  fleet.migration(id).state.phase

describe('one migration', () => {
  it('goes from drop to completed, written before it is shown, with everybody told', async () => {
    const fleet = new ModelFleet()
    const web = fleet.addDomain(1)
    const id = await fleet.start(web)
    expect(fleet.domains.get(web.domainId)?.migrationId).toBe(id)
    await fleet.run()
    expect(fleet.migration(id).state).toMatchObject({ phase: 'completed', downtimeMs: 10 })
    expect(fleet.domains.get(web.domainId)?.migrationId).toBeNull()
    expect(fleet.orchestrator.listOpen()).toEqual([])
    const phases = fleet.published.map(({ state }) => state.phase)
    expect(phases[0]).toBe('queued')
    expect(phases.at(-1)).toBe('completed')
    for (const migration of fleet.published) migrationSchema.parse(migration)
    expect(fleet.audited.map(({ action }) => action)).toEqual([
      'migration-requested',
      'migration-completed',
    ])
    expect(fleet.audited[1]?.detail).toBe('web-1 runs on xen-02: 1.0 s, 0 B, paused 10 ms.')
    expect(fleet.migration(id).predicted?.totalMs).toBeGreaterThan(0)
    // The source heard `activated` from its peer: nobody had to tell it to let go.
    const kinds = fleet.sent.map(({ command }) => command.kind)
    expect(kinds).toEqual(['prepare-incoming', 'start-outgoing', 'report-migration'])
  })

  it('leaves no timer behind', async () => {
    const fleet = new ModelFleet()
    await fleet.start(fleet.addDomain(1))
    await fleet.run()
    expect(fleet.clock.waiting).toBe(0)
  })

  it('gives each attempt a generation above all before it, stored or reported', async () => {
    const fleet = new ModelFleet()
    const web = fleet.addDomain(1, { generation: 4 })
    const first = await fleet.start(web)
    expect(fleet.migration(first).generation).toBe(5)
    await fleet.orchestrator.cancel(first, 'Ada')
    await fleet.run()
    const second = await fleet.start(web)
    expect(fleet.migration(second).generation).toBe(6)
  })

  it('passes on progress of its own source only, and only while it is open', async () => {
    const fleet = new ModelFleet()
    const id = await fleet.start(fleet.addDomain(1))
    const progress = {
      roundIndex: 0,
      roundSentPages: 1,
      roundPages: 2,
      totalBytes: 4096,
      bytesPerSec: 1,
      dirtyPagesPerSec: null,
      throttleRatio: 0,
      isStalled: false,
      predictedRemainingMs: null,
      predictedDowntimeMs: null,
    }
    const { orchestrator } = fleet
    expect(orchestrator.progressed(hostId(1), id, progress)).toBe(true)
    expect(orchestrator.progressed(hostId(2), id, progress)).toBe(false)
    expect(orchestrator.progressed(hostId(1), migrationId(9), progress)).toBe(false)
    await fleet.run()
    expect(orchestrator.progressed(hostId(1), id, progress)).toBe(false)
  })

  it('refuses what the preflight refuses when its turn comes', async () => {
    const fleet = new ModelFleet(3, { total: 1 })
    const first = await fleet.start(fleet.addDomain(1))
    const second = await fleet.start(fleet.addDomain(2), 3)
    const xen03 = fleet.hosts.get(hostId(3))
    if (xen03 !== undefined) fleet.hosts.set(xen03.hostId, { ...xen03, isInMaintenance: true })
    await fleet.run()
    expect(phase(fleet, first)).toBe('completed')
    expect(fleet.migration(second).state).toMatchObject({
      phase: 'failed',
      failedIn: 'preflight',
      refusal: { code: 'host-in-maintenance' },
    })
  })
})

describe('what nobody ordered', () => {
  const report = (status: 'copying' | 'committed') => ({
    role: 'source' as const,
    migrationId: migrationId(77),
    domainId: domainId(1),
    generation: 5,
    state: {
      status,
      rounds: [],
      totalBytes: 0,
      startedAt: testMoment,
      ...(status === 'committed' ? { pausedAt: testMoment } : {}),
    } as SourceStatus, // whole by its status
  })

  it('is an alarm, once, when the source has handed over', async () => {
    const fleet = new ModelFleet()
    fleet.addDomain(1)
    fleet.orchestrator.hostReported(hostId(1), report('copying'))
    await fleet.run()
    expect(fleet.audited).toEqual([])
    for (let again = 0; again < 2; again += 1)
      fleet.orchestrator.hostReported(hostId(1), report('committed'))
    await fleet.run()
    expect(fleet.audited).toMatchObject([{ action: 'migration-alarm', subject: 'web-1 on xen-01' }])
    expect(fleet.audited[0]?.detail).toContain('never ordered')
  })
})

describe('a record that the database refuses', () => {
  it('is shown all the same, and no command that must rest on it is sent', async () => {
    const fleet = new ModelFleet()
    fleet.store.refuses = ({ migration }) =>
      migration.domainId === domainId(1) && migration.state.phase !== 'queued'
    const started = await fleet.start(fleet.addDomain(1))
    await fleet.run()
    expect(phase(fleet, started)).toBe('queued')
    expect(fleet.published.at(-1)).toMatchObject({
      migrationId: started,
      state: { phase: 'preparing' },
    })
    expect(await fleet.orchestrator.find(started)).toEqual(fleet.published.at(-1))
    expect(fleet.sent).toEqual([])
    const other = await fleet.start(fleet.addDomain(2))
    await fleet.run()
    expect(phase(fleet, other)).toBe('completed')
  })
})

describe('patience', () => {
  it('is elapsed time: a wall clock that is set neither ends it nor stretches it', async () => {
    const fleet = new ModelFleet()
    fleet.muted.add(hostId(2))
    const id = await fleet.start(fleet.addDomain(1))
    fleet.cutOff(2)
    expect(phase(fleet, id)).toBe('preparing')
    fleet.clock.stepWall(3_600_000)
    await fleet.clock.advance(30_000)
    expect(phase(fleet, id)).toBe('preparing')
    fleet.clock.stepWall(-7_200_000)
    await fleet.clock.advance(60_000)
    expect(fleet.migration(id).state).toMatchObject({
      phase: 'failed',
      refusal: { code: 'host-not-online' },
    })
  })
})

describe('requests', () => {
  it('give a domain to the first of two administrators', async () => {
    const fleet = new ModelFleet()
    const web = fleet.addDomain(1)
    const [first, second] = await Promise.all([
      fleet.request([fleet.move(web, 2)]),
      fleet.request([fleet.move(web, 3)]),
    ])
    expect(first?.[0]?.outcome).toBe('accepted')
    expect(second?.[0]).toMatchObject({
      outcome: 'refused',
      refusals: [{ code: 'domain-migrating' }],
    })
  })

  it('judge moves together: the second finds the memory of the first promised', async () => {
    const fleet = new ModelFleet()
    const xen02 = fleet.hosts.get(hostId(2))
    if (xen02 !== undefined) fleet.hosts.set(xen02.hostId, { ...xen02, memFreeBytes: 6 * GIB })
    const [a, b, c] = [1, 2, 3].map((number) => fleet.addDomain(number))
    if (!a || !b || !c) throw new Error('three domains')
    const outcomes = await fleet.request([fleet.move(a, 2), fleet.move(b, 2), fleet.move(c, 3)])
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['accepted', 'refused', 'accepted'])
    expect(outcomes[1]).toMatchObject({
      refusals: [
        {
          code: 'not-enough-memory',
          message:
            'xen-02 has 2 GiB free; web-2 needs 4 GiB. Free 2 GiB there or pick another host.',
        },
      ],
    })
    const groups = outcomes.flatMap((one) =>
      one.outcome === 'accepted' ? [one.migration.groupId] : [],
    )
    expect(new Set(groups).size).toBe(1)
    expect(groups[0]).not.toBeNull()
  })

  it('are refused as a whole when the database does not answer, and nothing is started', async () => {
    const fleet = new ModelFleet()
    const web = fleet.addDomain(1)
    fleet.store.isUp = false
    const outcomes = await fleet.request([fleet.move(web, 2)])
    expect(outcomes).toMatchObject([{ outcome: 'refused', refusals: [{ code: 'unavailable' }] }])
    expect(fleet.sent).toEqual([])
    fleet.store.isUp = true
    await fleet.start(web)
  })
})

describe('the queue', () => {
  it('lets two leave and two enter a host at a time, and five in all, in order', async () => {
    const fleet = new ModelFleet(9)
    const ids = []
    for (let number = 1; number <= 3; number += 1) {
      ids.push(await fleet.start(fleet.addDomain(number), number + 1))
    }
    expect(ids.map((id) => phase(fleet, id))).toEqual(['preparing', 'preparing', 'queued'])
    for (let number = 4; number <= 9; number += 1) {
      const domain = fleet.addDomain(number, { hostId: hostId(number) })
      ids.push(await fleet.start(domain, number === 9 ? 4 : number + 1))
    }
    const running = fleet.orchestrator.listOpen().filter(({ state }) => state.phase !== 'queued')
    expect(running).toHaveLength(5)
    await fleet.run()
    expect(ids.map((id) => phase(fleet, id))).toEqual(ids.map(() => 'completed'))
  })

  it('waits for a host that is away instead of failing', async () => {
    const fleet = new ModelFleet(3, { total: 1 })
    await fleet.start(fleet.addDomain(1))
    const second = await fleet.start(fleet.addDomain(2), 3)
    fleet.cutOff(3)
    await fleet.run()
    expect(phase(fleet, second)).toBe('queued')
    fleet.connect(3)
    await fleet.run()
    expect(phase(fleet, second)).toBe('completed')
  })
})

describe('the database', () => {
  it('has the intent before a command that begins something goes out', async () => {
    for (const intent of ['prepare', 'start'] as const) {
      const fleet = new ModelFleet()
      const save = fleet.store.save.bind(fleet.store)
      let isRefusing = true
      fleet.store.save = async (record) => {
        if (isRefusing && record.coordination.intent === intent) throw new Error('disk full')
        await save(record)
      }
      const id = await fleet.start(fleet.addDomain(1))
      await fleet.clock.advance(60_000)
      const kinds = fleet.sent.map(({ command }) => command.kind)
      expect(kinds.includes('prepare-incoming')).toBe(intent === 'start')
      expect(kinds).not.toContain('start-outgoing')
      expect(fleet.logged).toHaveLength(1)
      isRefusing = false
      await fleet.clock.advance(10_000)
      await fleet.run()
      expect(phase(fleet, id)).toBe('completed')
    }
  })

  it('does not hold up what ends a migration: the hosts have the proof of it', async () => {
    const fleet = new ModelFleet()
    const id = await fleet.start(fleet.addDomain(1))
    const pair = fleet.pairs.get(id)
    while (pair?.source.status?.status !== 'committed') {
      fleet.stepStreams()
      await settled()
    }
    fleet.store.isUp = false
    pair.up.splice(0)
    pair.destination.abort('peer-lost')
    await settled()
    await fleet.clock.advance(5_000)
    expect(pair.source.guest).toBe('running')
    expect(phase(fleet, id)).toBe('activating')
    // Nobody is told before it is written, by a push or by a question.
    expect((await fleet.orchestrator.find(id))?.state.phase).toBe('activating')
    fleet.store.isUp = true
    await fleet.clock.advance(10_000)
    expect(phase(fleet, id)).toBe('failed')
  })

  it('may be gone for 30 s at any write, and nothing is lost or shown before it is written', async () => {
    for (let write = 1; write <= 8; write += 1) {
      const fleet = new ModelFleet()
      const web = fleet.addDomain(1)
      const save = fleet.store.save.bind(fleet.store)
      const shown = new Set<string>()
      fleet.store.save = async (record) => {
        if (fleet.store.writes === write) fleet.store.isUp = false
        await save(record)
        shown.add(JSON.stringify(record.migration))
      }
      const id = await fleet.start(web)
      await fleet.run()
      await fleet.clock.advance(30_000)
      fleet.store.isUp = true
      fleet.store.writes = 1000
      await fleet.clock.advance(60_000)
      await fleet.run()
      expect(phase(fleet, id), `write ${write}`).toBe('completed')
      for (const migration of fleet.published) {
        expect(shown.has(JSON.stringify(migration)), `write ${write}`).toBe(true)
      }
      fleet.mustKeepPromises()
    }
  })
})

describe('a restart of the console', () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])(
    'after %i steps of the copy ends the migration properly',
    async (steps) => {
      const fleet = new ModelFleet()
      const web = fleet.addDomain(1)
      const id = await fleet.start(web)
      for (let count = 0; count < steps; count += 1) {
        fleet.stepStreams()
        await settled()
      }
      await fleet.restartConsole()
      await fleet.run()
      fleet.connect(1)
      fleet.connect(2)
      await fleet.run()
      await fleet.clock.advance(120_000)
      await fleet.run()
      expect(phase(fleet, id)).toBe('completed')
      expect(fleet.domains.get(web.domainId)?.migrationId).toBeNull()
      expect(fleet.orchestrator.listOpen()).toEqual([])
      fleet.mustKeepPromises()
    },
  )

  it('shows what is open at once, before any host has come back', async () => {
    const fleet = new ModelFleet()
    const web = fleet.addDomain(1)
    const id = await fleet.start(web)
    fleet.published.length = 0
    await fleet.restartConsole()
    expect(fleet.published).toMatchObject([{ migrationId: id, state: { phase: 'preparing' } }])
    expect(fleet.domains.get(web.domainId)?.migrationId).toBe(id)
    expect(fleet.orchestrator.listOpen()).toHaveLength(1)
  })

  it('keeps the order of the queue', async () => {
    const fleet = new ModelFleet(3, { total: 1 })
    const ids = [
      await fleet.start(fleet.addDomain(1)),
      await fleet.start(fleet.addDomain(2)),
      await fleet.start(fleet.addDomain(3), 3),
    ]
    await fleet.restartConsole()
    for (const number of [3, 2, 1]) fleet.connect(number)
    await fleet.run()
    await fleet.clock.advance(120_000)
    await fleet.run()
    const ended = fleet.published.filter(({ state }) => state.phase === 'completed')
    expect(ended.map((migration) => migration.migrationId)).toEqual(ids)
  })
})

describe('cancel', () => {
  it.each([0, 1, 2])('after %i steps undoes the copy and frees the domain', async (steps) => {
    const fleet = new ModelFleet()
    const web = fleet.addDomain(1)
    const id = await fleet.start(web)
    for (let count = 0; count < steps; count += 1) {
      fleet.stepStreams()
      await settled()
    }
    const cancelled = await fleet.orchestrator.cancel(id, 'Grace')
    expect(cancelled.ok).toBe(true)
    await fleet.run()
    expect(phase(fleet, id)).toBe('cancelled')
    expect(fleet.migration(id).cancelRequestedBy).toBe('Grace')
    expect(fleet.pairs.get(id)?.source.guest).toBe('running')
    expect(fleet.pairs.get(id)?.destination.guest).toBe('none')
    expect(fleet.audited.map(({ action }) => action)).toContain('migration-cancelled')
  })

  it('is too late once the source has committed, and the migration completes', async () => {
    const fleet = new ModelFleet()
    const id = await fleet.start(fleet.addDomain(1))
    while (fleet.pairs.get(id)?.source.status?.status !== 'committed') {
      fleet.stepStreams()
      await settled()
    }
    const cancelled = await fleet.orchestrator.cancel(id, 'Grace')
    expect(cancelled).toMatchObject({ ok: false, error: { code: 'past-point-of-no-return' } })
    await fleet.run()
    expect(phase(fleet, id)).toBe('completed')
    expect(fleet.migration(id).cancelRequestedBy).toBeNull()
  })

  it('is refused for what is not there and for what has ended', async () => {
    const fleet = new ModelFleet()
    expect(await fleet.orchestrator.cancel(migrationId(7), 'Ada')).toMatchObject({
      error: { code: 'migration-not-found' },
    })
    const id = await fleet.start(fleet.addDomain(1))
    await fleet.run()
    expect(await fleet.orchestrator.cancel(id, 'Ada')).toMatchObject({
      error: { code: 'migration-ended' },
    })
  })
})

describe('steering a copy', () => {
  const slower = { bandwidthBytesPerSec: 10e6, pausesNext: false } as const

  it('is taken by the source, kept and audited', async () => {
    const fleet = new ModelFleet()
    const id = await fleet.start(fleet.addDomain(1))
    while (phase(fleet, id) !== 'pre-copy') {
      fleet.stepStreams()
      await settled()
    }
    expect(await fleet.orchestrator.steer(id, slower, 'Ada')).toMatchObject({ ok: true })
    await settled()
    expect(fleet.sent.at(-1)?.command).toMatchObject({ kind: 'steer-outgoing', steering: slower })
    expect(fleet.migration(id).steered).toEqual({ ...slower, by: 'Ada' })
    expect(fleet.audited.at(-1)?.detail).toBe(
      'Ada asked to copy web-1 at no more than 9.5 MiB a second.',
    )
    await fleet.run()
    expect(phase(fleet, id)).toBe('completed')
  })

  it('is refused before and after the copy, and nothing is kept of it', async () => {
    const fleet = new ModelFleet()
    const id = await fleet.start(fleet.addDomain(1))
    fleet.cutOff(1)
    expect(await fleet.orchestrator.steer(id, slower, 'Ada')).toMatchObject({ ok: false })
    fleet.connect(1)
    await fleet.run()
    expect(await fleet.orchestrator.steer(id, slower, 'Ada')).toMatchObject({
      error: { code: 'migration-ended' },
    })
    expect(fleet.migration(id).steered).toBeUndefined()
  })
})

describe('a migration in doubt', () => {
  /** The source has committed, and the destination is gone before it could say anything. */
  async function inDoubt() {
    const fleet = new ModelFleet()
    const id = await fleet.start(fleet.addDomain(1))
    const pair = () => {
      const found = fleet.pairs.get(id)
      if (found === undefined) throw new Error('it has not begun')
      return found
    }
    while (fleet.pairs.get(id)?.source.status?.status !== 'committed') {
      fleet.stepStreams()
      await settled()
    }
    const activate = pair().up.shift()
    fleet.cutOff(2)
    await fleet.run()
    expect(fleet.migration(id).state).toMatchObject({
      phase: 'activating',
      inDoubt: { waitingFor: 'destination' },
    })
    return { fleet, id, pair, activate }
  }

  it('is resumed on the source when an administrator says so, and audited', async () => {
    const { fleet, id, pair } = await inDoubt()
    expect(await fleet.orchestrator.resolve(id, 'resume', 'Ada')).toMatchObject({ ok: true })
    await fleet.run()
    expect(phase(fleet, id)).toBe('failed')
    expect(pair().source.guest).toBe('running')
    const order = fleet.audited.find(({ action }) => action === 'migration-resume-ordered')
    expect(order).toMatchObject({ actor: 'Ada' })
    expect(order?.detail).toContain('although xen-02 has not said')
    expect(fleet.migration(id)).toMatchObject({
      resolved: { by: 'Ada', resolution: 'resume' },
      state: { refusal: { message: expect.stringMatching(/^Ada decided that xen-01 runs/) } },
    })
    // The destination comes back and is told never to run its copy.
    fleet.connect(2)
    await fleet.run()
    expect(pair().destination.guest).not.toBe('running')
    expect(await fleet.store.listUnsettled()).toEqual([])
  })

  it('is given up on the source when an administrator says so', async () => {
    const { fleet, id, pair, activate } = await inDoubt()
    // It was activated, and only its answer was lost: that is what the administrator has seen.
    if (activate !== undefined) pair().destination.receive(activate)
    pair().down.splice(0)
    expect(await fleet.orchestrator.resolve(id, 'release', 'Ada')).toMatchObject({ ok: true })
    await fleet.run()
    expect(phase(fleet, id)).toBe('completed')
    expect([pair().source.guest, pair().destination.guest]).toEqual(['gone', 'running'])
  })

  it('follows the word of the destination, not the order, when that comes first', async () => {
    const { fleet, id, pair, activate } = await inDoubt()
    if (activate !== undefined) pair().destination.receive(activate)
    pair().down.splice(0)
    fleet.cutOff(1)
    expect(await fleet.orchestrator.resolve(id, 'resume', 'Ada')).toMatchObject({ ok: true })
    fleet.connect(2)
    await fleet.run()
    fleet.connect(1)
    await fleet.run()
    expect(phase(fleet, id)).toBe('completed')
    expect([pair().source.guest, pair().destination.guest]).toEqual(['gone', 'running'])
  })

  it('is decided by nobody while it is not in doubt, and only once', async () => {
    const fleet = new ModelFleet()
    const id = await fleet.start(fleet.addDomain(1))
    expect(await fleet.orchestrator.resolve(id, 'resume', 'Ada')).toMatchObject({
      error: { code: 'wrong-state' },
    })
    await fleet.run()
    expect(await fleet.orchestrator.resolve(id, 'release', 'Ada')).toMatchObject({
      error: { code: 'migration-ended' },
    })
    expect(await fleet.orchestrator.resolve(migrationId(9), 'release', 'Ada')).toMatchObject({
      error: { code: 'migration-not-found' },
    })
  })
})

describe('hosts that go', () => {
  it('completes on the word of the destination and pays the debt to the source after a restart', async () => {
    const fleet = new ModelFleet()
    const id = await fleet.start(fleet.addDomain(1))
    const pair = () => fleet.pairs.get(id)
    while (pair()?.source.status?.status !== 'committed') {
      fleet.stepStreams()
      await settled()
    }
    fleet.cutOff(1)
    const activate = pair()?.up.shift()
    if (activate !== undefined) pair()?.destination.receive(activate)
    if (pair()) pair()?.down.splice(0)
    await fleet.run()
    expect(phase(fleet, id)).toBe('completed')
    expect(pair()?.source.guest).toBe('paused')
    await fleet.restartConsole()
    fleet.connect(2)
    fleet.connect(1)
    await fleet.run()
    expect(pair()?.source.guest).toBe('gone')
    expect(await fleet.store.listUnsettled()).toEqual([])
  })

  it('asks again over a new connection what an old one swallowed', async () => {
    const fleet = new ModelFleet()
    fleet.muted.add(hostId(2))
    const id = await fleet.start(fleet.addDomain(1))
    expect(phase(fleet, id)).toBe('preparing')
    fleet.muted.delete(hostId(2))
    await fleet.clock.advance(10_000)
    await fleet.run()
    expect(phase(fleet, id)).toBe('completed')
    const prepares = fleet.sent.filter(({ command }) => command.kind === 'prepare-incoming')
    expect(new Set(prepares.map(({ commandId }) => commandId)).size).toBe(1)
    expect(prepares.length).toBeGreaterThan(1)
  })

  it('tidies up after a host that reserves for a migration that has ended', async () => {
    const fleet = new ModelFleet()
    fleet.hasRoom = false
    const id = await fleet.start(fleet.addDomain(1))
    await fleet.run()
    expect(fleet.migration(id).state).toMatchObject({
      phase: 'failed',
      failedIn: 'preparing',
      refusal: { code: 'not-enough-memory' },
    })
    expect(await fleet.store.listUnsettled()).toEqual([])
    // The same order, delivered once more by a broken connection to a restarted agent that has room now.
    const destination = fleet.pairs.get(id)?.destination
    const order = fleet.sent.find(({ command }) => command.kind === 'prepare-incoming')
    if (destination === undefined || order === undefined) throw new Error('it was asked')
    destination.hasRoom = true
    destination.restart()
    destination.handle(order.commandId, order.command)
    expect(destination.guest).toBe('copy')
    await fleet.run()
    expect(destination.guest).toBe('none')
    expect(await fleet.store.listUnsettled()).toEqual([])
  })

  it('logs a migration nobody ordered and does nothing', async () => {
    const fleet = new ModelFleet()
    fleet.orchestrator.hostReported(hostId(1), {
      role: 'source',
      migrationId: migrationId(77),
      domainId: fleet.addDomain(1).domainId,
      generation: 1,
      state: { status: 'committed', pausedAt: 1e12, rounds: [], totalBytes: 0, startedAt: 1e12 },
    })
    await settled()
    expect(fleet.logged).toHaveLength(1)
    expect(fleet.sent).toEqual([])
  })
})
