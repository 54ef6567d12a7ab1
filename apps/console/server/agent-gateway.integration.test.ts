import net from 'node:net'
import { agentLimits, closeCodes } from '@drover/api-schema/agent-protocol.ts'
import type { CommandId } from '@drover/api-schema/ids.ts'
import {
  domainId,
  hostId,
  migrationId,
  someDomainFacts,
  uuid,
} from '@drover/api-schema/testing/builders.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createGatewayBed, type GatewayBed, goodToken, goodTokenId } from './testing/gateway-bed.ts'
import { connectSocket } from './testing/socket-client.ts'
import {
  connectAgent,
  hostFactsOf,
  onlineAgent,
  rosterFrame,
  someBatch,
  someHello,
  type TestAgent,
} from './testing/test-agent.ts'

let bed: GatewayBed
beforeEach(async () => {
  bed = await createGatewayBed()
})
afterEach(() => bed.stop())

const connect = (hello = someHello(1)) => connectAgent(bed.wsUrl, goodToken, hello)
const online = (hello = someHello(1)) => onlineAgent(bed.wsUrl, goodToken, { hello })
const refusals = () => bed.logLines.filter((line) => line.message === 'An agent was refused.')

async function welcomed(hello = someHello(1)): Promise<TestAgent> {
  const agent = await connect(hello)
  agent.send(agent.hello)
  await agent.next('welcome')
  return agent
}

describe('the handshake', () => {
  it('welcomes an agent, asks for its inventory and calls it online when it is there', async () => {
    const agent = await connect()
    agent.send(agent.hello)
    expect(await agent.next('welcome')).toMatchObject({
      version: 1,
      resumeAfterSeq: null,
      settings: { sampleIntervalMs: 1000, heartbeatMs: 5000 },
    })
    expect(bed.presence).toEqual([])
    agent.report(hostFactsOf(agent.hello))
    expect(await agent.next('acknowledged')).toMatchObject({ seq: 1 })
    expect(bed.presence).toEqual(['01 online'])
  })

  it.each(['', 'Basic abc', 'Bearer wrong', 'Bearer '])(
    'closes 4401 for the authorization "%s"',
    async (authorization) => {
      const client = await connectSocket(
        `${bed.wsUrl}/ws/agent`,
        authorization === '' ? {} : { authorization },
      )
      client.send(someHello(1))
      expect(await client.closed).toMatchObject({
        code: 4401,
        reason: expect.stringContaining('token-invalid'),
      })
      expect(bed.gateway.isConnected(hostId(1))).toBe(false)
    },
  )

  it('closes 4406 and says who is too old', async () => {
    const newer = await connect(someHello(1, { versions: [7, 8] }))
    newer.send(newer.hello)
    expect(await newer.closed).toMatchObject({
      code: 4406,
      reason: expect.stringContaining('The console is too old'),
    })
  })

  it('closes 4408 when no hello comes in time', async () => {
    const agent = await connect()
    agent.socket.ping()
    await new Promise((resolve) => agent.socket.once('pong', resolve))
    bed.clock.advance(agentLimits.helloTimeoutMs + 1)
    expect((await agent.closed).code).toBe(4408)
  })

  it('binds a host to its key: another key is refused 4403', async () => {
    await (await online()).close()
    const impostor = await connect(
      someHello(1, { hostKey: 'another key of the right length......' }),
    )
    impostor.send(impostor.hello)
    expect(await impostor.closed).toMatchObject({
      code: 4403,
      reason: expect.stringContaining('host-claimed'),
    })
    bed.gateway.forgetHost(hostId(1))
    const enrolledAnew = await connect(
      someHello(1, { hostKey: 'another key of the right length......' }),
    )
    enrolledAnew.send(enrolledAnew.hello)
    await enrolledAnew.next('welcome')
  })

  it('refuses the name of another host 4403, at hello and in a later fact', async () => {
    await online(someHello(1))
    const second = await connect(someHello(2, { name: 'xen-01' }))
    second.send(second.hello)
    expect(await second.closed).toMatchObject({
      code: 4403,
      reason: expect.stringContaining('host-name-taken'),
    })
    const third = await online(someHello(3))
    third.fact({ type: 'host-changed', host: hostFactsOf(third.hello, { name: 'xen-01' }) })
    expect((await third.closed).code).toBe(4403)
    expect(bed.gateway.isConnected(hostId(1))).toBe(true)
  })

  it('refuses a second agent for a host 4423 and lets the first go on', async () => {
    const first = await online()
    const second = await connect(someHello(1, { instanceId: someHello(99).instanceId }))
    second.send(second.hello)
    expect(await second.closed).toMatchObject({
      code: 4423,
      reason: expect.stringContaining('host-already-connected'),
    })
    first.fact({ type: 'domain-changed', domain: someDomainFacts() })
    expect(await first.next('acknowledged')).toMatchObject({ seq: 2 })
  })

  it('lets a second agent in when the first is silent beyond its heartbeats', async () => {
    const first = await online()
    bed.clock.advance(4_900)
    bed.clock.advance(4_900)
    bed.clock.advance(4_900)
    const second = await connect(someHello(1, { instanceId: someHello(99).instanceId }))
    second.send(second.hello)
    expect((await second.closed).code).toBe(4423)
    // 15.1 s of silence, and the sweep that would notice has not come yet: the newcomer is what ends the old session.
    bed.clock.advance(400)
    const third = await connect(someHello(1, { instanceId: someHello(99).instanceId }))
    third.send(third.hello)
    await third.next('welcome')
    expect((await first.closed).code).toBe(4408)
  })

  it('closes the older session 4409 when the same agent connects again', async () => {
    const first = await online()
    const again = await connect()
    again.send(again.hello)
    expect((await first.closed).code).toBe(4409)
    expect(await again.next('welcome')).toMatchObject({ resumeAfterSeq: 1 })
    // It was never away.
    expect(bed.presence).toEqual(['01 online', '01 online'])
  })
})

describe('those without a good token', () => {
  it('are told why, and one that neither answers nor goes is cut off', async () => {
    const client = await connectSocket(`${bed.wsUrl}/ws/agent`, { authorization: 'Bearer wrong' })
    client.socket.pause()
    bed.clock.advance(2_001)
    client.socket.resume()
    expect((await client.closed).code).toBe(4401)
  })

  it('are refused before the upgrade while many are being told, and told again afterwards', async () => {
    const { port } = new URL(bed.wsUrl)
    const sockets: net.Socket[] = []
    const gone: Promise<unknown>[] = []
    // It says what a WebSocket client says, and never reads a close frame.
    const knock = () =>
      new Promise<string>((resolve, reject) => {
        const socket = net.connect(Number(port), '127.0.0.1')
        sockets.push(socket)
        gone.push(new Promise((over) => socket.once('close', over)))
        socket.on('error', reject)
        socket.once('data', (data) => resolve(data.toString('latin1').slice(9, 12)))
        socket.write(
          'GET /ws/agent HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
        )
      })
    const answers = []
    for (let count = 0; count < 210; count += 1) answers.push(await knock())
    expect(answers.filter((status) => status === '101')).toHaveLength(200)
    expect(answers.slice(200)).toEqual(new Array(10).fill('401'))
    await online()
    bed.clock.advance(2_001)
    await Promise.all(gone)
    expect(await knock()).toBe('101')
    sockets.at(-1)?.destroy()
  })
})

describe('numbered facts', () => {
  it('resumes after what was applied, acknowledges repeated facts and applies each once', async () => {
    const first = await online()
    first.fact({ type: 'domain-changed', domain: someDomainFacts() })
    await first.next('acknowledged')
    await first.close()
    const again = await welcomed()
    again.fact({
      seq: 1,
      type: 'inventory-reported',
      host: hostFactsOf(again.hello),
      domains: [],
      migrations: [],
    })
    again.fact({ seq: 2, type: 'domain-changed', domain: someDomainFacts() })
    again.fact({ seq: 3, type: 'domain-removed', domainId: domainId(1), generation: 0 })
    // How many facts one acknowledgement covers depends on how they came in.
    for (let seq = 0; seq < 3; )
      seq = (await again.next<{ type: string; seq: number }>('acknowledged')).seq
    expect(bed.facts.map(({ fact }) => fact.type)).toEqual([
      'inventory-reported',
      'domain-changed',
      'domain-removed',
    ])
  })

  it('closes 4400 on a gap, so that the agent resumes', async () => {
    const agent = await online()
    agent.fact({ seq: 3, type: 'domain-removed', domainId: domainId(1), generation: 0 })
    expect(await agent.closed).toMatchObject({
      code: 4400,
      reason: 'The agent sent fact 3 after 1.',
    })
    const again = await connect()
    again.send(again.hello)
    expect(await again.next('welcome')).toMatchObject({ resumeAfterSeq: 1 })
  })

  it('starts over with a new instance of the agent', async () => {
    await (await online()).close()
    const restarted = await connect(someHello(1, { instanceId: someHello(50).instanceId }))
    restarted.send(restarted.hello)
    expect(await restarted.next('welcome')).toMatchObject({ resumeAfterSeq: null })
  })

  it('refuses facts about another host 4400', async () => {
    const agent = await online()
    agent.fact({ type: 'host-changed', host: hostFactsOf(someHello(2)) })
    expect((await agent.closed).code).toBe(4400)
  })

  it('survives a bug: closes that session, logs it, and has the agent start over', async () => {
    const other = await online(someHello(2))
    const agent = await online()
    bed.breakOnFact = 'domain-removed'
    agent.fact({ type: 'domain-removed', domainId: domainId(1), generation: 0 })
    expect((await agent.closed).code).toBe(1011)
    expect(bed.logLines.some((line) => line.level === 'error')).toBe(true)
    const again = await connect()
    again.send(again.hello)
    expect(await again.next('welcome')).toMatchObject({ resumeAfterSeq: null })
    other.fact({ type: 'domain-changed', domain: someDomainFacts() })
    await other.next('acknowledged')
  })
})

describe('presence', () => {
  it('is stale at once when the socket closes, and lost after a minute', async () => {
    const agent = await online()
    await agent.close()
    await bed.presenceIs(hostId(1), 'stale')
    bed.clock.advance(59_000)
    expect(bed.presence.at(-1)).toBe('01 stale')
    bed.clock.advance(2_000)
    expect(bed.presence).toEqual(['01 online', '01 stale', '01 lost'])
  })

  it('is stale after three missed heartbeats, and the silent socket is closed 4408', async () => {
    const agent = await online()
    bed.clock.advance(15_000)
    expect(bed.presence.at(-1)).toBe('01 online')
    bed.clock.advance(1_100)
    expect(bed.presence.at(-1)).toBe('01 stale')
    expect((await agent.closed).code).toBe(4408)
  })

  it('sends heartbeats and takes them', async () => {
    const agent = await online()
    bed.clock.advance(6_000)
    await agent.next('heartbeat')
    agent.send({ type: 'heartbeat' })
    agent.fact({ type: 'domain-changed', domain: someDomainFacts() })
    await agent.next('acknowledged')
    bed.clock.advance(14_000)
    expect(bed.presence.at(-1)).toBe('01 online')
  })

  it('goes by elapsed time: a wall clock that is set changes nothing', async () => {
    const agent = await online()
    bed.clock.stepWall(3_600_000)
    bed.clock.advance(2_000)
    bed.clock.stepWall(-7_200_000)
    bed.clock.advance(2_000)
    expect(bed.presence).toEqual(['01 online'])
    await agent.close()
    await bed.presenceIs(hostId(1), 'stale')
    bed.clock.stepWall(-3_600_000)
    bed.clock.advance(61_000)
    expect(bed.presence.at(-1)).toBe('01 lost')
  })

  it('judges nobody before it has read what came in while the process stood still', async () => {
    const agent = await online()
    agent.send({ type: 'heartbeat' })
    bed.clock.stall(60_000)
    bed.clock.advance(0)
    expect(bed.presence).toEqual(['01 online'])
    agent.fact({ type: 'domain-changed', domain: someDomainFacts() })
    await agent.next('acknowledged')
    bed.clock.advance(5_000)
    expect(bed.presence).toEqual(['01 online'])
    bed.clock.advance(15_000)
    expect(bed.presence.at(-1)).toBe('01 stale')
  })

  it('closes the sessions of a revoked token 4401', async () => {
    const agent = await online()
    bed.gateway.closeSessionsOf(goodTokenId)
    expect((await agent.closed).code).toBe(4401)
  })
})

describe('commands', () => {
  const command = { kind: 'cancel-outgoing', migrationId: migrationId(1) } as const
  const id = (text: string) => text as CommandId // made up here

  it('brings the answer back, and the same to whoever asked with the same id', async () => {
    const agent = await online()
    const first = bed.gateway.sendCommand(hostId(1), id('c1'), command, 10_000)
    const second = bed.gateway.sendCommand(hostId(1), id('c1'), command, 10_000)
    expect(await agent.next('command')).toMatchObject({ commandId: 'c1', command })
    agent.fact({ type: 'command-answered', commandId: 'c1', result: { kind: 'done' } })
    expect(await Promise.all([first, second])).toEqual([
      { ok: true, value: { kind: 'done' } },
      { ok: true, value: { kind: 'done' } },
    ])
  })

  it('sends again after a reconnect while the deadline lasts', async () => {
    const agent = await online()
    const answer = bed.gateway.sendCommand(hostId(1), id('c1'), command, 10_000)
    await agent.next('command')
    await agent.close()
    await bed.presenceIs(hostId(1), 'stale')
    const again = await welcomed()
    expect(await again.next('command')).toMatchObject({ commandId: 'c1' })
    again.fact({ seq: 2, type: 'command-answered', commandId: 'c1', result: { kind: 'done' } })
    expect(await answer).toEqual({ ok: true, value: { kind: 'done' } })
  })

  it('refuses after the deadline with the name of the host', async () => {
    const agent = await online()
    const answer = bed.gateway.sendCommand(hostId(1), id('c1'), command, 10_000)
    await agent.next('command')
    bed.clock.advance(10_000)
    expect(await answer).toEqual({
      ok: false,
      error: { code: 'command-timeout', message: 'xen-01 did not answer within 10 s.' },
    })
  })

  it('refuses at once for a host that is not connected', async () => {
    expect(await bed.gateway.sendCommand(hostId(9), id('c1'), command, 10_000)).toMatchObject({
      ok: false,
      error: { code: 'host-not-online' },
    })
  })

  it('does not take the answer of another host', async () => {
    const agent = await online()
    const other = await online(someHello(2))
    const answer = bed.gateway.sendCommand(hostId(1), id('c1'), command, 10_000)
    other.fact({
      type: 'command-answered',
      commandId: 'c1',
      result: { kind: 'rejected', refusal: { code: 'internal', message: 'no' } },
    })
    await other.next('acknowledged')
    agent.fact({ type: 'command-answered', commandId: 'c1', result: { kind: 'done' } })
    expect(await answer).toEqual({ ok: true, value: { kind: 'done' } })
  })
})

describe('telemetry', () => {
  it('takes batches of the announced roster', async () => {
    const agent = await online()
    agent.send(rosterFrame(5, [domainId(1), domainId(2)]))
    agent.send(someBatch(5, 2, bed.clock.now()))
    await bed.batchCount(1)
    expect(bed.batches[0]).toMatchObject({
      hostId: hostId(1),
      rosterId: 5,
      sampledAt: bed.clock.now(),
    })
  })

  it('stamps the samples of an absurd clock on arrival and says so once', async () => {
    const agent = await online()
    agent.send(rosterFrame(1, []))
    for (const skewMs of [86_400_000, -86_400_000, 400_000, 299_000])
      agent.send(someBatch(1, 0, bed.clock.now() + skewMs))
    await bed.batchCount(4)
    const now = bed.clock.now()
    expect(bed.batches.map((batch) => batch.sampledAt)).toEqual([now, now, now, now + 299_000])
    expect(
      bed.logLines.filter((line) => line.message.startsWith('The clock of a host')),
    ).toHaveLength(1)
  })
})

/** What is wrong, what is sent (after a good inventory unless it comes first), and the code it is closed with. */
const badInput: [string, unknown, number][] = [
  ['malformed JSON', '{"type":', 4400],
  ['JSON that is no object', '42', 4400],
  ['an unknown frame type', { type: 'self-destruct' }, 4400],
  ['a second hello', someHello(1), 4400],
  ['a fact of wrong types', { type: 'domain-removed', seq: 2, domainId: 7, generation: 'x' }, 4400],
  [
    'a negative sequence number',
    { type: 'domain-removed', seq: -1, domainId: domainId(1), generation: 0 },
    4400,
  ],
  [
    'a negative memory size',
    { type: 'domain-changed', seq: 2, domain: { ...someDomainFacts(), memMaxBytes: -1 } },
    4400,
  ],
  [
    'a moment outside the centuries',
    { type: 'host-changed', seq: 2, host: { ...hostFactsOf(someHello(1)), bootedAt: 1e300 } },
    4400,
  ],
  [
    'a roster without metrics',
    { type: 'roster', rosterId: 1, hostMetrics: [], domainMetrics: [], domainIds: [] },
    4400,
  ],
  ['a frame over the limit', `"${'x'.repeat(agentLimits.maxFrameBytes + 1)}"`, 1009],
  ['an empty binary frame', new Uint8Array(0), 4400],
  ['a truncated batch', someBatch(1, 2, Date.UTC(2026, 0, 1)).slice(0, 40), 4400],
  [
    'a batch with a byte too many',
    new Uint8Array([...someBatch(1, 2, Date.UTC(2026, 0, 1)), 0]),
    4400,
  ],
  ['a batch of an unknown roster', someBatch(9, 0, Date.UTC(2026, 0, 1)), 4400],
  ['a batch with too few domains', someBatch(1, 1, Date.UTC(2026, 0, 1)), 4400],
  ['a batch sampled at NaN', someBatch(1, 2, Number.NaN), 4400],
  ['a batch sampled before the year 2000', someBatch(1, 2, 0), 4400],
  ['a batch of another layout', someBatch(1, 2, Date.UTC(2026, 0, 1)).with(0, 9), 4400],
]

describe('bad input', () => {
  it.each(badInput)(
    '%s is refused, logged once, and disturbs nobody',
    async (_what, frame, code) => {
      const bystander = await online(someHello(2))
      bystander.send(rosterFrame(1, []))
      const agent = await online()
      agent.send(rosterFrame(1, [domainId(1), domainId(2)]))
      agent.send(frame)
      agent.send({ type: 'domain-changed', seq: 2, domain: someDomainFacts() })
      expect((await agent.closed).code).toBe(code)
      bystander.send(someBatch(1, 0, bed.clock.now()))
      await bed.batchCount(1)
      expect(bed.facts.filter(({ fact }) => fact.type === 'domain-changed')).toEqual([])
      if (code === 4400) expect(refusals()).toHaveLength(1)
    },
  )

  it.each([
    ['a fact', { type: 'domain-removed', seq: 1, domainId: domainId(1), generation: 0 }],
    ['a heartbeat', { type: 'heartbeat' }],
    ['a batch', someBatch(1, 0, Date.UTC(2026, 0, 1))],
    [
      'a hello that is too large',
      { ...someHello(1), padding: 'x'.repeat(agentLimits.maxHelloBytes) },
    ],
    ['a hello without versions', { ...someHello(1), versions: [] }],
    ['a hello whose key is too short', { ...someHello(1), hostKey: 'short' }],
  ])('%s before hello is refused 4400', async (_what, frame) => {
    const agent = await connect()
    agent.send(frame)
    expect((await agent.closed).code).toBe(closeCodes.malformed)
    expect(bed.gateway.isConnected(hostId(1))).toBe(false)
  })

  it('logs a refusal once however often the agent comes back with it', async () => {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const agent = await connect(someHello(1, { versions: [99] }))
      agent.send(agent.hello)
      await agent.closed
    }
    expect(refusals()).toHaveLength(1)
  })

  it('forgets unknown instance ids and keeps serving after all of it', async () => {
    const agent = await online(someHello(3, { instanceId: uuid(123) as never }))
    agent.send({ type: 'migration-progressed', migrationId: migrationId(1), progress: {} })
    expect((await agent.closed).code).toBe(4400)
    await online(someHello(3))
  })
})
