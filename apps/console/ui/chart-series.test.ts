import { describe, expect, test } from 'vitest'
import {
  bucketise,
  niceBinaryCeiling,
  niceCeiling,
  pointsToDraw,
  summarise,
  timeTicks,
} from './chart-series.ts'

describe('summarise', () => {
  test('gives minimum, mean, maximum and the newest known value', () => {
    expect(summarise([2, null, 6, 4, null])).toEqual({ min: 2, avg: 4, max: 6, now: 4 })
  })

  test('knows nothing when every value is unknown', () => {
    expect(summarise([null, null])).toEqual({ min: null, avg: null, max: null, now: null })
    expect(summarise([])).toEqual({ min: null, avg: null, max: null, now: null })
  })
})

describe('pointsToDraw', () => {
  test('keeps every point while they fit', () => {
    expect(pointsToDraw([[1, 2, 3]], 3, 3)).toEqual([0, 1, 2])
  })

  test('keeps first and last, rises strictly and never exceeds the limit', () => {
    const values = Array.from({ length: 1000 }, (_, index) => Math.sin(index / 20))
    const chosen = pointsToDraw([values], values.length, 300)
    expect(chosen).toHaveLength(300)
    expect(chosen[0]).toBe(0)
    expect(chosen.at(-1)).toBe(999)
    expect(chosen.every((index, place) => place === 0 || index > (chosen[place - 1] ?? 0))).toBe(
      true,
    )
  })

  test('keeps a spike of one second, whichever series has it', () => {
    for (const spikeAt of [1, 333, 500, 998]) {
      const flat = Array.from({ length: 1000 }, () => 1)
      const spiked = flat.map((value, index) => (index === spikeAt ? 50 : value))
      expect(pointsToDraw([flat, spiked], 1000, 100)).toContain(spikeAt)
    }
  })
})

describe('axis ends', () => {
  test.each([
    [0, 1],
    [1, 1],
    [1.2, 2],
    [2.1, 2.5],
    [3, 5],
    [7, 10],
    [73, 100],
    [0.04, 0.05],
  ])('%d ends at %d', (max, end) => {
    expect(niceCeiling(max)).toBeCloseTo(end, 10)
  })

  test('in bytes they are powers of two or one and a half of them', () => {
    expect(niceBinaryCeiling(65 * 2 ** 20)).toBe(96 * 2 ** 20)
    expect(niceBinaryCeiling(64 * 2 ** 20)).toBe(64 * 2 ** 20)
    expect(niceBinaryCeiling(100 * 2 ** 20)).toBe(128 * 2 ** 20)
  })
})

test('time ticks end at the end and are evenly spaced', () => {
  expect(timeTicks(600, 500, 5)).toEqual([100, 200, 300, 400, 500, 600])
})

test('buckets are aligned, newest first, and summarise each series', () => {
  const buckets = bucketise([1000, 5000, 10_000, 19_999, 20_000], [[1, 3, null, 5, 9]], 10_000)
  expect(buckets.map((bucket) => bucket.startAt)).toEqual([20_000, 10_000, 0])
  expect(buckets[1]?.summaries[0]).toEqual({ min: 5, avg: 5, max: 5, now: 5 })
  expect(buckets[2]?.summaries[0]).toEqual({ min: 1, avg: 2, max: 3, now: 3 })
})
