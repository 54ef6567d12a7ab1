import { expect, test } from 'vitest'
import { type BoardView, defaultView, parseView, viewSearch } from './board-view.ts'

const other: BoardView = {
  query: 'web & mail',
  sort: 'cpu',
  group: 'label:rack/row',
  heat: 'network',
  density: 'heat',
  inspected: { kind: 'domain', id: 'abc' },
}

test('the plain board has a plain address', () => {
  expect(viewSearch(defaultView)).toBe('')
  expect(parseView(new URLSearchParams())).toEqual(defaultView)
})

test('every view survives the way through the address', () => {
  expect(parseView(new URLSearchParams(viewSearch(other)))).toEqual(other)
})

test('an address with words we do not know is the plain board', () => {
  const params = new URLSearchParams(
    'sort=colour&group=label:&heat=x&density=3d&inspect=planet:mars',
  )
  expect(parseView(params)).toEqual(defaultView)
})
