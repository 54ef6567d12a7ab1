/** The arithmetic of a time chart, apart from its drawing: summaries, thinning, ticks, buckets. */

export type ChartValues = readonly (number | null)[]

/** What a chart says in words. All null when no value is known. */
export type ChartSummary = {
  readonly min: number | null
  readonly avg: number | null
  readonly max: number | null
  /** The newest known value. */
  readonly now: number | null
}

export function summarise(values: ChartValues): ChartSummary {
  let min: number | null = null
  let max: number | null = null
  let now: number | null = null
  let sum = 0
  let count = 0
  for (const value of values) {
    if (value === null) continue
    if (min === null || value < min) min = value
    if (max === null || value > max) max = value
    now = value
    sum += value
    count += 1
  }
  return { min, avg: count === 0 ? null : sum / count, max, now }
}

/**
 * Which points to draw when there are more than `limit`: the first and the last, and from each bucket between them
 * the one that is farthest from its neighbours' mean in any series, so that a spike of one second survives.
 */
export function pointsToDraw(
  series: readonly ChartValues[],
  count: number,
  limit: number,
): number[] {
  if (count <= limit) return Array.from({ length: count }, (_, index) => index)
  const chosen = [0]
  const bucketCount = limit - 2
  for (let bucket = 0; bucket < bucketCount; bucket += 1) {
    const from = 1 + Math.floor((bucket * (count - 2)) / bucketCount)
    const until = 1 + Math.floor(((bucket + 1) * (count - 2)) / bucketCount)
    chosen.push(mostTelling(series, from, until))
  }
  chosen.push(count - 1)
  return chosen
}

function mostTelling(series: readonly ChartValues[], from: number, until: number): number {
  let best = from
  let bestDistance = -1
  for (let index = from; index < until; index += 1) {
    let distance = 0
    for (const values of series) {
      const value = values[index] ?? null
      const before = values[index - 1] ?? value
      const after = values[index + 1] ?? value
      if (value === null || before === null || after === null) continue
      const scale = Math.abs(value) + Math.abs(before) + Math.abs(after)
      if (scale > 0) distance = Math.max(distance, Math.abs(value - (before + after) / 2) / scale)
    }
    if (distance > bestDistance) {
      bestDistance = distance
      best = index
    }
  }
  return best
}

/** A round number at or above `max`, so that an axis ends on a value people read: 1, 2, 2.5, 5 times 10^n. */
export function niceCeiling(max: number): number {
  if (!(max > 0)) return 1
  const magnitude = 10 ** Math.floor(Math.log10(max))
  for (const step of [1, 2, 2.5, 5, 10]) {
    if (max <= step * magnitude * (1 + 1e-9)) return step * magnitude
  }
  return 10 * magnitude
}

/** The same for bytes: powers of two, so that the axis ends on 64 MiB and not on 67.1 million. */
export function niceBinaryCeiling(max: number): number {
  if (!(max > 0)) return 1
  const power = 2 ** Math.floor(Math.log2(max))
  for (const step of [1, 1.5, 2]) {
    if (max <= step * power * (1 + 1e-9)) return step * power
  }
  return 2 * power
}

/** Moments of the ticks below a window that ends at `endAt`, oldest first, the end itself included. */
export function timeTicks(endAt: number, windowMs: number, count: number): number[] {
  const step = windowMs / count
  return Array.from({ length: count + 1 }, (_, index) => endAt - (count - index) * step)
}

export type ChartBucket = {
  readonly startAt: number
  /** One per series. */
  readonly summaries: readonly ChartSummary[]
}

/** The rows of the table beside a chart: the points gathered into steps of `stepMs`, newest first. */
export function bucketise(
  at: readonly number[],
  series: readonly ChartValues[],
  stepMs: number,
): ChartBucket[] {
  const buckets: ChartBucket[] = []
  let from = 0
  while (from < at.length) {
    const startAt = Math.floor((at[from] ?? 0) / stepMs) * stepMs
    let until = from
    while (until < at.length && (at[until] ?? 0) < startAt + stepMs) until += 1
    const [begin, end] = [from, until]
    buckets.push({
      startAt,
      summaries: series.map((values) => summarise(values.slice(begin, end))),
    })
    from = until
  }
  return buckets.reverse()
}
