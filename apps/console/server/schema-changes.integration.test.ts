import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { applySchemaChanges } from './schema-changes.ts'
import { createTestDatabase, type TestDatabase } from './testing/test-database.ts'

let database: TestDatabase
let client: pg.Client
let migrationsDir: string

beforeEach(async () => {
  database = await createTestDatabase({ empty: true })
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
  migrationsDir = fs.mkdtempSync(path.join(os.tmpdir(), 'drover-schema-'))
})

afterEach(async () => {
  await client.end()
  await database.drop()
  fs.rmSync(migrationsDir, { recursive: true, force: true })
})

function write(name: string, sql: string): void {
  fs.mkdirSync(path.join(migrationsDir, name), { recursive: true })
  fs.writeFileSync(path.join(migrationsDir, name, 'migration.sql'), sql)
}

test('applies what is new, in order of name, and nothing twice', async () => {
  write('0002_fill', 'INSERT INTO herd VALUES (1); INSERT INTO herd VALUES (2);')
  write('0001_make', 'CREATE TABLE herd (id int);')
  expect(await applySchemaChanges(client, migrationsDir)).toEqual({
    ok: true,
    value: ['0001_make', '0002_fill'],
  })
  expect(await applySchemaChanges(client, migrationsDir)).toEqual({ ok: true, value: [] })
  expect((await client.query('SELECT count(*)::int AS n FROM herd')).rows).toEqual([{ n: 2 }])
})

test('writes the rows that Prisma would have written', async () => {
  write('0001_make', 'CREATE TABLE herd (id int);')
  await applySchemaChanges(client, migrationsDir)
  const { rows } = await client.query('SELECT * FROM "_prisma_migrations"')
  expect(rows).toHaveLength(1)
  expect(rows[0]).toMatchObject({
    migration_name: '0001_make',
    applied_steps_count: 1,
    logs: null,
    rolled_back_at: null,
  })
  expect(rows[0].checksum).toMatch(/^[0-9a-f]{64}$/)
  expect(rows[0].finished_at).toBeInstanceOf(Date)
})

test('refuses to go on when an applied file was edited', async () => {
  write('0001_make', 'CREATE TABLE herd (id int);')
  await applySchemaChanges(client, migrationsDir)
  write('0001_make', 'CREATE TABLE herd (id bigint);')
  const result = await applySchemaChanges(client, migrationsDir)
  expect(result).toMatchObject({ ok: false, error: { code: 'schema-change-edited' } })
  if (!result.ok) expect(result.error.message).toContain('0001_make was edited')
})

test('a failing change leaves nothing of itself, keeps those before it, and says where', async () => {
  write('0001_make', 'CREATE TABLE herd (id int);')
  write('0002_broken', 'CREATE TABLE half (id int);\nINSERT INTO nowhere VALUES (1);')
  const result = await applySchemaChanges(client, migrationsDir)
  expect(result).toMatchObject({ ok: false, error: { code: 'schema-change-failed' } })
  if (!result.ok) {
    expect(result.error.message).toBe(
      'Schema change 0002_broken failed and was rolled back: relation "nowhere" does not exist (line 2).',
    )
  }
  const tables = await client.query(
    `SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
  )
  expect(tables.rows.map((row) => row.tablename)).toEqual(['_prisma_migrations', 'herd'])

  write('0002_broken', 'CREATE TABLE whole (id int);')
  expect(await applySchemaChanges(client, migrationsDir)).toEqual({
    ok: true,
    value: ['0002_broken'],
  })
})

test('refuses a database that a newer version has changed', async () => {
  write('0001_make', 'CREATE TABLE herd (id int);')
  write('0002_later', 'CREATE TABLE later (id int);')
  await applySchemaChanges(client, migrationsDir)
  fs.rmSync(path.join(migrationsDir, '0002_later'), { recursive: true })
  const result = await applySchemaChanges(client, migrationsDir)
  expect(result).toMatchObject({ ok: false, error: { code: 'schema-is-newer' } })
})

test('two starts at once apply each change once', async () => {
  write('0001_make', 'CREATE TABLE herd (id int); SELECT pg_sleep(0.2);')
  const other = new pg.Client({ connectionString: database.url })
  await other.connect()
  const results = await Promise.all([
    applySchemaChanges(client, migrationsDir),
    applySchemaChanges(other, migrationsDir),
  ])
  await other.end()
  expect(results.map((result) => result.ok && result.value.length).sort()).toEqual([0, 1])
})
