import { describe, expect, test } from 'vitest'
import { formatSort, nextSort, parseSort, sortRows } from './sort-rows.ts'

const up = { columnId: 'name', direction: 'ascending' } as const

test('names sort as people count', () => {
  const names = ['xen-10', 'xen-2', 'Xen-1']
  expect(sortRows(names, (name) => name, 'ascending')).toEqual(['Xen-1', 'xen-2', 'xen-10'])
})

test('what is unknown comes last in both directions', () => {
  const values = [null, 2, 1, null, 3]
  expect(sortRows(values, (value) => value, 'ascending')).toEqual([1, 2, 3, null, null])
  expect(sortRows(values, (value) => value, 'descending')).toEqual([3, 2, 1, null, null])
})

test('equal rows keep their order and the input is left alone', () => {
  const rows = [
    { id: 'a', size: 1 },
    { id: 'b', size: 1 },
    { id: 'c', size: 0 },
  ]
  expect(sortRows(rows, (row) => row.size, 'descending').map((row) => row.id)).toEqual([
    'a',
    'b',
    'c',
  ])
  expect(rows.map((row) => row.id)).toEqual(['a', 'b', 'c'])
})

describe('a sort in an address', () => {
  test('survives the round trip', () => {
    const sort = { columnId: 'cpu', direction: 'descending' } as const
    expect(parseSort(formatSort(sort), ['name', 'cpu'], up)).toEqual(sort)
    expect(parseSort(formatSort(up), ['name', 'cpu'], sort)).toEqual(up)
  })

  test('that names no column of the table is ignored', () => {
    expect(parseSort('-nonsense', ['name'], up)).toEqual(up)
    expect(parseSort(null, ['name'], up)).toEqual(up)
  })
})

test('a press on another column starts its own way, a second press turns it', () => {
  const first = nextSort(up, 'cpu', 'descending')
  expect(first).toEqual({ columnId: 'cpu', direction: 'descending' })
  expect(nextSort(first, 'cpu', 'descending').direction).toBe('ascending')
})
