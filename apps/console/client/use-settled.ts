'use client'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'

/** What is sorted by a reading keeps its place, and its reading, for this long. */
const settleMs = 3000
const lookMs = 1000

type Reading<Row> = (row: Row) => number | null

/**
 * The readings by which rows are sorted, taken for all rows at one moment and renewed every few seconds. A table that shows
 * these in the sorted column is always in the order of what it shows, and its rows do not dance. `read` and `keyOf` must
 * be stable; `read` is null while nothing is sorted by a reading.
 */
export function useSettled<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  read: Reading<Row> | null,
): Reading<Row> | null {
  const latest = useRef(rows)
  useLayoutEffect(() => {
    latest.current = rows
  })
  const [settled, setSettled] = useState<{ by: Reading<Row> | null; values: Values }>({
    by: null,
    values: new Map(),
  })
  useEffect(() => {
    if (read === null) return
    let values = takeAll(latest.current, keyOf, read)
    let ageMs = 0
    setSettled({ by: read, values })
    const timer = setInterval(() => {
      ageMs += lookMs
      const now = takeAll(latest.current, keyOf, read)
      // Readings that have only begun to come are not kept waiting.
      if (ageMs < settleMs && now.size <= values.size) return
      values = now
      ageMs = 0
      setSettled({ by: read, values })
    }, lookMs)
    return () => clearInterval(timer)
  }, [keyOf, read])
  if (read === null) return null
  // A row that came meanwhile, and every row in the first moment, has its present reading.
  return (row) => (settled.by === read ? settled.values.get(keyOf(row)) : undefined) ?? read(row)
}

type Values = ReadonlyMap<string, number>

function takeAll<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  read: Reading<Row>,
): Values {
  const taken = new Map<string, number>()
  for (const row of rows) {
    const value = read(row)
    if (value !== null) taken.set(keyOf(row), value)
  }
  return taken
}
