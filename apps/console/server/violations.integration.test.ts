import { type Change, liveSocketPath } from '@drover/api-schema/live-protocol.ts'
import { domainId, hostId, someDomainFacts } from '@drover/api-schema/testing/builders.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ConsoleBed, openConsoleBed } from './testing/console-bed.ts'
import { connectSocket, type SocketClient } from './testing/socket-client.ts'
import { onlineAgent, someHello } from './testing/test-agent.ts'
import { testToken } from './testing/test-console.ts'

let bed: ConsoleBed
beforeAll(async () => {
  bed = await openConsoleBed()
})
afterAll(() => bed.close())

const call = (method: string, path: string, body?: unknown) => bed.call(method, path, body)
const sql = (number: number, generation = 0) =>
  someDomainFacts({ domainId: domainId(number), name: `sql-${number}`, generation })
const apart = {
  kind: 'keep-apart',
  name: 'sql apart',
  description: '',
  owner: '',
  isEnabled: true,
  strength: { kind: 'required' },
  domains: 'name ~ sql*',
  level: 'host',
  atMost: 1,
}

async function browse(): Promise<SocketClient> {
  const browser = await connectSocket(`${bed.console.wsUrl}${liveSocketPath}`, {
    origin: bed.console.url,
    cookie: bed.cookie,
  })
  browser.send({ type: 'hello', versions: [1] })
  return browser
}

/** The next changes of that kind, whatever comes before them. */
async function next<K extends Change['kind']>(browser: SocketClient, kind: K) {
  for (;;) {
    const { changes } = (await browser.next('patch')) as unknown as { changes: Change[] } // the console's own frame
    const found = changes.filter((change) => change.kind === kind)
    if (found.length > 0) return found as Extract<Change, { kind: K }>[]
  }
}

it('violations come and go with labels, rules and domains, and remember since when over a restart', async () => {
  await onlineAgent(bed.console.wsUrl, testToken, {
    hello: someHello(1),
    domains: [sql(1), sql(2)],
  })
  await onlineAgent(bed.console.wsUrl, testToken, { hello: someHello(2), domains: [] })
  const browser = await browse()
  await browser.next('snapshot')

  const before = Date.now()
  const made = await call('POST', '/policies', { draft: apart })
  const [broken] = await next(browser, 'violation-upserted')
  expect(broken?.violation).toMatchObject({
    ruleId: made.body.rule.ruleId,
    ruleName: 'sql apart',
    domainIds: [domainId(1), domainId(2)],
    hostIds: [hostId(1)],
    sentence: 'sql-1 and sql-2 both run on xen-01; rule “sql apart” keeps them on different hosts.',
  })
  const sinceAt = broken?.violation.sinceAt ?? 0
  expect(sinceAt).toBeGreaterThanOrEqual(before)

  const answer = (await call('GET', '/violations')).body
  expect(answer).toMatchObject({
    violations: [{ sinceAt }],
    counts: { required: 1, preferred: 0 },
  })
  for (const [query, count] of [
    [`ruleId=${made.body.rule.ruleId}`, 1],
    [`hostId=${hostId(1)}`, 1],
    [`hostId=${hostId(2)}`, 0],
    [`domainId=${domainId(2)}`, 1],
    [`domainId=${domainId(3)}`, 0],
  ] as const) {
    const found = (await call('GET', `/violations?${query}`)).body
    expect(found.violations, query).toHaveLength(count)
    expect(found.counts.required).toBe(1)
  }

  await bed.restart()
  const again = await browse()
  const restarted = (await call('GET', '/violations')).body.violations
  // The first look after the start may still be to come.
  const [shown] =
    restarted.length > 0
      ? restarted
      : (await next(again, 'violation-upserted')).map(({ violation }) => violation)
  expect(shown).toMatchObject({ ruleName: 'sql apart', sinceAt })

  await onlineAgent(bed.console.wsUrl, testToken, { hello: someHello(2), domains: [sql(2, 1)] })
  expect(await next(again, 'violation-removed')).toEqual([
    { kind: 'violation-removed', violationKey: shown.violationKey },
  ])
  expect((await call('GET', '/violations')).body).toEqual({
    violations: [],
    counts: { required: 0, preferred: 0 },
  })

  // A rule on labels follows a label that is set.
  await call('POST', '/policies', {
    draft: {
      ...apart,
      kind: 'keep-off',
      name: 'prod stays off tests',
      strength: { kind: 'preferred', weight: 5 },
      domains: 'env = prod',
      hosts: 'env = test',
    },
  })
  await call('PATCH', '/labels', { domainIds: [domainId(1)], edit: { env: 'prod' } })
  await call('PATCH', '/labels', { hostIds: [hostId(1)], edit: { env: 'test' } })
  const [labelled] = await next(again, 'violation-upserted')
  expect(labelled?.violation).toMatchObject({
    ruleName: 'prod stays off tests',
    domainIds: [domainId(1)],
  })
  await call('PATCH', '/labels', { hostIds: [hostId(1)], edit: { env: null } })
  expect(await next(again, 'violation-removed')).toHaveLength(1)
})
