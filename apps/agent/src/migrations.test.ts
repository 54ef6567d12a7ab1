import type { MigrationReport } from '@drover/api-schema/agent-protocol.ts'
import { encodePageFrame } from '@drover/api-schema/peer-protocol.ts'
import { hostId, migrationId, someDomainFacts, uuid } from '@drover/api-schema/testing/builders.ts'
import { GIB } from '@drover/api-schema/units.ts'
import { beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from './log.ts'
import { Migrations } from './migrations.ts'
import { PeerDoor } from './peer-door.ts'
import { restoreSimHypervisor, type SimHypervisor } from './sim-hypervisor.ts'
import { bootHost } from './testing/boot-host.ts'
import { FakeNetwork, FakeSocket } from './testing/fake-socket.ts'
import { busyGuest, fastHost } from './testing/test-host.ts'
import { settled, VirtualClock } from './testing/virtual-clock.ts'

let clock: VirtualClock
let network: FakeNetwork
let hypervisor: SimHypervisor
let migrations: Migrations
let reports: MigrationReport[]

beforeEach(() => {
  clock = new VirtualClock()
  network = new FakeNetwork()
  reports = []
  hypervisor = bootHost(fastHost('xen-a', [busyGuest('web-7', 64)]))
  migrations = makeMigrations(hypervisor)
})

function makeMigrations(on: SimHypervisor): Migrations {
  return new Migrations({
    clock,
    log: silentLogger,
    hypervisor: on,
    connect: network.connect,
    newTicket: () => 'ticket-'.padEnd(43, 't'),
    peerUrl: () => 'ws://xen-a/peer',
    progressIntervalMs: () => 400,
    decide: () => {},
    onReport: (report) => reports.push(report),
    onProgress: () => {},
    onActivity: () => {},
    onFatal: (cause) => {
      throw cause
    },
  })
}

const arriving = someDomainFacts({
  memCurrentBytes: GIB,
  memTargetBytes: GIB,
  memMaxBytes: GIB,
  memMinBytes: GIB,
})

async function prepared(): Promise<void> {
  const answer = await migrations.prepare({
    kind: 'prepare-incoming',
    migrationId: migrationId(1),
    generation: 5,
    sourceHostId: hostId(2),
    domain: arriving,
  })
  expect(answer.kind).toBe('prepared')
}

/** A source that shows the ticket and describes the domain, as a real one does. */
async function connected(): Promise<FakeSocket> {
  await prepared()
  const socket = new FakeSocket()
  new PeerDoor({ clock, log: silentLogger, find: (id) => migrations.findIncoming(id) }).accept(
    socket,
  )
  const {
    isMigratable: migratable,
    state: _,
    domid: __,
    memCurrentBytes: ___,
    startedAt: ____,
    ...spec
  } = arriving
  const workload = {
    kind: 'memory-writer',
    cpuVcpus: 1,
    regionPages: 10,
    writesPerSec: 10,
    memUsedBytes: 1,
  }
  socket.receive({
    type: 'hello',
    versions: [1],
    migrationId: migrationId(1),
    domainId: arriving.domainId,
    generation: 5,
    ticket: 'ticket-'.padEnd(43, 't'),
    description: JSON.stringify({
      spec: { ...spec, migratable, workload, seed: 1 },
      pageCount: 262_144,
      memorySeed: 3,
      sourceXenVersion: '4.17.2',
    }),
  })
  await settled()
  return socket
}

const last = () => reports.at(-1)

describe('an incoming migration', () => {
  it('gives its memory back when nobody comes with the ticket within a minute', async () => {
    const free = hypervisor.memFreeBytes()
    await prepared()
    expect(hypervisor.memFreeBytes()).toBe(free - GIB)
    await clock.advance(59_999)
    expect(last()).toMatchObject({ state: { status: 'reserved' } })
    await clock.advance(1)
    expect(last()).toMatchObject({
      state: { status: 'aborted', refusal: { code: 'ticket-invalid' } },
    })
    expect(hypervisor.memFreeBytes()).toBe(free)
    expect(clock.timerCount).toBe(0)
  })

  it('gives up when the source is silent for five seconds, not before', async () => {
    const socket = await connected()
    expect(socket.frames()[0]).toMatchObject({ type: 'welcome' })
    for (let beat = 0; beat < 20; beat += 1) {
      await clock.advance(1_000)
      socket.receive({ type: 'heartbeat' })
    }
    expect(last()).toMatchObject({ state: { status: 'receiving' } })
    await clock.advance(5_000)
    expect(last()).toMatchObject({ state: { status: 'receiving' } })
    await clock.advance(2_000)
    expect(last()).toMatchObject({ state: { status: 'aborted', refusal: { code: 'peer-lost' } } })
    expect(socket.isTerminated).toBe(true)
    expect(hypervisor.xen.findDomain(arriving.domainId)).toBeNull()
  })

  it('takes bytes only as far as its credit goes', async () => {
    const socket = await connected()
    const page = (frame: number) =>
      encodePageFrame({
        roundIndex: 0,
        frames: Uint32Array.of(frame),
        versions: Uint8Array.of(0),
        payload: null,
      })
    hypervisor.advance(20)
    migrations.pump()
    expect(socket.frames().find(({ type }) => type === 'credit')?.bytes).toBeGreaterThan(4096)
    socket.receive(page(1))
    expect(socket.closed).toBeNull()
    const granted = socket
      .frames()
      .filter(({ type }) => type === 'credit')
      .reduce((sum, { bytes }) => sum + Number(bytes), 0)
    for (let sent = 4096; sent <= granted && socket.closed === null; sent += 4096)
      socket.receive(page(2))
    expect(socket.closed?.code).toBe(4400)
    await settled()
    expect(last()).toMatchObject({ state: { status: 'aborted' } })
  })

  it('refuses pages out of the image and a description of another domain', async () => {
    const socket = await connected()
    hypervisor.advance(20)
    migrations.pump()
    socket.receive(
      encodePageFrame({
        roundIndex: 0,
        frames: Uint32Array.of(262_144),
        versions: Uint8Array.of(0),
        payload: null,
      }),
    )
    expect(socket.closed?.code).toBe(4400)
    await settled()
    expect(last()).toMatchObject({ state: { status: 'aborted' } })
  })
})

describe('an attempt that is called off', () => {
  it('is refused for good when it was never heard of', async () => {
    const answer = await migrations.abort({
      kind: 'abort-incoming',
      migrationId: migrationId(3),
      domainId: arriving.domainId,
      generation: 5,
    })
    expect(answer).toMatchObject({ report: { state: { status: 'aborted' } } })
  })

  it.each([
    ['at the generation of the attempt', 0, 'activated'],
    ['at a later one', -1, 'activated'],
    ['at an older one, as a source holds it', 1, 'aborted'],
  ])('whose record is forgotten and whose domain lives here %s', async (_, by, status) => {
    const state = hypervisor.xen.snapshot()
    const restored = restoreSimHypervisor(
      { ...state, domains: state.domains.map((domain) => ({ ...domain, generation: 4 })) },
      { seed: 1, bootId: uuid(1), newId: () => uuid(1), hasRealPages: false, trace: null },
    )
    if (!restored.ok) throw new Error(restored.error)
    const [domain] = restored.value.domains()
    if (domain === undefined) throw new Error('The host has no domain.')
    const answer = await makeMigrations(restored.value).abort({
      kind: 'abort-incoming',
      migrationId: migrationId(3),
      domainId: domain.domainId as never, // a UUID is a domain id
      generation: domain.generation + by,
    })
    expect(answer).toMatchObject({ report: { role: 'destination', state: { status } } })
  })
})

describe('recovering', () => {
  const startedAt = Date.UTC(2026, 0, 1)
  const copied = { rounds: [], totalBytes: 0, startedAt }

  function sourceRecord(id: number, status: 'connecting' | 'paused' | 'committed') {
    const state =
      status === 'connecting' ? { status, ...copied } : { status, pausedAt: startedAt, ...copied }
    return {
      report: {
        role: 'source' as const,
        migrationId: migrationId(id),
        domainId: id === 1 ? theDomain() : (uuid(500 + id) as never), // a UUID is a domain id
        generation: 5,
        state,
      },
      handover: null,
    }
  }

  function destinationRecord(id: number, status: 'activated' | 'aborted' | 'reserved') {
    const why = { code: 'peer-lost' as const, message: 'lost' }
    const state =
      status === 'activated'
        ? { status, activatedAt: startedAt, digest: '' }
        : status === 'aborted'
          ? { status, endedAt: startedAt, refusal: why }
          : { status }
    return {
      report: {
        role: 'destination' as const,
        migrationId: migrationId(id),
        domainId: theDomain(),
        generation: 5,
        state,
      },
      handover: null,
    }
  }

  // The first domain's id, which is a UUID.
  const theDomain = () => (hypervisor.domains()[0]?.domainId ?? '') as never

  function suspend(): void {
    const begun = hypervisor.xen.beginOutgoing(theDomain(), migrationId(1), { kind: 'xen-4' })
    const suspended = hypervisor.xen.suspendForMigration(theDomain())
    expect([begun.ok, suspended.ok]).toEqual([true, true])
    expect(hypervisor.suspended()).toHaveLength(1)
  }

  it('never wakes a committed guest, however many other migrations there were', async () => {
    suspend()
    const others = Array.from({ length: 100 }, (_, index) => sourceRecord(index + 2, 'connecting'))
    await migrations.recover([
      ...others.slice(0, 50),
      sourceRecord(1, 'committed'),
      ...others.slice(50),
    ])
    expect(hypervisor.xen.isExecuting(theDomain())).toBe(false)
    expect(migrations.reportOf(migrationId(1))).toMatchObject({ state: { status: 'committed' } })
  })

  it('wakes one whose source had not committed, or is not in the journal', async () => {
    suspend()
    await migrations.recover([sourceRecord(1, 'paused')])
    expect(hypervisor.xen.isExecuting(theDomain())).toBe(true)
    suspend()
    await migrations.recover([])
    expect(hypervisor.xen.isExecuting(theDomain())).toBe(true)
  })

  it('destroys a suspended arrival that was not activated, and runs one that was', async () => {
    suspend()
    await migrations.recover([destinationRecord(1, 'activated')])
    expect(hypervisor.xen.isExecuting(theDomain())).toBe(true)
    suspend()
    const domainId = theDomain()
    await migrations.recover([destinationRecord(1, 'aborted')])
    expect(hypervisor.findDomain(domainId)).toBeNull()
  })
})

describe('an outgoing migration', () => {
  it('whose destination cannot be reached fails, and the guest runs on', async () => {
    const [domain] = hypervisor.domains()
    const started = await migrations.start({
      kind: 'start-outgoing',
      migrationId: migrationId(2),
      generation: 5,
      domainId: (domain?.domainId ?? '') as never,
      destinationHostId: hostId(2),
      peerUrl: 'ws://nowhere/peer',
      ticket: 't'.repeat(43),
      profile: { kind: 'xen-4' },
    })
    expect(started).toEqual({ kind: 'done' })
    network.last.drop(1006)
    await settled()
    expect(last()).toMatchObject({
      state: { status: 'failed', failedIn: 'preparing', refusal: { code: 'peer-unreachable' } },
    })
    expect(hypervisor.xen.isExecuting(domain?.domainId ?? '')).toBe(true)
    expect(clock.timerCount).toBe(0)
  })
})
