import { liveSocketPath } from '@drover/api-schema/live-protocol.ts'
import { domainId, hostId, someDomainFacts } from '@drover/api-schema/testing/builders.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ConsoleBed, openConsoleBed } from './testing/console-bed.ts'
import { connectSocket } from './testing/socket-client.ts'
import { hostFactsOf, onlineAgent, someHello } from './testing/test-agent.ts'
import { testToken } from './testing/test-console.ts'

let bed: ConsoleBed
beforeAll(async () => {
  bed = await openConsoleBed()
})
afterAll(() => bed.close())

const call = (method: string, path: string, body?: unknown) => bed.call(method, path, body)
const web = someDomainFacts({ labels: { tier: 'front', env: 'test' }, application: 'web' })
const sql = someDomainFacts({ domainId: domainId(2), name: 'sql-1', application: null })

it('labels of the console stay over reports, restarts and migrations, and browsers see them at once', async () => {
  const first = await onlineAgent(bed.console.wsUrl, testToken, {
    hello: someHello(1),
    domains: [web, sql],
  })
  const browser = await connectSocket(`${bed.console.wsUrl}${liveSocketPath}`, {
    origin: bed.console.url,
    cookie: bed.cookie,
  })
  browser.send({ type: 'hello', versions: [1] })
  await browser.next('snapshot')

  const changed = await call('PATCH', '/labels', {
    hostIds: [hostId(1), hostId(99)],
    domainIds: [web.domainId, sql.domainId, web.domainId],
    edit: { env: 'prod', rack: 'r7' },
  })
  expect(changed.body).toEqual({
    changedCount: 3,
    unchangedCount: 0,
    refused: [{ id: hostId(99), refusal: expect.objectContaining({ code: 'host-not-found' }) }],
  })
  const own = { env: 'prod', rack: 'r7' }
  expect(await browser.next('patch')).toMatchObject({
    changes: [
      { kind: 'host-upserted', host: { consoleLabels: own } },
      { kind: 'domain-upserted', domain: { labels: web.labels, consoleLabels: own } },
      { kind: 'domain-upserted', domain: { name: 'sql-1', consoleLabels: own } },
    ],
  })
  const again = await call('PATCH', '/labels', {
    domainIds: [web.domainId, sql.domainId],
    edit: { rack: null, env: 'prod' },
  })
  expect(again.body).toMatchObject({ changedCount: 2, refused: [] })
  const same = await call('PATCH', '/labels', { domainIds: [web.domainId], edit: { rack: null } })
  expect(same.body).toMatchObject({ changedCount: 0, unchangedCount: 1 })

  const to = await call('PATCH', '/applications', {
    domainIds: [web.domainId, sql.domainId],
    set: { to: 'application', application: 'shop' },
  })
  expect(to.body.changedCount).toBe(2)
  expect((await call('GET', '/applications')).body).toEqual({
    applications: [{ application: 'shop', domainCount: 2, hostCount: 1 }],
  })
  await call('PATCH', '/applications', { domainIds: [web.domainId], set: { to: 'none' } })
  await call('PATCH', '/applications', { domainIds: [sql.domainId], set: { to: 'as-agent-says' } })

  // The agent reports anew, and another host takes the domain over.
  first.fact({ type: 'domain-changed', domain: { ...web, labels: { tier: 'back' } } })
  await first.next('acknowledged')
  first.report(hostFactsOf(first.hello), [web, sql])
  await first.next('acknowledged')
  await onlineAgent(bed.console.wsUrl, testToken, {
    hello: someHello(2),
    domains: [{ ...web, labels: { tier: 'front' }, generation: 1 }],
  })
  const kept = {
    hostId: hostId(2),
    labels: { tier: 'front' },
    consoleLabels: { env: 'prod' },
    consoleApplication: null,
  }
  expect((await call('GET', `/domains/${web.domainId}`)).body).toMatchObject(kept)
  expect((await call('GET', `/hosts/${hostId(1)}`)).body.consoleLabels).toEqual(own)

  await bed.restart()
  expect((await call('GET', `/domains/${web.domainId}`)).body).toMatchObject(kept)
  const after = (await call('GET', `/domains/${sql.domainId}`)).body
  expect(after).toMatchObject({ application: null, consoleLabels: { env: 'prod' } })
  expect(after).not.toHaveProperty('consoleApplication')
  expect((await call('GET', `/hosts/${hostId(1)}`)).body.consoleLabels).toEqual(own)

  const { entries } = (await call('GET', '/audit')).body
  expect(
    entries
      .filter(({ action }: { action: string }) => /labels|application/.test(action))
      .map(({ subject, detail }: { subject: string; detail: string }) => `${subject}: ${detail}`)
      .reverse(),
  ).toEqual([
    'xen-01, web-7, sql-1: env=prod, rack=r7.',
    'web-7, sql-1: rack taken away (was r7), env=prod (was prod).',
    'web-7, sql-1: Application shop; before: what the agent says.',
    'web-7: No application; before: application shop.',
    'sql-1: What the agent says; before: application shop.',
  ])
})

it('takes no more labels than a thing may have, and none that are not labels', async () => {
  const many = (from: number) =>
    Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`key-${from + index}`, 'x']))
  const ids = { hostIds: [hostId(2)] }
  expect((await call('PATCH', '/labels', { ...ids, edit: many(0) })).body.changedCount).toBe(1)
  const full = await call('PATCH', '/labels', { ...ids, edit: many(40) })
  expect(full.body).toMatchObject({
    changedCount: 0,
    refused: [
      {
        refusal: {
          code: 'too-many',
          message:
            'xen-02 would have 80 labels of the console; 64 is the most. Take some away first.',
        },
      },
    ],
  })
  for (const wrong of [
    { ...ids, edit: {} },
    { edit: { a: 'b' } },
    { ...ids, edit: { 'Not a key': 'b' } },
    { ...ids, edit: { a: 'line\nbreak' } },
  ]) {
    expect((await call('PATCH', '/labels', wrong)).body.error.code).toBe('invalid-request')
  }
})

it('labels of a host that is removed are gone, those of a domain that runs elsewhere stay', async () => {
  await bed.restart()
  await call('PATCH', '/labels', {
    domainIds: [web.domainId, sql.domainId],
    edit: { kept: 'yes' },
  })
  expect((await call('DELETE', `/hosts/${hostId(1)}`)).status).toBe(204)
  const { hello, ...agent } = await onlineAgent(bed.console.wsUrl, testToken, {
    hello: someHello(1),
    domains: [sql],
  })
  expect(hello.name).toBe('xen-01')
  agent.close()
  expect((await call('GET', `/hosts/${hostId(1)}`)).body).not.toHaveProperty('consoleLabels')
  expect((await call('GET', `/domains/${sql.domainId}`)).body).not.toHaveProperty('consoleLabels')
  expect((await call('GET', `/domains/${web.domainId}`)).body.consoleLabels.kept).toBe('yes')
})
