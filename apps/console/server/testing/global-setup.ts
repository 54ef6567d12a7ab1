import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { startEmbeddedPostgres } from '../embedded-postgres.ts'
import { applySchemaChanges } from '../schema-changes.ts'
import { ask } from './ask.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Address of the shared server's `postgres` database. */
    testServerUrl: string
  }
}

export const TEMPLATE_DATABASE = 'drover_template'
const PREFIX = 'drover-test-'

/** One server for the whole run, with a template database that holds all schema changes. No fsync: nothing here must last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeLeftovers()
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), `${PREFIX}${process.pid}-`))
  const settings = {
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    max_connections: '200',
  }
  const started = await startEmbeddedPostgres({ dataDir, settings })
  if (!started.ok) throw new Error(started.error.message)
  const server = started.value
  const teardown = async () => {
    await server.stop()
    fs.rmSync(dataDir, { recursive: true, force: true })
  }
  try {
    await ask(server.urlOf('postgres'), `CREATE DATABASE "${TEMPLATE_DATABASE}"`)
    const client = new pg.Client({ connectionString: server.urlOf(TEMPLATE_DATABASE) })
    await client.connect()
    const migrationsDir = path.join(import.meta.dirname, '../../../../prisma/migrations')
    const applied = await applySchemaChanges(client, migrationsDir)
    await client.end()
    if (!applied.ok) throw new Error(applied.error.message)
  } catch (error) {
    await teardown()
    throw error
  }
  project.provide('testServerUrl', server.urlOf('postgres'))
  return teardown
}

/** A run that was killed leaves its server behind; the folder's name says whose it was. */
async function removeLeftovers(): Promise<void> {
  for (const name of fs.readdirSync(os.tmpdir())) {
    const owner = Number(/^drover-test-(\d+)-/.exec(name)?.[1])
    if (!owner || isAlive(owner)) continue
    const dataDir = path.join(os.tmpdir(), name)
    if (fs.existsSync(path.join(dataDir, 'pg/postmaster.pid'))) {
      const left = await startEmbeddedPostgres({ dataDir })
      if (left.ok) await left.value.stop()
    }
    fs.rmSync(dataDir, { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
