/**
 * PostgreSQL from the npm package, for an installation that brings no database server. It listens on a unix socket
 * that only its own user can open: no TCP port, no password. One data folder has one server; a second caller joins it.
 *
 * A server whose parent was killed keeps running and is joined by the next start, so nothing has to be recovered. One
 * that dies itself is started again by the console that holds the database: it is the only one that looks.
 */
import { createHash, randomUUID } from 'node:crypto'
import * as fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { err, ok, type Result } from '@drover/api-schema/result.ts'
import pg from 'pg'
import {
  isAlive,
  lastWords,
  launch,
  postmasterPid,
  type Runner,
  removeStalePidFile,
  runnerFor,
  serverPrograms,
} from './postgres-process.ts'

export type EmbeddedFailureCode =
  | 'no-embedded-server'
  | 'data-folder-unusable'
  | 'server-did-not-start'

export interface EmbeddedFailure {
  readonly code: EmbeddedFailureCode
  readonly message: string
}

export interface EmbeddedPostgres {
  /** True when the server was already running: an orphan of a killed console, or another console's. */
  readonly joined: boolean
  /** Another number after a restart; 0 while it is down. */
  readonly pid: number
  urlOf(database: string): string
  /** From now on it is started again whenever it ends, until `stop`. Only for whoever holds the database. */
  keepRunning(log: (sentence: string) => void): void
  /** Ends all sessions (fast shutdown) and returns when the process is gone. */
  stop(): Promise<void>
}

export interface EmbeddedOptions {
  readonly dataDir: string
  /** Server settings beside our own, for tests: `{ fsync: 'off' }`. */
  readonly settings?: Readonly<Record<string, string>>
  readonly startTimeoutMs?: number
  /** Tests switch it off to run the fallback to another user under root. */
  readonly allowUserNamespace?: boolean
}

const SUPERUSER = 'drover'
const LOOK_MS = 500
/** Its remaining processes may need a moment to notice the end of the first, and a new server waits for them. */
const RESTART_WAIT_MS = 1000
/** sun_path holds 108 bytes on Linux and 104 on macOS; PostgreSQL appends `/.s.PGSQL.5432.lock`. */
const LONGEST_SOCKET_FOLDER = 84

/** Small enough to idle at some 30 MB, large enough for a thousand hosts' samples. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  shared_buffers: '64MB',
  max_connections: '60',
  max_wal_size: '512MB',
  // Nobody replicates it, and its own processes for reading ahead would only cost memory.
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_logical_replication_workers: '0',
  io_method: 'sync',
  jit: 'off',
  log_min_messages: 'warning',
}

interface Place {
  readonly dataDir: string
  readonly pgdata: string
  readonly socketDir: string
  readonly bin: string
  readonly runner: Runner
}

export async function startEmbeddedPostgres(
  options: EmbeddedOptions,
): Promise<Result<EmbeddedPostgres, EmbeddedFailure>> {
  const found = findPlace(options)
  if (!found.ok) return found
  const place = found.value
  const started = await startServer(place, options)
  if (!started.ok) return started
  return ok(attach(place, options, started.value.joined))
}

function findPlace(options: EmbeddedOptions): Result<Place, EmbeddedFailure> {
  const dataDir = path.resolve(options.dataDir)
  const bin = serverPrograms()
  if (!bin.ok) return err({ code: 'no-embedded-server', message: bin.error })
  const socketDir = socketFolder(dataDir)
  try {
    for (const folder of [dataDir, socketDir]) makeFolder(folder)
    const runner = runnerFor([dataDir, socketDir], bin.value, options.allowUserNamespace ?? true)
    return ok({ dataDir, pgdata: path.join(dataDir, 'pg'), socketDir, bin: bin.value, runner })
  } catch (error) {
    return unusable(dataDir, error)
  }
}

/** Folder by folder: with `recursive`, Node 20 never returns from making one below /proc. */
function makeFolder(folder: string): void {
  if (fs.existsSync(folder)) return
  makeFolder(path.dirname(folder))
  try {
    fs.mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if (!fs.existsSync(folder)) throw error
  }
}

async function startServer(
  place: Place,
  options: EmbeddedOptions,
): Promise<Result<{ readonly joined: boolean }, EmbeddedFailure>> {
  const { bin, dataDir, pgdata, runner, socketDir } = place
  const deadline = Date.now() + (options.startTimeoutMs ?? 60_000)
  if ((await probe(socketDir, deadline)) === 'up') return ok({ joined: true })
  const created = await createCluster(pgdata, bin, runner)
  if (!created.ok) return created
  removeStalePidFile(pgdata)
  const logFile = path.join(dataDir, 'postgres.log')
  const settings = { ...SETTINGS, ...options.settings }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const program = path.join(bin, 'postgres')
  const server = launch(runner, program, ['-D', pgdata, '-k', socketDir, ...flags], logFile)
  for (;;) {
    // Another console may have won the race for this folder: then our process has ended and its server answers.
    if ((await probe(socketDir, deadline)) === 'up') return ok({ joined: server.ended() })
    if (server.ended() || Date.now() > deadline) {
      server.kill()
      return err({
        code: 'server-did-not-start',
        message: `The embedded PostgreSQL did not start in ${dataDir}. Its last words (${logFile}): ${lastWords(logFile)}`,
      })
    }
    await delay(20)
  }
}

function attach(place: Place, options: EmbeddedOptions, joined: boolean): EmbeddedPostgres {
  let pid = postmasterPid(place.pgdata)
  const leaving = new AbortController()
  let keeper: Promise<void> | undefined

  async function keep(log: (sentence: string) => void): Promise<void> {
    const { signal } = leaving
    let isDown = false
    let complaint = ''
    while (await passes(isDown ? RESTART_WAIT_MS : LOOK_MS, signal)) {
      if (pid && isAlive(pid)) continue
      if (!isDown) log('The embedded PostgreSQL has ended and is started again.')
      isDown = true
      pid = 0
      if (!hasCluster(place.pgdata)) {
        return log(`The files of the embedded PostgreSQL in ${place.pgdata} are gone.`)
      }
      const started = await startServer(place, options)
      if (started.ok) {
        pid = postmasterPid(place.pgdata)
        isDown = false
      } else if (started.error.message !== complaint) {
        complaint = started.error.message
        log(complaint)
      }
    }
  }

  return {
    joined,
    get pid() {
      return pid
    },
    urlOf: (database) => socketUrl(place.socketDir, database),
    keepRunning(log) {
      keeper ??= keep(log)
    },
    async stop() {
      leaving.abort()
      await keeper
      await stopServer(place.pgdata, pid)
    },
  }
}

/** False when the wait was cut short. */
async function passes(ms: number, signal: AbortSignal): Promise<boolean> {
  return delay(ms, true, { signal, ref: false }).catch(() => false)
}

/** In the data folder while its path is short enough for a socket, else in a private folder named after it. */
function socketFolder(dataDir: string): string {
  const inside = path.join(dataDir, 'run')
  if (Buffer.byteLength(inside) <= LONGEST_SOCKET_FOLDER) return inside
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 16)
  return path.join(os.tmpdir(), `drover-${name}`)
}

function unusable(dataDir: string, error: unknown): Result<never, EmbeddedFailure> {
  const reason = error instanceof Error ? error.message : String(error)
  return err({
    code: 'data-folder-unusable',
    message: `The data folder ${dataDir} cannot be used: ${reason}. Choose another with DROVER_DATA_DIR, or set DATABASE_URL.`,
  })
}

const hasCluster = (folder: string) => fs.existsSync(path.join(folder, 'PG_VERSION'))

/** Makes the cluster beside its final place and renames it, so that a start cut short leaves no half-made one. */
async function createCluster(
  pgdata: string,
  bin: string,
  runner: Runner,
): Promise<Result<void, EmbeddedFailure>> {
  if (hasCluster(pgdata)) return ok(undefined)
  removeDrafts(pgdata)
  const draft = `${pgdata}.new-${process.pid}-${randomUUID().slice(0, 8)}`
  const logFile = `${draft}.log`
  // It is written to the disk before it gets its name: a power cut must not leave a cluster that looks whole.
  const options = ['-A', 'trust', '-U', SUPERUSER, '-E', 'UTF8', '--locale=C', '--no-instructions']
  const initdb = launch(runner, path.join(bin, 'initdb'), ['-D', draft, ...options], logFile)
  while (!initdb.ended()) await delay(20)
  const made = hasCluster(draft)
  const words = made ? '' : lastWords(logFile)
  fs.rmSync(logFile, { force: true })
  if (!made) return unusable(path.dirname(pgdata), new Error(`initdb failed: ${words}`))
  try {
    fs.renameSync(draft, pgdata)
  } catch (error) {
    fs.rmSync(draft, { recursive: true, force: true })
    if (!hasCluster(pgdata)) return unusable(path.dirname(pgdata), error)
  }
  return ok(undefined)
}

/** What starts that were cut short have left; the number in the name is the process that made it. */
function removeDrafts(pgdata: string): void {
  const folder = path.dirname(pgdata)
  for (const name of fs.readdirSync(folder)) {
    const maker = Number(/^pg\.new-(\d+)-/.exec(name)?.[1])
    if (maker && !isAlive(maker))
      fs.rmSync(path.join(folder, name), { recursive: true, force: true })
  }
}

function socketUrl(socketDir: string, database: string): string {
  return `postgresql://${SUPERUSER}@localhost/${encodeURIComponent(database)}?host=${encodeURIComponent(socketDir)}`
}

/** Waits out a server that is starting up or shutting down (57P03); anything else that fails is "down". */
async function probe(socketDir: string, deadline: number): Promise<'up' | 'down'> {
  for (;;) {
    const client = new pg.Client({ connectionString: socketUrl(socketDir, 'postgres') })
    client.on('error', () => {})
    try {
      await client.connect()
      return 'up'
    } catch (error) {
      const busy = error instanceof pg.DatabaseError && error.code === '57P03'
      if (!busy || Date.now() > deadline) return 'down'
    } finally {
      await client.end().catch(() => {})
    }
    await delay(20)
  }
}

async function stopServer(pgdata: string, pid: number): Promise<void> {
  const gone = () => !isAlive(pid) || postmasterPid(pgdata) !== pid
  if (!pid || gone()) return
  // Fast, then immediate: the second loses nothing that was committed, the next start replays the log.
  for (const [signal, patienceMs] of [
    ['SIGINT', 15_000],
    ['SIGQUIT', 5000],
  ] as const) {
    try {
      process.kill(pid, signal)
    } catch {
      return
    }
    const deadline = Date.now() + patienceMs
    while (Date.now() < deadline) {
      if (gone()) return
      await delay(20)
    }
  }
}
