import type { DomainFacts } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import {
  aMigration,
  domainId,
  hostId,
  someDomainFacts,
  someHostFacts,
} from '@drover/api-schema/testing/builders.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createFactWriter } from '../fact-writer.ts'
import { createInventory } from '../inventory.ts'
import { createLog } from '../log.ts'
import { freshCoordination, migrationCodec } from '../migrations/record.ts'
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts'
import { createVirtualClock } from '../testing/virtual-clock.ts'
import { createFleetStore } from './fleet.ts'
import { createMigrationStore } from './migrations.ts'
import { isDatabaseGone, openPrisma, type Prisma } from './prisma.ts'

let database: TestDatabase
let prisma: Prisma

beforeAll(async () => {
  database = await createTestDatabase()
  prisma = openPrisma(database.url, () => {})
})
afterAll(async () => {
  await prisma.$disconnect()
  await database.drop()
})

/** What the contract refuses; a bug that lets one through must not cost more than its own row. */
it.each<[string, Partial<DomainFacts>]>([
  ['U+0000 in a label', { labels: { role: 'a\u0000b' } }],
  ['a lone surrogate in a CPU feature', { requiredCpuFeatures: ['\ud800'] }],
  ['a generation beyond its column', { generation: 2 ** 31 }],
])('PostgreSQL refuses %s, and every other row is written', async (_what, broken) => {
  const logLines: { message: string; id?: string }[] = []
  const inventory = createInventory((publish) => publish())
  const store = createFleetStore(prisma)
  const writer = createFactWriter({
    inventory,
    store,
    keyHashOf: () => 'a hash',
    isDatabaseGone,
    clock: createVirtualClock(),
    log: createLog('warn', (line) => logLines.push(JSON.parse(line))),
  })
  inventory.onPatch(writer.take)
  await prisma.host.deleteMany()
  const domains = [1, 2, 3].map((number) => someDomainFacts({ domainId: domainId(number) }))
  inventory.inventoryReported(someHostFacts(), domains, '1')
  inventory.domainChanged(hostId(1), { ...someDomainFacts({ domainId: domainId(2) }), ...broken })
  expect(await writer.flushNow()).toBe(true)
  inventory.domainChanged(hostId(1), {
    ...someDomainFacts({ domainId: domainId(2), domid: 9 }),
    ...broken,
  })
  expect(await writer.flushNow()).toBe(true)
  await writer.stop()
  const stored = await store.load()
  expect(stored.domains.map(({ facts }) => facts.domainId).sort()).toEqual([
    domainId(1),
    domainId(3),
  ])
  expect(logLines).toMatchObject([{ message: 'The database refuses a row.', id: domainId(2) }])
})

it('a migration that PostgreSQL refuses is told from a database that is away', async () => {
  const store = createMigrationStore(prisma, migrationCodec)
  const stored = { migration: aMigration(), coordination: freshCoordination }
  await store.insert([stored])
  const broken = { ...stored.migration, cancelRequestedBy: 'Ada\u0000' }
  const error = await store
    .save({ ...stored, migration: broken })
    .catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(Error)
  expect(isDatabaseGone(error)).toBe(false)
})

it('PostgreSQL refuses a host with a broken name of its CPU, and the other hosts are written', async () => {
  const inventory = createInventory((publish) => publish())
  const store = createFleetStore(prisma)
  const writer = createFactWriter({
    inventory,
    store,
    keyHashOf: () => 'a hash',
    isDatabaseGone,
    clock: createVirtualClock(),
    log: createLog('silent'),
  })
  inventory.onPatch(writer.take)
  await prisma.host.deleteMany()
  const facts = someHostFacts({ hostId: hostId(1), name: 'xen-01' })
  const broken: Partial<Host> = { labels: { rack: '\u0000' } }
  inventory.inventoryReported({ ...facts, ...broken }, [], '1')
  inventory.inventoryReported(someHostFacts({ hostId: hostId(2), name: 'xen-02' }), [], '1')
  expect(await writer.flushNow()).toBe(true)
  await writer.stop()
  expect((await store.load()).hosts.map((host) => host.facts.hostId)).toEqual([hostId(2)])
})
