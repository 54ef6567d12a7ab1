import fs from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import type { Role, User } from '@drover/api-schema/user.ts'
import type { Clock } from '../clock.ts'
import { createLog, type Log } from '../log.ts'
import { startConsole } from '../start-console.ts'

export const testToken = 'enrolment-token-of-the-tests'
export const testPassword = 'a long enough password'

/** `body` is as JSON.parse gives it: tests look at parts of answers the console has checked against the contract. */
export type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly body: ReturnType<typeof JSON.parse>
}
type Call = { cookie?: string; body?: unknown; headers?: Record<string, string>; raw?: string }

/** A whole console without pages, on a free port. */
export type TestConsole = {
  readonly url: string
  readonly wsUrl: string
  readonly firstAdminLink: string | null
  readonly logLines: { level: string; message: string; [field: string]: unknown }[]
  /** A request as one of our pages would send it. */
  call(method: string, path: string, options?: Call): Promise<Answer>
  /** Makes the user and signs in; returns the cookie. The first one is made with the setup link. */
  signIn(role: Role): Promise<{ cookie: string; user: User }>
  stop(): Promise<void>
}

export async function startTestConsole(options: {
  databaseUrl: string
  clock?: Clock
  dataDir?: string
  servePage?: Parameters<typeof startConsole>[0]['servePage']
  publicUrl?: string
  trustedProxy?: string
}): Promise<TestConsole> {
  const dataDir = options.dataDir ?? fs.mkdtempSync(path.join(os.tmpdir(), 'drover-console-'))
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on TCP
  const url = `http://127.0.0.1:${port}`
  const logLines: TestConsole['logLines'] = []
  const log: Log = createLog('debug', (line) => logLines.push(JSON.parse(line)))
  const running = await startConsole({
    databaseUrl: options.databaseUrl,
    dataDir,
    publicUrl: options.publicUrl ?? url,
    consoleVersion: '0.0.0-test',
    log,
    servePage: options.servePage ?? null,
    trustedProxy: options.trustedProxy,
    enrolmentToken: testToken,
    checkAnswers: true,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  })
  server.on('request', running.serve)
  server.on('upgrade', running.upgrade)

  const call: TestConsole['call'] = async (
    method,
    target,
    { cookie, body, headers = {}, raw } = {},
  ) => {
    const response = await fetch(`${url}${target}`, {
      method,
      redirect: 'manual',
      headers: {
        origin: url,
        ...(body === undefined && raw === undefined
          ? { 'x-drover': '1' }
          : { 'content-type': 'application/json' }),
        ...(cookie === undefined ? {} : { cookie }),
        ...headers,
      },
      ...(raw !== undefined
        ? { body: raw }
        : body === undefined
          ? {}
          : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json')
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== '' ? JSON.parse(text) : text,
    }
  }
  const api = (method: string, target: string, more?: Call) =>
    call(method, `/api/v1${target}`, more)
  const cookieOf = (answer: Answer) => (answer.headers.getSetCookie()[0] ?? '').split(';')[0] ?? ''

  let admin: { cookie: string; user: User } | null = null
  let users = 0
  const makeAdmin = async () => {
    const token = new URL(running.firstAdminLink ?? 'http://none').searchParams.get('token')
    const answer = await api('POST', '/setup', {
      body: { token, name: 'Ada', email: 'ada@example.org', password: testPassword },
    })
    if (answer.status !== 200)
      throw new Error(`setup answered ${answer.status} ${JSON.stringify(answer.body)}`)
    return { cookie: cookieOf(answer), user: answer.body.user as User } // the contract's answer, checked by the console
  }

  return {
    url,
    wsUrl: url.replace('http', 'ws'),
    firstAdminLink: running.firstAdminLink,
    logLines,
    call,
    async signIn(role) {
      admin ??= await makeAdmin()
      if (role === 'admin' && users === 0) return admin
      users += 1
      const email = `${role}-${users}@example.org`
      const body = { email, name: `${role} ${users}`, role, password: testPassword }
      const made = await api('POST', '/users', { cookie: admin.cookie, body })
      if (made.status !== 200) throw new Error(`createUser answered ${made.status}`)
      const signedIn = await api('POST', '/session', { body: { email, password: testPassword } })
      return { cookie: cookieOf(signedIn), user: signedIn.body.user as User } // as above
    },
    async stop() {
      await running.stop()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      if (options.dataDir === undefined) fs.rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
