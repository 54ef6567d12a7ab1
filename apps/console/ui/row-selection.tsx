'use client'
import { Checkbox } from './checkbox.tsx'

/** Which rows of a table are selected, by their keys. */
export type Selection<Row> = {
  readonly keys: ReadonlySet<string>
  readonly onChange: (keys: ReadonlySet<string>) => void
  /** Names of the boxes. */
  readonly selectAll: string
  readonly selectRow: (row: Row) => string
}

/** The box over all rows that are shown; rows that a filter hides keep what they are. */
export function SelectAll<Row>({
  rows,
  rowKey,
  selection,
}: {
  readonly rows: readonly Row[]
  readonly rowKey: (row: Row) => string
  readonly selection: Selection<Row>
}) {
  const { keys, onChange, selectAll } = selection
  const count = rows.filter((row) => keys.has(rowKey(row))).length
  const shown = rows.map(rowKey)
  return (
    <Checkbox
      label={selectAll}
      isLabelHidden
      isChecked={count === 0 ? false : count === rows.length ? true : 'some'}
      onChange={(isChecked) =>
        onChange(
          isChecked
            ? new Set([...keys, ...shown])
            : new Set([...keys].filter((key) => !shown.includes(key))),
        )
      }
    />
  )
}

export function SelectRow<Row>({
  row,
  rowKey,
  selection,
}: {
  readonly row: Row
  readonly rowKey: (row: Row) => string
  readonly selection: Selection<Row>
}) {
  const { keys, onChange, selectRow } = selection
  const key = rowKey(row)
  return (
    <Checkbox
      label={selectRow(row)}
      isLabelHidden
      isChecked={keys.has(key)}
      onChange={(isChecked) =>
        onChange(
          isChecked ? new Set([...keys, key]) : new Set([...keys].filter((one) => one !== key)),
        )
      }
    />
  )
}
