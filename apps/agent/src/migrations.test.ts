import type { MigrationReport } from '@drover/api-schema/agent-protocol.ts'
import { encodePageFrame } from '@drover/api-schema/peer-protocol.ts'
import { hostId, migrationId, someDomainFacts, uuid } from '@drover/api-schema/testing/builders.ts'
import { GIB } from '@drover/api-schema/units.ts'
import { beforeEach, describe, expect, it } from 'vitest'
import { hostConfigSchema } from './host-config.ts'
import { silentLogger } from './log.ts'
import { Migrations } from './migrations.ts'
import { acceptPeer } from './peer-door.ts'
import { bootSimHypervisor, type SimHypervisor } from './sim-hypervisor.ts'
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
  let count = 100
  const booted = bootSimHypervisor(
    hostConfigSchema.parse(fastHost('xen-a', [busyGuest('web-7', 64)])),
    {
      seed: 1,
      bootId: uuid(1),
      newId: () => uuid(count++),
      hasRealPages: false,
      trace: null,
    },
  )
  if (!booted.ok) throw new Error(booted.error)
  hypervisor = booted.value
  migrations = new Migrations({
    clock,
    log: silentLogger,
    hypervisor,
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
})

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
  acceptPeer(socket, { clock, log: silentLogger, find: (id) => migrations.findIncoming(id) })
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

  it('counts as activated when its domain lives here, though the record is forgotten', async () => {
    const [domain] = hypervisor.domains()
    if (domain === undefined) throw new Error('The host has no domain.')
    const answer = await migrations.abort({
      kind: 'abort-incoming',
      migrationId: migrationId(3),
      domainId: domain.domainId as never,
      generation: domain.generation,
    })
    expect(answer).toMatchObject({
      report: { role: 'destination', state: { status: 'activated' } },
    })
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
