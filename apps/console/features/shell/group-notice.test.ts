import { refusal } from '@drover/api-schema/errors.ts'
import type { Migration } from '@drover/api-schema/migration.ts'
import { aMigration, testMoment } from '@drover/api-schema/testing/builders.ts'
import { expect, test } from 'vitest'
import { groupNoticeOf } from './group-notice.ts'

const end = { startedAt: testMoment, endedAt: testMoment, rounds: [], totalBytes: 0 }
const done = aMigration({
  state: {
    phase: 'completed',
    totalMs: 1,
    downtimeMs: 1,
    stopReason: null,
    digest: null,
    ...end,
  },
})
const failed = aMigration({
  state: { phase: 'failed', failedIn: 'pre-copy', refusal: refusal('peer-lost'), ...end },
})
const retried: Migration = { ...failed, retriedBy: done.migrationId }

test('nothing is said before the last one has ended', () => {
  expect(groupNoticeOf([done, aMigration()])).toBeNull()
  expect(groupNoticeOf([retried])).toBeNull()
})

test('when all have arrived it says where they are', () => {
  expect(groupNoticeOf([done, retried, done])).toEqual({
    tone: 'ok',
    title: '2 domains are on xen-02',
    lines: [],
  })
})

test('when some have not, it counts them', () => {
  expect(groupNoticeOf([done, failed])).toEqual({
    tone: 'critical',
    title: '2 domains to xen-02: 1 done, 1 failed',
    lines: [],
  })
})
