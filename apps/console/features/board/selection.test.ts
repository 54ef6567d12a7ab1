import { domainId } from '@drover/api-schema/testing/builders.ts'
import { expect, test } from 'vitest'
import { changeSelection, emptySelection, type Selection } from './selection.ts'

const order = [1, 2, 3, 4, 5].map(domainId)
const ids = (selection: Selection) => [...selection.ids].map((id) => order.indexOf(id) + 1).sort()
const only = (number: number) =>
  changeSelection(emptySelection, { kind: 'only', id: domainId(number) })

test('a click selects one and forgets the others', () => {
  expect(ids(changeSelection(only(1), { kind: 'only', id: domainId(2) }))).toEqual([2])
})

test('a click with Ctrl adds, and the same again takes out', () => {
  const two = changeSelection(only(1), { kind: 'toggle', id: domainId(3) })
  expect(ids(two)).toEqual([1, 3])
  expect(ids(changeSelection(two, { kind: 'toggle', id: domainId(1) }))).toEqual([3])
})

test('a click with Shift takes everything from the anchor on, in either direction, again and again', () => {
  const down = changeSelection(only(3), { kind: 'range', id: domainId(5), order })
  expect(ids(down)).toEqual([3, 4, 5])
  expect(ids(changeSelection(down, { kind: 'range', id: domainId(2), order }))).toEqual([2, 3])
})

test('a range from an anchor that is not shown any more is one domain', () => {
  expect(
    ids(changeSelection(only(1), { kind: 'range', id: domainId(4), order: order.slice(1) })),
  ).toEqual([4])
})

test('domains that are gone are not selected; when none is gone nothing changes', () => {
  const two = changeSelection(only(1), { kind: 'toggle', id: domainId(2) })
  expect(ids(changeSelection(two, { kind: 'keep', exists: (id) => id === domainId(1) }))).toEqual([
    1,
  ])
  expect(changeSelection(two, { kind: 'keep', exists: () => true })).toBe(two)
})

test('clearing an empty selection changes nothing', () => {
  expect(changeSelection(emptySelection, { kind: 'clear' })).toBe(emptySelection)
})
