import { type EndpointName, endpoints } from '@drover/api-schema/endpoints.ts'
import { domainId, hostId, migrationId, uuid } from '@drover/api-schema/testing/builders.ts'
import { roleAllows, roles } from '@drover/api-schema/user.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endpointNames } from './http/router.ts'
import { type Answer, startTestConsole, type TestConsole } from './testing/test-console.ts'
import { createTestDatabase, type TestDatabase } from './testing/test-database.ts'

/** A path parameter that is well formed and names nothing. */
const parameters: Record<string, string> = {
  hostId: hostId(999),
  domainId: domainId(999),
  migrationId: migrationId(999),
  groupId: uuid(999),
  pool: 'nowhere',
  userId: 'nobody',
  enrolmentTokenId: uuid(999),
  ruleId: uuid(999),
  savedFilterId: uuid(999),
  draftId: uuid(999),
  planId: uuid(999),
}
const callers = ['anonymous', ...roles] as const

let database: TestDatabase
let console_: TestConsole
const cookies: Record<string, string> = {}

beforeAll(async () => {
  database = await createTestDatabase()
  console_ = await startTestConsole({ databaseUrl: database.url })
  for (const role of roles) cookies[role] = (await console_.signIn(role)).cookie
})
afterAll(async () => {
  await console_.stop()
  await database.drop()
})

function ask(name: EndpointName, caller: (typeof callers)[number]): Promise<Answer> {
  const { method, path, body } = endpoints[name]
  const target = path.replace(/:(\w+)/g, (_, parameter: string) => {
    const value = parameters[parameter]
    if (value === undefined) throw new Error(`Name an unknown ${parameter} in this test.`)
    return value
  })
  const cookie = cookies[caller]
  return console_.call(method, `/api/v1${target}`, {
    ...(cookie === undefined ? {} : { cookie }),
    // A body that is JSON and nothing any endpoint takes: whoever may call is told so, the others never get that far.
    ...(body === null ? {} : { raw: '{"not":"this"}' }),
  })
}

describe('who may call what', () => {
  const rows = endpointNames
    .filter((name) => name !== 'signOut') // it would end the session the other rows use
    .flatMap((name) => callers.map((caller) => ({ name, caller, access: endpoints[name].access })))

  it.each(rows)('$name by $caller (needs $access)', async ({ name, caller, access }) => {
    const answer = await ask(name, caller)
    if (access === 'anonymous') {
      expect([401, 403]).not.toContain(answer.status)
      return
    }
    if (caller === 'anonymous') {
      expect(answer.status).toBe(401)
      expect(answer.body.error.code).toBe('not-signed-in')
    } else if (roleAllows(caller, access)) {
      expect([401, 403]).not.toContain(answer.status)
      expect(answer.status).toBeLessThan(500)
    } else {
      expect(answer.status).toBe(403)
      expect(answer.body.error.code).toBe('forbidden')
    }
  })

  it('signOut needs a session and takes it away', async () => {
    expect((await console_.call('DELETE', '/api/v1/session')).status).toBe(401)
    const { cookie } = await console_.signIn('viewer')
    expect((await console_.call('DELETE', '/api/v1/session', { cookie })).status).toBe(204)
    expect((await console_.call('GET', '/api/v1/session', { cookie })).status).toBe(401)
  })

  it('refuses a cookie whose signature does not fit', async () => {
    const forged = `${cookies.admin?.slice(0, -4)}AAAA`
    expect((await console_.call('GET', '/api/v1/users', { cookie: forged })).status).toBe(401)
  })
})

describe('requests of other sites', () => {
  const unsafe = endpointNames.filter((name) => endpoints[name].method !== 'GET')

  it.each(unsafe)('%s refuses a foreign Origin, a cross-site fetch and a form', async (name) => {
    const { method, path, body } = endpoints[name]
    const target = `/api/v1${path.replace(/:(\w+)/g, (_, parameter: string) => parameters[parameter] ?? '')}`
    const cookie = cookies.admin ?? ''
    const forgeries: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'x-drover': '', 'content-type': 'text/plain' },
      { 'x-drover': '', 'content-type': 'application/x-www-form-urlencoded' },
    ]
    for (const headers of forgeries) {
      const answer = await console_.call(method, target, {
        cookie,
        headers,
        ...(body === null ? {} : { raw: '{}' }),
      })
      expect(answer.body.error?.code, JSON.stringify(headers)).toBe('cross-origin')
      expect(answer.status).toBe(403)
    }
  })

  it('asks a program that is no browser for the header', async () => {
    const url = `${console_.url}/api/v1/session`
    const body = JSON.stringify({ email: 'x@example.org', password: 'x' })
    const json = { 'content-type': 'application/json' }
    const without = await fetch(url, { method: 'POST', headers: json, body })
    expect(without.status).toBe(403)
    expect(await without.json()).toMatchObject({
      error: {
        code: 'cross-origin',
        message: expect.stringMatching(/^Send the header "x-drover: 1"\./),
      },
    })
    expect(
      (await fetch(url, { method: 'POST', headers: { ...json, 'x-drover': '1' }, body })).status,
    ).toBe(401)
  })
})

describe('what was sent', () => {
  const admin = (method: string, path: string, more: object = {}) =>
    console_.call(method, `/api/v1${path}`, { cookie: cookies.admin ?? '', ...more })

  it('names the fields of a body that does not fit', async () => {
    const answer = await admin('POST', '/users', {
      body: { email: 'x', name: 'X', role: 'king', password: 'short' },
    })
    expect(answer.status).toBe(400)
    expect(answer.body.error.code).toBe('invalid-request')
    const paths = answer.body.error.fields.map((field: { path: string }) => field.path)
    expect(paths.sort()).toEqual(['email', 'password', 'role'])
  })

  it('refuses what is not JSON, not of the type, or too large', async () => {
    expect((await admin('POST', '/users', { raw: '{"a":' })).body.error.code).toBe(
      'invalid-request',
    )
    const typed = await admin('POST', '/users', {
      raw: '<a/>',
      headers: { 'content-type': 'text/xml', 'x-drover': '1' },
    })
    expect(typed.status).toBe(415)
    const large = await admin('POST', '/users', { raw: `"${'x'.repeat(300 * 1024)}"` })
    expect(large.status).toBe(413)
  })

  it('refuses a path parameter that is no id', async () => {
    const answer = await admin('GET', '/hosts/not-an-id')
    expect(answer.status).toBe(400)
    expect(answer.body.error.fields[0].path).toBe('path.hostId')
    expect(answer.body.error.message).toMatch(/: hostId in the address must be an id, such as /)
  })

  it('answers 405 with what is allowed, 404 for what is not there, and OPTIONS and HEAD sanely', async () => {
    const wrong = await admin('POST', '/fleet', { body: {} })
    expect(wrong.status).toBe(405)
    expect(wrong.headers.get('allow')).toBe('GET, HEAD, OPTIONS')
    expect((await admin('GET', '/nothing')).status).toBe(404)
    expect((await console_.call('GET', '/api/v2/fleet')).status).toBe(404)
    const options = await admin('OPTIONS', '/users')
    expect([options.status, options.headers.get('allow')]).toEqual([
      204,
      'GET, HEAD, POST, OPTIONS',
    ])
    expect(options.headers.get('access-control-allow-origin')).toBeNull()
    const head = await admin('HEAD', '/fleet')
    expect([head.status, head.body]).toEqual([200, ''])
  })

  it('puts an id on every answer and lets nothing keep or frame it', async () => {
    const answer = await admin('GET', '/fleet')
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
    const refused = await console_.call('GET', '/api/v1/fleet')
    expect(refused.body.requestId).toBe(refused.headers.get('x-request-id'))
  })
})
