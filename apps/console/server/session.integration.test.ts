import { liveSocketPath } from '@drover/api-schema/live-protocol.ts'
import { roles } from '@drover/api-schema/user.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ask } from './testing/ask.ts'
import { connectSocket } from './testing/socket-client.ts'
import { startTestConsole, type TestConsole, testPassword } from './testing/test-console.ts'
import { createTestDatabase, type TestDatabase } from './testing/test-database.ts'
import { createVirtualClock, type VirtualClock } from './testing/virtual-clock.ts'

let database: TestDatabase
let clock: VirtualClock
let console_: TestConsole
beforeEach(async () => {
  database = await createTestDatabase()
  // The library that keeps sessions reads the machine's clock, so ours begins there.
  clock = createVirtualClock(Date.now())
  console_ = await startTestConsole({ databaseUrl: database.url, clock })
})
afterEach(async () => {
  await console_.stop()
  await database.drop()
})

const api = (method: string, path: string, more?: Parameters<TestConsole['call']>[2]) =>
  console_.call(method, `/api/v1${path}`, more)
const tokenOf = (link: string | null) => new URL(link ?? '').searchParams.get('token') ?? ''
const setupBody = (token: string, number = 1) => ({
  token,
  name: `Admin ${number}`,
  email: `admin-${number}@example.org`,
  password: testPassword,
})

const rows = (sql: string) => ask(database.url, sql)

describe('the first administrator', () => {
  it('is made once, however many use the link at the same moment', async () => {
    const token = tokenOf(console_.firstAdminLink)
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, number) =>
        api('POST', '/setup', { body: setupBody(token, number) }),
      ),
    )
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, ...new Array(7).fill(410)])
    expect(await rows(`SELECT role FROM "user"`)).toEqual([{ role: 'admin' }])
  })

  it('is signed in at once, with a cookie scripts cannot read, and the link is dead', async () => {
    const token = tokenOf(console_.firstAdminLink)
    expect((await api('GET', `/setup?token=${token}`)).body).toEqual({ isValid: true })
    const made = await api('POST', '/setup', { body: setupBody(token) })
    const cookie = made.headers.getSetCookie()[0] ?? ''
    expect(cookie).toMatch(/; HttpOnly/)
    expect(cookie).toMatch(/; SameSite=Lax/)
    expect((await api('GET', '/session', { cookie: cookie.split(';')[0]! })).body.user.role).toBe(
      'admin',
    )
    expect((await api('GET', `/setup?token=${token}`)).body).toEqual({ isValid: false })
    expect((await api('POST', '/setup', { body: setupBody(token, 2) })).body.error.code).toBe(
      'setup-link-invalid',
    )
  })

  it('cannot be made with a made-up token, nor with the link of an earlier start', async () => {
    const earlier = tokenOf(console_.firstAdminLink)
    await console_.stop()
    console_ = await startTestConsole({ databaseUrl: database.url, clock })
    expect(tokenOf(console_.firstAdminLink)).not.toBe(earlier)
    for (const token of [earlier, 'x'.repeat(43)]) {
      expect((await api('POST', '/setup', { body: setupBody(token) })).status).toBe(410)
    }
    await console_.signIn('admin')
    await console_.stop()
    console_ = await startTestConsole({ databaseUrl: database.url, clock })
    expect(console_.firstAdminLink).toBeNull()
  })

  it('leaves no secret in the database in the clear', async () => {
    const token = tokenOf(console_.firstAdminLink)
    await api('POST', '/setup', { body: setupBody(token) })
    const everything = JSON.stringify([
      await rows('SELECT * FROM setup_link'),
      await rows('SELECT * FROM account'),
      await rows('SELECT * FROM enrolment_token'),
    ])
    expect(everything).not.toContain(token)
    expect(everything).not.toContain(testPassword)
    expect(everything).toContain('$argon2id$v=19$m=19456,t=2,p=1$')
  })
})

describe('signing in', () => {
  const signIn = (email: string, password: string) =>
    api('POST', '/session', { body: { email, password } })

  it('answers the same for a wrong password and an unknown address', async () => {
    const { user } = await console_.signIn('admin')
    const wrong = await signIn(user.email, 'not the password')
    const unknown = await signIn('nobody@example.org', 'not the password')
    expect([wrong.status, wrong.body.error]).toEqual([401, unknown.body.error])
    expect(unknown.status).toBe(401)
    expect(wrong.headers.getSetCookie()).toEqual([])
  })

  it('is limited per account, also for guesses sent all at once, and free again after a minute', async () => {
    const { user } = await console_.signIn('viewer')
    const guesses = await Promise.all(
      Array.from({ length: 20 }, (_, n) => signIn(user.email, `guess number ${n}`)),
    )
    const statuses = guesses.map((answer) => answer.status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(10)
    expect(statuses.filter((status) => status === 429)).toHaveLength(10)
    const right = await signIn(user.email, testPassword)
    expect([right.status, right.headers.get('retry-after')]).toEqual([429, '60'])
    expect(right.body.error.message).toMatch(/Wait a minute/)
    clock.advance(61_000)
    expect((await signIn(user.email, testPassword)).status).toBe(200)
  })

  it('behind a trusted proxy is limited by the address the proxy names, and by account beyond that', async () => {
    const { user } = await console_.signIn('viewer')
    await console_.stop()
    console_ = await startTestConsole({
      databaseUrl: database.url,
      clock,
      trustedProxy: 'loopback',
    })
    const guess = (from: string) =>
      api('POST', '/session', {
        body: { email: user.email, password: 'a wrong one' },
        headers: { 'x-forwarded-for': `198.51.100.1, ${from}` },
      })
    const guesses = async (from: string, count: number) => {
      const answers = await Promise.all(Array.from({ length: count }, () => guess(from)))
      return answers.filter(({ status }) => status === 401).length
    }
    expect(await guesses('203.0.113.1', 12)).toBe(10)
    // A stranger's guesses do not lock the owner out who is somewhere else.
    const right = await api('POST', '/session', {
      body: { email: user.email, password: testPassword },
      headers: { 'x-forwarded-for': '203.0.113.2' },
    })
    expect(right.status).toBe(200)
    // A /64 is one address.
    expect(await guesses('2001:db8::1', 10)).toBe(10)
    expect(await guesses('2001:db8::2', 1)).toBe(0)
    for (let number = 10; number < 18; number += 1)
      expect(await guesses(`203.0.113.${number}`, 10)).toBe(10)
    expect(await guesses('203.0.113.99', 1)).toBe(0)
  })

  it('is limited per address, over all accounts and the setup link together', async () => {
    const attempts = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        n % 2 === 0 ? signIn(`user-${n}@example.org`, 'x') : api('GET', `/setup?token=guess-${n}`),
      ),
    )
    expect(attempts.filter((answer) => answer.status === 429)).toHaveLength(10)
  })

  it('does not count what was right', async () => {
    const { user } = await console_.signIn('viewer')
    for (let n = 0; n < 12; n += 1)
      expect((await signIn(user.email, testPassword)).status).toBe(200)
  })

  it('does not mount the routes of the library', async () => {
    for (const path of [
      '/api/auth/sign-up/email',
      '/api/auth/get-session',
      '/api/v1/auth/sign-in/email',
    ]) {
      expect((await console_.call('POST', path, { body: {} })).status).toBe(404)
    }
  })
})

describe('the end of a session', () => {
  const browser = (cookie: string) =>
    connectSocket(`${console_.wsUrl}${liveSocketPath}`, { origin: console_.url, cookie })
  const sessionStatus = async (cookie: string) => (await api('GET', '/session', { cookie })).status

  it('comes with signing out: for that browser only, at once, also for its live socket', async () => {
    const first = await console_.signIn('viewer')
    const again = await api('POST', '/session', {
      body: { email: first.user.email, password: testPassword },
    })
    const second = again.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const sockets = [await browser(first.cookie), await browser(second)]
    expect(await sessionStatus(first.cookie)).toBe(200)
    const out = await api('DELETE', '/session', { cookie: first.cookie })
    expect(out.headers.getSetCookie()[0]).toMatch(/drover\.session_token=;.*Max-Age=0/)
    expect(await sessionStatus(first.cookie)).toBe(401)
    expect((await sockets[0]!.closed).code).toBe(4401)
    expect(await sessionStatus(second)).toBe(200)
    await sockets[1]!.close()
  })

  it.each([
    ['another role', { role: 'operator' }],
    ['another password', { password: 'another long password' }],
  ])('comes with %s', async (_what, change) => {
    const admin = await console_.signIn('admin')
    const viewer = await console_.signIn('viewer')
    const socket = await browser(viewer.cookie)
    expect(await sessionStatus(viewer.cookie)).toBe(200)
    const changed = await api('PATCH', `/users/${viewer.user.userId}`, {
      cookie: admin.cookie,
      body: change,
    })
    expect(changed.status).toBe(200)
    expect(await sessionStatus(viewer.cookie)).toBe(401)
    expect((await socket.closed).code).toBe(4401)
  })

  it('comes with removing the user, and not with a new name', async () => {
    const admin = await console_.signIn('admin')
    const viewer = await console_.signIn('viewer')
    const target = `/users/${viewer.user.userId}`
    await api('PATCH', target, { cookie: admin.cookie, body: { name: 'New Name' } })
    expect(await sessionStatus(viewer.cookie)).toBe(200)
    expect((await api('DELETE', target, { cookie: admin.cookie })).status).toBe(204)
    expect(await sessionStatus(viewer.cookie)).toBe(401)
    expect((await api('DELETE', target, { cookie: admin.cookie })).status).toBe(404)
  })
})

describe('changing the own password', () => {
  const newPassword = 'an entirely new password'
  const change = (cookie: string, currentPassword: string, wanted = newPassword) =>
    api('POST', '/session/password', { cookie, body: { currentPassword, newPassword: wanted } })
  const signIn = (email: string, password: string) =>
    api('POST', '/session', { body: { email, password } })
  const cookieOf = (answer: { headers: Headers }) =>
    answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''

  it.each(roles)(
    'is for a %s too: this session stays, all the others end at once',
    async (role) => {
      await console_.signIn('admin')
      const mine = await console_.signIn(role)
      const elsewhere = cookieOf(await signIn(mine.user.email, testPassword))
      const stranger = await console_.signIn('viewer')
      const socket = await connectSocket(`${console_.wsUrl}${liveSocketPath}`, {
        origin: console_.url,
        cookie: elsewhere,
      })
      expect((await api('GET', '/session', { cookie: elsewhere })).status).toBe(200)
      expect((await change(mine.cookie, testPassword)).status).toBe(204)
      expect((await api('GET', '/session', { cookie: mine.cookie })).status).toBe(200)
      expect((await api('GET', '/session', { cookie: elsewhere })).status).toBe(401)
      expect((await socket.closed).code).toBe(4401)
      expect((await api('GET', '/session', { cookie: stranger.cookie })).status).toBe(200)
      expect((await signIn(mine.user.email, testPassword)).status).toBe(401)
      expect((await signIn(mine.user.email, newPassword)).status).toBe(200)
      expect(await rows('SELECT action, actor, subject, detail FROM audit_entry')).toContainEqual({
        action: 'change-password',
        actor: mine.user.name,
        subject: mine.user.email,
        detail: expect.stringMatching(/; ended 1 other sessions$/),
      })
    },
  )

  it('needs the current one, and a new one by the rules there are for all', async () => {
    const { cookie, user } = await console_.signIn('operator')
    const wrong = await change(cookie, 'not the password')
    expect([wrong.status, wrong.body.error.code]).toEqual([403, 'wrong-password'])
    const short = await change(cookie, testPassword, 'too short')
    expect([short.status, short.body.error.fields]).toEqual([
      400,
      [{ path: 'newPassword', message: 'Must have at least 12 characters.' }],
    ])
    expect((await signIn(user.email, testPassword)).status).toBe(200)
    expect(await rows('SELECT action FROM audit_entry')).toContainEqual({
      action: 'change-password-refused',
    })
  })

  it('is no faster way to guess than the sign-in form, and counts together with it', async () => {
    const { cookie, user } = await console_.signIn('viewer')
    const guesses = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        n % 2 === 0 ? signIn(user.email, `guess ${n}`) : change(cookie, `guess ${n}`),
      ),
    )
    expect(guesses.filter((answer) => answer.status === 429)).toHaveLength(2)
    expect((await change(cookie, testPassword)).status).toBe(429)
    clock.advance(61_000)
    expect((await change(cookie, testPassword)).status).toBe(204)
  })

  it('of two at the same moment has effect once', async () => {
    const { cookie, user } = await console_.signIn('viewer')
    const passwords = ['the first new password', 'the second new password']
    const answers = await Promise.all(
      passwords.map((password) => change(cookie, testPassword, password)),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 403])
    const winner = passwords[answers.findIndex(({ status }) => status === 204)] ?? ''
    expect((await signIn(user.email, winner)).status).toBe(200)
  })
})

describe('the last administrator', () => {
  it('can neither be removed nor demoted, also not by two at the same moment', async () => {
    const admin = await console_.signIn('admin')
    const target = `/users/${admin.user.userId}`
    expect((await api('DELETE', target, { cookie: admin.cookie })).body.error.code).toBe(
      'last-admin',
    )
    const demoted = await api('PATCH', target, { cookie: admin.cookie, body: { role: 'viewer' } })
    expect(demoted.body.error.code).toBe('last-admin')
    const body = {
      email: 'second@example.org',
      name: 'Second',
      role: 'admin',
      password: testPassword,
    }
    const second = await api('POST', '/users', { cookie: admin.cookie, body })
    const both = await Promise.all([
      api('DELETE', target, { cookie: admin.cookie }),
      api('DELETE', `/users/${second.body.userId}`, { cookie: admin.cookie }),
    ])
    expect(both.map((answer) => answer.status).sort()).toEqual([204, 409])
    expect(await rows(`SELECT count(*)::int AS admins FROM "user" WHERE role = 'admin'`)).toEqual([
      { admins: 1 },
    ])
  })

  it('cannot make a second user of one address', async () => {
    const { cookie } = await console_.signIn('admin')
    const body = {
      email: 'Twice@Example.org',
      name: 'Twice',
      role: 'viewer',
      password: testPassword,
    }
    const answers = await Promise.all([1, 2, 3].map(() => api('POST', '/users', { cookie, body })))
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409, 409])
  })
})

describe('the audit log', () => {
  it('says who did what, newest first, page by page, and holds no secret', async () => {
    const { cookie } = await console_.signIn('admin')
    await console_.signIn('viewer')
    await api('POST', '/session', {
      body: { email: 'viewer-1@example.org', password: 'wrong wrong wrong' },
    })
    const first = await api('GET', '/audit?limit=2', { cookie })
    expect(first.body.entries.map((entry: { action: string }) => entry.action)).toEqual([
      'sign-in-refused',
      'sign-in',
    ])
    const second = await api('GET', `/audit?limit=2&before=${first.body.nextBefore}`, { cookie })
    expect(second.body.entries.map((entry: { action: string }) => entry.action)).toEqual([
      'create-user',
      'create-first-admin',
    ])
    expect(second.body.nextBefore).toBeNull()
    const log = JSON.stringify(console_.logLines)
    for (const secret of [testPassword, 'wrong wrong wrong', cookie])
      expect(log).not.toContain(secret)
  })
})
