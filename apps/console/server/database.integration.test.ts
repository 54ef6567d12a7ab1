import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { type OpenDatabaseOptions, openDatabase } from './database.ts'
import { ask } from './testing/ask.ts'
import { createTestDatabase } from './testing/test-database.ts'

const cleanUp: (() => Promise<void> | void)[] = []

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

function folder(): string {
  const name = fs.mkdtempSync(path.join(os.tmpdir(), 'drover-db-'))
  cleanUp.push(() => fs.rmSync(name, { recursive: true, force: true }))
  return name
}

function options(more: Partial<OpenDatabaseOptions> = {}): OpenDatabaseOptions {
  const migrationsDir = folder()
  fs.mkdirSync(path.join(migrationsDir, '0001_herd'))
  fs.writeFileSync(
    path.join(migrationsDir, '0001_herd/migration.sql'),
    'CREATE TABLE IF NOT EXISTS herd (id int);',
  )
  return {
    dataDir: folder(),
    migrationsDir,
    log: () => {},
    times: { lockPatienceMs: 100, retryMs: 50 },
    ...more,
  }
}

async function open(given: OpenDatabaseOptions) {
  const opened = await openDatabase(given)
  if (!opened.ok) throw new Error(opened.error.message)
  cleanUp.push(() => opened.value.stop())
  return opened.value
}

async function refusal(given: OpenDatabaseOptions) {
  const opened = await openDatabase(given)
  if (opened.ok) {
    await opened.value.stop()
    throw new Error('was expected to be refused')
  }
  return opened.error
}

test('a fresh data folder becomes a migrated database, and a second start finds its rows', async () => {
  const log = vi.fn()
  const given = options({ log })
  const first = await open(given)
  expect(first.isEmbedded).toBe(true)
  await ask(first.url, 'INSERT INTO herd VALUES (7)')
  await first.stop()
  expect(log).toHaveBeenCalledWith('schema change 0001_herd applied')
  await expect(ask(first.url, 'SELECT 1')).rejects.toThrow()

  const second = await open(given)
  expect(await ask(second.url, 'SELECT id FROM herd')).toEqual([{ id: 7 }])
})

test('a second console on the same data folder is refused and leaves the server running', async () => {
  const given = options()
  const first = await open(given)
  const error = await refusal(given)
  expect(error.code).toBe('database-in-use')
  expect(error.message).toBe(
    `Another Drover console already uses the data folder ${given.dataDir}; stop it first, or give this one a data folder or database of its own.`,
  )
  expect(await ask(first.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('a failing schema change stops the server it started', async () => {
  const given = options()
  fs.mkdirSync(path.join(given.migrationsDir, '0002_broken'))
  fs.writeFileSync(path.join(given.migrationsDir, '0002_broken/migration.sql'), 'nonsense')
  const error = await refusal(given)
  expect(error.code).toBe('schema-change-failed')
  expect(fs.existsSync(path.join(given.dataDir, 'pg/postmaster.pid'))).toBe(false)
})

test('an external database is used, guarded and left running', async () => {
  const database = await createTestDatabase({ empty: true })
  cleanUp.push(() => database.drop())
  const first = await open(options({ databaseUrl: database.url }))
  expect(first.isEmbedded).toBe(false)
  expect((await refusal(options({ databaseUrl: database.url }))).code).toBe('database-in-use')
  await first.stop()
  expect(await ask(database.url, 'SELECT count(*)::int AS n FROM herd')).toEqual([{ n: 0 }])
  await open(options({ databaseUrl: database.url }))
})

const cutOff = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'drover-console'`

test('a lost guarding connection is reported with a sentence, and then restored', async () => {
  const database = await createTestDatabase({ empty: true })
  cleanUp.push(() => database.drop())
  const onConnectionLost = vi.fn()
  const onConnectionRestored = vi.fn()
  await open(options({ databaseUrl: database.url, onConnectionLost, onConnectionRestored }))
  await ask(database.url, cutOff)
  await vi.waitFor(() => expect(onConnectionRestored).toHaveBeenCalled())
  expect(onConnectionLost).toHaveBeenCalledTimes(1)
  expect(onConnectionLost.mock.calls[0]?.[0]).toMatch(/^The connection to .* was lost: .*\.$/)
  expect((await refusal(options({ databaseUrl: database.url }))).code).toBe('database-in-use')
})

test('a console that was cut off learns that another has taken its database', async () => {
  const database = await createTestDatabase({ empty: true })
  cleanUp.push(() => database.drop())
  const onTakenOver = vi.fn()
  await open(
    options({
      databaseUrl: database.url,
      onTakenOver,
      times: { lockPatienceMs: 0, retryMs: 1000 },
    }),
  )
  await ask(database.url, cutOff)
  await open(options({ databaseUrl: database.url }))
  await vi.waitFor(() => expect(onTakenOver).toHaveBeenCalledTimes(1), 5000)
  expect(onTakenOver.mock.calls[0]?.[0]).toMatch(/^Another Drover console has taken over /)
})

test('an address where nothing listens is refused at once, without its password', async () => {
  const error = await refusal(
    options({ databaseUrl: 'postgresql://drover:hunter2@127.0.0.1:1/drover' }),
  )
  expect(error.code).toBe('database-unreachable')
  expect(error.message).toContain('The database at 127.0.0.1:1/drover cannot be reached')
  expect(error.message).not.toContain('hunter2')
})

test('a server that accepts and stays silent is given up after the time-out', async () => {
  const sockets: net.Socket[] = []
  const server = net.createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1')
  cleanUp.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as net.AddressInfo // a TCP server has an AddressInfo
  const error = await refusal(
    options({
      databaseUrl: `postgresql://drover@127.0.0.1:${port}/drover`,
      times: { connectTimeoutMs: 300 },
    }),
  )
  expect(error.code).toBe('database-unreachable')
})

test('something that is not a PostgreSQL address is refused', async () => {
  for (const databaseUrl of ['mysql://x@y/z', 'localhost:5432', 'nonsense']) {
    expect((await refusal(options({ databaseUrl }))).code).toBe('database-url-invalid')
  }
})
