import type { HostId, UserId } from '@drover/api-schema/ids.ts'
import type { Migration } from '@drover/api-schema/migration.ts'
import {
  defaultMigrationSettings,
  type MigrationLimits,
  type MigrationSettings,
} from '@drover/api-schema/migration-settings.ts'
import { migrationPriorities } from '@drover/api-schema/migration-terms.ts'
import {
  aHost,
  aMigration,
  domainId,
  hostId,
  migrationId,
  testMoment,
} from '@drover/api-schema/testing/builders.ts'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { nextToGo, overdueAfterMs, type QueueView, queueOrder } from './migration-queue.ts'

const seed = 20_261_123
const hostCount = 4
const minute = 60_000
/** The longest a migration takes in this world. */
const longestMs = 10 * minute
const hosts = new Map<HostId, ReturnType<typeof aHost>>()
for (let number = 1; number <= hostCount; number += 1) {
  const pool = number <= 2 ? 'pool-a' : 'pool-b'
  hosts.set(hostId(number), aHost({ hostId: hostId(number), pool }))
}

const limitsOf = fc.record({
  total: fc.integer({ min: 1, max: 4 }),
  perPool: fc.integer({ min: 1, max: 3 }),
  outgoingPerHost: fc.integer({ min: 1, max: 2 }),
  incomingPerHost: fc.integer({ min: 1, max: 2 }),
})
const arrival = fc.record({
  /** Those of one request come at the same moment. */
  afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 4 * minute })),
  lastsMs: fc.integer({ min: minute, max: longestMs }),
  /** Both ends are in one pool; which way it goes is left to chance. */
  pool: fc.boolean(),
  isBack: fc.boolean(),
  priority: fc.constantFrom(...migrationPriorities),
  person: fc.constantFrom('ada', 'bo', 'cy'),
  group: fc.constantFrom(null, 1, 2),
})
type Arrival = { lastsMs: number; migration: Migration }

function arrivals(list: readonly (typeof arrival extends fc.Arbitrary<infer T> ? T : never)[]) {
  let at = testMoment
  return list.map((one, index): Arrival => {
    at += one.afterMs
    const first = one.pool ? 1 : 3
    const [from, to] = one.isBack ? [first + 1, first] : [first, first + 1]
    const migration = aMigration({
      migrationId: migrationId(index),
      domainId: domainId(index),
      sourceHostId: hostId(from),
      destinationHostId: hostId(to),
      priority: one.priority,
      requestedBy: { userId: one.person as UserId, name: one.person }, // an id is any text
      groupId: one.group === null ? null : migrationId(1_000_000 + one.group),
      requestedAt: at,
    })
    return { lastsMs: one.lastsMs, migration }
  })
}

type Run = { readonly startedAt: number; readonly endsAt: number; readonly migration: Migration }

/** Plays arrivals and ends minute by second; calls `let` with everything whenever one may go. */
function play(
  world: { limits: MigrationLimits; all: readonly Arrival[] },
  went: (started: Run, open: { running: readonly Run[]; waiting: readonly Migration[] }) => void,
): void {
  const settings: MigrationSettings = { ...defaultMigrationSettings, limits: world.limits }
  const toCome = [...world.all]
  let waiting: Arrival[] = []
  let running: Run[] = []
  while (toCome.length > 0 || waiting.length > 0 || running.length > 0) {
    const [next] = toCome
    const now = Math.min(
      next?.migration.requestedAt ?? Number.POSITIVE_INFINITY,
      ...running.map(({ endsAt }) => endsAt),
    )
    running = running.filter(({ endsAt }) => endsAt > now)
    while (toCome[0] !== undefined && toCome[0].migration.requestedAt <= now) {
      const arrived = toCome.shift()
      if (arrived !== undefined) waiting.push(arrived)
    }
    const view: QueueView = { host: (id) => hosts.get(id) ?? null, settings, now }
    for (;;) {
      const open = [
        ...running.map(({ migration }) => migration),
        ...waiting.map((one) => one.migration),
      ]
      const chosen = nextToGo(open, view)
      if (chosen === null) break
      const found = waiting.find(({ migration }) => migration === chosen)
      if (found === undefined) throw new Error('It let go what does not wait.')
      const state = { phase: 'preparing' as const, startedAt: now }
      const started = {
        startedAt: now,
        endsAt: now + found.lastsMs,
        migration: { ...chosen, state },
      }
      went(started, { running, waiting: waiting.map(({ migration }) => migration) })
      waiting = waiting.filter((one) => one !== found)
      running = [...running, started]
    }
    if (waiting.length > 0 && running.length === 0) throw new Error('Nothing runs and all wait.')
  }
}

const world = fc.record({
  limits: limitsOf,
  list: fc.array(arrival, { minLength: 1, maxLength: 150, size: 'max' }),
})

it('never exceeds a limit, and leaves nothing standing that has room', () => {
  fc.assert(
    fc.property(world, ({ limits, list }) => {
      play({ limits, all: arrivals(list) }, (started, { running }) => {
        const all = [...running, started].map(({ migration }) => migration)
        const most = (key: (migration: Migration) => unknown) => {
          const counts = new Map<unknown, number>()
          for (const one of all) counts.set(key(one), (counts.get(key(one)) ?? 0) + 1)
          return Math.max(...counts.values())
        }
        expect(all.length).toBeLessThanOrEqual(limits.total)
        expect(most(({ sourceHostId }) => hosts.get(sourceHostId)?.pool)).toBeLessThanOrEqual(
          limits.perPool,
        )
        expect(most(({ sourceHostId }) => sourceHostId)).toBeLessThanOrEqual(limits.outgoingPerHost)
        expect(most((one) => one.destinationHostId)).toBeLessThanOrEqual(limits.incomingPerHost)
      })
    }),
    { seed, numRuns: 150 },
  )
})

it('lets nothing starve: the bound of the doc comment holds against any stream of others', () => {
  fc.assert(
    fc.property(world, ({ limits, list }) => {
      const all = arrivals(list)
      const startedAt = new Map<string, number>()
      const endedAt = new Map<string, number>()
      play({ limits, all }, (started) => {
        startedAt.set(started.migration.migrationId, started.startedAt)
        endedAt.set(started.migration.migrationId, started.endsAt)
      })
      for (const { migration } of all) {
        const { migrationId: id, requestedAt } = migration
        const overdueAt = requestedAt + overdueAfterMs
        const older = all.filter(
          (other) =>
            other.migration.requestedAt <= requestedAt &&
            other.migration !== migration &&
            (endedAt.get(other.migration.migrationId) ?? 0) > overdueAt,
        ).length
        const latest = overdueAt + (2 * older + 1) * longestMs
        expect(startedAt.get(id)).toBeLessThanOrEqual(latest)
      }
    }),
    { seed, numRuns: 300 },
  )
})

it('lets nobody who waits with less running stand behind an equal with more', () => {
  fc.assert(
    fc.property(world, ({ limits, list }) => {
      const all = arrivals(list)
      play({ limits, all }, (started, { running, waiting }) => {
        const now = started.startedAt
        if (waiting.some(({ requestedAt }) => now - requestedAt >= overdueAfterMs)) return
        const view: QueueView = {
          host: (id) => hosts.get(id) ?? null,
          settings: { ...defaultMigrationSettings, limits },
          now,
        }
        const runsOf = (migration: Migration) =>
          running.filter((one) => one.migration.requestedBy.userId === migration.requestedBy.userId)
            .length
        for (const other of waiting) {
          const isAble = nextToGo([...running.map(({ migration }) => migration), other], view)
          if (isAble === null || other.priority !== started.migration.priority) continue
          expect(runsOf(other)).toBeGreaterThanOrEqual(runsOf(started.migration))
        }
      })
    }),
    { seed, numRuns: 60 },
  )
})

it('shows a line whose first is the one that goes, when every limit has room', () => {
  const roomy = { total: 999, perPool: 999, outgoingPerHost: 999, incomingPerHost: 999 }
  fc.assert(
    fc.property(
      fc.array(arrival, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 0, max: 60 }),
      (list, minutes) => {
        const view: QueueView = {
          host: (id) => hosts.get(id) ?? null,
          settings: { ...defaultMigrationSettings, limits: roomy },
          now: testMoment + minutes * minute + 160 * minute,
        }
        const open = arrivals(list).map(({ migration }) => migration)
        const line = queueOrder(open, view)
        expect(new Set(line).size).toBe(open.length)
        const goes: Migration[] = []
        let left = open
        for (let one = nextToGo(left, view); one !== null; one = nextToGo(left, view)) {
          goes.push(one)
          const state = { phase: 'preparing' as const, startedAt: one.requestedAt }
          const started = { ...one, state }
          left = left.map((other) => (other === one ? started : other))
        }
        expect(line[0]).toBe(goes[0])
        expect(goes).toHaveLength(open.length)
      },
    ),
    { seed, numRuns: 200 },
  )
})
