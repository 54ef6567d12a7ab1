import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Command } from '@drover/api-schema/agent-protocol.ts'
import { liveSocketPath } from '@drover/api-schema/live-protocol.ts'
import { domainId, hostId, someDomainFacts } from '@drover/api-schema/testing/builders.ts'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { connectSocket, type SocketClient } from './testing/socket-client.ts'
import {
  connectAgent,
  hostFactsOf,
  onlineAgent,
  someHello,
  type TestAgent,
} from './testing/test-agent.ts'
import { startTestConsole, type TestConsole, testToken } from './testing/test-console.ts'
import { createTestDatabase, type TestDatabase } from './testing/test-database.ts'

/** The way of one migration through the whole console: route, orchestrator, gateway, inventory, hub, database. */

let database: TestDatabase
let console_: TestConsole
let dataDir: string
beforeEach(async () => {
  database = await createTestDatabase()
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'drover-console-'))
  console_ = await startTestConsole({ databaseUrl: database.url, dataDir })
})
afterEach(async () => {
  await console_.stop()
  await database.drop()
  fs.rmSync(dataDir, { recursive: true, force: true })
})

type CommandFrame = { type: string; commandId: string; command: Command }
type StartCommand = Extract<Command, { kind: 'start-outgoing' }>
const domain = someDomainFacts()
const ticket = 'a ticket of the destination'
const peerUrl = 'ws://127.0.0.1:9/peer'

const answer = (agent: TestAgent, frame: CommandFrame, result: object) =>
  agent.fact({ type: 'command-answered', commandId: frame.commandId, result })

async function nextCommand(agent: TestAgent, kind: Command['kind']): Promise<CommandFrame> {
  const frame = await agent.next<CommandFrame>('command')
  expect(frame.command.kind).toBe(kind)
  return frame
}

/** Asked for, prepared on the destination and started on the source. */
async function startMigration(cookie: string, source: TestAgent, destination: TestAgent) {
  const asked = await console_.call('POST', '/api/v1/migrations', {
    cookie,
    body: { moves: [{ domainId: domain.domainId, destinationHostId: hostId(2) }] },
  })
  expect(asked.body.outcomes).toMatchObject([{ outcome: 'accepted' }])
  const prepare = await nextCommand(destination, 'prepare-incoming')
  answer(destination, prepare, { kind: 'prepared', ticket, peerUrl })
  const start = await nextCommand(source, 'start-outgoing')
  expect(start.command).toMatchObject({ ticket, peerUrl, destinationHostId: hostId(2) })
  answer(source, start, { kind: 'done' })
  const { migrationId, generation } = start.command as StartCommand // nextCommand has looked at the kind
  return { migrationId, generation, domainId: domain.domainId }
}
type Head = Awaited<ReturnType<typeof startMigration>>

const copySoFar = () => ({ rounds: [], totalBytes: 4096, startedAt: Date.now() })
const sourceReport = (head: Head, state: object) => ({
  role: 'source',
  ...head,
  state: { ...copySoFar(), ...state },
})
const completed = () => ({
  status: 'completed',
  endedAt: Date.now(),
  totalMs: 1000,
  downtimeMs: 100,
  stopReason: 'downtime-reached',
  digest: 'same',
})
const activated = (head: Head) => ({
  role: 'destination',
  ...head,
  state: { status: 'activated', activatedAt: Date.now(), digest: 'same' },
})

/** What both hosts say when the destination has the domain. */
function finish(head: Head, source: TestAgent, destination: TestAgent): void {
  destination.fact({ type: 'migration-reported', report: activated(head) })
  destination.fact({
    type: 'domain-changed',
    domain: { ...domain, domid: 3, generation: head.generation },
  })
  source.fact({ type: 'migration-reported', report: sourceReport(head, completed()) })
  source.fact({ type: 'domain-removed', domainId: domain.domainId, generation: domain.generation })
}

async function watch(cookie: string): Promise<SocketClient> {
  const headers = { origin: console_.url, cookie }
  const browser = await connectSocket(`${console_.wsUrl}${liveSocketPath}`, headers)
  browser.send({ type: 'hello', versions: [1] })
  await browser.next('snapshot')
  return browser
}

type Change = {
  kind: string
  host?: { hostId: string; connection: { status: string } }
  migration?: { state: { phase: string } }
  domain?: { hostId: string; migrationId: string | null }
}
/** Follows the patches until one holds such a change. */
async function changeWith(
  browser: SocketClient,
  isIt: (change: Change) => boolean,
): Promise<Change> {
  for (;;) {
    const { changes } = await browser.next<{ type: string; changes: Change[] }>('patch')
    const found = changes.find(isIt)
    if (found !== undefined) return found
  }
}
const isStale = (host: { connection: { status: string } }) => host.connection.status === 'stale'
const ended = (change: Change) => change.migration?.state.phase === 'completed'

it('keeps a host that a migration names, also when its agent is gone', async () => {
  const { cookie } = await console_.signIn('admin')
  const browser = await watch(cookie)
  const source = await onlineAgent(console_.wsUrl, testToken, { domains: [domain] })
  const destination = await onlineAgent(console_.wsUrl, testToken, { hello: someHello(2) })
  await startMigration(cookie, source, destination)
  await destination.close()
  await changeWith(browser, ({ host }) => host?.hostId === hostId(2) && isStale(host))
  const removed = await console_.call('DELETE', `/api/v1/hosts/${hostId(2)}`, { cookie })
  expect(removed.body.error).toMatchObject({
    code: 'domain-migrating',
    message: expect.stringMatching(/^The migration of .* from xen-01 to xen-02 has not ended/),
  })
})

it('goes from the request to the fact that moves the card, followed by a browser', async () => {
  const { cookie } = await console_.signIn('operator')
  const source = await onlineAgent(console_.wsUrl, testToken, {
    hello: someHello(1),
    domains: [domain],
  })
  const destination = await onlineAgent(console_.wsUrl, testToken, { hello: someHello(2) })
  const browser = await watch(cookie)
  const head = await startMigration(cookie, source, destination)
  await changeWith(browser, (change) => change.domain?.migrationId === head.migrationId)
  source.fact({ type: 'migration-reported', report: sourceReport(head, { status: 'copying' }) })
  await changeWith(browser, (change) => change.migration?.state.phase === 'pre-copy')
  const progress = {
    roundIndex: 0,
    roundSentPages: 1,
    roundPages: 2,
    totalBytes: 4096,
    bytesPerSec: 1e6,
    dirtyPagesPerSec: null,
    throttleRatio: 0,
    isStalled: false,
    predictedRemainingMs: null,
    predictedDowntimeMs: null,
  }
  source.send({ type: 'migration-progressed', migrationId: head.migrationId, progress })
  expect(await browser.next('migration-progressed')).toMatchObject({ progress })
  // A host that has nothing to do with it is not believed.
  const stranger = await onlineAgent(console_.wsUrl, testToken, { hello: someHello(3) })
  stranger.send({ type: 'migration-progressed', migrationId: head.migrationId, progress })
  finish(head, source, destination)
  await changeWith(browser, ended)
  expect(
    browser.waiting.filter((item) => 'type' in item && item.type === 'migration-progressed'),
  ).toEqual([])
  const moved = await console_.call('GET', `/api/v1/domains/${domainId(1)}`, { cookie })
  expect(moved.body).toMatchObject({ hostId: hostId(2), migrationId: null })
  const list = await console_.call('GET', '/api/v1/migrations', { cookie })
  expect(list.body.migrations).toMatchObject([
    { migrationId: head.migrationId, state: { phase: 'completed' } },
  ])
})

it('finds out the truth after a restart of the console in mid-migration', async () => {
  const { cookie } = await console_.signIn('operator')
  const first = await onlineAgent(console_.wsUrl, testToken, {
    hello: someHello(1),
    domains: [domain],
  })
  const second = await onlineAgent(console_.wsUrl, testToken, { hello: someHello(2) })
  const head = await startMigration(cookie, first, second)
  await console_.stop()
  await Promise.all([first.closed, second.closed])
  console_ = await startTestConsole({ databaseUrl: database.url, dataDir })
  const open = await console_.call('GET', `/api/v1/migrations/${head.migrationId}`, { cookie })
  expect(open.body.state.phase).not.toBe('completed')
  expect(
    (await console_.call('GET', `/api/v1/domains/${domainId(1)}`, { cookie })).body,
  ).toMatchObject({
    hostId: hostId(1),
    migrationId: head.migrationId,
  })
  const browser = await watch(cookie)
  // Meanwhile the hosts have finished between themselves.
  const [source, destination] = [
    await connectAgent(console_.wsUrl, testToken, someHello(1)),
    await connectAgent(console_.wsUrl, testToken, someHello(2)),
  ]
  for (const agent of [source, destination]) {
    agent.send(agent.hello)
    expect(await agent.next('welcome')).toMatchObject({ resumeAfterSeq: null })
  }
  source.report(hostFactsOf(source.hello), [], [sourceReport(head, completed())])
  const arrived = { ...domain, domid: 3, generation: head.generation }
  destination.report(hostFactsOf(destination.hello), [arrived], [activated(head)])
  await changeWith(browser, ended)
  const moved = await console_.call('GET', `/api/v1/domains/${domainId(1)}`, { cookie })
  expect(moved.body).toMatchObject({ hostId: hostId(2), migrationId: null })
})
