import { expect, test } from 'vitest'
import { seriesOf } from './ring-series.ts'
import { Ring } from './sample-ring.ts'

test('gives the last window only, with unknown values as null', () => {
  const ring = new Ring(['cpu', 'memory'])
  for (const [second, cpu] of [0.1, Number.NaN, 0.3, 0.4].entries()) {
    ring.push(1000 * second, (column) => (column === 0 ? cpu : second))
  }
  const series = seriesOf({ ring, version: 1 }, ['memory', 'cpu', 'net-rx'], 2000)
  expect(series.at).toEqual([1000, 2000, 3000])
  expect(series.values[0]).toEqual([1, 2, 3])
  expect(series.values[1]).toEqual([null, expect.closeTo(0.3, 5), expect.closeTo(0.4, 5)])
  expect(series.values[2]).toEqual([null, null, null])
})

test('has nothing to show before the first reading', () => {
  expect(seriesOf({ ring: undefined, version: 0 }, ['cpu'], 1000)).toEqual({ at: [], values: [[]] })
})
