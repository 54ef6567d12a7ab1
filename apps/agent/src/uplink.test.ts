import { closeCodes } from '@drover/api-schema/agent-protocol.ts'
import { someHostFacts, uuid } from '@drover/api-schema/testing/builders.ts'
import { beforeEach, describe, expect, it } from 'vitest'
import type { LogFields, Logger } from './log.ts'
import { Outbox } from './outbox.ts'
import { FakeNetwork } from './testing/fake-socket.ts'
import { VirtualClock } from './testing/virtual-clock.ts'
import { Uplink } from './uplink.ts'

let clock: VirtualClock
let network: FakeNetwork
let outbox: Outbox
let uplink: Uplink
let lines: { level: string; message: string; fields: LogFields }[]
let commands: unknown[]

const settings = { sampleIntervalMs: 1000, heartbeatMs: 5000, progressIntervalMs: 400 }
const welcome = (resumeAfterSeq: number | null) => ({
  type: 'welcome',
  version: 1,
  sessionId: uuid(9),
  resumeAfterSeq,
  settings,
})

beforeEach(() => {
  clock = new VirtualClock()
  network = new FakeNetwork()
  lines = []
  commands = []
  const record =
    (level: string) =>
    (message: string, fields: LogFields = {}) =>
      lines.push({ level, message, fields })
  const log: Logger = {
    debug: record('debug'),
    info: record('info'),
    warn: record('warn'),
    error: record('error'),
    with: () => log,
  }
  outbox = new Outbox(() => ({ host: someHostFacts(), domains: [], migrations: [] }))
  const { hostId, bootId, name } = someHostFacts()
  uplink = new Uplink({
    url: 'ws://console/ws/agent',
    token: 'the-secret-token',
    hello: {
      agentVersion: '0.1.0',
      instanceId: uuid(5) as never,
      hostId,
      hostKey: 'k'.repeat(43),
      name,
      bootId,
    },
    connect: network.connect,
    clock,
    random: () => 0.5,
    log,
    outbox,
    onWelcome: () => {},
    onCommand: (frame) => commands.push(frame),
  })
  uplink.start()
})

function goLive(resumeAfterSeq: number | null = null): void {
  network.last.open()
  network.last.receive(welcome(resumeAfterSeq))
}

describe('the socket to the console', () => {
  it('carries the token in the request and never in a frame or a log line', () => {
    goLive()
    expect(network.last.bearerToken).toBe('the-secret-token')
    network.last.drop(closeCodes['not-authenticated'])
    expect(JSON.stringify([network.last.frames(), lines])).not.toContain('the-secret-token')
  })

  it('says hello first and the whole inventory after the welcome', () => {
    network.last.open()
    expect(network.last.frames().map(({ type }) => type)).toEqual(['hello'])
    network.last.receive(welcome(null))
    expect(network.last.frames().map(({ type }) => type)).toEqual(['hello', 'inventory-reported'])
  })

  it('sends again, in order, what was not acknowledged, and tells what it knows to have arrived', async () => {
    goLive()
    outbox.put({ type: 'host-changed', host: someHostFacts({ memFreeBytes: 1 }) })
    uplink.flush()
    network.last.receive({ type: 'acknowledged', seq: 1 })
    network.last.drop(1006)
    await clock.advance(60_000)
    network.last.open()
    expect(network.last.frames()[0]).toMatchObject({ type: 'hello', acknowledgedSeq: 1 })
    network.last.receive(welcome(1))
    expect(network.last.frames().slice(1)).toMatchObject([{ type: 'host-changed', seq: 2 }])
  })

  it('comes back for ever, in growing waits with a ceiling of 30 s', async () => {
    const waits: unknown[] = []
    for (let attempt = 0; attempt < 40; attempt += 1) {
      network.last.drop(1006)
      const before = network.sockets.length
      let waitedMs = 0
      while (network.sockets.length === before) {
        await clock.advance(250)
        waitedMs += 250
      }
      waits.push(waitedMs)
    }
    // Doubling from 1 s, times 0.75 for the middle of the jitter.
    expect(waits.slice(0, 6)).toEqual([750, 1500, 3000, 6000, 12_000, 22_500])
    expect(new Set(waits.slice(6))).toEqual(new Set([22_500]))
  })

  it.each([
    [closeCodes['not-authenticated'], 'token'],
    [closeCodes.forbidden, 'name is taken'],
    [closeCodes['no-common-version'], 'protocol version'],
  ])('says once why it was refused (%i) and waits at least half a minute', async (code, words) => {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const before = network.sockets.length
      network.last.open()
      network.last.drop(code)
      await clock.advance(30_000)
      expect(network.sockets).toHaveLength(before)
      let waitedMs = 30_000
      for (; network.sockets.length === before && waitedMs < 400_000; waitedMs += 1_000)
        await clock.advance(1_000)
      expect(waitedMs).toBeLessThanOrEqual(300_000)
    }
    expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1)
    expect(lines[0]?.message).toContain(words)
  })

  it.each([
    [closeCodes['host-already-connected'], 'Another agent is connected as xen-01.'],
    [closeCodes.forbidden, 'host-already-connected: Another agent is connected as xen-01.'],
  ])('is soon back when only its own earlier session stands in the way (%d)', async (code, why) => {
    network.last.open()
    network.last.drop(code, why)
    await clock.advance(1_000)
    expect(network.sockets).toHaveLength(2)
  })

  it('connects again when three heartbeats of the console are missing', async () => {
    goLive()
    await clock.advance(15_000)
    expect(network.last.isTerminated).toBe(false)
    await clock.advance(5_000)
    expect(network.sockets[0]?.isTerminated).toBe(true)
    await clock.advance(30_000)
    expect(network.sockets.length).toBeGreaterThan(1)
  })

  it('stays while heartbeats come, and sends its own', async () => {
    goLive()
    network.last.receive({ type: 'acknowledged', seq: 1 })
    for (let beat = 0; beat < 10; beat += 1) {
      await clock.advance(5_000)
      network.last.receive({ type: 'heartbeat' })
    }
    expect(network.sockets).toHaveLength(1)
    expect(network.last.frames().filter(({ type }) => type === 'heartbeat')).toHaveLength(10)
  })

  it('connects again when the console lives and acknowledges nothing: a fact was lost', async () => {
    goLive()
    for (let beat = 0; beat < 5; beat += 1) {
      await clock.advance(5_000)
      network.sockets[0]?.receive({ type: 'heartbeat' })
    }
    expect(network.sockets[0]?.isTerminated).toBe(true)
    expect(network.sockets.length).toBeGreaterThan(1)
  })

  it('gives up an attempt that gets no welcome', async () => {
    network.last.open()
    await clock.advance(60_000)
    expect(network.sockets[0]?.isTerminated).toBe(true)
    expect(network.sockets.length).toBeGreaterThan(1)
  })

  it('drops telemetry while the socket is behind instead of queueing it', () => {
    expect(uplink.sendTelemetry(new Uint8Array(100))).toBe(false)
    goLive()
    expect(uplink.sendTelemetry(new Uint8Array(100))).toBe(true)
    network.last.buffered = 1024 * 1024
    expect(uplink.sendTelemetry(new Uint8Array(100))).toBe(false)
    network.last.buffered = 0
    expect(uplink.sendTelemetry(new Uint8Array(100))).toBe(true)
  })

  it.each([
    ['not JSON', 'nonsense'],
    ['an unknown frame', '{"type":"dance"}'],
    [
      'a command before the welcome',
      '{"type":"command","commandId":"c","command":{"kind":"cancel-outgoing","migrationId":"x"}}',
    ],
    ['a binary frame', new Uint8Array(3)],
  ])('closes with 4400 on %s and does nothing else', (_, data) => {
    network.last.open()
    network.last.receive(data)
    expect(network.last.closed?.code).toBe(closeCodes.malformed)
    expect(commands).toEqual([])
  })

  it('says goodbye with 1001 and stays away when stopped', async () => {
    goLive()
    uplink.stop()
    expect(network.last.closed?.code).toBe(closeCodes['going-away'])
    await clock.advance(600_000)
    expect(network.sockets).toHaveLength(1)
    expect(clock.timerCount).toBe(0)
  })
})
