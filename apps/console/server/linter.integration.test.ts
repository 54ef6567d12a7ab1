import type { PolicyDraft } from '@drover/api-schema/policy.ts'
import { noPolicies } from '@drover/api-schema/policy-set.ts'
import { domainId, hostId, someDomainFacts, uuid } from '@drover/api-schema/testing/builders.ts'
import { GIB } from '@drover/api-schema/units.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { systemClock } from './clock.ts'
import { createInventory } from './inventory.ts'
import { createLinter } from './policies/linter/linter.ts'
import { hostFactsOf, onlineAgent, someHello } from './testing/test-agent.ts'
import { startTestConsole, type TestConsole, testToken } from './testing/test-console.ts'
import { createTestDatabase, type TestDatabase } from './testing/test-database.ts'

let database: TestDatabase
let console_: TestConsole
let cookie: string
beforeAll(async () => {
  database = await createTestDatabase()
  console_ = await startTestConsole({ databaseUrl: database.url })
  cookie = (await console_.signIn('admin')).cookie
  const sql = (number: number) =>
    someDomainFacts({
      domainId: domainId(number),
      name: `sql-${number}`,
      memCurrentBytes: GIB,
      memTargetBytes: GIB,
      application: 'sql',
    })
  for (const number of [1, 2]) {
    const hello = someHello(number)
    const agent = await onlineAgent(console_.wsUrl, testToken, { hello })
    agent.report(
      hostFactsOf(hello, { labels: { rack: `r${number}` } }),
      number === 1 ? [sql(1), sql(2)] : [],
    )
    await agent.next('acknowledged')
  }
})
afterAll(async () => {
  await console_.stop()
  await database.drop()
})

const call = (method: string, path: string, body?: unknown) =>
  console_.call(method, `/api/v1${path}`, { cookie, ...(body === undefined ? {} : { body }) })
const head = (name: string) => ({
  name,
  description: '',
  owner: '',
  isEnabled: true,
  strength: { kind: 'required' },
})
const apart = {
  kind: 'keep-apart',
  ...head('sql apart'),
  domains: 'app = sql',
  level: 'host',
  atMost: 1,
}
const inRackOne = { kind: 'run-on', ...head('sql in r1'), domains: 'app = sql', hosts: 'rack = r1' }

it('says of a rule that is typed what it matches, what is broken, and the moves that mend it', async () => {
  const { body } = await call('POST', '/policies/lint', { draft: apart })
  expect(body).toMatchObject({
    problems: [],
    matchedDomainIds: [domainId(1), domainId(2)],
    violationCount: 1,
    violations: [{ domainIds: [domainId(1), domainId(2)], hostIds: [hostId(1)] }],
    fix: {
      outcome: 'moves',
      moves: [{ destinationHostId: hostId(2) }],
      sentence: 'One move makes “sql apart” hold, with all required rules.',
    },
    conflicts: [],
    satisfiability: { verdict: 'satisfiable' },
  })
  const misspelt = await call('POST', '/policies/lint', {
    draft: { ...apart, domains: 'app = sqll' },
  })
  expect(misspelt.body.problems).toMatchObject([
    { field: 'domains', severity: 'warning', span: { start: 6, end: 10 }, suggestion: 'sql' },
  ])
  const unreadable = await call('POST', '/policies/lint', { draft: { ...apart, domains: 'app =' } })
  expect(unreadable.body).toMatchObject({
    problems: [{ field: 'domains', severity: 'error' }],
    satisfiability: { verdict: 'undecided' },
  })
})

it('a rule that cannot hold beside the others is saved as preferred or disabled only', async () => {
  const made = await call('POST', '/policies', { draft: apart })
  expect(made.status).toBe(200)
  const lint = (await call('POST', '/policies/lint', { draft: inRackOne })).body
  expect(lint).toMatchObject({
    conflicts: [{ ruleIds: [made.body.rule.ruleId], ruleNames: ['sql apart'], hasDraft: true }],
    satisfiability: { verdict: 'unsatisfiable' },
    fix: { outcome: 'none' },
  })

  const refused = await call('POST', '/policies', { draft: inRackOne })
  expect(refused.status).toBe(409)
  expect(refused.body.error.code).toBe('policy-unsatisfiable')
  expect(refused.body.error.message).toMatch(
    /^sql in r1 cannot be required: .* Save it as preferred or disabled\.$/,
  )

  const disabled = await call('POST', '/policies', { draft: { ...inRackOne, isEnabled: false } })
  expect(disabled.status).toBe(200)
  const { rule, revision } = disabled.body
  const enabled = await call('PATCH', `/policies/${rule.ruleId}`, { draft: inRackOne, revision })
  expect(enabled.body.error.code).toBe('policy-unsatisfiable')
  const preferred = await call('PATCH', `/policies/${rule.ruleId}`, {
    draft: { ...inRackOne, strength: { kind: 'preferred', weight: 5 } },
    revision,
  })
  expect(preferred.status).toBe(200)
  const gone = await call('DELETE', `/policies/${rule.ruleId}?revision=${preferred.body.revision}`)
  expect(gone.status).toBe(200)
})

it('the moves that mend a violation are those of the domains it is about', async () => {
  const broken = async () => (await call('GET', '/violations')).body.violations[0]
  await expect.poll(broken, { timeout: 10_000 }).toBeDefined()
  const { violationKey } = await broken()
  const { body } = await call('POST', '/violations/fix', { violationKey })
  expect(body).toMatchObject({ outcome: 'moves', moves: [{ destinationHostId: hostId(2) }] })
  expect(body.moves).toHaveLength(1)
  const none = await call('POST', '/violations/fix', { violationKey: 'no such place' })
  expect(none.body.error.code).toBe('violation-not-found')
})

it('a later question takes the place of an earlier one of the same place, and of no other', async () => {
  // Asked at once: over HTTP each might be answered before the next is there.
  const linter = createLinter({
    inventory: createInventory(),
    policies: () => noPolicies,
    loads: { ofHost: () => Number.NaN, ofDomain: () => Number.NaN },
    clock: systemClock,
    log: { error: () => {} },
  })
  const draft: PolicyDraft = {
    kind: 'never-move',
    name: 'sql stays',
    description: '',
    owner: '',
    isEnabled: true,
    strength: { kind: 'required' },
    domains: 'app = sql',
  }
  const ask = (key: string) => linter.ask({ kind: 'lint', draft, ruleId: null }, key)
  const answers = await Promise.all([ask('here'), ask('here'), ask('there'), ask('here')])
  await linter.stop()
  const said = answers.map((answer) => (answer.ok ? 'answered' : answer.error.code))
  expect(said).toEqual(['superseded', 'superseded', 'answered', 'answered'])
})

it('takes the key of a question over the interface', async () => {
  const ask = (lintKey: string, number: number) =>
    call('POST', '/policies/lint', {
      draft: { ...apart, domains: `name = sql-${number}` },
      lintKey,
    })
  const [there, here] = await Promise.all([ask(uuid(2), 1), ask(uuid(1), 1)])
  expect([there.status, here.status]).toEqual([200, 200])
  expect(here.body.matchedDomainIds).toEqual([domainId(1)])
})

it('follows the fleet from question to question', async () => {
  await call('PATCH', '/labels', { domainIds: [domainId(2)], edit: { tier: 'back' } })
  const { body } = await call('POST', '/policies/lint', {
    draft: { ...apart, domains: 'tier = back' },
  })
  expect(body.matchedDomainIds).toEqual([domainId(2)])
})
