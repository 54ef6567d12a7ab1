import { cleanup, render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useState } from 'react'
import { afterEach, expect, test, vi } from 'vitest'
import { type Column, DataTable } from './data-table.tsx'
import type { Sort } from './sort-rows.ts'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

type Row = { readonly id: string; readonly size: number | null }
const rows: readonly Row[] = [
  { id: 'xen-10', size: 1 },
  { id: 'xen-2', size: 3 },
  { id: 'xen-1', size: null },
]
const columns: readonly Column<Row>[] = [
  { id: 'name', title: 'Name', cell: (row) => row.id, sortValue: (row) => row.id },
  {
    id: 'size',
    title: 'Size',
    cell: (row) => row.size,
    sortValue: (row) => row.size,
    firstDirection: 'descending',
  },
  { id: 'note', title: 'Note', cell: () => 'x' },
]

function Table({ of = rows }: { of?: readonly Row[] }) {
  const [sort, setSort] = useState<Sort>({ columnId: 'name', direction: 'ascending' })
  return (
    <DataTable
      label="Hosts"
      rows={of}
      columns={columns}
      rowKey={(row) => row.id}
      rowHref={(row) => `/hosts/${row.id}`}
      sort={sort}
      onSort={setSort}
      listItem={(row) => row.id}
    />
  )
}

const names = () =>
  within(screen.getByRole('table', { name: 'Hosts' }))
    .getAllByRole('rowheader')
    .map((cell) => cell.textContent)

test('sorts by a press on a head, unknown last either way, and says so to screen readers', async () => {
  render(<Table />)
  expect(names()).toEqual(['xen-1', 'xen-2', 'xen-10'])
  await userEvent.click(screen.getByRole('button', { name: 'Size' }))
  expect(names()).toEqual(['xen-2', 'xen-10', 'xen-1'])
  expect(screen.getByRole('columnheader', { name: 'Size' }).getAttribute('aria-sort')).toBe(
    'descending',
  )
  await userEvent.click(screen.getByRole('button', { name: 'Size' }))
  expect(names()).toEqual(['xen-10', 'xen-2', 'xen-1'])
})

test('a column without an order has no button', () => {
  render(<Table />)
  expect(screen.queryByRole('button', { name: 'Note' })).toBeNull()
})

test('each row leads somewhere by a real link', () => {
  render(<Table />)
  expect(screen.getByRole('link', { name: 'xen-2' }).getAttribute('href')).toBe('/hosts/xen-2')
})

test('a long table draws only what is in sight and still says how long it is', () => {
  const many = Array.from({ length: 5000 }, (_, index) => ({ id: `xen-${index}`, size: index }))
  render(<Table of={many} />)
  const table = screen.getByRole('table', { name: 'Hosts' })
  expect(table.getAttribute('aria-rowcount')).toBe('5001')
  expect(within(table).getAllByRole('row').length).toBeLessThan(100)
})

test('on a phone it is a list of the same links', () => {
  vi.stubGlobal('matchMedia', () => ({
    matches: true,
    addEventListener: () => {},
    removeEventListener: () => {},
  }))
  render(<Table />)
  expect(screen.queryByRole('table')).toBeNull()
  const list = screen.getByRole('list', { name: 'Hosts' })
  expect(
    within(list)
      .getAllByRole('link')
      .map((link) => link.textContent),
  ).toEqual(['xen-1', 'xen-2', 'xen-10'])
})

test('rows are selected one by one and all that are shown, and hidden ones stay as they are', async () => {
  function Selectable() {
    const [keys, setKeys] = useState<ReadonlySet<string>>(new Set(['hidden']))
    return (
      <>
        <DataTable
          label="Things"
          rows={rows}
          columns={columns}
          rowKey={(row) => row.id}
          sort={{ columnId: 'name', direction: 'ascending' }}
          onSort={() => {}}
          listItem={(row) => row.id}
          selection={{
            keys,
            onChange: setKeys,
            selectAll: 'Select all',
            selectRow: (row) => `Select ${row.id}`,
          }}
        />
        <output>{[...keys].sort().join(' ')}</output>
      </>
    )
  }
  render(<Selectable />)
  await userEvent.click(screen.getByRole('checkbox', { name: 'Select xen-2' }))
  expect(screen.getByRole('status').textContent).toBe('hidden xen-2')
  const all = screen.getByRole('checkbox', { name: 'Select all' })
  expect(all.getAttribute('aria-checked')).toBe('mixed')
  await userEvent.click(all)
  expect(screen.getByRole('status').textContent).toBe('hidden xen-1 xen-10 xen-2')
  await userEvent.click(screen.getByRole('checkbox', { name: 'Select all' }))
  expect(screen.getByRole('status').textContent).toBe('hidden')
})
