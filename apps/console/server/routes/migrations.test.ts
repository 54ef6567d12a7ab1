import type { EndpointQueryInput } from '@drover/api-schema/endpoints.ts'
import { endpoints } from '@drover/api-schema/endpoints.ts'
import { ok } from '@drover/api-schema/result.ts'
import {
  aMigration,
  domainId,
  migrationId,
  testMoment,
} from '@drover/api-schema/testing/builders.ts'
import { expect, it } from 'vitest'
import { listMigrations, type MigrationService } from './migrations.ts'

const numberOf = (id: string) =>
  Array.from({ length: 10 }, (_, n) => n).find((n) => migrationId(n) === id)
const open = (n: number) =>
  aMigration({ migrationId: migrationId(n), domainId: domainId(n), state: { phase: 'queued' } })
const ended = (n: number) =>
  aMigration({
    migrationId: migrationId(n),
    domainId: domainId(n),
    state: {
      phase: 'cancelled',
      startedAt: null,
      endedAt: testMoment + n,
      cancelledIn: 'queued',
      rounds: [],
      totalBytes: 0,
    },
  })

/** Ended ones newest first, as the store has them; `whileReading` happens while the database is asked. */
function serviceOf(lists: { open: number[]; ended: number[] }, whileReading = () => {}) {
  return {
    request: async () => [],
    cancel: async () => ok(open(1)),
    cancelGroup: async () => ok([]),
    setPriority: async () => ok(open(1)),
    steer: async () => ok(open(1)),
    resolve: async () => ok(open(1)),
    find: async () => null,
    listOpen: () => lists.open.map(open),
    async listEnded({ limit, before = Number.POSITIVE_INFINITY, domainId: wanted }) {
      whileReading()
      const all = [...lists.ended]
        .sort((a, b) => b - a)
        .map(ended)
        .filter((one) => wanted === undefined || one.domainId === wanted)
        .filter((one) => 'endedAt' in one.state && one.state.endedAt < before)
      const last = all[limit - 1]
      const nextBefore =
        all.length > limit && last !== undefined && 'endedAt' in last.state
          ? last.state.endedAt
          : null
      return { migrations: all.slice(0, limit), nextBefore }
    },
  } satisfies MigrationService
}

async function list(service: MigrationService, query: EndpointQueryInput<'listMigrations'> = {}) {
  const parsed = endpoints.listMigrations.query.parse(query)
  const { migrations, nextBefore } = await listMigrations(service, parsed)
  return { numbers: migrations.map((one) => numberOf(one.migrationId)), nextBefore }
}

it('lists the open ones and the ended ones, or those that are asked for', async () => {
  const service = serviceOf({ open: [7, 8], ended: [1, 2, 3] })
  expect((await list(service)).numbers).toEqual([7, 8, 3, 2, 1])
  expect(await list(service, { state: 'open', limit: 1 })).toEqual({
    numbers: [7, 8],
    nextBefore: null,
  })
  expect((await list(service, { state: 'ended' })).numbers).toEqual([3, 2, 1])
  expect((await list(service, { domainId: domainId(8) })).numbers).toEqual([8])
  expect((await list(service, { domainId: domainId(2) })).numbers).toEqual([2])
})

it('shows each once on the way through the pages, also one that ends meanwhile', async () => {
  const lists = { open: [7, 8], ended: [1, 2, 3] }
  const service = serviceOf(lists)
  const first = await list(service, { limit: 2 })
  lists.open = [8]
  lists.ended.push(7)
  const second = await list(service, { limit: 2, before: String(first.nextBefore) })
  expect([...first.numbers, ...second.numbers]).toEqual([7, 8, 3, 2, 1])
  expect(second.nextBefore).toBeNull()
})

it('neither loses nor doubles one that ends while the database is asked', async () => {
  const lists = { open: [7, 8], ended: [1] }
  const service = serviceOf(lists, () => {
    lists.open = [8]
    lists.ended.push(7)
  })
  expect((await list(service)).numbers).toEqual([8, 7, 1])
})
