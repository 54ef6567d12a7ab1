import { compareNames } from '../lib/compare-names.ts'
/** Which column a table is sorted by, and which way. */
export type Sort = { readonly columnId: string; readonly direction: 'ascending' | 'descending' }

export type SortValue = string | number | null

/**
 * The rows in order. Names with numbers in them sort as people count (xen-2 before xen-10), what is unknown comes
 * last either way, and rows that are equal keep the order they came in.
 */
export function sortRows<Row>(
  rows: readonly Row[],
  readingOf: (row: Row) => SortValue,
  direction: Sort['direction'],
): Row[] {
  const sign = direction === 'ascending' ? 1 : -1
  return rows
    .map((row) => ({ row, value: readingOf(row) }))
    .sort((a, b) => {
      if (a.value === null || b.value === null) {
        return Number(a.value === null) - Number(b.value === null)
      }
      return sign * compare(a.value, b.value)
    })
    .map(({ row }) => row)
}

function compare(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return compareNames(String(a), String(b))
}

/** The sort in an address: "cpu" up, "-cpu" down; `fallback` when it names no column. */
export function parseSort(text: string | null, columnIds: readonly string[], fallback: Sort): Sort {
  if (text === null) return fallback
  const isDown = text.startsWith('-')
  const columnId = isDown ? text.slice(1) : text
  if (!columnIds.includes(columnId)) return fallback
  return { columnId, direction: isDown ? 'descending' : 'ascending' }
}

export function formatSort(sort: Sort): string {
  return sort.direction === 'descending' ? `-${sort.columnId}` : sort.columnId
}

/** What a press on a column's head leads to: its own first direction, then the other. */
export function nextSort(present: Sort, columnId: string, first: Sort['direction']): Sort {
  if (present.columnId !== columnId) return { columnId, direction: first }
  return {
    columnId,
    direction: present.direction === 'ascending' ? 'descending' : 'ascending',
  }
}
