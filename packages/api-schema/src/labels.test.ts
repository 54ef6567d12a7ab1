import { describe, expect, it } from 'vitest'
import { domainSchema } from './domain.ts'
import { hostSchema } from './host.ts'
import { applicationOf, editLabels, labelEntries, labelOf, labelsOf, rackOf } from './labels.ts'
import { aDomain, aHost } from './testing/builders.ts'

const both = aHost({
  labels: { rack: 'r1', zone: 'north' },
  consoleLabels: { rack: 'r2', tier: 'gold' },
})

describe('labels of the agent and of the console', () => {
  it('are merged key by key, and the console wins', () => {
    expect(labelsOf(both)).toEqual({ rack: 'r2', zone: 'north', tier: 'gold' })
    expect(labelOf(both, 'rack')).toBe('r2')
    expect(labelOf(both, 'zone')).toBe('north')
    expect(labelOf(both, 'none')).toBeNull()
  })

  it('say where they come from', () => {
    expect(labelEntries(both)).toEqual([
      { key: 'rack', value: 'r2', origin: 'overridden' },
      { key: 'tier', value: 'gold', origin: 'console' },
      { key: 'zone', value: 'north', origin: 'agent' },
    ])
  })

  it('have no keys that every object has', () => {
    expect(labelOf(aHost(), 'constructor')).toBeNull()
    expect(labelOf(aHost({ consoleLabels: {} }), 'toString')).toBeNull()
  })

  it('are set and taken away in the console without touching the agent’s', () => {
    expect(editLabels({ a: '1', b: '2' }, { b: null, c: '3', a: '9' })).toEqual({ a: '9', c: '3' })
    expect(editLabels({ a: '1' }, { gone: null })).toEqual({ a: '1' })
  })

  it('parse from records that know of the agent’s only, and from those that know of both', () => {
    for (const thing of [aHost(), both]) expect(hostSchema.parse(thing)).toEqual(thing)
    const domain = aDomain({ consoleLabels: { a: 'b' }, consoleApplication: null })
    for (const thing of [aDomain(), domain]) expect(domainSchema.parse(thing)).toEqual(thing)
  })
})

describe('the application of a domain', () => {
  it.each([
    [{ application: 'shop' }, 'shop'],
    [{ application: 'shop', consoleApplication: 'books' }, 'books'],
    [{ application: 'shop', consoleApplication: null }, null],
    [{ application: null, consoleApplication: 'books' }, 'books'],
  ])('of %j is %s', (given, expected) => {
    expect(applicationOf(aDomain(given))).toBe(expected)
  })
})

it('knows the rack of a host, unless its label is missing or empty', () => {
  expect([rackOf(both), rackOf(aHost()), rackOf(aHost({ labels: { rack: '' } }))]).toEqual([
    'r2',
    null,
    null,
  ])
})
