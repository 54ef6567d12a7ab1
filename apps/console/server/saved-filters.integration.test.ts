import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestConsole, type TestConsole } from './testing/test-console.ts'
import { createTestDatabase, type TestDatabase } from './testing/test-database.ts'

let database: TestDatabase
let console_: TestConsole
const cookies: Record<string, string> = {}
const userIds: Record<string, string> = {}
beforeAll(async () => {
  database = await createTestDatabase()
  console_ = await startTestConsole({ databaseUrl: database.url })
  for (const role of ['admin', 'operator', 'viewer'] as const) {
    const { cookie, user } = await console_.signIn(role)
    cookies[role] = cookie
    userIds[role] = user.userId
  }
})
afterAll(async () => {
  await console_.stop()
  await database.drop()
})

const as = (who: string, method: string, path: string, body?: unknown) =>
  console_.call(method, `/api/v1/saved-filters${path}`, {
    cookie: cookies[who] ?? '',
    ...(body === undefined ? {} : { body }),
  })
const names = async (who: string) =>
  (await as(who, 'GET', '')).body.filters.map(({ name }: { name: string }) => name)
const filter = (name: string, more: object = {}) => ({
  name,
  subject: 'domain',
  selector: 'app = sql',
  isShared: false,
  ...more,
})

it('is for its owner until it is shared, and stays when he goes', async () => {
  const own = await as('viewer', 'POST', '', filter('mine'))
  expect(own.body).toMatchObject({ ...filter('mine'), owner: { userId: userIds.viewer } })
  const theirs = await as('operator', 'POST', '', filter('theirs'))
  const shared = await as('operator', 'POST', '', filter('everybody’s', { isShared: true }))
  expect(await names('viewer')).toEqual(['everybody’s', 'mine'])
  expect(await names('operator')).toEqual(['everybody’s', 'theirs'])
  expect(await names('admin')).toEqual(['everybody’s'])

  const change = { selector: 'app in (sql, web)' }
  const hidden = await as('viewer', 'PATCH', `/${theirs.body.savedFilterId}`, change)
  expect(hidden.body.error.code).toBe('saved-filter-not-found')
  const foreign = await as('viewer', 'PATCH', `/${shared.body.savedFilterId}`, change)
  expect(foreign.status).toBe(403)
  expect(foreign.body.error.message).toBe(
    'everybody’s is operator 1’s; only its owner and administrators change it.',
  )
  const byAdmin = await as('admin', 'PATCH', `/${shared.body.savedFilterId}`, change)
  expect(byAdmin.body).toMatchObject({ ...change, name: 'everybody’s', isShared: true })
  const share = await as('viewer', 'PATCH', `/${own.body.savedFilterId}`, { isShared: true })
  expect(share.body.error.code).toBe('forbidden')

  const gone = await console_.call('DELETE', `/api/v1/users/${userIds.operator}`, {
    cookie: cookies.admin ?? '',
  })
  expect(gone.status).toBe(204)
  expect(await names('viewer')).toEqual(['everybody’s', 'mine'])
  expect((await as('viewer', 'DELETE', `/${own.body.savedFilterId}`)).status).toBe(204)
  expect((await as('viewer', 'DELETE', `/${own.body.savedFilterId}`)).status).toBe(404)
  expect((await as('admin', 'DELETE', `/${shared.body.savedFilterId}`)).status).toBe(204)
  expect(await names('viewer')).toEqual([])
})

it('has a name of its own and a selector that can be read', async () => {
  await as('viewer', 'POST', '', filter('night'))
  const twice = await as('viewer', 'POST', '', filter('Night'))
  expect(twice.body.error).toMatchObject({
    code: 'saved-filter-name-taken',
    message: 'There is a filter named night already.',
  })
  // Somebody else may call his own what he likes.
  expect((await as('admin', 'POST', '', filter('night'))).status).toBe(200)
  const wrong = await as(
    'viewer',
    'POST',
    '',
    filter('wrong', { subject: 'host', selector: 'vcpus > 2' }),
  )
  expect(wrong.body.error).toMatchObject({
    code: 'selector-invalid',
    fields: [{ path: 'selector', span: { start: 0, end: 5 } }],
  })
  const more = await Promise.all(
    Array.from({ length: 100 }, (_, index) => as('viewer', 'POST', '', filter(`f${index}`))),
  )
  expect(more.map(({ status }) => status)).toEqual([...Array.from({ length: 99 }, () => 200), 409])
  expect(more.at(-1)?.body.error.code).toBe('too-many')
})
