import { refusal } from '@drover/api-schema/errors.ts'
import type { MigrationState } from '@drover/api-schema/migration.ts'
import { aCompletedState, aMigration, testMoment } from '@drover/api-schema/testing/builders.ts'
import { expect, test } from 'vitest'
import { noticeOf } from './migration-notice.ts'

const copied = { rounds: [], totalBytes: 0 }
const at = (state: MigrationState) => aMigration({ state })

test('the end of a migration says where it is, how long it took and how long it paused', () => {
  const completed = at(aCompletedState({ totalMs: 14_200, downtimeMs: 48 }))
  expect(noticeOf(completed, 'activating')).toEqual({
    kind: 'toast',
    tone: 'ok',
    title: 'web-7 is on xen-02',
    lines: ['14.2\u00a0s · pause 48\u00a0ms'],
  })
})

test('a failure says why', () => {
  const failed = at({
    phase: 'failed',
    startedAt: null,
    endedAt: testMoment,
    failedIn: 'preparing',
    refusal: refusal('peer-lost'),
    ...copied,
  })
  expect(noticeOf(failed, 'preparing')).toMatchObject({
    tone: 'critical',
    lines: ['The connection between the hosts was lost.'],
  })
})

test('what was known already and the rounds in between are not news', () => {
  const copying = at({ phase: 'pre-copy', startedAt: testMoment, ...copied })
  expect(noticeOf(copying, 'preparing')).toBeNull()
  expect(noticeOf(at({ phase: 'queued' }), 'queued')).toBeNull()
})

test('start and pause are for the ears only', () => {
  expect(noticeOf(at({ phase: 'queued' }), null)).toEqual({
    kind: 'announcement',
    sentence: 'Migrating web-7 to xen-02.',
  })
  expect(
    noticeOf(
      at({ phase: 'stop-and-copy', startedAt: testMoment, pausedAt: testMoment, ...copied }),
      'pre-copy',
    ),
  ).toMatchObject({ kind: 'announcement' })
})
