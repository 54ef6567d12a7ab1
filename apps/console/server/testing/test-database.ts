import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'
import { ask } from './ask.ts'
import { TEMPLATE_DATABASE } from './global-setup.ts'

export interface TestDatabase {
  /** A database of its own with all schema changes applied and no rows, for Prisma's adapter and for `pg`. */
  readonly url: string
  /** Drops it, ending sessions that are still open. */
  drop(): Promise<void>
}

/**
 * Once per test file: `const database = await createTestDatabase()` in `beforeAll`, `database.drop()` in `afterAll`.
 * Takes some 20 ms. Works in `*.integration.test.ts` only, where the shared server runs.
 */
export async function createTestDatabase(options: { empty?: boolean } = {}): Promise<TestDatabase> {
  const serverUrl = inject('testServerUrl')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const template = options.empty ? 'template0' : TEMPLATE_DATABASE
  await ask(serverUrl, `CREATE DATABASE "${name}" TEMPLATE "${template}" STRATEGY FILE_COPY`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return {
    url: url.href,
    drop: async () => {
      await ask(serverUrl, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`)
    },
  }
}
