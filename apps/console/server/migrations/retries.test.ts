import type { MigrationId } from '@drover/api-schema/ids.ts'
import type { Migration } from '@drover/api-schema/migration.ts'
import type { RetryPolicy } from '@drover/api-schema/migration-terms.ts'
import { aRule, domainId, hostId } from '@drover/api-schema/testing/builders.ts'
import { GIB } from '@drover/api-schema/units.ts'
import { describe, expect, it } from 'vitest'
import { isSettled } from './record.ts'
import { ModelFleet } from './testing/model-fleet.ts'
import { settled } from './testing/virtual-clock.ts'

const sameHost = (attempts: number): RetryPolicy => ({ kind: 'same-host', attempts })
const nextBest = (attempts: number): RetryPolicy => ({ kind: 'next-best-host', attempts })

/** All tries, first first. */
const tries = (fleet: ModelFleet): Migration[] =>
  [...fleet.store.rows.values()]
    .map(({ migration }) => migration)
    .toSorted((a, b) => a.attempt - b.attempt)
const phases = (fleet: ModelFleet) => tries(fleet).map(({ state }) => state.phase)

async function pass(fleet: ModelFleet, ms: number): Promise<void> {
  await fleet.clock.advance(ms)
  await fleet.run()
}

/** A migration whose destination has no room; its first try has failed. */
async function failed(retry: RetryPolicy, hosts = 3) {
  const fleet = new ModelFleet(hosts)
  fleet.hasRoom = false
  const id = await fleet.start(fleet.addDomain(1), 2, { retry, priority: 'high' })
  await fleet.run()
  return { fleet, id }
}

describe('a failed migration', () => {
  it('is tried again on the same host after a pause, as a migration of its own', async () => {
    const { fleet, id } = await failed(sameHost(3))
    const [first, second] = tries(fleet)
    expect(first).toMatchObject({
      migrationId: id,
      retriedBy: second?.migrationId,
      state: { phase: 'failed', refusal: { code: 'not-enough-memory' } },
    })
    expect(second).toMatchObject({
      retryOf: id,
      attempt: 2,
      destinationHostId: hostId(2),
      priority: 'high',
      retry: sameHost(3),
      generation: (first?.generation ?? 0) + 1,
      notBeforeAt: fleet.clock.now() + 5_000,
      state: { phase: 'queued' },
    })
    expect(fleet.domains.get(domainId(1))?.migrationId).toBe(second?.migrationId)
    fleet.hasRoom = true
    await pass(fleet, 4_000)
    expect(phases(fleet)).toEqual(['failed', 'queued'])
    await pass(fleet, 2_000)
    expect(phases(fleet)).toEqual(['failed', 'completed'])
    expect(fleet.domains.get(domainId(1))).toMatchObject({ hostId: hostId(2), migrationId: null })
    expect(fleet.orchestrator.listOpen()).toEqual([])
    expect(fleet.clock.waiting).toBe(0)
    const said = fleet.audited.find(({ action }) => action === 'migration-retried')
    expect(said?.detail).toMatch(/^web-1 is tried again on xen-02, attempt 2 of 4\. It failed: /)
  })

  it('is given up after as many tries as were allowed, with longer pauses each time', async () => {
    const { fleet } = await failed(sameHost(3))
    await pass(fleet, 5_000)
    expect(phases(fleet)).toEqual(['failed', 'failed', 'queued'])
    await pass(fleet, 9_000)
    expect(phases(fleet)).toEqual(['failed', 'failed', 'queued'])
    await pass(fleet, 1_000)
    await pass(fleet, 20_000)
    expect(phases(fleet)).toEqual(['failed', 'failed', 'failed', 'failed'])
    await pass(fleet, 600_000)
    expect(tries(fleet)).toHaveLength(4)
    expect(fleet.clock.waiting).toBe(0)
  })

  it('goes to the best host that has not failed it, and back to one that has when none is left', async () => {
    const { fleet } = await failed(nextBest(3), 4)
    const roomiest = fleet.hosts.get(hostId(4)) ?? expect.fail('there are four')
    fleet.hosts.set(roomiest.hostId, { ...roomiest, memFreeBytes: 60 * GIB })
    const second = tries(fleet)[1]
    // Before it had more memory than the others: the one that is first by name.
    expect(second?.destinationHostId).toBe(hostId(3))
    await pass(fleet, 5_000)
    expect(tries(fleet)[2]?.destinationHostId).toBe(hostId(4))
    await pass(fleet, 10_000)
    expect(tries(fleet)[3]?.destinationHostId).toBe(hostId(4))
    fleet.hasRoom = true
    await pass(fleet, 20_000)
    expect(phases(fleet)).toEqual(['failed', 'failed', 'failed', 'completed'])
  })

  it('goes to no host that a rule forbids, and rather to one that breaks none that is preferred', async () => {
    const fleet = new ModelFleet(4)
    fleet.rules = [
      aRule(1, { kind: 'keep-off', domains: 'all', hosts: 'name = xen-03' }),
      aRule(2, {
        kind: 'keep-off',
        domains: 'name = web-2',
        hosts: 'name = xen-04',
        strength: { kind: 'preferred', weight: 10 },
      }),
    ]
    fleet.hasRoom = false
    for (const number of [1, 2]) {
      await fleet.start(fleet.addDomain(number), 2, { retry: nextBest(1) })
      await fleet.run()
    }
    // web-2 would break a preference on xen-04, and still that is better than the host that has failed it.
    expect(tries(fleet).map(({ destinationHostId }) => destinationHostId)).toEqual(
      [2, 2, 4, 4].map(hostId),
    )
  })

  it('waits for its host to come back', async () => {
    const { fleet } = await failed(sameHost(1))
    fleet.hasRoom = true
    fleet.cutOff(2)
    await pass(fleet, 600_000)
    expect(phases(fleet)).toEqual(['failed', 'queued'])
    fleet.connect(2)
    await fleet.run()
    expect(phases(fleet)).toEqual(['failed', 'completed'])
  })

  it.each([
    ['an administrator has cancelled it', sameHost(3), 'cancelled-by-administrator'],
    ['its domain writes too fast', sameHost(3), 'not-converging'],
    ['its domain has stopped', nextBest(3), 'domain-stopped'],
    ['nobody wants it to be', { kind: 'none' }, 'peer-lost'],
    ['only another host could help', sameHost(3), 'hypervisor-refused'],
  ] as const)('is not tried again when %s', async (_why, retry, code) => {
    const fleet = new ModelFleet()
    const id = await fleet.start(fleet.addDomain(1), 2, { retry })
    fleet.pairs.get(id)?.source.fail(code)
    await pass(fleet, 60_000)
    expect(phases(fleet)).toEqual(['failed'])
    expect(fleet.migration(id).retriedBy).toBeNull()
    expect(fleet.clock.waiting).toBe(0)
  })

  it('is not tried again when somebody has moved the domain meanwhile, and says so', async () => {
    const fleet = new ModelFleet()
    const web = fleet.addDomain(1)
    const id = await fleet.start(web, 2, { retry: sameHost(3) })
    const pair = fleet.pairs.get(id) ?? expect.fail('it has begun')
    fleet.domains.delete(web.domainId)
    pair.source.fail('peer-lost')
    pair.destination.abort('peer-lost')
    await pass(fleet, 60_000)
    expect(phases(fleet)).toEqual(['failed'])
    expect(fleet.audited.find(({ action }) => action === 'migration-retry-dropped')).toMatchObject({
      detail: 'web-1 is not there any more.',
    })
    expect([...fleet.store.rows.values()].every(isSettled)).toBe(true)
  })
})

describe('a retry that waits', () => {
  it('is cancelled like any other, alone and with its group', async () => {
    const { fleet } = await failed(sameHost(3))
    const second = tries(fleet)[1]?.migrationId ?? expect.fail('it waits')
    expect(await fleet.orchestrator.cancel(second, 'Ada')).toMatchObject({ ok: true })
    await pass(fleet, 600_000)
    expect(phases(fleet)).toEqual(['failed', 'cancelled'])
    expect(fleet.domains.get(domainId(1))?.migrationId).toBeNull()
    expect(fleet.clock.waiting).toBe(0)
  })

  it('of a group is cancelled with it', async () => {
    const fleet = new ModelFleet()
    fleet.hasRoom = false
    const moves = [1, 2].map((number) => fleet.move(fleet.addDomain(number), 2))
    await fleet.request(moves, { retry: sameHost(3) })
    await fleet.run()
    expect(phases(fleet)).toEqual(['failed', 'failed', 'queued', 'queued'])
    const groupId = tries(fleet)[0]?.groupId ?? ''
    await fleet.orchestrator.cancelGroup(groupId, 'Ada')
    await pass(fleet, 600_000)
    expect(phases(fleet)).toEqual(['failed', 'failed', 'cancelled', 'cancelled'])
  })

  it('keeps another move of the same domain out', async () => {
    const { fleet } = await failed(sameHost(3))
    const web = fleet.domains.get(domainId(1)) ?? expect.fail('it is there')
    expect(await fleet.request([fleet.move(web, 3)])).toMatchObject([
      { outcome: 'refused', refusals: [{ code: 'domain-migrating' }] },
    ])
  })

  it('waits for as long as it was to when the clock of the machine is set', async () => {
    const { fleet } = await failed(sameHost(1))
    fleet.hasRoom = true
    fleet.clock.stepWall(-3_600_000)
    await pass(fleet, 5_000)
    expect(phases(fleet)).toEqual(['failed', 'completed'])
  })

  it('goes on after a restart of the console', async () => {
    const { fleet } = await failed(sameHost(1))
    fleet.hasRoom = true
    await fleet.restartConsole()
    for (const number of [1, 2, 3]) fleet.connect(number)
    await pass(fleet, 5_000)
    expect(phases(fleet)).toEqual(['failed', 'completed'])
  })
})

describe('a console that dies', () => {
  /** Its one row with the failure cannot be changed any more: what comes after it is not written. */
  async function deadAfter(what: 'the failure' | 'the successor'): Promise<ModelFleet> {
    const fleet = new ModelFleet()
    fleet.hasRoom = false
    const insert = fleet.store.insert.bind(fleet.store)
    let inserts = 0
    fleet.store.insert = async (records) => {
      inserts += 1
      if (inserts === 2 && what === 'the failure') throw new Error('the database is gone')
      await insert(records)
    }
    fleet.store.refuses = ({ migration }) =>
      migration.retriedBy !== null && what === 'the successor'
    await fleet.start(fleet.addDomain(1), 2, { retry: sameHost(2) })
    await fleet.run()
    expect(phases(fleet)).toEqual(what === 'the failure' ? ['failed'] : ['failed', 'queued'])
    expect(tries(fleet)[0]?.retriedBy).toBeNull()
    fleet.store.refuses = () => false
    fleet.hasRoom = true
    return fleet
  }

  it.each(['the failure', 'the successor'] as const)(
    'after it has written %s neither loses nor doubles the retry',
    async (what) => {
      const fleet = await deadAfter(what)
      await fleet.restartConsole()
      for (const number of [1, 2, 3]) fleet.connect(number)
      await fleet.run()
      await pass(fleet, 5_000)
      expect(phases(fleet)).toEqual(['failed', 'completed'])
      expect(tries(fleet)[0]?.retriedBy).toBe(tries(fleet)[1]?.migrationId)
      expect([...fleet.store.rows.values()].every(isSettled)).toBe(true)
      expect(fleet.clock.waiting).toBe(0)
    },
  )

  it('or loses the database for a while does so as well', async () => {
    const fleet = await deadAfter('the failure')
    await pass(fleet, 60_000)
    expect(phases(fleet)).toEqual(['failed', 'completed'])
  })
})

it('lets a person go first who asked before anybody knew that the retry had been written', async () => {
  const fleet = new ModelFleet()
  fleet.hasRoom = false
  const insert = fleet.store.insert.bind(fleet.store)
  let inserts = 0
  fleet.store.insert = async (records) => {
    await insert(records)
    inserts += 1
    if (inserts === 2) throw new Error('the answer was lost')
  }
  await fleet.start(fleet.addDomain(1), 2, { retry: sameHost(2) })
  await fleet.run()
  fleet.hasRoom = true
  const web = fleet.domains.get(domainId(1)) ?? expect.fail('it is there')
  const mine: MigrationId = await fleet.start(web, 3)
  await pass(fleet, 60_000)
  await settled()
  expect(fleet.migration(mine).state.phase).toBe('completed')
  expect(tries(fleet).find(({ attempt }) => attempt === 2)).toMatchObject({
    state: { phase: 'cancelled' },
    cancelRequestedBy: 'Drover',
  })
  expect(fleet.domains.get(domainId(1))).toMatchObject({ hostId: hostId(3), migrationId: null })
})

describe('a try that is owed but not written yet', () => {
  it.each(['alone', 'with its group'])('is dropped when it is cancelled %s', async (how) => {
    const fleet = new ModelFleet()
    fleet.hasRoom = false
    fleet.store.refuses = ({ migration }) => migration.attempt > 1
    const moves = [1, 2].map((number) => fleet.move(fleet.addDomain(number), 2))
    const [first, second] = await fleet.request(moves, { retry: sameHost(2) })
    await fleet.run()
    expect(phases(fleet)).toEqual(['failed', 'failed'])
    if (first?.outcome !== 'accepted' || second?.outcome !== 'accepted') expect.fail('refused')
    const { groupId } = first.migration
    if (how === 'alone') {
      for (const { migration } of [first, second])
        await fleet.orchestrator.cancel(migration.migrationId, 'Bo')
    } else await fleet.orchestrator.cancelGroup(groupId ?? '', 'Bo')
    fleet.store.refuses = () => false
    await pass(fleet, 600_000)
    expect(phases(fleet)).toEqual(['failed', 'failed'])
    expect(
      fleet.audited.filter(({ action }) => action === 'migration-retry-dropped'),
    ).toMatchObject([{ actor: 'Bo' }, { actor: 'Bo' }])
    expect(fleet.clock.waiting).toBe(0)
  })

  it('is cancelled when it enters after that', async () => {
    const fleet = new ModelFleet()
    fleet.hasRoom = false
    const { store } = fleet
    const insert = store.insert.bind(store)
    const answers: (() => void)[] = []
    store.insert = async (records) => {
      await insert(records)
      if (records[0]?.migration.attempt === 1) return
      await new Promise<void>((resolve) => void answers.push(resolve))
    }
    const id = await fleet.start(fleet.addDomain(1), 2, { retry: sameHost(2) })
    await fleet.run()
    expect(answers).toHaveLength(1)
    expect(await fleet.orchestrator.cancel(id, 'Bo')).toMatchObject({ ok: true })
    answers[0]?.()
    await pass(fleet, 600_000)
    expect(phases(fleet)).toEqual(['failed', 'cancelled'])
  })

  it('is cancelled when its insertion lost its answer', async () => {
    const fleet = new ModelFleet()
    fleet.hasRoom = false
    const { store } = fleet
    const insert = store.insert.bind(store)
    store.insert = async (records) => {
      await insert(records)
      if (records[0]?.migration.attempt !== 1) throw new Error('the connection was lost')
    }
    const id = await fleet.start(fleet.addDomain(1), 2, { retry: sameHost(2) })
    await fleet.run()
    expect(await fleet.orchestrator.cancel(id, 'Bo')).toMatchObject({ ok: true })
    await pass(fleet, 600_000)
    expect(phases(fleet)).toEqual(['failed', 'cancelled'])
  })
})
