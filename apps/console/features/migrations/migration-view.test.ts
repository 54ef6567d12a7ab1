import { refusal } from '@drover/api-schema/errors.ts'
import type {
  Migration,
  MigrationPhase,
  MigrationProgress,
  MigrationState,
} from '@drover/api-schema/migration.ts'
import {
  aCompletedState,
  aMigration,
  migrationId,
  testMoment,
} from '@drover/api-schema/testing/builders.ts'
import { describe, expect, test } from 'vitest'
import { doneRatio } from '../../client/migration-ratio.ts'
import { measuredOf } from './measured-view.ts'
import {
  elapsedMs,
  inRunningOrder,
  isOpenMigration,
  matchesFilter,
  mergeEnded,
  roundLeftBytes,
  sentBytesOf,
  toneOf,
  troubleOf,
} from './migration-view.ts'
import { phaseSteps, phaseTookMs } from './phase-view.ts'

const startedAt = testMoment + 1000
const copied = { rounds: [], totalBytes: 1000 }

/** One of every phase and ending; the record is total, so a new one has to be added here. */
const states: Record<MigrationState['phase'], MigrationState> = {
  queued: { phase: 'queued' },
  preflight: { phase: 'preflight' },
  preparing: { phase: 'preparing', startedAt },
  'pre-copy': { phase: 'pre-copy', startedAt, ...copied },
  'stop-and-copy': { phase: 'stop-and-copy', startedAt, pausedAt: startedAt + 5000, ...copied },
  activating: {
    phase: 'activating',
    startedAt,
    pausedAt: startedAt + 5000,
    inDoubt: null,
    ...copied,
  },
  'post-copy': {
    phase: 'post-copy',
    startedAt,
    pausedAt: startedAt + 5000,
    activatedAt: startedAt + 5040,
    ...copied,
  },
  completed: aCompletedState({ startedAt, totalMs: 6000, ...copied }),
  failed: {
    phase: 'failed',
    startedAt,
    endedAt: startedAt + 3000,
    failedIn: 'pre-copy',
    refusal: refusal('peer-lost'),
    ...copied,
  },
  cancelled: {
    phase: 'cancelled',
    startedAt: null,
    endedAt: testMoment + 500,
    cancelledIn: 'queued',
    ...copied,
  },
}

const progress: MigrationProgress = {
  roundIndex: 1,
  roundSentPages: 250,
  roundPages: 1000,
  totalBytes: 5000,
  bytesPerSec: 100,
  dirtyPagesPerSec: 3,
  throttleRatio: 0,
  isStalled: false,
  predictedRemainingMs: null,
  predictedDowntimeMs: null,
}

function inState(phase: MigrationState['phase'], overrides: Partial<Migration> = {}): Migration {
  return aMigration({ state: states[phase], ...overrides })
}

describe('trouble', () => {
  test('a stalled copy warns, and says whether the guest stands still', () => {
    const stalled = { ...progress, isStalled: true }
    expect(troubleOf(states['pre-copy'], stalled)).toEqual({ kind: 'stalled', isPaused: false })
    expect(troubleOf(states['stop-and-copy'], stalled)).toEqual({ kind: 'stalled', isPaused: true })
    expect(toneOf(states['pre-copy'], stalled)).toBe('warning')
  })

  test('in doubt outranks a stall and is critical', () => {
    const state: MigrationState = {
      phase: 'activating',
      startedAt,
      pausedAt: startedAt,
      inDoubt: { sinceAt: startedAt + 1, waitingFor: 'destination' },
      ...copied,
    }
    expect(troubleOf(state, { ...progress, isStalled: true })).toMatchObject({ kind: 'in-doubt' })
    expect(toneOf(state, null)).toBe('critical')
  })

  test('an ended migration is never in trouble, whatever the last reading said', () => {
    const stalled = { ...progress, isStalled: true }
    for (const phase of ['completed', 'failed', 'cancelled'] as const) {
      expect(troubleOf(states[phase], stalled)).toEqual({ kind: 'none' })
    }
  })
})

describe('how far it is', () => {
  test('goes by the predicted end when there is one', () => {
    const predicted = { ...progress, predictedRemainingMs: 3000 }
    expect(doneRatio(inState('pre-copy'), predicted, startedAt + 1000)).toBe(0.25)
  })

  test('else by the present round', () => {
    expect(doneRatio(inState('pre-copy'), progress, startedAt + 1000)).toBe(0.25)
  })

  test('is never whole before the end, and whole at it', () => {
    const atEnd = { ...progress, predictedRemainingMs: 0 }
    expect(doneRatio(inState('activating'), atEnd, startedAt + 1000)).toBeLessThan(1)
    expect(doneRatio(inState('completed'), null, 0)).toBe(1)
  })

  test('is unknown while it waits and when it ended badly', () => {
    expect(doneRatio(inState('queued'), null, startedAt)).toBeNull()
    expect(doneRatio(inState('failed'), progress, startedAt)).toBeNull()
  })

  test('sent bytes come from the newest reading while it runs, from the account afterwards', () => {
    expect(sentBytesOf(states['pre-copy'], progress)).toBe(5000)
    expect(sentBytesOf(states['pre-copy'], null)).toBe(1000)
    expect(sentBytesOf(states.completed, progress)).toBe(1000)
    expect(sentBytesOf(states.queued, null)).toBeNull()
  })

  test('what is left of a round is in bytes of 4 KiB pages and never negative', () => {
    expect(roundLeftBytes(progress)).toBe(750 * 4096)
    expect(roundLeftBytes({ ...progress, roundSentPages: 2000 })).toBe(0)
    expect(roundLeftBytes(null)).toBeNull()
  })

  test('elapsed counts from the request while waiting, from the start afterwards, and stops at the end', () => {
    expect(elapsedMs(inState('queued'), testMoment + 700)).toBe(700)
    expect(elapsedMs(inState('pre-copy'), startedAt + 700)).toBe(700)
    expect(elapsedMs(inState('failed'), startedAt + 9999)).toBe(3000)
    expect(elapsedMs(inState('cancelled'), startedAt + 9999)).toBe(500)
  })
})

describe('phase steps', () => {
  test('a running one is at its phase; what is before is done, what is after is ahead', () => {
    expect(phaseSteps(states['pre-copy']).map((step) => step.status)).toEqual([
      'done',
      'done',
      'done',
      'current',
      'ahead',
      'ahead',
    ])
  })

  test('a failed one broke where it failed and never reached the rest', () => {
    expect(phaseSteps(states.failed).map((step) => step.status)).toEqual([
      'done',
      'done',
      'done',
      'broken',
      'skipped',
      'skipped',
    ])
  })

  test('every state has the six phases, and a seventh where the memory followed', () => {
    const { 'post-copy': following, ...others } = states
    expect(phaseSteps(following).at(-1)).toEqual({ phase: 'post-copy', status: 'current' })
    for (const state of Object.values(others)) expect(phaseSteps(state)).toHaveLength(6)
  })
})

test('a phase says how long it took where that was recorded, and counts while it lasts', () => {
  const round = (dirtyPages: number) => ({
    roundIndex: 0,
    sentPages: 1,
    skippedPages: 0,
    dirtyPages,
    durationMs: 2000,
    bytes: 4096,
  })
  const done = { ...states.completed, rounds: [round(5), round(0)] }
  const took = (state: MigrationState, phase: MigrationPhase) =>
    phaseTookMs(aMigration({ state }), phase, startedAt + 7000)
  expect(took(done, 'queued')).toBe(1000)
  expect(took(done, 'pre-copy')).toBe(2000)
  expect(took(done, 'stop-and-copy')).toBe(60)
  expect(took(done, 'activating')).toBeNull()
  expect(took(states['pre-copy'], 'pre-copy')).toBe(7000)
  expect(took(states['stop-and-copy'], 'stop-and-copy')).toBe(2000)
  expect(took(states.failed, 'pre-copy')).toBeNull()
})

test('an open one has measured as much as has happened', () => {
  expect(measuredOf(inState('queued'), null, startedAt)).toEqual({
    totalMs: null,
    downtimeMs: null,
    bytes: null,
    rounds: null,
  })
  expect(measuredOf(inState('stop-and-copy'), progress, startedAt + 6000)).toEqual({
    totalMs: 6000,
    downtimeMs: 1000,
    bytes: 5000,
    rounds: 0,
  })
  expect(measuredOf(inState('completed'), null, 0)).toMatchObject({ totalMs: 6000, rounds: null })
})

test('running ones come before the queue, each in the order they were asked for', () => {
  const queued = inState('queued', { migrationId: migrationId(1), requestedAt: 1 })
  const late = inState('pre-copy', { migrationId: migrationId(2), requestedAt: 3 })
  const early = inState('preparing', { migrationId: migrationId(3), requestedAt: 2 })
  const order = inRunningOrder([queued, late, early].filter(isOpenMigration))
  expect(order.map((migration) => migration.migrationId)).toEqual([3, 2, 1].map(migrationId))
})

test('ended ones from both sources appear once, newest end first, open ones not at all', () => {
  const one = inState('completed', { migrationId: migrationId(1) })
  const two = inState('failed', { migrationId: migrationId(2) })
  const open = inState('pre-copy', { migrationId: migrationId(3) })
  const merged = mergeEnded([two, open], [one, two])
  expect(merged.map((migration) => migration.migrationId)).toEqual([1, 2].map(migrationId))
})

describe('filter', () => {
  const migration = inState('failed')
  test('finds domain, hosts and person, whatever the case', () => {
    for (const text of ['WEB', 'xen-01', 'xen-02', 'ada', ' ']) {
      expect(matchesFilter(migration, { text, outcome: null })).toBe(true)
    }
    expect(matchesFilter(migration, { text: 'sql', outcome: null })).toBe(false)
  })

  test('an outcome hides other endings and leaves running ones alone', () => {
    expect(matchesFilter(migration, { text: '', outcome: 'completed' })).toBe(false)
    expect(matchesFilter(migration, { text: '', outcome: 'failed' })).toBe(true)
    expect(matchesFilter(inState('pre-copy'), { text: '', outcome: 'completed' })).toBe(true)
  })
})
