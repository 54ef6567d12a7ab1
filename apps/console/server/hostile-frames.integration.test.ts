import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { liveSocketPath } from '@drover/api-schema/live-protocol.ts'
import { aFleet, domainId } from '@drover/api-schema/testing/builders.ts'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createLiveHub } from './live-hub.ts'
import { createLog } from './log.ts'
import { agentTextFrames, batchFrames, liveTextFrames } from './testing/frame-generators.ts'
import { createGatewayBed, type GatewayBed, goodToken } from './testing/gateway-bed.ts'
import { connectSocket, type SocketClient } from './testing/socket-client.ts'
import {
  connectAgent,
  onlineAgent,
  rosterFrame,
  someBatch,
  someHello,
  type TestAgent,
} from './testing/test-agent.ts'
import { createVirtualClock } from './testing/virtual-clock.ts'

/** The same frames as in decoders.property.test.ts, over real sockets, while somebody else is served. */
const seed = 20261122
const frameCount = 10_000

let bed: GatewayBed
beforeEach(async () => {
  bed = await createGatewayBed()
})
afterEach(() => bed.stop())

/** Sends every frame; when the console has closed the socket, the next one comes over a new one. */
async function throwAll(
  frames: readonly (string | Uint8Array)[],
  connect: () => Promise<SocketClient>,
): Promise<number> {
  let client = await connect()
  let closes = 0
  for (const frame of frames) {
    client.send(frame)
    // A ping is answered only after the frame before it was handled.
    client.socket.ping()
    const outcome = await Promise.race([
      client.closed,
      new Promise<null>((resolve) => client.socket.once('pong', () => resolve(null))),
    ])
    if (outcome === null && client.socket.readyState === client.socket.OPEN) continue
    const { code } = await client.closed
    expect(
      [1007, 1009, 4400, 4401, 4403, 4406, 4408, 4409],
      `${code} for ${JSON.stringify(frame)}`,
    ).toContain(code)
    closes += 1
    client = await connect()
  }
  await client.close()
  return closes
}

async function expectStreaming(bystander: TestAgent): Promise<void> {
  const before = bed.batches.length
  bystander.send(someBatch(1, 0, bed.clock.now()))
  await bed.batchCount(before + 1)
  expect(bystander.socket.readyState).toBe(bystander.socket.OPEN)
}

it(`takes ${frameCount} generated text frames of an agent and goes on serving the others (seed ${seed})`, async () => {
  const bystander = await onlineAgent(bed.wsUrl, goodToken, { hello: someHello(2) })
  bystander.send(rosterFrame(1, []))
  const frames = fc.sample(agentTextFrames, { numRuns: frameCount, seed })
  let instance = 100
  const closes = await throwAll(frames, async () => {
    instance += 1
    const agent = await connectAgent(bed.wsUrl, goodToken, someHello(1))
    // Every other socket has said hello, so that both halves of the life of a session are tried.
    if (instance % 2 === 0) {
      agent.send({ ...agent.hello, instanceId: someHello(instance).instanceId })
      await agent.next('welcome')
    }
    return agent
  })
  expect(closes).toBeGreaterThan(1_000)
  await expectStreaming(bystander)
  expect(bed.logLines.filter((line) => line.level === 'error')).toEqual([])
}, 180_000)

it(`takes ${frameCount} generated binary frames of an agent and goes on serving the others (seed ${seed})`, async () => {
  const bystander = await onlineAgent(bed.wsUrl, goodToken, { hello: someHello(2) })
  bystander.send(rosterFrame(1, []))
  const frames = fc.sample(batchFrames, { numRuns: frameCount, seed })
  const closes = await throwAll(frames, async () => {
    const agent = await connectAgent(bed.wsUrl, goodToken, someHello(1))
    agent.send(agent.hello)
    await agent.next('welcome')
    agent.send(rosterFrame(1, [domainId(1), domainId(2)]))
    return agent
  })
  expect(closes).toBeGreaterThan(1_000)
  await expectStreaming(bystander)
  expect(bed.logLines.filter((line) => line.level === 'error')).toEqual([])
}, 180_000)

it(`takes ${frameCount} generated frames of a browser and goes on serving the others (seed ${seed})`, async () => {
  const clock = createVirtualClock()
  const hub = createLiveHub({
    clock,
    log: createLog('silent'),
    consoleVersion: '0',
    isSameOrigin: () => true,
    authenticate: async () => ({
      sessionId: 's',
      userId: 'u' as never,
      expiresAt: clock.now() + 3_600_000,
    }),
    snapshot: () => aFleet({ generation: 1 }),
    latestBatch: () => null,
    backlog: () => [],
  })
  const server = createServer()
  server.on('upgrade', (request, socket, head) => void hub.upgrade(request, socket, head))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}${liveSocketPath}` // it listens on TCP
  const ready = async () => {
    const browser = await connectSocket(url, {})
    browser.send({ type: 'hello', versions: [1] })
    await browser.next('snapshot')
    return browser
  }
  const bystander = await ready()
  const closes = await throwAll(fc.sample(liveTextFrames, { numRuns: frameCount, seed }), ready)
  expect(closes).toBeGreaterThan(1_000)
  hub.publish({ generation: 2, changes: [] })
  expect(await bystander.next('patch')).toMatchObject({ generation: 2 })
  hub.stop()
  clock.advance(5_000)
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}, 180_000)
