import type { RuleBody } from '@drover/api-schema/testing/builders.ts'
import { domainId, hostId, ruleId } from '@drover/api-schema/testing/builders.ts'
import { bitsToBytesPerSec, GIB } from '@drover/api-schema/units.ts'
import { describe, expect, it } from 'vitest'
import { domainOn, hostNumber, policiesOn } from '../testing/fleets.ts'
import { violationsOf } from './violations.ts'

const hosts = [
  hostNumber(1, { labels: { rack: 'r1' } }),
  hostNumber(2, { labels: { rack: 'r1' }, memFreeBytes: 3 * GIB }),
  hostNumber(3, { cpu: { ...hostNumber(3).cpu, virtualisation: 'none', sockets: 4 } }),
]
const domains = [
  domainOn(1, 1, 'web-1', { labels: { tier: 'web' }, application: 'shop' }),
  domainOn(1, 2, 'web-2', { labels: { tier: 'web' }, application: 'shop' }),
  domainOn(2, 3, 'web-3', { labels: { tier: 'web' }, application: 'books' }),
  domainOn(3, 4, 'db-1', { labels: { tier: 'db' }, application: 'books' }),
]

function sentences(body: RuleBody, more: Partial<Parameters<typeof policiesOn>[0]> = {}) {
  return violationsOf(policiesOn({ hosts, domains, ...more }, { name: 'R', ...body })).map(
    ({ sentence }) => sentence,
  )
}

describe('where a rule does not hold, it says who, where and what it asks', () => {
  it.each<[RuleBody, string[]]>([
    [
      { kind: 'run-on', domains: 'tier = db', hosts: 'vt' },
      ['db-1 runs on xen-03; rule “R” runs it on hosts with vt.'],
    ],
    [
      { kind: 'keep-off', domains: 'tier = web', hosts: 'memory.free < 10GiB' },
      ['web-3 runs on xen-02; rule “R” keeps it off hosts with memory.free < 10GiB.'],
    ],
    [
      {
        kind: 'hardware',
        domains: 'all',
        needs: { virtualisation: 'any', cpuFeatures: ['avx512f'] },
      },
      [
        'web-1 runs on xen-01, which lacks avx512f; rule “R” asks for that.',
        'web-2 runs on xen-01, which lacks avx512f; rule “R” asks for that.',
        'web-3 runs on xen-02, which lacks avx512f; rule “R” asks for that.',
        'db-1 runs on xen-03, which has no VT-x or AMD-V and lacks avx512f; rule “R” asks for that.',
      ],
    ],
    [
      {
        kind: 'hardware',
        domains: 'name = db-1',
        needs: { nicAtLeastBytesPerSec: bitsToBytesPerSec(10e9), architecture: 'x86_64' },
      },
      ['db-1 runs on xen-03, which has a NIC of 1 Gbit/s, not 10 Gbit/s; rule “R” asks for that.'],
    ],
    [
      { kind: 'reserve', hosts: 'name in (xen-01, xen-02)', application: 'Shop' },
      ['web-3 runs on xen-02, which rule “R” reserves for Shop.'],
    ],
    [
      { kind: 'keep-together', domains: 'app = books', level: 'host' },
      ['web-3 and db-1 run on 2 hosts: xen-02 (1) and xen-03 (1); rule “R” keeps them on one.'],
    ],
    [
      { kind: 'keep-together', domains: 'all', level: 'rack', groupBy: { by: 'application' } },
      [
        'web-3 and db-1 run on 2 racks: rack r1 (1) and rack xen-03 (1); rule “R” keeps them on one.',
      ],
    ],
    [
      { kind: 'keep-apart', domains: 'tier = web', level: 'host', atMost: 1 },
      ['web-1 and web-2 both run on xen-01; rule “R” keeps them on different hosts.'],
    ],
    [
      { kind: 'keep-apart', domains: 'all', level: 'rack', atMost: 2 },
      ['web-1, web-2 and web-3 all run on rack r1; rule “R” keeps at most 2 of them on one rack.'],
    ],
    [
      {
        kind: 'keep-apart',
        domains: 'all',
        level: 'host',
        atMost: 1,
        groupBy: { by: 'label', key: 'tier' },
      },
      ['web-1 and web-2 both run on xen-01; rule “R” keeps them on different hosts.'],
    ],
    [
      { kind: 'headroom', hosts: 'all', keep: { cpuRatio: 0, memBytes: 4 * GIB } },
      ['xen-02 has 3 GiB of memory free, not 4 GiB; rule “R” keeps that free.'],
    ],
    [
      { kind: 'licence', product: 'SQL', domains: 'all', per: 'socket', count: 7 },
      ['SQL runs on 3 hosts and takes 8 licences; rule “R” has 7, one per socket.'],
    ],
    [{ kind: 'licence', product: 'SQL', domains: 'all', per: 'host', count: 3 }, []],
    [{ kind: 'never-move', domains: 'all' }, []],
    [{ kind: 'run-on', domains: 'tier = db', hosts: 'cores = 1', isEnabled: false }, []],
  ])('%j', (body, expected) => {
    expect(sentences(body)).toEqual(expected)
  })

  it('knows CPU where load is known, and says nothing where it is not', () => {
    const body: RuleBody = { kind: 'headroom', hosts: 'all', keep: { cpuRatio: 0.2, memBytes: 0 } }
    expect(sentences(body)).toEqual([])
    expect(sentences(body, { cpuOfHost: (id) => (id === hostId(1) ? 14 : 1) })).toEqual([
      'xen-01 has 13 % of its CPU free, not 20 %; rule “R” keeps that free.',
    ])
  })
})

it('names the rule, its strength and all subjects, with a key that stays when others join', () => {
  const body: RuleBody = {
    kind: 'keep-apart',
    domains: 'tier = web',
    level: 'host',
    atMost: 1,
    name: 'web apart',
    strength: { kind: 'preferred', weight: 5 },
  }
  const [found] = violationsOf(policiesOn({ hosts, domains }, body))
  expect(found).toMatchObject({
    ruleId: ruleId(1),
    ruleName: 'web apart',
    strength: { kind: 'preferred', weight: 5 },
    domainIds: [domainId(1), domainId(2)],
    hostIds: [hostId(1)],
  })
  const joined = domainOn(1, 9, 'web-0', { labels: { tier: 'web' } })
  const [later] = violationsOf(policiesOn({ hosts, domains: [joined, ...domains] }, body))
  expect(later?.domainIds).toHaveLength(3)
  expect(later?.violationKey).toBe(found?.violationKey)
})

it('does not count what is shut off', () => {
  const off = domains.map((domain) => ({ ...domain, state: { status: 'shut-off' } as const }))
  expect(
    sentences({ kind: 'keep-apart', domains: 'all', level: 'rack', atMost: 1 }, { domains: off }),
  ).toEqual([])
})

it('sets a rule aside that cannot be read, and says where', () => {
  const { rules, unreadable } = policiesOn(
    { hosts, domains },
    { kind: 'run-on', domains: 'all', hosts: 'cores >' },
    { kind: 'never-move', domains: 'all' },
  )
  expect(rules).toHaveLength(1)
  expect(unreadable).toMatchObject([{ part: 'hosts', diagnostic: { span: { start: 7, end: 7 } } }])
})
