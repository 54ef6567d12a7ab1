import { aDomain, aHost } from '@drover/api-schema/testing/builders.ts'
import { describe, expect, it } from 'vitest'
import {
  looksLikeSelector,
  readBoardQuery,
  readDomainQuery,
  readHostQuery,
} from './filter-query.ts'

const hosts = [aHost({ labels: { rack: 'r1', zone: 'a' } })]
const domains = [aDomain({ name: 'web-1', labels: { tier: 'web', zone: 'b' } })]
const fleet = { hosts, domains }

describe('what a search says', () => {
  it.each([
    ['', 'words'],
    ['mail', 'words'],
    ['web 2', 'words'],
    ['windows xp', 'words'],
    ['tier = web', 'domains'],
    ['has tier', 'domains'],
    ['tier =', 'words'],
  ])('“%s” on a list of domains is %s', (text, kind) => {
    expect(readDomainQuery(text).kind).toBe(kind)
  })

  it('a host is asked for its own', () => {
    const query = readHostQuery('cores >= 16 and rack = r1')
    expect(query.kind === 'hosts' && hosts.every(query.matches)).toBe(true)
    expect(readHostQuery('xen-01').kind).toBe('words')
  })

  it.each([
    ['tier = web', 'domains'],
    ['rack = r1', 'hosts'],
    ['zone = a', 'domains'],
    ['nowhere = r1', 'domains'],
    ['vcpus > 2', 'domains'],
    ['cores > 2', 'hosts'],
    ['host.rack = r1', 'domains'],
    ['xen', 'words'],
  ])('“%s” on the board is of %s', (text, kind) => {
    expect(readBoardQuery(text, fleet).kind).toBe(kind)
  })
})

it.each([
  ['mail', false],
  ['sql-prod-1', false],
  ['windows xp', false],
  ['tier =', true],
  ['has ', true],
  ['app in (', true],
  ['web and db', true],
])('“%s” looks like a selector: %s', (text, expected) => {
  expect(looksLikeSelector(text)).toBe(expected)
})
