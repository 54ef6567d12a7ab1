/**
 * Opens the one database of this console: DATABASE_URL, else the embedded PostgreSQL in the data folder. It makes sure
 * that no other console uses it, brings its schema up to date, and reports when it is lost.
 */
import { err, ok, type Result } from '@drover/api-schema/result.ts'
import pg from 'pg'
import { DatabaseGuard, type GuardTimes, reasonOf } from './database-guard.ts'
import {
  type EmbeddedFailureCode,
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from './embedded-postgres.ts'
import { applySchemaChanges, type SchemaChangeFailureCode } from './schema-changes.ts'

export type DatabaseFailureCode =
  | EmbeddedFailureCode
  | SchemaChangeFailureCode
  | 'database-in-use'
  | 'database-unreachable'
  | 'database-url-invalid'
  | 'database-too-old'

export interface DatabaseFailure {
  readonly code: DatabaseFailureCode
  /** One sentence for the administrator; it never holds a password. */
  readonly message: string
}

export interface Database {
  /** For Prisma's adapter and for `pg`. It may hold a password: never log it. */
  readonly url: string
  readonly isEmbedded: boolean
  /** Gives the database free and stops the embedded server; returns when that is done. Close pools first. */
  stop(): Promise<void>
}

export interface OpenDatabaseOptions {
  readonly databaseUrl?: string | undefined
  readonly dataDir: string
  readonly migrationsDir: string
  readonly log: (sentence: string) => void
  /** The guarding connection broke; it is restored when it can be, and the rest of the console goes on. */
  readonly onConnectionLost?: (sentence: string) => void
  readonly onConnectionRestored?: () => void
  /** While it was cut off, another console has taken this database: this one must end. */
  readonly onTakenOver?: (sentence: string) => void
  readonly times?: Partial<GuardTimes>
}

const OLDEST_SERVER = 150_000
const EMBEDDED_DATABASE = 'drover'
const TIMES: GuardTimes = {
  connectTimeoutMs: 8000,
  heartbeatMs: 10_000,
  retryMs: 1000,
  lockPatienceMs: 2000,
}

export async function openDatabase(
  options: OpenDatabaseOptions,
): Promise<Result<Database, DatabaseFailure>> {
  if (options.databaseUrl) return openServer(options, options.databaseUrl, null)
  const startedAt = performance.now()
  const embedded = await startEmbeddedPostgres({ dataDir: options.dataDir })
  if (!embedded.ok) return embedded
  const tookMs = Math.round(performance.now() - startedAt)
  options.log(
    `embedded PostgreSQL ${embedded.value.joined ? 'was running and is joined' : 'started'} (${tookMs} ms)`,
  )
  try {
    await ensureDatabase(embedded.value)
    const opened = await openServer(
      options,
      embedded.value.urlOf(EMBEDDED_DATABASE),
      embedded.value,
    )
    if (opened.ok) embedded.value.keepRunning(options.log)
    else if (opened.error.code !== 'database-in-use') await embedded.value.stop()
    return opened
  } catch (error) {
    await embedded.value.stop()
    throw error
  }
}

async function openServer(
  options: OpenDatabaseOptions,
  url: string,
  embedded: EmbeddedPostgres | null,
): Promise<Result<Database, DatabaseFailure>> {
  const place = embedded ? `the data folder ${options.dataDir}` : describe(url)
  if (place === null) {
    return err({
      code: 'database-url-invalid',
      message:
        'DATABASE_URL is not the address of a PostgreSQL database; it looks like postgresql://user:password@host:5432/database.',
    })
  }
  const guard = new DatabaseGuard(
    url,
    place,
    { ...TIMES, ...options.times },
    {
      ...(options.onConnectionLost && { onLost: options.onConnectionLost }),
      ...(options.onConnectionRestored && { onRestored: options.onConnectionRestored }),
      ...(options.onTakenOver && { onTakenOver: options.onTakenOver }),
    },
  )
  try {
    await guard.connect()
  } catch (error) {
    await guard.release()
    return err({
      code: 'database-unreachable',
      message: `The database at ${place} cannot be reached: ${reasonOf(error)}. Check DATABASE_URL and that the server runs.`,
    })
  }
  let refusal: DatabaseFailure | null
  try {
    refusal = await prepare(guard, place, options)
  } catch (error) {
    refusal = {
      code: 'database-unreachable',
      message: `The database at ${place} failed at start: ${reasonOf(error)}.`,
    }
  }
  if (refusal) {
    await guard.release()
    return err(refusal)
  }
  guard.watch()
  const stop = async () => {
    guard.expectEnd()
    // The embedded server goes down while we still hold the lock, so nobody can join it on its way out.
    if (embedded) await embedded.stop()
    await guard.release()
  }
  let stopping: Promise<void> | undefined
  return ok({
    url,
    isEmbedded: embedded !== null,
    stop: () => {
      stopping ??= stop()
      return stopping
    },
  })
}

/** Null when the database is ours and up to date. */
async function prepare(
  guard: DatabaseGuard,
  place: string,
  options: OpenDatabaseOptions,
): Promise<DatabaseFailure | null> {
  const version = await guard.client.query<{ number: number; name: string }>(
    `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS name`,
  )
  const server = version.rows[0]
  if (!server || server.number < OLDEST_SERVER) {
    return {
      code: 'database-too-old',
      message: `The database at ${place} is PostgreSQL ${server?.name ?? 'of an unknown version'}; Drover needs 15 or newer.`,
    }
  }
  if (!(await guard.take())) {
    return {
      code: 'database-in-use',
      message: `Another Drover console already uses ${place}; stop it first, or give this one a data folder or database of its own.`,
    }
  }
  const changed = await applySchemaChanges(guard.client, options.migrationsDir)
  if (!changed.ok) return changed.error
  for (const name of changed.value) options.log(`schema change ${name} applied`)
  return null
}

async function ensureDatabase(server: EmbeddedPostgres): Promise<void> {
  const client = new pg.Client({ connectionString: server.urlOf('postgres') })
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query(`CREATE DATABASE "${EMBEDDED_DATABASE}"`)
  } catch (error) {
    // 42P04: it exists. 23505: another start is creating it this very moment.
    if (!(error instanceof pg.DatabaseError) || !['42P04', '23505'].includes(error.code ?? ''))
      throw error
  } finally {
    await client.end().catch(() => {})
  }
}

/** Host, port and database of an address: what may be shown of it. */
function describe(url: string): string | null {
  if (!URL.canParse(url)) return null
  const { protocol, hostname, port, pathname, searchParams } = new URL(url)
  if (!['postgres:', 'postgresql:'].includes(protocol)) return null
  const host = searchParams.get('host') ?? `${hostname || 'localhost'}:${port || '5432'}`
  return `${host}/${decodeURIComponent(pathname.slice(1))}`
}
