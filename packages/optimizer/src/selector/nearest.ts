/** The one of `candidates` that was most likely meant by `word`; null when none is near. Ties: the first. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  const wanted = word.toLowerCase()
  // A third of the letters may be wrong, and two at most: more would suggest anything.
  const limit = Math.min(2, Math.floor(wanted.length / 3))
  let best: string | null = null
  let bestDistance = limit + 1
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase(), bestDistance)
    if (distance < bestDistance && distance > 0) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Letters left out, added, replaced or swapped with their neighbour (optimal string alignment); `limit` or more is `limit`. */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= b.length; column += 1) {
      current.push(cell({ a, b, row, column, before, last, current }))
    }
    before = last
    last = current
  }
  return Math.min(limit, last[b.length] ?? limit)
}

type Cell = {
  readonly a: string
  readonly b: string
  readonly row: number
  readonly column: number
  /** The rows two above, one above, and this one so far. */
  readonly before: readonly number[]
  readonly last: readonly number[]
  readonly current: readonly number[]
}

function cell({ a, b, row, column, before, last, current }: Cell): number {
  const far = Number.POSITIVE_INFINITY
  const isSame = a[row - 1] === b[column - 1]
  const isSwapped =
    row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
  return Math.min(
    (last[column] ?? far) + 1,
    (current[column - 1] ?? far) + 1,
    (last[column - 1] ?? far) + (isSame ? 0 : 1),
    isSwapped ? (before[column - 2] ?? far) + 1 : far,
  )
}
