import { GIB, MIB, PAGE_BYTES } from '@drover/api-schema/units.ts'
import { createMemory, markWritten, viewMemory } from '@drover/hypervisor-sim/dirty-memory.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  assumedCurve,
  assumedDirtyBytesPerSec,
  curveOf,
  type DirtyRun,
  dirtiedIn,
  fitDirtyCurve,
} from './migration-cost-curve.ts'

describe('the curve of a guest', () => {
  it('is the rate at first and the whole set in the end', () => {
    const curve = curveOf(10e6, 100e6)
    expect(dirtiedIn(curve, 0)).toBe(0)
    expect(dirtiedIn(curve, 0.1)).toBeCloseTo(1e6, -3)
    expect(dirtiedIn(curve, 1000)).toBe(100e6)
  })

  it('never falls and never gains more in the second half of a window than in the first', () => {
    const sets = fc.array(
      fc.record({
        bytes: fc.double({ min: 1, max: 1e9, noNaN: true }),
        turnSeconds: fc.double({ min: 0.001, max: 1000, noNaN: true }),
      }),
      { maxLength: 5 },
    )
    fc.assert(
      fc.property(sets, fc.double({ min: 0.001, max: 2000, noNaN: true }), (written, seconds) => {
        const half = dirtiedIn({ sets: written }, seconds / 2)
        const whole = dirtiedIn({ sets: written }, seconds)
        expect(whole).toBeGreaterThanOrEqual(half)
        expect(whole - half).toBeLessThanOrEqual(half * (1 + 1e-9))
      }),
      { seed: 711, numRuns: 300 },
    )
  })

  it('of an ordinary guest writes at the assumed rate of each vCPU', () => {
    const curve = assumedCurve(GIB, 4)
    expect(dirtiedIn(curve, 0.1) / 0.1).toBeCloseTo(4 * assumedDirtyBytesPerSec, -5)
    expect(curve.isAssumed).toBe(true)
  })

  it('counts as the simulator does, whose phase is unknown', () => {
    const pages = 20_000
    const memory = createMemory({ seed: 3, spanPages: pages, hotPages: pages, coldPages: 0 })
    for (const turns of [0.3, 0.8, 1.4]) {
      let sum = 0
      const phases = 12
      for (let phase = 0; phase < phases; phase++) {
        const from = Math.floor(((phase + 0.5) / phases) * pages)
        sum += markWritten(
          new Uint32Array(pages / 32),
          viewMemory(memory, { hotWrites: from, coldWrites: 0 }),
          viewMemory(memory, { hotWrites: from + turns * pages, coldWrites: 0 }),
        )
      }
      const expected = dirtiedIn(curveOf(pages * PAGE_BYTES, pages * PAGE_BYTES), turns)
      expect(sum / phases / (expected / PAGE_BYTES)).toBeCloseTo(1, 1)
    }
  })
})

describe('fitting a history', () => {
  const windows = [20, 4, 1, 0.2, 0.05]
  const runOf = (level: number, curve = truth): DirtyRun =>
    windows.map((seconds) => ({ seconds, bytes: dirtiedIn(curve, level * seconds) }))
  const truth = {
    sets: [
      { bytes: 40 * MIB, turnSeconds: 0.8 },
      { bytes: 300 * MIB, turnSeconds: 60 },
    ],
  }

  it('finds nothing in an empty one', () => {
    expect(fitDirtyCurve([], GIB)).toBeNull()
    expect(fitDirtyCurve([[], [{ seconds: 0, bytes: 5 }]], GIB)).toBeNull()
  })

  it('goes through the samples, and between them', () => {
    const fitted = fitDirtyCurve([runOf(1)], GIB)
    if (fitted === null) throw new Error('no curve')
    for (const seconds of [0.05, 0.1, 0.2, 0.5, 1, 2, 4, 10, 20]) {
      const ratio = dirtiedIn(fitted, seconds) / dirtiedIn(truth, seconds)
      expect(Math.abs(ratio - 1)).toBeLessThan(0.08)
    }
    expect(fitted.isAssumed).toBe(false)
  })

  it('sees how much the load differs from run to run', () => {
    const steady = fitDirtyCurve([runOf(1), runOf(1), runOf(1), runOf(1)], GIB)
    const restless = fitDirtyCurve([runOf(0.5), runOf(2), runOf(0.6), runOf(1.7)], GIB)
    expect(steady?.levelSpread).toBeLessThan(0.2)
    expect(restless?.levelSpread).toBeGreaterThan(2 * (steady?.levelSpread ?? 1))
  })

  it('finds an idle guest idle', () => {
    const idle = windows.map((seconds) => ({ seconds, bytes: 0 }))
    expect(fitDirtyCurve([idle], GIB)?.sets).toEqual([])
  })

  it('never has a guest write more than it holds, and takes whatever is stored', () => {
    const samples = fc.array(
      fc.record({
        seconds: fc.double({ min: 0, max: 4000, noNaN: true }),
        bytes: fc.integer({ min: 0, max: 4 * GIB }),
      }),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(fc.array(samples, { maxLength: 4 }), (history) => {
        const curve = fitDirtyCurve(history, GIB)
        if (curve === null) return
        expect(dirtiedIn(curve, 1e9)).toBeLessThanOrEqual(GIB * (1 + 1e-9))
        expect(Number.isFinite(curve.levelSpread)).toBe(true)
        for (const set of curve.sets) {
          expect(set.bytes).toBeGreaterThan(0)
          expect(set.turnSeconds).toBeGreaterThan(0)
        }
      }),
      { seed: 712, numRuns: 150 },
    )
  })
})
