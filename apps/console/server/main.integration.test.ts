import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from './testing/test-database.ts'

type Message = { type: string; url?: string; firstAdminLink?: string | null; message?: string }
type Run = {
  child: ChildProcess
  message: Promise<Message>
  exited: Promise<number | null>
  stderr(): string
}

let database: TestDatabase
let dataDir: string
const runs: Run[] = []
beforeAll(async () => {
  database = await createTestDatabase()
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'drover-main-'))
})
afterEach(async () => {
  for (const { child, exited } of runs.splice(0)) {
    child.kill('SIGKILL')
    await exited
  }
})
afterAll(async () => {
  await database.drop()
  fs.rmSync(dataDir, { recursive: true, force: true })
})

/** The real program, as scripts/start.mjs starts it. */
function run(env: Record<string, string>): Run {
  const child = fork(path.join(import.meta.dirname, 'main.ts'), [], {
    execArgv: ['--import', 'tsx'],
    env: {
      NODE_ENV: 'test',
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: '0',
      DATABASE_URL: database.url,
      DROVER_DATA_DIR: dataDir,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let stderr = ''
  child.stderr?.on('data', (text: Buffer) => {
    stderr += text.toString()
  })
  const exited = once(child, 'exit').then(([code]: (number | null)[]) => code ?? null)
  const message = once(child, 'message').then(([first]: Message[]) => first ?? { type: 'none' })
  const started = { child, message, exited, stderr: () => stderr }
  runs.push(started)
  return started
}

describe('the console as a process', () => {
  it('says when it is ready, serves, and ends in order on SIGTERM', async () => {
    const { child, message, exited } = run({})
    const ready = await message
    expect(ready).toMatchObject({
      type: 'ready',
      url: expect.stringMatching(/^http:\/\/localhost:\d+$/),
    })
    expect(ready.firstAdminLink).toMatch(/^http:\/\/localhost:\d+\/setup\?token=[\w-]{43}$/)
    const port = new URL(ready.url ?? '').port
    const health = await fetch(`http://127.0.0.1:${port}/api/v1/health`)
    expect(await health.json()).toEqual({ status: 'ok' })
    child.kill('SIGTERM')
    expect(await exited).toBe(0)
  })

  it('ends in order when whoever started it is gone', async () => {
    const { child, message, exited } = run({})
    expect((await message).type).toBe('ready')
    child.disconnect()
    expect(await exited).toBe(0)
  })

  it('refuses a second copy on the same database with a sentence', async () => {
    const first = run({})
    expect((await first.message).type).toBe('ready')
    const second = run({ DROVER_DATA_DIR: path.join(dataDir, 'second') })
    expect(await second.message).toMatchObject({
      type: 'failed',
      message: expect.stringMatching(/already uses/),
    })
    expect(await second.exited).toBe(1)
  })
})

describe('a start that cannot work', () => {
  it('names the port in use, before anything else was started', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as AddressInfo // it listens on TCP
    const fresh = path.join(dataDir, 'never-made')
    const { message, exited, stderr } = run({ PORT: String(port), DROVER_DATA_DIR: fresh })
    const sentence = `Another program already uses port ${port} of 127.0.0.1. Stop it, or choose another port with PORT.`
    expect(await message).toEqual({ type: 'failed', message: sentence })
    expect(await exited).toBe(1)
    expect(stderr()).toContain(sentence)
    expect(fs.existsSync(fresh)).toBe(false)
    await new Promise((resolve) => taken.close(resolve))
  })

  it.each([
    [
      'a database that is not there',
      { DATABASE_URL: 'postgresql://x:secret@127.0.0.1:1/x' },
      /cannot be reached/,
    ],
    ['a bad value in the environment', { PORT: 'http' }, /PORT must be a number/],
    ['an address of another machine', { HOST: '192.0.2.1' }, /no address of this machine/],
  ])('has a sentence for %s', async (_what, env, sentence) => {
    const { message, exited, stderr } = run(env)
    expect(await message).toMatchObject({
      type: 'failed',
      message: expect.stringMatching(sentence),
    })
    expect(await exited).toBe(1)
    expect(stderr()).not.toContain('secret')
  })
})
