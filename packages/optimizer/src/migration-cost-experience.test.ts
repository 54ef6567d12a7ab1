import type {
  Migration,
  MigrationPrediction,
  MigrationState,
} from '@drover/api-schema/migration.ts'
import {
  aCompletedState,
  aMigration,
  aRound,
  type CompletedState,
  domainId,
  migrationId,
  testMoment,
} from '@drover/api-schema/testing/builders.ts'
import { GIB, PAGE_BYTES } from '@drover/api-schema/units.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  accuracyOf,
  calibrationOf,
  dirtyCurveOf,
  fewestForAccuracy,
  historyOf,
} from './migration-cost-experience.ts'

const domain = domainId(1)
const other = domainId(2)

const round = (roundIndex: number, dirtyPages: number, durationMs = 1000) =>
  aRound({ roundIndex, sentPages: 10, dirtyPages, durationMs, bytes: 10 * PAGE_BYTES })
const completed = (overrides: Partial<CompletedState> = {}) =>
  aCompletedState({
    endedAt: testMoment + 20_000,
    totalMs: 12_000,
    stopReason: 'downtime-reached',
    rounds: [round(0, 5000, 10_000), round(1, 500), round(2, 0, 40)],
    totalBytes: 1000,
    ...overrides,
  })
const predicted = (overrides: Partial<MigrationPrediction> = {}): MigrationPrediction => ({
  totalMs: 10_000,
  downtimeMs: 50,
  bytes: 1000,
  basis: 'measured',
  ...overrides,
})
let number = 0
const ended = (state: MigrationState, overrides: Partial<Migration> = {}): Migration => {
  number += 1
  return aMigration({
    migrationId: migrationId(number),
    profile: { kind: 'xen-4' },
    predicted: predicted(),
    state,
    ...overrides,
  })
}
const many = (count: number, make: () => Migration) => Array.from({ length: count }, make)

describe('what a domain’s migrations tell of its writing', () => {
  it('is each round it ran through, and not the one in which it stood still', () => {
    expect(historyOf([ended(completed())], domain)).toEqual([
      [
        { seconds: 10, bytes: 5000 * PAGE_BYTES },
        { seconds: 1, bytes: 500 * PAGE_BYTES },
      ],
    ])
  })

  it('is of this domain alone, newest first', () => {
    const old = ended(completed({ endedAt: testMoment, rounds: [round(0, 1), round(1, 0)] }))
    const fresh = ended(completed({ rounds: [round(0, 2), round(1, 0)] }))
    const foreign = ended(completed(), { domainId: other })
    expect(historyOf([old, foreign, fresh], domain).map(([first]) => first?.bytes)).toEqual([
      2 * PAGE_BYTES,
      PAGE_BYTES,
    ])
  })

  it('ends where the guest was slowed down', () => {
    const rounds = [9000, 8900, 8800, 8790, 4000, 500].map((pages, index) => round(index, pages))
    const state = completed({ rounds: [...rounds, round(6, 0)] })
    const profile = {
      kind: 'downtime-target',
      downtimeLimitMs: 300,
      lastResort: { kind: 'auto-converge' },
    } as const
    expect(historyOf([ended(state, { profile })], domain)[0]).toHaveLength(3)
    expect(historyOf([ended(state)], domain)[0]).toHaveLength(6)
  })

  it('is also what a copy has shown that could not follow its guest, and nothing from a paused one', () => {
    const failed: MigrationState = {
      phase: 'failed',
      startedAt: testMoment,
      endedAt: testMoment + 1000,
      failedIn: 'pre-copy',
      refusal: { code: 'not-converging', message: 'It writes too fast.' },
      rounds: [round(0, 7000), round(1, 6900)],
      totalBytes: 1,
    }
    expect(historyOf([ended(failed)], domain)[0]).toHaveLength(2)
    const late = { ...failed, rounds: [...failed.rounds, round(2, 0)] }
    // Its last pages, sent with the guest paused, tell nothing; the rounds before them do.
    expect(historyOf([ended({ ...late, failedIn: 'stop-and-copy' })], domain)[0]).toHaveLength(2)
    const { refusal: _, failedIn: __, ...copied } = failed
    const cancelled: MigrationState = { ...copied, phase: 'cancelled', cancelledIn: 'pre-copy' }
    expect(historyOf([ended(cancelled)], domain)[0]).toHaveLength(2)
    expect(historyOf([ended(completed({ stopReason: 'not-running' }))], domain)).toEqual([])
    expect(dirtyCurveOf([], { domainId: domain, memBytes: GIB })).toBeNull()
    expect(dirtyCurveOf([ended(failed)], { domainId: domain, memBytes: GIB })).not.toBeNull()
  })
})

describe('calibration', () => {
  const slow = () => ended(completed({ totalMs: 15_000, downtimeMs: 100 }))
  const own = { domainId: domain, basis: 'measured' } as const
  const unchanged = { total: 1, downtime: 1, spread: { total: 0, downtime: 0 } }

  it('changes nothing before anything was measured', () => {
    expect(calibrationOf([], own)).toEqual(unchanged)
  })

  it('believes one odd migration little and ten alike nearly all the way', () => {
    const one = calibrationOf([slow()], own).total
    const ten = calibrationOf(many(10, slow), own).total
    expect(one).toBeGreaterThan(1)
    expect(one).toBeLessThan(1.25)
    expect(ten).toBeGreaterThan(1.4)
    expect(ten).toBeLessThan(1.5)
  })

  it('gives a domain never seen what the console has learned, and its own domain more of it', () => {
    const foreign = many(20, () => ({ ...slow(), domainId: other }))
    const unseen = calibrationOf(foreign, own)
    expect(unseen.total).toBeGreaterThan(1.3)
    const quick = many(8, () => ended(completed({ totalMs: 10_000, downtimeMs: 50 })))
    expect(calibrationOf([...foreign, ...quick], own).total).toBeLessThan(1.12)
    expect(
      calibrationOf([...foreign, ...quick], { ...own, domainId: other }).total,
    ).toBeGreaterThan(1.25)
  })

  it('counts from the model’s own figure: what was corrected already is not corrected twice', () => {
    const corrected = many(30, () =>
      ended(completed({ totalMs: 15_000, downtimeMs: 50 }), {
        predicted: predicted({ totalMs: 15_000, calibration: { total: 1.5, downtime: 1 } }),
      }),
    )
    expect(calibrationOf(corrected, own).total).toBeCloseTo(1.45, 1)
  })

  it('knows how far four of five measured figures lay from what it said, once there are enough', () => {
    const at = (totalMs: number) => ended(completed({ totalMs, downtimeMs: 50 }))
    expect(calibrationOf([at(20_000), at(5_000)], own).spread?.total).toBe(0)
    const wild = [5, 20, 6, 18, 7, 16, 10, 10, 10].map((seconds) => at(1000 * seconds))
    const { total, spread } = calibrationOf(wild, own)
    const within = wild.filter(({ state }) => {
      const measured = state.phase === 'completed' ? state.totalMs : Number.NaN
      return Math.abs(Math.log(measured / (total * 10_000))) <= (spread?.total ?? 0) + 1e-9
    })
    expect(within.length).toBeGreaterThanOrEqual(8)
    expect(spread?.total).toBeLessThan(Math.log(2.1))
    expect(
      calibrationOf(
        many(9, () => at(10_000)),
        own,
      ).spread?.total,
    ).toBeCloseTo(0)
  })

  it('does not mix guesses at an ordinary guest with what was known, nor records without a basis', () => {
    const guessed = many(9, () => ({ ...slow(), predicted: predicted({ basis: 'assumed' }) }))
    const early = many(9, () => ({ ...slow(), predicted: { totalMs: 1, downtimeMs: 1, bytes: 1 } }))
    expect(calibrationOf([...guessed, ...early], own)).toEqual(unchanged)
    expect(calibrationOf(guessed, { ...own, basis: 'assumed' }).total).toBeGreaterThan(1.2)
  })

  it('stays between a quarter and four for any figures', () => {
    const figure = fc.double({ min: 0, max: 1e9, noNaN: true })
    const anyMigration = fc.record({ total: figure, pause: fc.option(figure), said: figure })
    fc.assert(
      fc.property(fc.array(anyMigration, { maxLength: 12 }), (all) => {
        const { total, downtime } = calibrationOf(
          all.map(({ total: totalMs, pause, said }) =>
            ended(completed({ totalMs, downtimeMs: pause }), {
              predicted: predicted({ totalMs: said, downtimeMs: said }),
            }),
          ),
          own,
        )
        for (const factor of [total, downtime]) {
          expect(factor).toBeGreaterThanOrEqual(0.25)
          expect(factor).toBeLessThanOrEqual(4)
        }
      }),
      { seed: 713, numRuns: 200 },
    )
  })
})

describe('accuracy', () => {
  const likely = {
    totalMs: { low: 9_000, high: 12_500 },
    downtimeMs: { low: 20, high: 55 },
    bytes: { low: 1, high: 2 },
    rounds: { low: 2, high: 3 },
  }
  const sure = () => ended(completed(), { predicted: predicted({ likely }) })

  it('is unknown while there are too few', () => {
    expect(accuracyOf(many(fewestForAccuracy - 1, sure))).toBeNull()
    expect(accuracyOf(many(9, () => ended(completed(), { predicted: null })))).toBeNull()
  })

  it('is the median error and the share within the interval', () => {
    const migrations = [
      ...many(4, sure),
      ended(completed({ totalMs: 13_000, downtimeMs: 50 }), { predicted: predicted({ likely }) }),
    ]
    const accuracy = accuracyOf(migrations)
    expect(accuracy?.total.count).toBe(5)
    expect(accuracy?.total.medianError).toBeCloseTo(1 / 6)
    expect(accuracy?.total.coverage).toBe(0.8)
    expect(accuracy?.downtime.coverage).toBeCloseTo(0.2)
  })

  it('of records without intervals has errors and no coverage', () => {
    const accuracy = accuracyOf(many(6, () => ended(completed())))
    expect(accuracy?.total.coverage).toBeNull()
    expect(accuracy?.downtime.medianError).toBeCloseTo(1 / 6)
  })

  it('leaves out who failed, was cancelled, was paused all along or was steered by hand', () => {
    const paused = many(9, () => ended(completed({ stopReason: 'not-running' })))
    const cancelled = many(9, () =>
      ended({
        phase: 'cancelled',
        startedAt: null,
        endedAt: testMoment,
        cancelledIn: 'queued',
        rounds: [],
        totalBytes: 0,
      }),
    )
    const steered = many(9, () => ({
      ...ended(completed()),
      steered: { bandwidthBytesPerSec: 1_000_000, pausesNext: false, by: 'Ada' },
    }))
    expect(accuracyOf([...paused, ...cancelled, ...steered])).toBeNull()
  })
})
