import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { HostId, UserId } from '@drover/api-schema/ids.ts'
import {
  decodeSamples,
  type Fleet,
  liveLimits,
  liveSocketPath,
} from '@drover/api-schema/live-protocol.ts'
import type { MigrationProgress } from '@drover/api-schema/migration.ts'
import {
  aFleet,
  aHost,
  domainId,
  hostId,
  migrationId,
} from '@drover/api-schema/testing/builders.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LatestBatch, Viewer } from './live-hub/socket.ts'
import { createLiveHub, type LiveHub } from './live-hub.ts'
import { createLog } from './log.ts'
import { connectSocket, type SocketClient } from './testing/socket-client.ts'
import { rosterFrame, someBatch } from './testing/test-agent.ts'
import { createVirtualClock, type VirtualClock } from './testing/virtual-clock.ts'

const user = 'user-1' as UserId // made up
const progress: MigrationProgress = {
  roundIndex: 1,
  roundSentPages: 10,
  roundPages: 100,
  totalBytes: 4096,
  bytesPerSec: 1e6,
  dirtyPagesPerSec: null,
  throttleRatio: 0,
  isStalled: false,
  predictedRemainingMs: null,
  predictedDowntimeMs: null,
}

let clock: VirtualClock
let hub: LiveHub
let wsUrl: string
let fleet: Fleet
let viewer: Viewer | null
let latest: Map<HostId, LatestBatch>
let stop: () => Promise<void>

beforeEach(async () => {
  clock = createVirtualClock()
  fleet = aFleet({ generation: 3, hosts: [aHost()] })
  viewer = { sessionId: 'session-1', userId: user, expiresAt: clock.now() + 3_600_000 }
  latest = new Map()
  hub = createLiveHub({
    clock,
    log: createLog('silent'),
    consoleVersion: '1.2.3',
    isSameOrigin: (request) => request.headers.origin === 'http://ours',
    authenticate: async () => viewer,
    snapshot: () => fleet,
    latestBatch: (id) => latest.get(id) ?? null,
    backlog: () => [],
  })
  const server = createServer()
  server.on('upgrade', (request, socket, head) => void hub.upgrade(request, socket, head))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  wsUrl = `ws://127.0.0.1:${(server.address() as AddressInfo).port}${liveSocketPath}` // it listens on TCP
  stop = async () => {
    hub.stop()
    clock.advance(5_000)
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})
afterEach(() => stop())

const connect = (origin = 'http://ours') => connectSocket(wsUrl, { origin })
async function ready(): Promise<SocketClient> {
  const browser = await connect()
  browser.send({ type: 'hello', versions: [1] })
  await browser.next('welcome')
  await browser.next('snapshot')
  return browser
}
/** Resolves once everything sent before was taken: frames of one socket are handled in order. */
async function settled(browser: SocketClient): Promise<void> {
  browser.send({ type: 'resync' })
  await browser.next('snapshot')
}
function batchOf(
  number: number,
  value = 0.5,
  rosterId = 1,
  domainIds = [domainId(number)],
): LatestBatch {
  const roster = rosterFrame(rosterId, domainIds) as unknown as LatestBatch['roster'] // valid by the test agent's own builder
  return {
    hostId: hostId(number),
    roster,
    bytes: someBatch(rosterId, domainIds.length, clock.now(), value),
  }
}
const patch = (generation: number) => ({
  generation,
  changes: [{ kind: 'host-removed' as const, hostId: hostId(generation) }],
})

describe('who may look', () => {
  it('refuses a foreign Origin 403 and a missing session 401, both before the upgrade', async () => {
    await expect(connect('https://evil.example')).rejects.toThrow('HTTP 403')
    await expect(connectSocket(wsUrl, {})).rejects.toThrow('HTTP 403')
    viewer = null
    await expect(connect()).rejects.toThrow('HTTP 401')
  })

  it('has at most twenty sockets a user: the oldest is closed 4409', async () => {
    const first = await ready()
    const second = await ready()
    for (let count = 0; count < 18; count += 1) await connect()
    viewer = { sessionId: 'session-2', userId: 'user-2' as UserId, expiresAt: clock.now() + 60_000 } // made up
    await ready()
    viewer = { ...viewer, userId: user }
    await settled(first)
    await ready()
    expect((await first.closed).code).toBe(4409)
    await settled(second)
  })

  it('goes on with samples when the wall clock is set back by an hour', async () => {
    const browser = await ready()
    latest.set(hostId(1), batchOf(1))
    browser.send({ type: 'subscribe-samples', hostIds: [hostId(1)] })
    await settled(browser)
    clock.advance(100)
    await browser.nextBinary()
    clock.stepWall(-3_600_000)
    hub.sampled(batchOf(1, 0.75))
    clock.advance(100)
    await browser.nextBinary()
  })

  it('does not take a standstill of its own for silence of the browsers', async () => {
    const browser = await ready()
    clock.stall(60_000)
    clock.advance(0)
    await settled(browser)
    clock.advance(10_000)
    await settled(browser)
  })

  it('closes the sockets of a session that ended, and those of a user whose role changed', async () => {
    const first = await ready()
    viewer = { sessionId: 'session-2', userId: user, expiresAt: clock.now() + 3_600_000 }
    const second = await ready()
    hub.sessionsEnded({ sessionId: 'session-1' })
    expect((await first.closed).code).toBe(4401)
    await settled(second)
    hub.sessionsEnded({ userId: user })
    expect((await second.closed).code).toBe(4401)
  })

  it('closes a socket when its session expires', async () => {
    const browser = await ready()
    for (let passed = 0; passed < 3_600_000; passed += 10_000) {
      clock.advance(10_000)
      if (passed % 20_000 === 0 && passed < 3_580_000) await settled(browser)
    }
    clock.advance(4_000)
    expect((await browser.closed).code).toBe(4401)
  })
})

describe('the handshake', () => {
  it('welcomes with version, time and the whole fleet', async () => {
    const browser = await connect()
    browser.send({ type: 'hello', versions: [1, 2] })
    expect(await browser.next('welcome')).toMatchObject({
      version: 1,
      now: clock.now(),
      consoleVersion: '1.2.3',
    })
    expect(await browser.next('snapshot')).toMatchObject({
      fleet: { generation: 3, hosts: [{ name: 'xen-01' }] },
    })
  })

  it.each([
    ['a frame before hello', { type: 'resync' }, 4400],
    ['malformed JSON', '{', 4400],
    ['an unknown frame', { type: 'destroy-domain' }, 4400],
    ['a binary frame', new Uint8Array(8), 4400],
    ['a version we do not speak', { type: 'hello', versions: [9] }, 4406],
    ['a frame over the limit', `"${'x'.repeat(liveLimits.maxFrameBytes + 1)}"`, 1009],
  ])('closes for %s', async (_what, frame, code) => {
    const bystander = await ready()
    const browser = await connect()
    browser.send(frame)
    expect((await browser.closed).code).toBe(code)
    await settled(bystander)
  })

  it('closes 4408 without a hello, and 4408 after three missed heartbeats', async () => {
    const mute = await connect()
    const silent = await ready()
    clock.advance(liveLimits.helloTimeoutMs + 1)
    expect((await mute.closed).code).toBe(4408)
    await silent.next('heartbeat')
    clock.advance(22_000)
    expect((await silent.closed).code).toBe(4408)
  })
})

describe('the picture', () => {
  it('sends every patch after the snapshot, in order, to all browsers', async () => {
    const browsers = [await ready(), await ready()]
    hub.publish(patch(4))
    hub.publish(patch(5))
    for (const browser of browsers) {
      expect(await browser.next('patch')).toEqual({ type: 'patch', ...patch(4) })
      expect(await browser.next('patch')).toEqual({ type: 'patch', ...patch(5) })
    }
  })

  it('answers a gap with a new snapshot', async () => {
    const browser = await ready()
    fleet = { ...fleet, generation: 9, hosts: [] }
    browser.send({ type: 'resync' })
    expect(await browser.next('snapshot')).toMatchObject({ fleet: { generation: 9, hosts: [] } })
  })

  it('passes progress on', async () => {
    const browser = await ready()
    hub.progressed(migrationId(1), progress)
    expect(await browser.next('migration-progressed')).toMatchObject({
      migrationId: migrationId(1),
      progress,
    })
  })
})

describe('samples', () => {
  const subscribe = (browser: SocketClient, ...numbers: number[]) => {
    browser.send({ type: 'subscribe-samples', hostIds: numbers.map(hostId) })
    return settled(browser)
  }

  it('names a host before its first samples and sends the bytes as they are', async () => {
    const browser = await ready()
    await subscribe(browser, 1)
    const batch = batchOf(1)
    hub.sampled(batch)
    hub.sampled(batchOf(2))
    clock.advance(100)
    const roster = await browser.next<{ type: string; slot: number }>('roster')
    expect(roster).toMatchObject({ hostId: hostId(1), rosterId: 1, domainIds: [domainId(1)] })
    const entries = decodeSamples(await browser.nextBinary())
    expect(entries.ok && entries.value.map((entry) => entry.slot)).toEqual([roster.slot])
    expect(entries.ok && Buffer.from(entries.value[0]!.batch)).toEqual(Buffer.from(batch.bytes))
  })

  it('sends at most every 100 ms, and of each host the newest only', async () => {
    const browser = await ready()
    await subscribe(browser, 1)
    const changing = { ...batchOf(1, 0.1) }
    hub.sampled(changing)
    clock.advance(0)
    await browser.nextBinary()
    changing.bytes = someBatch(1, 1, clock.now(), 0.2)
    hub.sampled(changing)
    clock.advance(50)
    changing.bytes = someBatch(1, 1, clock.now(), 0.3)
    hub.sampled(changing)
    clock.advance(49)
    await settled(browser)
    expect(browser.waiting.filter((item) => item instanceof Buffer)).toHaveLength(0)
    clock.advance(1)
    const entries = decodeSamples(await browser.nextBinary())
    expect(entries.ok && entries.value).toHaveLength(1)
    expect(entries.ok && Buffer.from(entries.value[0]!.batch)).toEqual(Buffer.from(changing.bytes))
  })

  it('names a host again when its roster changes, and only then', async () => {
    const browser = await ready()
    await subscribe(browser, 1)
    const first = batchOf(1)
    for (const batch of [first, first, batchOf(1, 0.5, 2, [domainId(1), domainId(2)])]) {
      hub.sampled(batch)
      clock.advance(100)
      await browser.nextBinary()
    }
    expect(browser.waiting.filter((item) => !(item instanceof Buffer))).toMatchObject([
      { type: 'roster', rosterId: 1 },
      { type: 'roster', rosterId: 2 },
    ])
  })

  it('starts a subscription with what is known and ends it with the next one', async () => {
    latest.set(hostId(1), batchOf(1))
    const browser = await ready()
    await subscribe(browser, 1)
    clock.advance(100)
    await browser.nextBinary()
    await subscribe(browser, 2)
    hub.sampled(batchOf(1))
    hub.sampled(batchOf(2))
    clock.advance(100)
    const entries = decodeSamples(await browser.nextBinary())
    expect(entries.ok && entries.value).toHaveLength(1)
    expect(browser.waiting.at(-1)).toMatchObject({ type: 'roster', hostId: hostId(2) })
  })
})

describe('a browser that does not read', () => {
  it('is closed 4429 above the hard limit, while others get everything', async () => {
    const slow = await ready()
    const other = await ready()
    slow.socket.pause()
    const large = { ...aHost(), labels: { note: 'x'.repeat(100_000) } }
    let sent = 0
    for (let generation = 4; generation < 600; generation += 1, sent += 1) {
      hub.publish({ generation, changes: [{ kind: 'host-upserted', host: large }] })
      // The console's own socket buffer fills only as the event loop turns.
      if (generation % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    slow.socket.resume()
    expect((await slow.closed).code).toBe(4429)
    for (let count = 0; count < sent; count += 1) await other.next('patch')
  })

  it('gets the newest sample of each host when it reads again, not the ones between', async () => {
    const slow = await ready()
    slow.send({ type: 'subscribe-samples', hostIds: [hostId(1)] })
    await settled(slow)
    slow.socket.pause()
    const large = { ...aHost(), labels: { note: 'x'.repeat(100_000) } }
    for (let generation = 4; generation < 64; generation += 1) {
      hub.publish({ generation, changes: [{ kind: 'host-upserted', host: large }] })
    }
    const changing = { ...batchOf(1, 0.1) }
    for (let index = 0; index < 50; index += 1) {
      changing.bytes = someBatch(1, 1, clock.now(), index / 100)
      hub.sampled(changing)
      clock.advance(100)
    }
    const last = Buffer.from(changing.bytes)
    slow.socket.resume()
    for (let generation = 4; generation < 64; generation += 1) await slow.next('patch')
    clock.advance(100)
    const frames: Buffer[] = [await slow.nextBinary()]
    await settled(slow)
    frames.push(...slow.waiting.filter((item): item is Buffer => item instanceof Buffer))
    expect(frames.length).toBeLessThan(10)
    const entries = decodeSamples(frames.at(-1)!)
    expect(entries.ok && Buffer.from(entries.value[0]!.batch)).toEqual(last)
  })
})
