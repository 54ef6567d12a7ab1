import type { Metric } from '@drover/api-schema/telemetry.ts'
import type { SeriesView } from './live-samples.ts'

/** The readings of a few metrics as plain columns over shared moments, for charts; null is unknown. */
export type RingSeries = {
  /** Epoch ms on the agent's clock, rising. */
  readonly at: readonly number[]
  readonly values: readonly (readonly (number | null)[])[]
}

/** The last `windowMs` of a ring, one column for each of `metrics`. */
export function seriesOf(
  view: SeriesView,
  metrics: readonly Metric[],
  windowMs: number,
): RingSeries {
  const { ring } = view
  if (ring === undefined || ring.length === 0) return { at: [], values: metrics.map(() => []) }
  const endAt = ring.at(ring.length - 1)
  let first = ring.length - 1
  while (first > 0 && ring.at(first - 1) >= endAt - windowMs) first -= 1
  const at: number[] = []
  for (let index = first; index < ring.length; index += 1) at.push(ring.at(index))
  const values = metrics.map((metric) =>
    at.map((_, offset) => {
      const value = ring.value(metric, first + offset)
      return Number.isNaN(value) ? null : value
    }),
  )
  return { at, values }
}
