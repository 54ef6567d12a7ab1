/** What a sparkline draws: `count` values, oldest first; NaN is a gap. */
export type SparkSource = {
  readonly count: number
  readonly valueAt: (index: number) => number
  /** The value at the top edge. */
  readonly top: number
  /** How many values fill the width; fewer stand at the right. */
  readonly capacity: number
}

/** The line and the area under it as SVG paths, in a box of `width` by `height`; '' when nothing is known. */
export function sparkPaths(
  source: SparkSource,
  width: number,
  height: number,
): { line: string; area: string } {
  const step = width / Math.max(1, source.capacity - 1)
  const start = width - (source.count - 1) * step
  let line = ''
  let area = ''
  let lastX: string | null = null
  for (let index = 0; index < source.count; index += 1) {
    const value = source.valueAt(index)
    const x = (start + index * step).toFixed(1)
    if (Number.isNaN(value)) {
      if (lastX !== null) area += `V${height}Z`
      lastX = null
      continue
    }
    const y = heightOf(value / (source.top || 1), height)
    line += `${lastX === null ? 'M' : 'L'}${x} ${y}`
    area += lastX === null ? `M${x} ${height}V${y}` : `L${x} ${y}`
    lastX = x
  }
  if (lastX !== null) area += `V${height}Z`
  return { line, area }
}

/** Half a pixel from the edges, so that a line at 0 or at the top is not cut. */
function heightOf(ratio: number, height: number): string {
  const inside = Math.min(1, Math.max(0, ratio))
  return (0.75 + (height - 1.5) * (1 - inside)).toFixed(1)
}
