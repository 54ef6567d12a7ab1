import { refusal } from '@drover/api-schema/errors.ts'
import type { Migration, MigrationProgress } from '@drover/api-schema/migration.ts'
import {
  aMigration,
  domainId,
  migrationId,
  testMoment,
  uuid,
} from '@drover/api-schema/testing/builders.ts'
import { MIB } from '@drover/api-schema/units.ts'
import { expect, test } from 'vitest'
import { groupsOf, newestTries, restOf, summaryOf } from './group-view.ts'

const groupId = uuid(77)
const copied = { rounds: [], totalBytes: 100 * MIB }
const states = {
  queued: { phase: 'queued' },
  'pre-copy': { phase: 'pre-copy', startedAt: testMoment, rounds: [], totalBytes: 0 },
  activating: {
    phase: 'activating',
    startedAt: testMoment,
    pausedAt: testMoment,
    inDoubt: { sinceAt: testMoment, waitingFor: 'destination' },
    ...copied,
  },
  completed: {
    phase: 'completed',
    startedAt: testMoment,
    endedAt: testMoment + 9,
    totalMs: 9,
    downtimeMs: 1,
    stopReason: null,
    digest: null,
    ...copied,
  },
  failed: {
    phase: 'failed',
    startedAt: testMoment,
    endedAt: testMoment + 9,
    failedIn: 'pre-copy',
    refusal: refusal('peer-lost'),
    ...copied,
  },
} satisfies Record<string, Migration['state']>

function member(n: number, phase: keyof typeof states, overrides: Partial<Migration> = {}) {
  return aMigration({
    migrationId: migrationId(n),
    groupId,
    domainId: domainId(n),
    domainName: `web-${n}`,
    memBytes: 100 * MIB,
    state: states[phase],
    ...overrides,
  })
}

const progress: MigrationProgress = {
  roundIndex: 0,
  roundSentPages: 10_240,
  roundPages: 25_600,
  totalBytes: 40 * MIB,
  bytesPerSec: 10 * MIB,
  dirtyPagesPerSec: null,
  throttleRatio: 0,
  isStalled: false,
  predictedRemainingMs: 6000,
  predictedDowntimeMs: null,
}
const progressOf = (id: string) => (id === migrationId(2) ? progress : null)

test('a group is counted by what each member does, and measured by bytes', () => {
  const members = [member(1, 'completed'), member(2, 'pre-copy'), member(3, 'queued')]
  expect(summaryOf(members, progressOf)).toEqual({
    count: 3,
    destinations: ['xen-02'],
    done: 1,
    copying: 1,
    waiting: 1,
    inDoubt: 0,
    failed: 0,
    cancelled: 0,
    sentBytes: 140 * MIB,
    toGoBytes: 160 * MIB,
    ratio: 140 / 300,
    // 160 MiB at 10 MiB/s, longer than the running copy alone.
    leftMs: 16_000,
    isOpen: true,
  })
})

test('what a guest writes again adds to what is to go; the whole is never finished before the end', () => {
  // All its memory and more was sent, and a round is under way.
  const again = { ...progress, totalBytes: 500 * MIB, roundIndex: 4 }
  const { toGoBytes, ratio } = summaryOf([member(2, 'pre-copy')], () => again)
  expect(toGoBytes).toBe(60 * MIB)
  expect(ratio).toBeLessThan(1)
  const almost = { ...again, roundSentPages: 25_600 }
  expect(summaryOf([member(2, 'pre-copy')], () => almost).ratio).toBe(0.99)
})

test('nothing is predicted while nothing moves', () => {
  const stalled = { ...progress, isStalled: true }
  expect(summaryOf([member(2, 'pre-copy'), member(3, 'queued')], () => stalled).leftMs).toBeNull()
  expect(summaryOf([member(3, 'queued')], () => null).leftMs).toBeNull()
})

test('a retry stands for the try before it', () => {
  const failed = member(1, 'failed', { retriedBy: migrationId(8) })
  const retry = member(8, 'queued', { domainId: domainId(1), attempt: 2, retryOf: migrationId(1) })
  expect(newestTries([retry, failed]).map((one) => one.migrationId)).toEqual([migrationId(8)])
  expect(summaryOf([failed, retry], progressOf)).toMatchObject({ count: 1, failed: 0, waiting: 1 })
})

test('the rest are those that can still be stopped; a hand-over is not among them', () => {
  const members = [member(1, 'completed'), member(2, 'pre-copy'), member(4, 'activating')]
  const { stoppable, late } = restOf(members)
  expect(stoppable.map(({ domainName }) => domainName)).toEqual(['web-2'])
  expect(late).toBe(1)
  expect(summaryOf(members, progressOf).inDoubt).toBe(1)
})

test('those that go alone are in no group', () => {
  const alone = member(5, 'queued', { groupId: null })
  expect(groupsOf([member(1, 'queued'), alone, member(2, 'queued')])).toEqual({
    groups: [{ groupId, members: [member(1, 'queued'), member(2, 'queued')] }],
    alone: [alone],
  })
})
