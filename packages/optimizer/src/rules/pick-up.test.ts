import {
  domainId,
  hostId,
  migrationId,
  type RuleBody,
} from '@drover/api-schema/testing/builders.ts'
import { GIB } from '@drover/api-schema/units.ts'
import { describe, expect, it } from 'vitest'
import { groupVerdicts } from '../group-verdict.ts'
import { domainOn, hostNumber, policiesOn } from '../testing/fleets.ts'
import { nothingPromised } from '../verdict.ts'
import type { MovePurpose } from './carried.ts'
import { pickUp } from './pick-up.ts'
import type { FleetFacts } from './snapshot.ts'

const hosts = [
  hostNumber(1, { labels: { rack: 'r1' } }),
  hostNumber(2, { labels: { rack: 'r1' } }),
  hostNumber(3, { labels: { rack: 'r2' }, memFreeBytes: 10 * GIB }),
  hostNumber(4),
]
const web = { labels: { tier: 'web' }, application: 'shop' }
const db = { labels: { tier: 'db' }, application: 'books' }
const domains = [
  domainOn(1, 1, 'web-1', web),
  domainOn(1, 2, 'web-2', web),
  domainOn(3, 3, 'web-3', web),
  domainOn(4, 4, 'db-1', db),
  domainOn(4, 5, 'db-2', db),
]
const fleet: FleetFacts = { hosts, domains }

type Options = {
  readonly purpose?: MovePurpose
  readonly minute?: number
  readonly facts?: FleetFacts
}

/** The whole verdict of a host of that number on domains of those numbers, built-in constraints included. */
function judge(
  body: RuleBody | RuleBody[],
  carried: readonly number[],
  to: number,
  { purpose = 'manual', minute = 0, facts = fleet }: Options = {},
) {
  const bodies = [body].flat().map((one) => ({ name: 'R', ...one }))
  const picked = pickUp(policiesOn(facts, ...bodies), carried.map(domainId), {
    purpose,
    minuteOfWeek: () => minute,
    promisedOn: () => nothingPromised,
  })
  const movers = facts.domains.flatMap((domain) => {
    const source = facts.hosts.find((host) => host.hostId === domain.hostId)
    const isMoved =
      carried.includes(facts.domains.indexOf(domain) + 1) && domain.hostId !== hostId(to)
    return isMoved && source !== undefined ? [{ domain, source }] : []
  })
  const destination = facts.hosts.find((host) => host.hostId === hostId(to))
  if (destination === undefined) throw new Error(`no host ${to}`)
  const verdict = groupVerdicts(movers)(destination, nothingPromised, picked.on(hostId(to)))
  const said = [...verdict.ofDomains, ...verdict.ofHost, ...verdict.warnings]
  return { ...verdict, sentences: said.map(({ message }) => message) }
}

const apart: RuleBody = { kind: 'keep-apart', domains: 'tier = web', level: 'host', atMost: 1 }

describe('a required rule refuses with its name and the numbers', () => {
  it.each<[string, RuleBody, number[], number, string]>([
    [
      'run on',
      { kind: 'run-on', domains: 'app = books', hosts: 'rack = r1' },
      [4, 5],
      3,
      'Rule “R” runs db-1 and db-2 on hosts with rack = r1; xen-03 is not one of them.',
    ],
    [
      'keep off',
      { kind: 'keep-off', domains: 'app = books', hosts: 'rack = r2' },
      [4],
      3,
      'Rule “R” keeps db-1 off hosts with rack = r2; xen-03 is one of them.',
    ],
    [
      'hardware',
      { kind: 'hardware', domains: 'all', needs: { virtualisation: 'amd-v' } },
      [4],
      3,
      'xen-03 has no AMD-V; rule “R” asks for that for db-1.',
    ],
    [
      'reserve',
      { kind: 'reserve', hosts: 'rack = r1', application: 'shop' },
      [3, 4, 5],
      1,
      'Rule “R” reserves xen-01 for shop; db-1 and db-2 are not part of it.',
    ],
    [
      'keep together',
      { kind: 'keep-together', domains: 'app = books', level: 'host' },
      [4],
      1,
      'Rule “R” keeps db-1 on one host with db-2, which is on xen-04.',
    ],
    [
      'keep apart, with what is there',
      apart,
      [3],
      1,
      'Rule “R” allows 1 of web-3 and others like it on one host; xen-01: web-1 and web-2 are there, so it would have 3.',
    ],
    [
      'keep apart, among the group itself',
      apart,
      [1, 2],
      4,
      'Rule “R” allows 1 of web-1 and web-2 and others like them on one host; xen-04: 2 of them would come.',
    ],
    [
      'keep apart in a rack',
      { kind: 'keep-apart', domains: 'all', level: 'rack', atMost: 3 },
      [4, 5],
      2,
      'Rule “R” allows 3 of db-1 and db-2 and others like them on one rack; rack r1 of xen-02: web-1 and web-2 are there, so it would have 4.',
    ],
    [
      'headroom',
      { kind: 'headroom', hosts: 'all', keep: { cpuRatio: 0, memBytes: 9 * GIB } },
      [4, 5],
      3,
      'xen-03 would have 8 GiB of memory free of 9 GiB that rule “R” keeps free.',
    ],
    [
      'licence',
      { kind: 'licence', product: 'SQL', domains: 'app = books', per: 'socket', count: 3 },
      [4],
      3,
      'db-1 on xen-03 would take 2 SQL licences more, 4 in all; rule “R” has 3, one per socket.',
    ],
  ])('%s', (_, body, carried, to, sentence) => {
    const verdict = judge(body, carried, to)
    expect(verdict.sentences).toEqual([sentence])
    expect(verdict.kind).toBe('refused')
    expect(verdict.ofHost[0]?.precedence).toBe('required')
    const preferred = judge({ ...body, strength: { kind: 'preferred', weight: 7 } }, carried, to)
    expect({ kind: preferred.kind, weight: preferred.brokenWeight }).toEqual({
      kind: 'warning',
      weight: 7,
    })
    expect(preferred.warnings[0]).toMatchObject({ precedence: 'preferred', weight: 7 })
    expect(judge({ ...body, isEnabled: false }, carried, to).kind).toBe('allowed')
  })
})

describe('a group is counted as what it is', () => {
  it('is together when all of it is picked up', () => {
    const together: RuleBody = { kind: 'keep-together', domains: 'app = books', level: 'host' }
    expect(judge(together, [4, 5], 1).kind).toBe('allowed')
  })

  it('gives back what it leaves: licences, racks', () => {
    const licence: RuleBody = {
      kind: 'licence',
      product: 'SQL',
      domains: 'app = books',
      per: 'host',
      count: 1,
    }
    const verdict = judge(licence, [4, 5], 1)
    expect(verdict.kind).toBe('allowed')
    expect(verdict.licences).toMatchObject([{ product: 'SQL', newly: 1, freed: 1, usedAfter: 1 }])
    expect(judge(licence, [4], 1).licences).toMatchObject([{ newly: 1, freed: 0, usedAfter: 2 }])
    const rack: RuleBody = { kind: 'keep-apart', domains: 'all', level: 'rack', atMost: 2 }
    expect(judge(rack, [1, 2], 2).kind).toBe('allowed')
  })

  it('has members that stay where they are when the rest comes to them', () => {
    expect(judge({ ...apart, atMost: 3 }, [1, 2, 3], 1).kind).toBe('allowed')
    expect(judge({ ...apart, atMost: 2 }, [1, 2, 3], 1).kind).toBe('refused')
    expect(judge(apart, [1], 1).sentences).toEqual([])
  })
})

describe('a move that leaves a broken rule less broken is warned of, not refused', () => {
  const scattered = [1, 2, 3].map((host) => domainOn(host, host, `db-${host}`, db))
  const together: RuleBody = { kind: 'keep-together', domains: 'app = books', level: 'host' }

  it('joining two of three that belong together', () => {
    const facts = { hosts, domains: scattered }
    expect(judge(together, [1], 2, { facts }).kind).toBe('warning')
    expect(judge(together, [1], 4, { facts }).kind).toBe('refused')
    expect(judge(together, [1, 3], 2, { facts }).kind).toBe('allowed')
  })

  it('moving inside a rack that has too many anyway', () => {
    const rack: RuleBody = { kind: 'keep-apart', domains: 'tier = web', level: 'rack', atMost: 1 }
    expect(judge(rack, [1], 2).kind).toBe('warning')
    expect(judge(rack, [3], 2).kind).toBe('refused')
  })
})

describe('who moves makes a difference', () => {
  const pinned: RuleBody = { kind: 'never-move', domains: 'app = books' }

  it.each<[MovePurpose, string]>([
    ['manual', 'warning'],
    ['automatic', 'refused'],
    ['maintenance', 'warning'],
  ])('never move: %s is %s', (purpose, kind) => {
    expect(judge(pinned, [4], 1, { purpose }).kind).toBe(kind)
  })

  it('maintenance goes before what is required, never before what the hypervisor cannot do', () => {
    expect(judge(apart, [3], 1, { purpose: 'maintenance' })).toMatchObject({
      kind: 'warning',
      warnings: [{ precedence: 'required' }],
    })
    const facts = { hosts: hosts.map((host) => ({ ...host, isInMaintenance: true })), domains }
    const verdict = judge([pinned, apart], [3], 1, { facts })
    expect(verdict.ofHost.map(({ precedence }) => precedence)).toEqual(['maintenance', 'required'])
    expect(judge(apart, [3], 1, { facts, purpose: 'maintenance' }).kind).toBe('refused')
  })

  it('a time window holds for all, and says when it opens next', () => {
    const body: RuleBody = {
      kind: 'move-window',
      domains: 'app = books',
      timeZone: 'Europe/Berlin',
      windows: [{ days: ['sat', 'sun'], fromMinute: 22 * 60, untilMinute: 4 * 60 }],
    }
    expect(judge(body, [4], 1).sentences).toEqual([])
    expect(judge(body, [4], 1, { minute: 4 * 60 })).toMatchObject({
      kind: 'refused',
      sentences: [
        'Rule “R” moves db-1 on Sat, Sun 22:00–04:00 (Europe/Berlin) only; next on Sat 22:00.',
      ],
    })
    expect(judge(body, [1], 2, { minute: 4 * 60 }).kind).toBe('allowed')
  })
})

describe('what is on its way', () => {
  it('counts where it goes', () => {
    const moving = domains.map((domain) =>
      domain.name === 'web-3' ? { ...domain, migrationId: migrationId(1) } : domain,
    )
    const facts: FleetFacts = { hosts, domains: moving, destinationOf: () => hostId(2) }
    expect(judge(apart, [1], 2, { facts }).kind).toBe('refused')
    expect(judge(apart, [1], 3, { facts }).kind).toBe('allowed')
  })
})

it('CPU headroom counts the load that comes, where it is known', () => {
  const body: RuleBody = { kind: 'headroom', hosts: 'all', keep: { cpuRatio: 0.25, memBytes: 0 } }
  const facts: FleetFacts = { ...fleet, cpuOfHost: () => 11, cpuOfDomain: () => 1 }
  expect(judge(body, [4], 1, { facts }).kind).toBe('allowed')
  expect(judge(body, [4, 5], 1, { facts }).sentences).toEqual([
    'xen-01 would have 19 % of its CPU free of 25 % that rule “R” keeps free.',
  ])
  expect(judge(body, [4, 5], 1, { facts: { ...facts, cpuOfHost: () => Number.NaN } }).kind).toBe(
    'allowed',
  )
})

it('the strongest reason comes first, and of preferences the heaviest', () => {
  const preferred = (weight: number): RuleBody => ({
    ...apart,
    strength: { kind: 'preferred', weight },
  })
  const facts = { hosts: hosts.map((host) => ({ ...host, peerUrl: null })), domains }
  const verdict = judge([preferred(2), apart, preferred(9)], [3], 1, { facts })
  expect(verdict.ofHost.map(({ precedence }) => precedence)).toEqual(['built-in', 'required'])
  expect(verdict.warnings.map(({ weight }) => weight)).toEqual([9, 2])
  expect(verdict.brokenWeight).toBe(11)
})
