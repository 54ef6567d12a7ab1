import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { liveSocketPath } from '@drover/api-schema/live-protocol.ts'
import { defaultMigrationLimits } from '@drover/api-schema/migration-settings.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connectSocket } from './testing/socket-client.ts'
import { onlineAgent, someHello } from './testing/test-agent.ts'
import { startTestConsole, type TestConsole, testToken } from './testing/test-console.ts'
import { createTestDatabase, type TestDatabase } from './testing/test-database.ts'

let database: TestDatabase
let console_: TestConsole
let dataDir: string
const start = () => startTestConsole({ databaseUrl: database.url, dataDir })
beforeAll(async () => {
  database = await createTestDatabase()
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'drover-console-'))
  console_ = await start()
})
afterAll(async () => {
  await console_.stop()
  await database.drop()
  fs.rmSync(dataDir, { recursive: true, force: true })
})

it('is read by everybody, changed by administrators, seen at once and kept over a restart', async () => {
  const { cookie } = await console_.signIn('admin')
  await onlineAgent(console_.wsUrl, testToken, { hello: someHello(1), domains: [] })
  const call = (method: string, path: string, body?: unknown) =>
    console_.call(method, `/api/v1${path}`, { cookie, ...(body === undefined ? {} : { body }) })
  const { body: before } = await call('GET', '/migration-settings')
  expect(before).toEqual({ limits: defaultMigrationLimits, pools: [], lastChanges: [] })

  const browser = await connectSocket(`${console_.wsUrl}${liveSocketPath}`, {
    origin: console_.url,
    cookie,
  })
  browser.send({ type: 'hello', versions: [1] })
  expect(await browser.next('snapshot')).toMatchObject({ fleet: { migrationSettings: before } })

  const limits = await call('PATCH', '/migration-settings/limits', { outgoingPerHost: 1 })
  expect(limits.body).toEqual({ ...defaultMigrationLimits, outgoingPerHost: 1 })
  expect(await browser.next('patch')).toMatchObject({
    changes: [{ kind: 'migration-settings-changed', settings: { limits: limits.body } }],
  })
  const pool = await call('PATCH', '/pools/pool-a/migration-settings', {
    profile: { kind: 'xen-4' },
    maxAtOnce: 3,
  })
  expect(pool.body).toEqual({
    pool: 'pool-a',
    profile: { kind: 'xen-4' },
    retry: { kind: 'none' },
    maxAtOnce: 3,
  })
  const nowhere = await call('PATCH', '/pools/pool%20z/migration-settings', { maxAtOnce: 3 })
  expect(nowhere.body.error).toMatchObject({
    code: 'not-found',
    message: 'No host is in a pool named pool z.',
  })
  for (const wrong of [{}, { total: 0 }, { total: 1.5 }]) {
    const answer = await call('PATCH', '/migration-settings/limits', wrong)
    expect(answer.body.error.code).toBe('invalid-request')
  }

  await console_.stop()
  console_ = await start()
  expect((await call('GET', '/migration-settings')).body).toEqual({
    limits: limits.body,
    pools: [pool.body],
    lastChanges: [
      { pool: null, by: expect.any(String), at: expect.any(Number) },
      { pool: 'pool-a', by: expect.any(String), at: expect.any(Number) },
    ],
  })
})
