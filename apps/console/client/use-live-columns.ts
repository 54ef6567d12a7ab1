import { useSettled } from './use-settled.ts'

/** The newest reading of a row in each column that follows the readings; stable. */
export type Readings<Row, ColumnId extends string> = Readonly<
  Record<ColumnId, (row: Row) => number | null>
>

export type LiveColumns<Row, ColumnId extends string> = {
  /** The reading a row is sorted by; undefined in columns that are not sorted, which show the newest one. */
  readonly settledIn: (columnId: ColumnId, row: Row) => number | null | undefined
  readonly sortValue: (columnId: ColumnId) => (row: Row) => number | null
}

/** The columns of a table that follow the readings: sorted by one of them, the order is that of what is shown in it. */
export function useLiveColumns<Row, ColumnId extends string>(
  rows: readonly Row[],
  {
    keyOf,
    readings,
    sortedBy,
  }: {
    /** Stable. */
    keyOf: (row: Row) => string
    readings: Readings<Row, ColumnId>
    /** Any column of the table. */
    sortedBy: string
  },
): LiveColumns<Row, ColumnId> {
  const isLive = (columnId: string): columnId is ColumnId => Object.hasOwn(readings, columnId)
  const settled = useSettled(rows, keyOf, isLive(sortedBy) ? readings[sortedBy] : null)
  const settledIn = (columnId: ColumnId, row: Row) =>
    columnId === sortedBy ? settled?.(row) : undefined
  return {
    settledIn,
    sortValue: (columnId) => (row) => settledIn(columnId, row) ?? readings[columnId](row),
  }
}
