'use client'

import { useVirtualizer } from '@tanstack/react-virtual'
import { ArrowDown, ArrowUp } from 'lucide-react'
import Link from 'next/link'
import { type ReactNode, type RefObject, useRef } from 'react'
import { classNames } from '../lib/class-names.ts'
import { SelectAll, type Selection, SelectRow } from './row-selection.tsx'
import { nextSort, type Sort, type SortValue, sortRows } from './sort-rows.ts'
import { useIsNarrow } from './use-is-narrow.ts'

export type Column<Row> = {
  readonly id: string
  readonly title: string
  readonly align?: 'start' | 'end'
  /** A width or a range for the column, as CSS. */
  readonly width?: string
  readonly cell: (row: Row) => ReactNode
  /** Left out: the column does not sort. */
  readonly sortValue?: (row: Row) => SortValue
  /** Loads and sizes are looked at from the top, so they start descending. */
  readonly firstDirection?: Sort['direction']
  /** Shown only where there is room: `wide` from 1024 px, `widest` from 1536 px. */
  readonly from?: 'wide' | 'widest'
}

export type DataTableProps<Row> = {
  readonly label: string
  readonly rows: readonly Row[]
  readonly columns: readonly Column<Row>[]
  readonly rowKey: (row: Row) => string
  /** The first cell links there and the whole row takes the press. */
  readonly rowHref?: (row: Row) => string
  readonly isDimmed?: (row: Row) => boolean
  readonly sort: Sort
  readonly onSort: (sort: Sort) => void
  /** One row on a phone, where the table becomes a list. */
  readonly listItem: (row: Row) => ReactNode
  /** Takes the height of its parent and scrolls by itself, its head in sight: for pages that are one table. */
  readonly isFilling?: boolean
  /** Rows can be selected, each with a box before it. */
  readonly selection?: Selection<Row> | undefined
}

const rowHeight = 34
const listItemHeight = 62
/** Below this many rows virtualising costs more than it saves, and the browser's own search finds every row. */
const virtualFrom = 100

/** A dense, sortable table; on a phone a list; virtualised when it is long. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { rows, columns, sort } = props
  const isNarrow = useIsNarrow()
  const column = columns.find((one) => one.id === sort.columnId)
  const sorted =
    column?.sortValue === undefined ? rows : sortRows(rows, column.sortValue, sort.direction)
  return isNarrow ? <RowList {...props} rows={sorted} /> : <RowTable {...props} rows={sorted} />
}

function useWindowOfRows(count: number, itemHeight: number, own: RefObject<HTMLElement | null>) {
  const isVirtual = count >= virtualFrom
  const virtualizer = useVirtualizer({
    count: isVirtual ? count : 0,
    getScrollElement: () => own.current,
    estimateSize: () => itemHeight,
    overscan: 12,
  })
  if (!isVirtual) {
    return { isVirtual, from: 0, until: count, before: 0, after: 0 }
  }
  const items = virtualizer.getVirtualItems()
  const from = items[0]?.index ?? 0
  const until = (items.at(-1)?.index ?? -1) + 1
  return {
    isVirtual,
    from,
    until,
    before: items[0]?.start ?? 0,
    after: virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0),
  }
}

const shownFrom = { wide: 'max-lg:hidden', widest: 'max-2xl:hidden' } as const

function columnClass<Row>(column: Column<Row>): string {
  return classNames(
    column.align === 'end' ? 'text-right' : 'text-left',
    column.from !== undefined && shownFrom[column.from],
  )
}

function RowTable<Row>(props: DataTableProps<Row>) {
  const { label, rows, columns, rowKey, isFilling = false, selection } = props
  const span = columns.length + (selection === undefined ? 0 : 1)
  const own = useRef<HTMLDivElement>(null)
  const { isVirtual, from, until, before, after } = useWindowOfRows(rows.length, rowHeight, own)
  return (
    <div ref={own} className={classNames('min-w-0', boxClass(isFilling, isVirtual))}>
      <table
        aria-label={label}
        aria-rowcount={rows.length + 1}
        className={classNames(
          'w-full border-separate border-spacing-0 text-sm',
          // What follows a table inside a page brings its own hairline.
          !isFilling && '[&>tbody>tr:last-child>*]:border-b-0',
        )}
      >
        <thead className={isFilling || isVirtual ? 'sticky top-0 z-10 bg-n1' : undefined}>
          <tr aria-rowindex={1}>
            {selection !== undefined && (
              <th scope="col" className="h-8 w-6 border-b pl-4">
                <SelectAll rows={rows} rowKey={rowKey} selection={selection} />
              </th>
            )}
            {columns.map((column) => (
              <HeadCell key={column.id} column={column} {...props} />
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && <Spacer height={before} span={span} />}
          {rows.slice(from, until).map((row, index) => (
            <BodyRow key={rowKey(row)} row={row} rowIndex={from + index + 2} {...props} />
          ))}
          {after > 0 && <Spacer height={after} span={span} />}
        </tbody>
      </table>
    </div>
  )
}

function boxClass(isFilling: boolean, isVirtual: boolean): string {
  if (isFilling) return 'h-full overflow-auto'
  return isVirtual ? 'max-h-[70dvh] overflow-auto' : 'overflow-x-auto'
}

function Spacer({ height, span }: { readonly height: number; readonly span: number }) {
  return (
    <tr aria-hidden>
      <td colSpan={span} style={{ height, padding: 0 }} />
    </tr>
  )
}

function HeadCell<Row>({
  column,
  sort,
  onSort,
}: { readonly column: Column<Row> } & Pick<DataTableProps<Row>, 'sort' | 'onSort'>) {
  const isSorted = sort.columnId === column.id
  const Arrow = sort.direction === 'ascending' ? ArrowUp : ArrowDown
  return (
    <th
      scope="col"
      aria-sort={isSorted ? sort.direction : undefined}
      style={column.width === undefined ? undefined : { width: column.width }}
      className={classNames('caption h-8 border-b px-2 first:pl-4 last:pr-4', columnClass(column))}
    >
      {column.sortValue === undefined ? (
        column.title
      ) : (
        <button
          type="button"
          onClick={() => onSort(nextSort(sort, column.id, column.firstDirection ?? 'ascending'))}
          className={classNames(
            'inline-flex items-center gap-1 rounded-xs hover:text-n12',
            column.align === 'end' && 'flex-row-reverse',
            isSorted && 'text-n12',
          )}
        >
          {column.title}
          <Arrow aria-hidden size={12} className={isSorted ? undefined : 'invisible'} />
        </button>
      )}
    </th>
  )
}

function BodyRow<Row>({
  row,
  rowIndex,
  columns,
  rowHref,
  rowKey,
  isDimmed,
  selection,
}: { readonly row: Row; readonly rowIndex: number } & DataTableProps<Row>) {
  const isSelected = selection?.keys.has(rowKey(row))
  return (
    <tr
      aria-rowindex={rowIndex}
      style={{ height: rowHeight }}
      className={classNames(
        'relative [&>td]:border-b [&>th]:border-b',
        rowHref !== undefined && 'hover:bg-n3 has-[a:focus-visible]:bg-n3',
        isSelected && 'bg-accent-wash',
        isDimmed?.(row) && 'hatched text-n9',
      )}
    >
      {selection !== undefined && (
        // Above the link that is stretched over the row.
        <td className="relative z-1 py-1 pl-4">
          <SelectRow row={row} rowKey={rowKey} selection={selection} />
        </td>
      )}
      {columns.map((column, index) => {
        const className = classNames('px-2 py-1 first:pl-4 last:pr-4', columnClass(column))
        return index === 0 ? (
          <th
            key={column.id}
            scope="row"
            className={classNames(className, 'whitespace-nowrap font-medium text-n12')}
          >
            {rowHref === undefined ? (
              column.cell(row)
            ) : (
              // The link's own area is stretched over the row; controls in other cells stand above it.
              <Link
                href={rowHref(row)}
                prefetch={false}
                className="after:absolute after:inset-0 after:content-['']"
              >
                {column.cell(row)}
              </Link>
            )}
          </th>
        ) : (
          <td key={column.id} className={className}>
            {column.cell(row)}
          </td>
        )
      })}
    </tr>
  )
}

function RowList<Row>({
  label,
  rows,
  rowKey,
  rowHref,
  isDimmed,
  listItem,
  isFilling = false,
  selection,
}: DataTableProps<Row>) {
  const own = useRef<HTMLDivElement>(null)
  const { isVirtual, from, until, before, after } = useWindowOfRows(
    rows.length,
    listItemHeight,
    own,
  )
  return (
    <div ref={own} className={boxClass(isFilling, isVirtual)}>
      <ul aria-label={label} style={{ paddingTop: before, paddingBottom: after }}>
        {rows.slice(from, until).map((row) => (
          <li
            key={rowKey(row)}
            className={classNames(
              'flex items-center border-b',
              !isFilling && 'last:border-b-0',
              isDimmed?.(row) && 'hatched text-n9',
            )}
            style={isVirtual ? { height: listItemHeight, overflow: 'hidden' } : undefined}
          >
            {selection !== undefined && (
              <span className="pl-4">
                <SelectRow row={row} rowKey={rowKey} selection={selection} />
              </span>
            )}
            {rowHref === undefined ? (
              <div className="min-w-0 grow px-4 py-2">{listItem(row)}</div>
            ) : (
              <Link
                href={rowHref(row)}
                prefetch={false}
                className="block min-w-0 grow px-4 py-2 active:bg-n3"
              >
                {listItem(row)}
              </Link>
            )}
          </li>
        ))}
      </ul>
    </div>
  )
}
