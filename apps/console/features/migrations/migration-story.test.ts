import { refusal } from '@drover/api-schema/errors.ts'
import type { MigrationState } from '@drover/api-schema/migration.ts'
import {
  aCompletedState,
  aMigration,
  aRound,
  testMoment,
} from '@drover/api-schema/testing/builders.ts'
import { MIB } from '@drover/api-schema/units.ts'
import { expect, test } from 'vitest'
import { storyOf } from './migration-story.ts'

const startedAt = testMoment + 200
const copied = {
  rounds: [
    aRound({ sentPages: 1024, dirtyPages: 256, durationMs: 2000, bytes: 4 * MIB }),
    aRound({ roundIndex: 1, sentPages: 256, durationMs: 40, bytes: MIB }),
  ],
  totalBytes: 5 * MIB,
}

const tell = (state: MigrationState, overrides = {}) =>
  storyOf(aMigration({ state, ...overrides })).map((line) => line.text.replaceAll('\u00a0', ' '))

test('a completed one tells who asked, each round, why it stopped, and how long the pause was', () => {
  const state = aCompletedState({
    startedAt,
    totalMs: 2100,
    downtimeMs: 48,
    stopReason: 'few-pages-left',
    ...copied,
  })
  expect(tell(state)).toEqual([
    'Ada asked to move web-7 from xen-01 to xen-02.',
    'Left the queue; the destination was checked and its memory reserved.',
    'Round 1 sent 4.0 MiB in 2.0 s, 2.0 MiB/s. Written again meanwhile: 1.0 MiB.',
    'Stopped copying because few pages were left.',
    'With web-7 paused, the last 1.0 MiB were sent in 40 ms.',
    'web-7 runs on xen-02, 2.1 s after it was started. It stood still for 48 ms.',
  ])
})

test('one that went over before its memory tells what that cost', () => {
  const state = aCompletedState({
    startedAt,
    totalMs: 2900,
    downtimeMs: 31,
    stopReason: 'no-progress',
    postCopy: { pages: 256, demandedPages: 12, waitedMs: 180, durationMs: 800 },
    ...copied,
  })
  expect(tell(state).slice(3)).toEqual([
    'Stopped copying because more rounds would not have shortened the pause.',
    'From then on web-7 ran on xen-02, and the rest of its memory followed.',
    '1.0 MiB followed in 800 ms. 12 pages were fetched on demand, and it stood still for 180 ms in all to wait for them.',
    'web-7 runs on xen-02, 2.9 s after it was started. It stood still for 31 ms.',
  ])
})

test('a failed one ends with its phase and the sentence of the refusal', () => {
  const state: MigrationState = {
    phase: 'failed',
    startedAt,
    endedAt: startedAt + 1,
    failedIn: 'pre-copy',
    refusal: refusal('peer-lost'),
    ...copied,
  }
  expect(tell(state).at(-1)).toBe(
    'Failed while copying memory: The connection between the hosts was lost.',
  )
})

test('one that ended in a round says what that round had sent', () => {
  const end = { startedAt, endedAt: startedAt + 900, failedIn: 'pre-copy' } as const
  const refused = { phase: 'failed', ...end, refusal: refusal('peer-lost') } as const
  expect(tell({ ...refused, rounds: [], totalBytes: 370 * MIB })).toContain(
    'Round 1 had sent 370.0 MiB and did not end.',
  )
  expect(tell({ ...refused, rounds: copied.rounds, totalBytes: 7 * MIB })).toContain(
    'Round 3 had sent 2.0 MiB and did not end.',
  )
  expect(tell({ ...refused, ...copied }).join()).not.toContain('did not end')
})

test('a cancelled one names who stopped it and where the domain is', () => {
  const state: MigrationState = {
    phase: 'cancelled',
    startedAt: null,
    endedAt: testMoment + 5,
    cancelledIn: 'queued',
    rounds: [],
    totalBytes: 0,
  }
  expect(tell(state, { cancelRequestedBy: 'Grace' })).toEqual([
    'Ada asked to move web-7 from xen-01 to xen-02.',
    'Stopped by Grace while waiting in the queue. web-7 stayed on xen-01.',
  ])
})

test('one in doubt names the host that has not answered, not the other one', () => {
  const state: MigrationState = {
    phase: 'activating',
    startedAt,
    pausedAt: startedAt + 1,
    inDoubt: { sinceAt: startedAt + 2, waitingFor: 'destination' },
    ...copied,
  }
  expect(tell(state).at(-1)).toMatch(/^xen-02 has not answered/)
})

test('what a person decided in doubt is told with the name', () => {
  const refused = { failedIn: 'activating', refusal: refusal('peer-lost', 'Ada decided.') } as const
  const end = { phase: 'failed', startedAt, endedAt: startedAt + 9, ...refused, ...copied } as const
  const resolved = { by: 'Ada', at: startedAt + 8, resolution: 'resume' }
  expect(tell(end, { resolved }).slice(-2)).toEqual([
    'Ada decided that xen-01 runs it again, without a word from xen-02.',
    'Failed while handing over: Ada decided.',
  ])
})

test('nothing is said about what has not happened', () => {
  expect(tell({ phase: 'queued' })).toEqual(['Ada asked to move web-7 from xen-01 to xen-02.'])
})
