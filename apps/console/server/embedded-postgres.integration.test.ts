import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { type EmbeddedOptions, startEmbeddedPostgres } from './embedded-postgres.ts'
import { ask } from './testing/ask.ts'

const cleanUp: (() => Promise<void> | void)[] = []

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

function dataFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'drover-pg-'))
  cleanUp.push(() => fs.rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function start(options: EmbeddedOptions) {
  const started = await startEmbeddedPostgres({ settings: { fsync: 'off' }, ...options })
  if (!started.ok) throw new Error(started.error.message)
  cleanUp.push(() => started.value.stop())
  return started.value
}

function hasServer(dataDir: string): boolean {
  return fs.existsSync(path.join(dataDir, 'pg/postmaster.pid'))
}

test('a second start on the same folder finds the rows of the first', async () => {
  const dataDir = dataFolder()
  const first = await start({ dataDir })
  await ask(first.urlOf('postgres'), 'CREATE TABLE kept AS SELECT 42 AS answer')
  await first.stop()
  expect(hasServer(dataDir)).toBe(false)

  const second = await start({ dataDir })
  expect(second.joined).toBe(false)
  expect(await ask(second.urlOf('postgres'), 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
})

test('listens on no TCP port and lets no other user open its folder', async () => {
  const dataDir = dataFolder()
  const server = await start({ dataDir })
  expect(await ask(server.urlOf('postgres'), 'SHOW listen_addresses')).toEqual([
    { listen_addresses: '' },
  ])
  expect(fs.statSync(path.join(dataDir, 'run')).mode & 0o077).toBe(0)
})

test('joins the server that a killed parent left behind, and stops it at the end', async () => {
  const dataDir = dataFolder()
  const module = path.join(import.meta.dirname, 'embedded-postgres.ts')
  const script = `import { startEmbeddedPostgres } from ${JSON.stringify(module)}
    const started = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)} })
    process.stdout.write(started.ok ? String(started.value.pid) : started.error.message)
    setInterval(() => {}, 1000)`
  const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = await once(parent.stdout, 'data')
  parent.kill('SIGKILL')
  await once(parent, 'exit')

  const server = await start({ dataDir })
  expect(server.joined).toBe(true)
  expect(server.pid).toBe(Number(String(said)))
  await server.stop()
  expect(hasServer(dataDir)).toBe(false)
})

test('two starts at the same moment on a new folder end up on one server', async () => {
  const dataDir = dataFolder()
  const [one, two] = await Promise.all([start({ dataDir }), start({ dataDir })])
  expect(one.pid).toBe(two.pid)
})

test('starts although postmaster.pid names a process of somebody else', async () => {
  const dataDir = dataFolder()
  const first = await start({ dataDir })
  await first.stop()
  fs.writeFileSync(path.join(dataDir, 'pg/postmaster.pid'), `${process.pid}\n${dataDir}\n`)
  const second = await start({ dataDir })
  expect(second.joined).toBe(false)
})

test('a server that is killed is started again with its rows, until it is stopped on purpose', async () => {
  const dataDir = dataFolder()
  const server = await start({ dataDir, settings: {} })
  const said: string[] = []
  server.keepRunning((sentence) => said.push(sentence))
  await ask(server.urlOf('postgres'), 'CREATE TABLE kept AS SELECT 42 AS answer')
  const first = server.pid
  process.kill(first, 'SIGKILL')
  await vi.waitFor(
    async () =>
      expect(await ask(server.urlOf('postgres'), 'SELECT answer FROM kept')).toEqual([
        { answer: 42 },
      ]),
    { timeout: 20_000 },
  )
  await vi.waitFor(() => expect([0, first]).not.toContain(server.pid))
  expect(said).toEqual(['The embedded PostgreSQL has ended and is started again.'])
  await server.stop()
  expect(hasServer(dataDir)).toBe(false)
})

test('a server whose files are gone is not replaced by an empty one', async () => {
  const dataDir = dataFolder()
  const server = await start({ dataDir })
  const said: string[] = []
  server.keepRunning((sentence) => said.push(sentence))
  const { pid } = server
  fs.renameSync(path.join(dataDir, 'pg'), path.join(dataDir, 'elsewhere'))
  process.kill(pid, 'SIGKILL')
  await vi.waitFor(() => expect(said.at(-1)).toMatch(/^The files of .* are gone\.$/), {
    timeout: 5000,
  })
  expect(fs.existsSync(path.join(dataDir, 'pg'))).toBe(false)
})

test('a data folder with a very long path gets its socket in a short private folder', async () => {
  const dataDir = path.join(dataFolder(), 'a-rather-long-name-of-a-folder/'.repeat(4))
  const server = await start({ dataDir })
  const socketDir = new URL(server.urlOf('postgres')).searchParams.get('host') ?? ''
  cleanUp.push(() => fs.rmSync(socketDir, { recursive: true, force: true }))
  expect(socketDir.startsWith(os.tmpdir())).toBe(true)
  expect(await ask(server.urlOf('postgres'), 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('a data folder that cannot be made is refused with a sentence', async () => {
  const file = path.join(dataFolder(), 'a-file')
  fs.writeFileSync(file, '')
  const started = await startEmbeddedPostgres({ dataDir: path.join(file, 'data') })
  expect(started).toMatchObject({ ok: false, error: { code: 'data-folder-unusable' } })
  if (!started.ok) expect(started.error.message).toMatch(/cannot be used: .*DROVER_DATA_DIR/)
  const below = await startEmbeddedPostgres({ dataDir: '/proc/drover/data' })
  expect(below).toMatchObject({ ok: false, error: { code: 'data-folder-unusable' } })
})

test('a server that does not start is reported with its last words', async () => {
  const dataDir = dataFolder()
  const started = await startEmbeddedPostgres({ dataDir, settings: { shared_buffers: 'plenty' } })
  expect(started).toMatchObject({ ok: false, error: { code: 'server-did-not-start' } })
  if (!started.ok) expect(started.error.message).toContain('shared_buffers')
})

test.runIf(process.getuid?.() === 0)(
  'under root without user namespaces it runs as nobody',
  async () => {
    const dataDir = dataFolder()
    const started = await startEmbeddedPostgres({ dataDir, allowUserNamespace: false })
    if (started.ok) {
      cleanUp.push(() => started.value.stop())
      expect(fs.statSync(path.join(dataDir, 'pg')).uid).toBe(65_534)
    } else {
      // Where the programs lie in a folder that only root may enter, the refusal says so.
      expect(started.error.message).toMatch(/nobody/)
    }
  },
)
