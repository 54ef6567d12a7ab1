import { randomUUID } from 'node:crypto'
import { refusal } from '@drover/api-schema/errors.ts'
import type { MigrationId } from '@drover/api-schema/ids.ts'
import type { MigrationState } from '@drover/api-schema/migration.ts'
import {
  aMigration,
  domainId,
  migrationId,
  someDomainFacts,
  testMoment,
} from '@drover/api-schema/testing/builders.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { MigrationStore } from '../migrations/ports.ts'
import { freshCoordination, migrationCodec, type StoredMigration } from '../migrations/record.ts'
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts'
import { createMigrationStore } from './migrations.ts'
import { openPrisma, type Prisma } from './prisma.ts'

let database: TestDatabase
let prisma: Prisma
let store: MigrationStore

beforeAll(async () => {
  database = await createTestDatabase()
  prisma = openPrisma(database.url, () => {})
  store = createMigrationStore(prisma, migrationCodec)
})
afterAll(async () => {
  await prisma.$disconnect()
  await database.drop()
})
beforeEach(() => prisma.migration.deleteMany())

const failed = (endedAt: number): MigrationState => ({
  phase: 'failed',
  startedAt: null,
  endedAt,
  failedIn: 'preparing',
  refusal: refusal('not-enough-memory'),
  rounds: [],
  totalBytes: 0,
})
function stored(
  number: number,
  overrides: Partial<StoredMigration['migration']> = {},
): StoredMigration {
  return {
    migration: aMigration({ migrationId: migrationId(number), ...overrides }),
    coordination: freshCoordination,
  }
}
const idOf = ({ migration }: StoredMigration): MigrationId => migration.migrationId

describe('a migration in the database', () => {
  it('comes back exactly as it was written, also after a change', async () => {
    const first: StoredMigration = {
      ...stored(1),
      coordination: {
        ...freshCoordination,
        intent: 'start',
        domain: someDomainFacts(),
        source: { status: 'copying', rounds: [], totalBytes: 2 ** 50, startedAt: testMoment },
      },
    }
    await store.insert([first])
    expect(await store.find(migrationId(1))).toEqual(first)
    const changed = { ...first, migration: { ...first.migration, state: failed(testMoment + 5) } }
    await store.save(changed)
    expect(await store.find(migrationId(1))).toEqual(changed)
    expect(await store.find(migrationId(2))).toBeNull()
  })

  it('is inserted with all the others of its request or not at all', async () => {
    await store.insert([stored(2)])
    await expect(store.insert([stored(1), stored(2)])).rejects.toThrow()
    expect(await store.find(migrationId(1))).toBeNull()
  })

  it('must be there to be saved', async () => {
    await expect(store.save(stored(1))).rejects.toThrow()
  })

  it('refuses to be read when somebody has broken it', async () => {
    await store.insert([stored(1)])
    await prisma.migration.update({ where: { id: migrationId(1) }, data: { document: {} } })
    await expect(store.listUnsettled()).rejects.toThrow()
  })
})

it('lists what a restart has to take up: open ones, and ended ones with clean-up owed', async () => {
  const open = stored(1, { requestedAt: testMoment + 2 })
  const owing: StoredMigration = {
    ...stored(2, { requestedAt: testMoment + 1, state: failed(testMoment + 3) }),
    coordination: { ...freshCoordination, intent: 'prepare' },
  }
  const settled = stored(3, { state: failed(testMoment + 3) })
  await store.insert([open, owing, settled])
  expect((await store.listUnsettled()).map(idOf)).toEqual([migrationId(2), migrationId(1)])
})

it('knows the highest generation of each domain asked for', async () => {
  const other = domainId(9)
  await store.insert([
    stored(1, { generation: 3 }),
    stored(2, { generation: 7, state: failed(testMoment) }),
    stored(3, { generation: 40, domainId: other }),
  ])
  const asked = [domainId(1), domainId(2)]
  expect(await store.highestGenerations(asked)).toEqual(new Map([[domainId(1), 7]]))
  expect(await store.highestGenerations([])).toEqual(new Map())
})

it('pages through ended ones, newest first, without losing those of the same moment', async () => {
  const moments = [5, 5, 5, 4, 3, 3, 1]
  const rows = moments.map((offset, index) =>
    stored(index + 1, {
      migrationId: randomUUID() as MigrationId, // a UUID
      state: failed(testMoment + offset),
      domainId: domainId(index % 2),
    }),
  )
  await store.insert([...rows, stored(99)])
  const seen: number[] = []
  let before: number | undefined
  for (let page = 0; page < 10; page += 1) {
    const { migrations, nextBefore } = await store.listEnded({ limit: 2, before })
    for (const { state } of migrations) {
      if (state.phase === 'failed') seen.push(state.endedAt - testMoment)
    }
    if (nextBefore === null) break
    before = nextBefore
  }
  expect(seen).toEqual(moments)
  const ofOne = await store.listEnded({ limit: 50, domainId: domainId(1) })
  expect(ofOne.migrations).toHaveLength(3)
})

it('lists what there is to learn from: the latest of all, and of each domain asked for', async () => {
  const domains = [1, 1, 1, 2, 3, 3]
  const rows = domains.map((number, index) =>
    stored(index + 1, {
      domainId: domainId(number),
      state: failed(testMoment + index),
      // As consoles wrote it before predictions had intervals.
      predicted: { totalMs: 1, downtimeMs: 2, bytes: 3 },
    }),
  )
  const open = stored(90, { domainId: domainId(1) })
  const broken = stored(91, { domainId: domainId(9), state: failed(testMoment + 99) })
  await store.insert([...rows, open, broken])
  await prisma.migration.update({ where: { id: migrationId(91) }, data: { document: {} } })

  const recent = await store.listRecent({
    domainIds: [domainId(1), domainId(2)],
    perDomain: 2,
    inAll: 2,
  })
  // The broken one counts among the latest two and is left out.
  expect(recent.map((migration) => migration.migrationId)).toEqual(
    [6, 4, 3, 2].map((number) => migrationId(number)),
  )
  expect(recent[0]?.predicted).toEqual({ totalMs: 1, downtimeMs: 2, bytes: 3 })
  expect(await store.listRecent({ domainIds: [], perDomain: 2, inAll: 0 })).toEqual([])
})
