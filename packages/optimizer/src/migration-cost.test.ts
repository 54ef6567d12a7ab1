import {
  defaultMigrationProfile,
  type MigrationProfile,
  migrationPredictionSchema,
} from '@drover/api-schema/migration.ts'
import { bitsToBytesPerSec, GIB, MIB } from '@drover/api-schema/units.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type MigrationCostInput, predictMigration } from './migration-cost.ts'
import { curveOf } from './migration-cost-curve.ts'
import { setupMs, switchOverMs } from './migration-cost-rounds.ts'

const gigabit = bitsToBytesPerSec(1e9)
const base: MigrationCostInput = {
  memBytes: GIB,
  vcpuCount: 1,
  sourceNicBytesPerSec: gigabit,
  destinationNicBytesPerSec: gigabit,
  profile: defaultMigrationProfile,
}
function predict(overrides: Partial<MigrationCostInput> = {}) {
  const prediction = predictMigration({ ...base, ...overrides })
  if (prediction === null) throw new Error('the profile gives up')
  return prediction
}
/** With the fields that are always there when the prediction was made by this version. */
function likelyOf(overrides: Partial<MigrationCostInput> = {}) {
  const { likely } = predict(overrides)
  if (likely === undefined) throw new Error('no interval')
  return likely
}
const profiles: readonly MigrationProfile[] = [
  { kind: 'xen-3.0' },
  { kind: 'nsdi-2005' },
  { kind: 'xen-4' },
  defaultMigrationProfile,
]

describe('an idle guest', () => {
  const idle = { dirty: curveOf(0, 0) }

  it('sends its memory once and pauses for the switch-over', () => {
    const { bytes, totalMs, downtimeMs, rounds } = predict(idle)
    expect(bytes).toBe(GIB)
    expect(rounds).toBe(2)
    expect(downtimeMs).toBe(switchOverMs)
    expect(totalMs).toBeCloseTo(setupMs + (1000 * GIB) / gigabit + switchOverMs, -1)
  })

  it('takes time in proportion to its memory', () => {
    const net = (memBytes: number) =>
      predict({ ...idle, memBytes }).totalMs - setupMs - switchOverMs
    expect(net(8 * GIB) / net(GIB)).toBeCloseTo(8, 2)
  })

  it('goes at the speed of the slower NIC', () => {
    const slow = predict({ ...idle, destinationNicBytesPerSec: gigabit / 10 })
    expect(slow).toEqual(predict({ ...idle, sourceNicBytesPerSec: gigabit / 10 }))
    expect(slow.totalMs).toBeGreaterThan(9 * predict(idle).totalMs)
  })

  it('takes twice as long when two share the link', () => {
    const net = (sourceSharers: number, destinationSharers: number) =>
      predict({ ...idle, sourceSharers, destinationSharers }).totalMs - setupMs - switchOverMs
    expect(net(2, 1) / net(1, 1)).toBeCloseTo(2, 3)
    expect(net(2, 2)).toBe(net(1, 2))
  })
})

describe('the interval', () => {
  it('holds the prediction, is what the contract takes, and never lies below what must be sent', () => {
    const anyGuest = fc.record({
      memBytes: fc.integer({ min: 64 * MIB, max: 64 * GIB }),
      linkBytesPerSec: fc.integer({ min: 10e6, max: 5e9 }),
      dirtyRatio: fc.double({ min: 0, max: 2, noNaN: true }),
      workingSetRatio: fc.double({ min: 0, max: 1, noNaN: true }),
      levelSpread: fc.double({ min: 0, max: 1.5, noNaN: true }),
      profile: fc.constantFrom(...profiles),
      sharers: fc.integer({ min: 1, max: 5 }),
    })
    fc.assert(
      fc.property(anyGuest, (guest) => {
        const known = curveOf(
          guest.dirtyRatio * guest.linkBytesPerSec,
          guest.workingSetRatio * guest.memBytes,
        )
        const prediction = predictMigration({
          ...base,
          memBytes: guest.memBytes,
          sourceNicBytesPerSec: guest.linkBytesPerSec,
          profile: guest.profile,
          sourceSharers: guest.sharers,
          dirty: { ...known, levelSpread: guest.levelSpread },
        })
        if (prediction === null) return
        expect(migrationPredictionSchema.safeParse(prediction).success).toBe(true)
        const { likely, rounds = 0 } = prediction
        if (likely === undefined) throw new Error('no interval')
        for (const figure of ['totalMs', 'downtimeMs', 'bytes'] as const) {
          expect(likely[figure].low).toBeLessThanOrEqual(prediction[figure])
          expect(likely[figure].high).toBeGreaterThanOrEqual(prediction[figure])
        }
        expect(likely.rounds.low).toBeLessThanOrEqual(rounds)
        expect(likely.rounds.high).toBeGreaterThanOrEqual(rounds)
        expect(likely.bytes.low).toBeGreaterThanOrEqual(guest.memBytes)
      }),
      { seed: 4_218, numRuns: 500 },
    )
  })

  it('is wider the more the load differs from one migration to the next', () => {
    const known = curveOf(20e6, GIB / 2)
    const widths = [0.05, 0.2, 0.5].map((levelSpread) => {
      const { bytes } = likelyOf({ dirty: { ...known, levelSpread }, profile: { kind: 'xen-4' } })
      return bytes.high - bytes.low
    })
    expect(widths).toEqual([...widths].sort((a, b) => a - b))
    expect(widths[2]).toBeGreaterThan(2 * (widths[0] ?? 0))
  })

  it('is far wider for a guest of which nothing is known', () => {
    const fourGib = { memBytes: 4 * GIB, profile: { kind: 'xen-4' } as const }
    const known = likelyOf({ ...fourGib, dirty: curveOf(2.3e6, (4 * GIB) / 6) })
    const unknown = likelyOf(fourGib)
    const width = ({ low, high }: { low: number; high: number }) => high - low
    expect(width(unknown.bytes)).toBeGreaterThan(2 * width(known.bytes))
  })
})

describe('calibration', () => {
  it('multiplies the figure and both its ends, and is kept beside them', () => {
    const plain = predict()
    const corrected = predict({ calibration: { total: 1.5, downtime: 2 } })
    expect(corrected.totalMs / plain.totalMs).toBeCloseTo(1.5, 3)
    expect(corrected.downtimeMs / plain.downtimeMs).toBeCloseTo(2, 1)
    expect((corrected.likely?.totalMs.high ?? 0) / (plain.likely?.totalMs.high ?? 1)).toBeCloseTo(
      1.5,
      2,
    )
    expect(corrected.bytes).toBe(plain.bytes)
    expect(corrected.calibration).toEqual({ total: 1.5, downtime: 2 })
  })
})

describe('experience', () => {
  it('widens an interval that has not held, and narrows none', () => {
    const plain = predict({})
    const seen = predict({
      calibration: { total: 1, downtime: 1, spread: { total: Math.log(2), downtime: 0 } },
    })
    expect(seen.likely?.totalMs.high).toBeGreaterThanOrEqual(Math.floor(1.99 * plain.totalMs))
    expect(seen.likely?.downtimeMs).toEqual(plain.likely?.downtimeMs)
  })

  it('makes no migration faster than its memory goes over the link', () => {
    const { totalMs, likely } = predict({ calibration: { total: 0.25, downtime: 1 } })
    const fastestMs = (1000 * base.memBytes) / base.sourceNicBytesPerSec
    expect(totalMs).toBeGreaterThanOrEqual(Math.floor(fastestMs))
    expect(likely?.totalMs.low).toBeGreaterThanOrEqual(Math.floor(fastestMs))
  })
})

describe('a limit to the bandwidth', () => {
  const calm = { dirty: curveOf(0, 0), sourceSharers: 1 }

  it('stretches the rounds and leaves the pause alone', () => {
    const free = predict(calm)
    const limited = predict({ ...calm, bandwidthBytesPerSec: gigabit / 10 })
    expect(limited.totalMs / free.totalMs).toBeGreaterThan(9)
    expect(limited.totalMs / free.totalMs).toBeLessThan(10.5)
    expect(limited.downtimeMs).toBe(free.downtimeMs)
  })

  it('above what the link carries changes nothing', () => {
    expect(predict({ ...calm, bandwidthBytesPerSec: 20 * gigabit })).toEqual(predict(calm))
    expect(predict({ ...calm, bandwidthBytesPerSec: null })).toEqual(predict(calm))
  })
})

describe('a guest that writes faster than the link carries', () => {
  const writer = { dirty: curveOf(10 * gigabit, GIB / 2) }
  const target = (
    lastResort: Extract<MigrationProfile, { kind: 'downtime-target' }>['lastResort'],
  ) => ({ profile: { kind: 'downtime-target', downtimeLimitMs: 300, lastResort } as const })

  it('has no prediction when the profile gives up', () => {
    expect(predictMigration({ ...base, ...writer, ...target({ kind: 'give-up' }) })).toBeNull()
    const short = target({ kind: 'longer-pause', downtimeLimitMs: 1000 })
    expect(predictMigration({ ...base, ...writer, ...short })).toBeNull()
  })

  it('takes the longer pause if that is allowed', () => {
    const { downtimeMs } = predict({
      ...writer,
      ...target({ kind: 'longer-pause', downtimeLimitMs: 10_000 }),
    })
    // All of its set is dirty after every round; the middle of eleven links is a little off the one given.
    const wholeMs = (1000 * (GIB / 2)) / gigabit + switchOverMs
    expect(Math.abs(downtimeMs / wholeMs - 1)).toBeLessThan(0.05)
  })

  it('arrives with a long pause after five rounds of Xen 4, each of which sends its hot half again', () => {
    const { bytes, downtimeMs, rounds } = predict({ ...writer, profile: { kind: 'xen-4' } })
    expect(rounds).toBe(6)
    expect(downtimeMs).toBeGreaterThan(4000)
    expect(Math.abs(bytes / (GIB + (5 * GIB) / 2) - 1)).toBeLessThan(0.01)
  })

  it('is throttled until a round fits when its writing is only a little too fast', () => {
    const { downtimeMs } = predict({
      dirty: curveOf(1.2 * gigabit, GIB),
      ...target({ kind: 'auto-converge' }),
    })
    expect(downtimeMs).toBeLessThanOrEqual(300)
  })
})
