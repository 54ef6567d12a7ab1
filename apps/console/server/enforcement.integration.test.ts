import { domainId, hostId, someDomainFacts } from '@drover/api-schema/testing/builders.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { onlineAgent, someHello } from './testing/test-agent.ts'
import { startTestConsole, type TestConsole, testToken } from './testing/test-console.ts'
import { createTestDatabase, type TestDatabase } from './testing/test-database.ts'

let database: TestDatabase
let console_: TestConsole
const cookies: Record<string, string> = {}
beforeAll(async () => {
  database = await createTestDatabase()
  console_ = await startTestConsole({ databaseUrl: database.url })
  for (const role of ['admin', 'operator'] as const)
    cookies[role] = (await console_.signIn(role)).cookie
  await onlineAgent(console_.wsUrl, testToken, {
    hello: someHello(1),
    domains: [someDomainFacts({ name: 'web-1' })],
  })
  await onlineAgent(console_.wsUrl, testToken, { hello: someHello(2), domains: [] })
})
afterAll(async () => {
  await console_.stop()
  await database.drop()
})

const as = (who: string, method: string, path: string, body?: unknown) =>
  console_.call(method, `/api/v1${path}`, {
    cookie: cookies[who] ?? '',
    ...(body === undefined ? {} : { body }),
  })
const moves = [{ domainId: domainId(1), destinationHostId: hostId(2) }]

it('a drop that was allowed a moment ago is refused, and the answer says what has changed', async () => {
  const { epoch, generation } = (await as('operator', 'GET', '/fleet')).body
  const draft = {
    kind: 'keep-off',
    name: 'web off old hosts',
    description: '',
    owner: '',
    isEnabled: true,
    strength: { kind: 'required' },
    domains: 'name ~ web*',
    hosts: 'generation = old',
  }
  await as('admin', 'POST', '/policies', { draft })
  await as('admin', 'PATCH', '/labels', { hostIds: [hostId(2)], edit: { generation: 'old' } })
  // A picture that is newer than both changes: they are in the log of changes.
  await as('operator', 'GET', '/fleet')

  const seen = { epoch, generation }
  const { outcomes } = (await as('operator', 'POST', '/migrations', { moves, seen })).body
  expect(outcomes).toMatchObject([
    {
      outcome: 'refused',
      refusals: [
        {
          code: 'policy-keep-off',
          message:
            'Rule “web off old hosts” keeps web-1 off hosts with generation = old; xen-02 is one of them.',
        },
      ],
      changes: [
        'The rule “web off old hosts” was made by Ada.',
        'Labels of xen-02 were changed: generation=old.',
      ],
    },
  ])
  const now = (await as('operator', 'GET', '/fleet')).body
  const again = await as('operator', 'POST', '/migrations', {
    moves,
    seen: { epoch: now.epoch, generation: now.generation },
  })
  expect(again.body.outcomes[0]).not.toHaveProperty('changes')
})

it('only administrators override rules, with a reason, and the audit log keeps it', async () => {
  const override = { reason: 'xen-01 smells of smoke.' }
  const operator = await as('operator', 'POST', '/migrations', { moves, override })
  expect(operator.status).toBe(403)
  expect(operator.body.error.message).toBe('Only administrators may override rules.')
  const unreasoned = await as('admin', 'POST', '/migrations', { moves, override: { reason: ' ' } })
  expect(unreasoned.body.error.code).toBe('invalid-request')

  const { outcomes } = (await as('admin', 'POST', '/migrations', { moves, override })).body
  expect(outcomes).toMatchObject([
    {
      outcome: 'accepted',
      warnings: [{ code: 'policy-keep-off' }],
      migration: { overridden: { by: 'Ada', reason: override.reason } },
    },
  ])
  const { entries } = (await as('admin', 'GET', '/audit')).body
  expect(entries).toContainEqual(
    expect.objectContaining({
      actor: 'Ada',
      action: 'rules-overridden',
      detail: 'Ada moves it against “web off old hosts”: xen-01 smells of smoke.',
    }),
  )
})
