import {
  defaultMigrationLimits,
  poolLimit,
  poolSettings,
} from '@drover/api-schema/migration-settings.ts'
import { testMoment } from '@drover/api-schema/testing/builders.ts'
import { expect, it } from 'vitest'
import { loadMigrationSettings } from './migration-settings.ts'

/** The table in memory; it refuses while it is away, and answers one turn later like a database. */
function bed(stored: Record<string, unknown> = {}) {
  const rows = new Map<string, unknown>(Object.entries(stored))
  const database = { isAway: false }
  const audited: string[] = []
  const warned: unknown[] = []
  const load = () =>
    loadMigrationSettings({
      store: {
        list: async () =>
          [...rows].map(([key, document]) => ({
            key,
            document,
            updatedAt: testMoment,
            updatedBy: 'Ada',
          })),
        save: async ({ key, document }) => {
          await new Promise((resolve) => setImmediate(resolve))
          if (database.isAway) throw new Error('the database is gone')
          rows.set(key, structuredClone(document))
        },
      },
      now: () => testMoment,
      audit: (...entry) => audited.push(entry.join(' | ')),
      log: { warn: (_sentence, details) => warned.push(details) },
    })
  return { rows, database, audited, warned, load }
}

it('begins with the defaults and keeps what is changed over a restart', async () => {
  const { load, audited } = bed()
  const service = await load()
  expect(service.current()).toEqual({
    limits: defaultMigrationLimits,
    pools: [],
    lastChanges: [],
  })
  await service.updateLimits({ total: 7, outgoingPerHost: undefined }, 'Ada')
  await service.updatePool('pool-a', { maxAtOnce: 3 }, 'Ada')
  await service.updatePool('pool-a', { retry: { kind: 'same-host', attempts: 2 } }, 'Ada')
  const again = (await load()).current()
  expect(again).toEqual(service.current())
  expect(again.limits).toEqual({ ...defaultMigrationLimits, total: 7 })
  expect(poolSettings(again, 'pool-a')).toMatchObject({
    retry: { kind: 'same-host' },
    maxAtOnce: 3,
  })
  expect(poolLimit(again, 'pool-a')).toBe(3)
  expect(poolLimit(again, 'pool-b')).toBe(defaultMigrationLimits.perPool)
  expect(audited).toEqual([
    'Ada | migration-limits-changed | all migrations | At most 7 at once, 5 in a pool, 2 leaving and 2 entering a host.',
    'Ada | pool-migrations-changed | pool-a | Profile downtime-target (300 ms, then auto-converge), no retries, at most 3 at once.',
    'Ada | pool-migrations-changed | pool-a | Profile downtime-target (300 ms, then auto-converge), up to 2 retries on the same host, at most 3 at once.',
  ])
})

it('loses neither of two changes made at once', async () => {
  const { load } = bed()
  const service = await load()
  await Promise.all([
    service.updateLimits({ total: 7 }, 'Ada'),
    service.updateLimits({ perPool: 3 }, 'Bo'),
  ])
  expect(service.current().limits).toMatchObject({ total: 7, perPool: 3 })
})

it('changes nothing, tells nobody and goes on when the database refuses', async () => {
  const { load, database, audited } = bed()
  const service = await load()
  const seen: number[] = []
  service.onChange(({ limits }) => seen.push(limits.total))
  database.isAway = true
  await expect(service.updateLimits({ total: 7 }, 'Ada')).rejects.toThrow('gone')
  expect(service.current().limits).toEqual(defaultMigrationLimits)
  database.isAway = false
  await service.updateLimits({ perPool: 3 }, 'Ada')
  expect(service.current().limits).toEqual({ ...defaultMigrationLimits, perPool: 3 })
  expect(seen).toEqual([defaultMigrationLimits.total])
  expect(audited).toHaveLength(1)
})

it('takes the default for what cannot be read, says so, and reads the rest', async () => {
  const good = {
    ...poolSettings({ pools: [] }, 'pool-b'),
    maxAtOnce: 9,
  }
  const { load, warned } = bed({
    'migration-limits': { total: 'many' },
    'migration-pool:pool-a': { pool: 'pool-a', profile: { kind: 'of the future' } },
    'migration-pool:pool-c': good,
    'migration-pool:pool-b': good,
    'something-else': 1,
  })
  expect((await load()).current()).toEqual({
    limits: defaultMigrationLimits,
    pools: [good],
    lastChanges: [{ pool: 'pool-b', by: 'Ada', at: testMoment }],
  })
  expect(warned).toEqual([
    { key: 'migration-limits' },
    { key: 'migration-pool:pool-a' },
    { key: 'migration-pool:pool-c' },
  ])
})
