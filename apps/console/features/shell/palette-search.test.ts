import { expect, test } from 'vitest'
import { findBest } from './palette-search.ts'

const items = [
  { key: '1', label: 'web-10', about: 'xen-01 · PV · Debian' },
  { key: '2', label: 'web-9', about: 'xen-02 · PV · RHEL' },
  { key: '3', label: 'old-web', about: 'xen-01 · HVM' },
  { key: '4', label: 'mail', about: 'xen-01 · webmail' },
]
const keys = (query: string, limit = 9) => findBest(items, query, limit).map(({ key }) => key)

test('names that begin with it come first, then names with it, then what is said about it', () => {
  expect(keys('web')).toEqual(['2', '1', '3', '4'])
})

test('all words must occur, in any order', () => {
  expect(keys('debian web')).toEqual(['1'])
  expect(keys('debian rhel')).toEqual([])
})

test('no more than asked for', () => {
  expect(keys('', 2)).toHaveLength(2)
})
