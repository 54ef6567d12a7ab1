/**
 * Applies `prisma/migrations/*\/migration.sql` at start. It keeps Prisma's own table and takes Prisma's own advisory
 * lock, so that `prisma migrate status` and `deploy` agree with it; unlike them it needs no engine and starts in
 * milliseconds. Each schema change is one transaction: it is in the database completely or not at all.
 */
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { err, ok, type Result } from '@drover/api-schema/result.ts'
import pg from 'pg'

export type SchemaChangeFailureCode =
  | 'schema-change-edited'
  | 'schema-change-failed'
  | 'schema-is-newer'
  | 'schema-change-locked'

export interface SchemaChangeFailure {
  readonly code: SchemaChangeFailureCode
  readonly message: string
}

interface SchemaChange {
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

/** The number `prisma migrate` locks with. */
const MIGRATE_LOCK = 72_707_369

const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL, "checksum" VARCHAR(64) NOT NULL, "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL, "logs" TEXT, "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(), "applied_steps_count" INTEGER NOT NULL DEFAULT 0)`

/** Returns the names it applied, in order. The client must be connected and is left connected. */
export async function applySchemaChanges(
  client: pg.Client,
  migrationsDir: string,
): Promise<Result<readonly string[], SchemaChangeFailure>> {
  const changes = readSchemaChanges(migrationsDir)
  try {
    await client.query(`SET lock_timeout = '30s'`)
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATE_LOCK])
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== '55P03') throw error
    return err({
      code: 'schema-change-locked',
      message:
        'Another program has been changing the schema of this database for 30 seconds; wait for it, then start again.',
    })
  } finally {
    await client.query('SET lock_timeout = DEFAULT').catch(() => {})
  }
  try {
    return await applyLocked(client, changes)
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [MIGRATE_LOCK]).catch(() => {})
  }
}

function readSchemaChanges(migrationsDir: string): SchemaChange[] {
  const changes: SchemaChange[] = []
  for (const name of readdirSync(migrationsDir).sort()) {
    const file = path.join(migrationsDir, name, 'migration.sql')
    if (!existsSync(file)) continue
    const sql = readFileSync(file, 'utf8')
    changes.push({ name, sql, checksum: createHash('sha256').update(sql).digest('hex') })
  }
  return changes
}

async function applyLocked(
  client: pg.Client,
  changes: readonly SchemaChange[],
): Promise<Result<readonly string[], SchemaChangeFailure>> {
  await client.query(CREATE_TABLE)
  const { rows } = await client.query<{ name: string; checksum: string; finished: boolean }>(
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished
     FROM "_prisma_migrations" WHERE rolled_back_at IS NULL ORDER BY migration_name`,
  )
  const known = new Set(changes.map((change) => change.name))
  const newer = rows.find((row) => !known.has(row.name))
  if (newer) {
    return err({
      code: 'schema-is-newer',
      message: `This database was changed by a newer Drover (schema change ${newer.name}); start that version, or restore a backup made before it.`,
    })
  }
  const done = new Map(rows.map((row) => [row.name, row]))
  const applied: string[] = []
  for (const change of changes) {
    const before = done.get(change.name)
    if (before && !before.finished) {
      return err({
        code: 'schema-change-failed',
        message: `Schema change ${change.name} began earlier and did not finish; repair it with "prisma migrate resolve", then start again.`,
      })
    }
    if (before && before.checksum !== change.checksum) {
      return err({
        code: 'schema-change-edited',
        message: `Schema change ${change.name} was edited after it was applied to this database; restore the file and put the difference into a new schema change.`,
      })
    }
    if (before) continue
    const reason = await applyOne(client, change)
    if (reason !== null) {
      return err({
        code: 'schema-change-failed',
        message: `Schema change ${change.name} failed and was rolled back: ${reason}.`,
      })
    }
    applied.push(change.name)
  }
  return ok(applied)
}

/** Null when it is in, else PostgreSQL's reason. */
async function applyOne(client: pg.Client, change: SchemaChange): Promise<string | null> {
  await client.query('BEGIN')
  try {
    await client.query(change.sql)
    await client.query(
      `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), change.checksum, change.name],
    )
    await client.query('COMMIT')
    return null
  } catch (error) {
    await client.query('ROLLBACK')
    if (!(error instanceof pg.DatabaseError)) throw error
    const line = change.sql.slice(0, Number(error.position ?? 0)).split('\n').length
    return error.position ? `${error.message} (line ${line})` : error.message
  }
}
