import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { liveSocketPath } from '@drover/api-schema/live-protocol.ts'
import { domainId, hostId, someDomainFacts, uuid } from '@drover/api-schema/testing/builders.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type BreakableDatabase, breakable } from './testing/breakable-database.ts'
import { connectSocket, type SocketClient } from './testing/socket-client.ts'
import {
  connectAgent,
  hostFactsOf,
  onlineAgent,
  rosterFrame,
  someBatch,
  someHello,
} from './testing/test-agent.ts'
import { startTestConsole, type TestConsole, testToken } from './testing/test-console.ts'
import { createTestDatabase, type TestDatabase } from './testing/test-database.ts'
import { createVirtualClock, type VirtualClock } from './testing/virtual-clock.ts'

let database: TestDatabase
let line: BreakableDatabase
let clock: VirtualClock
let console_: TestConsole
let dataDir: string
const start = () => startTestConsole({ databaseUrl: line.url, clock, dataDir })
beforeEach(async () => {
  database = await createTestDatabase()
  line = await breakable(database.url)
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'drover-console-'))
  clock = createVirtualClock(Date.now())
  console_ = await start()
})
afterEach(async () => {
  await console_.stop()
  await line.stop()
  await database.drop()
  fs.rmSync(dataDir, { recursive: true, force: true })
})

const get = (target: string, cookie: string) => console_.call('GET', `/api/v1${target}`, { cookie })
const online = (number = 1, domains = [someDomainFacts()]) =>
  onlineAgent(console_.wsUrl, testToken, { hello: someHello(number), domains })

async function watch(cookie: string): Promise<SocketClient> {
  const browser = await connectSocket(`${console_.wsUrl}${liveSocketPath}`, {
    origin: console_.url,
    cookie,
  })
  browser.send({ type: 'hello', versions: [1] })
  await browser.next('welcome')
  return browser
}

describe('from an agent to a browser', () => {
  it('shows what agents report, as snapshot and as patches without a gap', async () => {
    const { cookie } = await console_.signIn('viewer')
    const first = await online(1)
    const browser = await watch(cookie)
    const { fleet } = await browser.next<{
      type: string
      fleet: { generation: number; hosts: object[]; domains: object[] }
    }>('snapshot')
    expect(fleet.hosts).toMatchObject([{ name: 'xen-01', connection: { status: 'online' } }])
    expect(fleet.domains).toMatchObject([{ name: 'web-7', hostId: hostId(1), migrationId: null }])
    first.fact({
      type: 'domain-changed',
      domain: someDomainFacts({ state: { status: 'crashed' } }),
    })
    expect(await browser.next('patch')).toMatchObject({
      generation: fleet.generation + 1,
      changes: [{ kind: 'domain-upserted', domain: { state: { status: 'crashed' } } }],
    })
    await first.close()
    expect(await browser.next('patch')).toMatchObject({
      generation: fleet.generation + 2,
      changes: [{ kind: 'host-upserted', host: { connection: { status: 'stale' } } }],
    })
    await browser.close()
  })

  it('passes readings to whoever watches the host, and keeps ten minutes of them', async () => {
    const { cookie } = await console_.signIn('viewer')
    const agent = await online(1)
    const browser = await watch(cookie)
    browser.send({ type: 'subscribe-samples', hostIds: [hostId(1)] })
    browser.send({ type: 'resync' })
    await browser.next('snapshot')
    await browser.next('snapshot')
    agent.send(rosterFrame(1, [domainId(1)]))
    for (let second = 0; second < 3; second += 1) {
      agent.send(someBatch(1, 1, clock.now() + second * 1000, (second + 1) / 4))
    }
    // Frames of one socket are handled in order: once the fact is acknowledged, the batches are in.
    agent.fact({ type: 'domain-changed', domain: someDomainFacts({ domid: 9 }) })
    await agent.next('acknowledged')
    clock.advance(2_000)
    await browser.next('roster')
    await browser.nextBinary()
    const host = await get(`/hosts/${hostId(1)}/samples?windowMs=60000`, cookie)
    expect(host.body.at).toHaveLength(3)
    expect(host.body.values[host.body.metrics.indexOf('cpu')]).toEqual([0.25, 0.5, 0.75])
    const domain = await get(`/domains/${domainId(1)}/samples`, cookie)
    expect(domain.body.values[domain.body.metrics.indexOf('memory')]).toEqual([0.25, 0.5, 0.75])
    await browser.close()
  })

  it('sends a command down and answers with its outcome', async () => {
    const { cookie } = await console_.signIn('operator')
    const agent = await online(1)
    const act = (action: string) =>
      console_.call('POST', `/api/v1/domains/${domainId(1)}/actions`, { cookie, body: { action } })
    const pausing = act('pause')
    const command = await agent.next<{ type: string; commandId: string; command: object }>(
      'command',
    )
    expect(command.command).toEqual({
      kind: 'domain-action',
      domainId: domainId(1),
      action: 'pause',
    })
    agent.fact({ type: 'command-answered', commandId: command.commandId, result: { kind: 'done' } })
    expect((await pausing).body).toEqual({ outcome: 'done' })
    expect((await act('start')).body).toEqual({ outcome: 'already-so' })
    const rebooting = act('reboot')
    const { commandId } = await agent.next<{ type: string; commandId: string }>('command')
    const refusal = { code: 'hypervisor-refused', message: 'No.' }
    agent.fact({ type: 'command-answered', commandId, result: { kind: 'rejected', refusal } })
    expect(await rebooting).toMatchObject({ status: 502, body: { error: refusal } })
    agent.fact({
      type: 'domain-changed',
      domain: someDomainFacts({ state: { status: 'crashed' } }),
    })
    await agent.next('acknowledged')
    expect((await act('pause')).body.error).toEqual({
      code: 'wrong-state',
      message: 'web-7 has crashed.',
    })
  })
})

describe('hosts', () => {
  it('keeps maintenance and the limit on its link over a restart', async () => {
    const { cookie } = await console_.signIn('operator')
    await online(1)
    const answer = await console_.call('PATCH', `/api/v1/hosts/${hostId(1)}`, {
      cookie,
      body: { isInMaintenance: true },
    })
    expect(answer.body).toMatchObject({ isInMaintenance: true, migrationBytesPerSec: null })
    const limited = await console_.call('PATCH', `/api/v1/hosts/${hostId(1)}`, {
      cookie,
      body: { migrationBytesPerSec: 40e6 },
    })
    expect(limited.body).toMatchObject({ isInMaintenance: true, migrationBytesPerSec: 40e6 })
    const nothing = await console_.call('PATCH', `/api/v1/hosts/${hostId(1)}`, { cookie, body: {} })
    expect(nothing.body.error).toMatchObject({ code: 'invalid-request' })
    await console_.stop()
    console_ = await start()
    const after = await get(`/hosts/${hostId(1)}`, cookie)
    expect(after.body).toMatchObject({
      isInMaintenance: true,
      migrationBytesPerSec: 40e6,
      connection: { status: 'lost' },
    })
    expect((await get(`/domains/${domainId(1)}`, cookie)).body.name).toBe('web-7')
  })

  it('is forgotten only when its agent is gone, and then with its key', async () => {
    const { cookie } = await console_.signIn('admin')
    const agent = await online(1)
    const browser = await watch(cookie)
    const remove = () => console_.call('DELETE', `/api/v1/hosts/${hostId(1)}`, { cookie })
    expect((await remove()).body.error.code).toBe('host-already-connected')
    await agent.close()
    await browser.next('patch')
    expect((await remove()).status).toBe(204)
    expect(await browser.next('patch')).toMatchObject({
      changes: [{ kind: 'host-removed' }, { kind: 'domain-removed', domainId: domainId(1) }],
    })
    expect((await get('/fleet', cookie)).body).toMatchObject({ hosts: [], domains: [] })
    const other = await connectAgent(
      console_.wsUrl,
      testToken,
      someHello(1, { hostKey: 'another key'.padEnd(40, '.') }),
    )
    other.send(other.hello)
    await other.next('welcome')
    await console_.stop()
    console_ = await start()
    expect((await get('/fleet', cookie)).body.hosts).toEqual([])
    await browser.closed
  })

  it('keeps the binding of a host to its key over a restart', async () => {
    await online(1)
    await console_.stop()
    console_ = await start()
    const impostor = await connectAgent(
      console_.wsUrl,
      testToken,
      someHello(1, { hostKey: 'another key'.padEnd(40, '.') }),
    )
    impostor.send(impostor.hello)
    expect(await impostor.closed).toMatchObject({ code: 4403 })
  })

  it('stores two hosts that have swapped their names', async () => {
    const { cookie } = await console_.signIn('viewer')
    const agents = [await online(1, []), await online(2, [])]
    clock.advance(1_500)
    const rename = async (index: number, name: string) => {
      const agent = agents[index]!
      agent.fact({ type: 'host-changed', host: hostFactsOf(agent.hello, { name }) })
      await agent.next('acknowledged')
    }
    await rename(0, 'in-between')
    await rename(1, 'xen-01')
    await rename(0, 'xen-02')
    await console_.stop()
    console_ = await start()
    expect((await get(`/hosts/${hostId(1)}`, cookie)).body.name).toBe('xen-02')
    expect((await get(`/hosts/${hostId(2)}`, cookie)).body.name).toBe('xen-01')
  })
})

describe('enrolment tokens', () => {
  it('lets agents in until it is revoked, which throws them out', async () => {
    const { cookie } = await console_.signIn('admin')
    const made = await console_.call('POST', '/api/v1/enrolment-tokens', {
      cookie,
      body: { name: 'rack 4' },
    })
    const { secret, token } = made.body
    const agent = await onlineAgent(console_.wsUrl, secret, { hello: someHello(1) })
    const byOther = await online(2, [])
    const list = await get('/enrolment-tokens', cookie)
    expect(JSON.stringify(list.body)).not.toContain(secret)
    expect(list.body.tokens.map((entry: { name: string }) => entry.name)).toEqual([
      'start',
      'rack 4',
    ])
    expect(list.body.tokens[1].lastUsedAt).toBe(clock.now())
    const revoke = () =>
      console_.call('DELETE', `/api/v1/enrolment-tokens/${token.enrolmentTokenId}`, { cookie })
    expect((await revoke()).status).toBe(204)
    expect((await agent.closed).code).toBe(4401)
    expect((await revoke()).status).toBe(404)
    const again = await connectAgent(console_.wsUrl, secret)
    expect((await again.closed).code).toBe(4401)
    byOther.fact({ type: 'host-changed', host: hostFactsOf(byOther.hello) })
    await byOther.next('acknowledged')
  })

  it('registers the token given at start once and does not bring a revoked one back', async () => {
    const { cookie } = await console_.signIn('admin')
    await console_.stop()
    console_ = await start()
    const [given, ...others] = (await get('/enrolment-tokens', cookie)).body.tokens
    expect([given.name, others]).toEqual(['start', []])
    await console_.call('DELETE', `/api/v1/enrolment-tokens/${given.enrolmentTokenId}`, { cookie })
    await console_.stop()
    console_ = await start()
    expect((await (await connectAgent(console_.wsUrl, testToken)).closed).code).toBe(4401)
    expect(console_.logLines.some((line) => line.message.includes('was revoked'))).toBe(true)
  })
})

describe('a request key', () => {
  const requestKey = uuid(0x99)
  const moves = [{ domainId: domainId(1), destinationHostId: hostId(2) }]
  const ask = (cookie: string) =>
    console_.call('POST', '/api/v1/migrations', { cookie, body: { moves, requestKey } })

  it('answers as the first time, also after a restart, and belongs to its user', async () => {
    const first = await console_.signIn('operator')
    const second = await console_.signIn('operator')
    const [one, two] = await Promise.all([ask(first.cookie), ask(first.cookie)])
    expect(one.body.outcomes).toMatchObject([{ outcome: 'refused' }])
    expect(two.body).toEqual(one.body)
    expect((await ask(second.cookie)).status).toBe(400)
    await console_.stop()
    console_ = await start()
    expect((await ask(first.cookie)).body).toEqual(one.body)
    expect((await ask(second.cookie)).status).toBe(400)
  })
})

describe('while the database is away', () => {
  it('goes on: agents stay, browsers see, sessions work, and all of it is written afterwards', async () => {
    const { cookie } = await console_.signIn('viewer')
    const agent = await online(1)
    expect((await get('/health', '')).body).toEqual({ status: 'ok' })
    expect((await get('/session', cookie)).status).toBe(200)
    line.cut()
    clock.advance(6_000) // past the freshness of the session that was looked up
    expect((await get('/health', '')).body).toEqual({ status: 'degraded' })
    const newcomer = await online(2, [someDomainFacts({ domainId: domainId(2), name: 'db-1' })])
    agent.fact({
      type: 'domain-changed',
      domain: someDomainFacts({ state: { status: 'shut-off' } }),
    })
    await agent.next('acknowledged')
    const fleet = await get('/fleet', cookie)
    expect(fleet.status).toBe(200)
    expect(fleet.body.hosts).toHaveLength(2)
    const signIn = await console_.call('POST', '/api/v1/session', {
      body: { email: 'a@example.org', password: 'x' },
    })
    expect(signIn.body.error.code).toBe('unavailable')
    expect((await get('/migrations', cookie)).body.error.code).toBe('unavailable')
    line.mend()
    await newcomer.close()
    await console_.stop()
    console_ = await start()
    expect((await get(`/domains/${domainId(1)}`, cookie)).body.state).toEqual({
      status: 'shut-off',
    })
    expect((await get(`/domains/${domainId(2)}`, cookie)).body.name).toBe('db-1')
  })
})

describe('pages', () => {
  it('sends whoever is not signed in to the sign-in page and back', async () => {
    await console_.stop()
    const served: string[] = []
    console_ = await startTestConsole({
      databaseUrl: line.url,
      clock,
      dataDir,
      servePage: (request, response) => {
        served.push(request.url ?? '')
        response.end('page')
      },
    })
    const { cookie } = await console_.signIn('viewer')
    const away = await console_.call('GET', '/hosts/7?tab=a')
    expect([away.status, away.headers.get('location')]).toEqual([
      307,
      '/sign-in?next=%2Fhosts%2F7%3Ftab%3Da',
    ])
    expect((await console_.call('GET', '/')).headers.get('location')).toBe('/sign-in')
    for (const open of ['/sign-in?next=%2F', '/setup?token=x', '/_next/static/a.js', '/icon.svg']) {
      expect((await console_.call('GET', open)).body).toBe('page')
    }
    expect((await console_.call('GET', '/hosts/7', { cookie })).body).toBe('page')
    expect(served).toHaveLength(5)
  })
})
