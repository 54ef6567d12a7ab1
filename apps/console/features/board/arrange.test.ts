import { aDomain, aFleet, aHost, domainId, hostId } from '@drover/api-schema/testing/builders.ts'
import { GIB } from '@drover/api-schema/units.ts'
import { describe, expect, test } from 'vitest'
import { indexFleet } from '../../client/fleet-index.ts'
import { arrangeBoard, labelKeys, orderOf } from './arrange.ts'
import type { BoardView } from './board-view.ts'
import type { Readings } from './loads.ts'

const hosts = [
  aHost({ hostId: hostId(1), name: 'xen-10', pool: 'b', labels: { rack: 'r1' } }),
  aHost({
    hostId: hostId(2),
    name: 'xen-2',
    pool: 'a',
    labels: { rack: 'r2', zone: 'north' },
    memFreeBytes: GIB,
  }),
  aHost({ hostId: hostId(3), name: 'xen-1', pool: 'a' }),
]
const domains = [
  aDomain({ domainId: domainId(1), hostId: hostId(1), name: 'web-10', memCurrentBytes: 2 * GIB }),
  aDomain({
    domainId: domainId(2),
    hostId: hostId(1),
    name: 'web-9',
    application: 'shop',
    memCurrentBytes: 8 * GIB,
  }),
  aDomain({
    domainId: domainId(3),
    hostId: hostId(2),
    name: 'mail-1',
    os: { family: 'windows', name: 'Windows XP' },
    labels: { tier: 'gold' },
  }),
]
const fleet = aFleet({ hosts, domains })
const cpu: Record<string, number> = {
  [hostId(1)]: 0.2,
  [hostId(3)]: 0.9,
  [domainId(1)]: 1.5,
  [domainId(2)]: 0.5,
}
const readings: Readings = {
  host: (id) => cpu[id] ?? Number.NaN,
  domain: (id) => cpu[id] ?? Number.NaN,
}
const plain: Pick<BoardView, 'query' | 'sort' | 'group'> = {
  query: '',
  sort: 'name',
  group: 'none',
}

function arrange(view: Partial<typeof plain>) {
  return arrangeBoard(indexFleet(fleet), { ...plain, ...view }, readings)
}
const hostNames = (view: Partial<typeof plain>) =>
  arrange(view).map((group) => group.hosts.map(({ host }) => host.name))
const domainNames = (view: Partial<typeof plain>) =>
  arrange(view).flatMap((group) =>
    group.hosts.flatMap(({ domains: shown }) => shown.map(({ name }) => name)),
  )

describe('order', () => {
  test('names are ordered as people count: 2 before 10', () => {
    expect(hostNames({})).toEqual([['xen-1', 'xen-2', 'xen-10']])
    expect(domainNames({})).toEqual(['mail-1', 'web-9', 'web-10'])
  })

  test('by CPU the busiest is first and what is not known is last', () => {
    expect(hostNames({ sort: 'cpu' })).toEqual([['xen-1', 'xen-10', 'xen-2']])
    expect(domainNames({ sort: 'cpu' })).toEqual(['web-10', 'web-9', 'mail-1'])
  })

  test('by memory hosts go by what is taken, domains by what they hold', () => {
    expect(hostNames({ sort: 'memory' })[0]?.[0]).toBe('xen-2')
    expect(domainNames({ sort: 'memory' })).toEqual(['mail-1', 'web-9', 'web-10'])
  })
})

describe('groups', () => {
  test('by pool, in the order of their names', () => {
    expect(arrange({ group: 'pool' }).map(({ title }) => title)).toEqual(['a', 'b'])
    expect(hostNames({ group: 'pool' })).toEqual([['xen-1', 'xen-2'], ['xen-10']])
  })

  test('by a label, those without it last', () => {
    expect(arrange({ group: 'label:rack' }).map(({ title }) => title)).toEqual([
      'r1',
      'r2',
      'Without rack',
    ])
  })

  test('every label key of a host can be chosen', () => {
    expect(labelKeys(hosts)).toEqual(['rack', 'zone'])
  })
})

describe('filter', () => {
  test.each([
    ['web', ['web-9', 'web-10']],
    ['SHOP', ['web-9']],
    ['windows', ['mail-1']],
    ['tier=gold', ['mail-1']],
    ['web shop', ['web-9']],
    ['nothing', []],
  ])('"%s" leaves %j', (query, names) => {
    expect(domainNames({ query })).toEqual(names)
  })

  test('a host that matches shows all its domains', () => {
    expect(domainNames({ query: 'rack=r1' })).toEqual(['web-9', 'web-10'])
  })

  test('hosts without a match stay, last, because a domain may be dragged there', () => {
    const [group] = arrange({ query: 'shop' })
    expect(
      group?.hosts.map(({ host, isMatch, hiddenCount }) => [host.name, isMatch, hiddenCount]),
    ).toEqual([
      ['xen-10', true, 1],
      ['xen-1', false, 0],
      ['xen-2', false, 1],
    ])
  })
})

test('the order of domains is the order of the screen', () => {
  expect(orderOf(arrange({ group: 'pool' })).map(({ domainId: id }) => id)).toEqual([
    domainId(3),
    domainId(2),
    domainId(1),
  ])
})

describe('a selector in the search', () => {
  test('keeps the domains it means, and hosts without one in sight, last', () => {
    expect(domainNames({ query: 'memory >= 8GiB' })).toEqual(['web-9'])
    expect(hostNames({ query: 'memory >= 8GiB' })).toEqual([['xen-10', 'xen-1', 'xen-2']])
  })

  test('that speaks of a label only hosts have means hosts, with all their domains', () => {
    expect(domainNames({ query: 'rack = r1' })).toEqual(['web-9', 'web-10'])
  })
})
