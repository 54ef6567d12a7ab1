/** The value below which `ratio` of the values lie (nearest rank); NaN for no values. */
export function percentile(values: readonly number[], ratio: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const rank = Math.max(0, Math.ceil(ratio * sorted.length) - 1)
  return sorted[rank] ?? Number.NaN
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

export type Spread = { readonly median: number; readonly min: number; readonly max: number }

/** Median with the whole range: with a handful of repetitions a deviation would pretend to more than there is. */
export const spread = (values: readonly number[]): Spread => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
})

/** Least-squares slope of y over x. */
export function slope(points: readonly { readonly x: number; readonly y: number }[]): number {
  const n = points.length
  const meanX = points.reduce((sum, point) => sum + point.x, 0) / n
  const meanY = points.reduce((sum, point) => sum + point.y, 0) / n
  const spreadX = points.reduce((sum, point) => sum + (point.x - meanX) ** 2, 0)
  const together = points.reduce((sum, point) => sum + (point.x - meanX) * (point.y - meanY), 0)
  return together / spreadX
}

export const round = (value: number, digits = 2): number => {
  const factor = 10 ** digits
  return Math.round(value * factor) / factor
}
