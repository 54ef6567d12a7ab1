import type { Change } from '@drover/api-schema/live-protocol.ts'
import {
  aDomain,
  aFleet,
  aHost,
  aMigration,
  aRule,
  domainId,
  hostId,
} from '@drover/api-schema/testing/builders.ts'
import { GIB } from '@drover/api-schema/units.ts'
import { expect, it } from 'vitest'
import { createChangeLog } from './change-log.ts'

const one = aHost({ labels: { rack: 'r1' } })
const two = aHost({ hostId: hostId(2), name: 'xen-02', memFreeBytes: 8 * GIB })
const web = aDomain({ labels: { env: 'test' } })
const rule = { ...aRule(1, { kind: 'never-move', domains: 'all' }), revision: 1, updatedBy: 'Ada' }

function bed() {
  const clock = { at: 1_000 }
  const fleet = aFleet({
    hosts: [one, two],
    domains: [web],
    policies: { revision: 1, rules: [rule] },
  })
  const log = createChangeLog(fleet, () => clock.at)
  let generation = fleet.generation
  const change = (...changes: Change[]) => {
    generation += 1
    clock.at += 10
    log.take({ generation, changes })
    return generation
  }
  const all = () => log.since({ generation: 0 }, () => true)
  return { log, change, all, clock }
}

it.each<[string, Change, string[]]>([
  [
    'a host in maintenance',
    { kind: 'host-upserted', host: { ...two, isInMaintenance: true } },
    ['xen-02 entered maintenance.'],
  ],
  [
    'a host that was lost',
    {
      kind: 'host-upserted',
      host: { ...two, connection: { status: 'lost', lastSeenAt: 1 } },
    },
    ['xen-02 was online and is lost now.'],
  ],
  [
    'labels of a host',
    { kind: 'host-upserted', host: { ...one, consoleLabels: { rack: 'r2', site: 'north' } } },
    ['Labels of xen-01 were changed: rack=r2 (was r1), site=north.'],
  ],
  [
    'free memory',
    { kind: 'host-upserted', host: { ...two, memFreeBytes: 2 * GIB } },
    ['xen-02 had 8 GiB free and has 2 GiB now.'],
  ],
  [
    'a balloon that breathes',
    { kind: 'host-upserted', host: { ...two, memFreeBytes: 8 * GIB - 1000 } },
    [],
  ],
  [
    'a domain that moved',
    { kind: 'domain-upserted', domain: { ...web, hostId: hostId(2) } },
    ['web-7 moved from xen-01 to xen-02.'],
  ],
  [
    'a domain that stopped and lost a label',
    {
      kind: 'domain-upserted',
      domain: { ...web, state: { status: 'shut-off' }, labels: {}, consoleApplication: 'shop' },
    },
    [
      'web-7 was running and is shut-off now.',
      'web-7 belongs to the application shop now.',
      'Labels of web-7 were changed: env taken away.',
    ],
  ],
  [
    'a new domain',
    { kind: 'domain-upserted', domain: aDomain({ domainId: domainId(2), name: 'web-8' }) },
    ['web-8 appeared on xen-01.'],
  ],
  [
    'a migration',
    { kind: 'migration-upserted', migration: aMigration() },
    ['Ada asked to move web-7 to xen-02.'],
  ],
  [
    'rules',
    {
      kind: 'policies-changed',
      policies: {
        revision: 3,
        rules: [
          { ...rule, revision: 2, updatedBy: 'Grace' },
          { ...aRule(2, { kind: 'never-move', domains: 'all' }), revision: 3, updatedBy: 'Ada' },
        ],
      },
    },
    ['The rule “rule 1” was changed by Grace.', 'The rule “rule 2” was made by Ada.'],
  ],
  ['what is the same', { kind: 'host-upserted', host: { ...one } }, []],
])('says %s', (_what, change, sentences) => {
  const { change: make, all } = bed()
  make(change)
  expect(all()).toEqual(sentences)
})

it('says what came later than a generation or a moment, and what bears on it', () => {
  const { log, change, clock } = bed()
  const before = change({ kind: 'host-upserted', host: { ...two, isInMaintenance: true } })
  const at = clock.at
  change({ kind: 'host-upserted', host: two })
  change({ kind: 'domain-upserted', domain: { ...web, hostId: hostId(2) } })
  const later = ['xen-02 left maintenance.', 'web-7 moved from xen-01 to xen-02.']
  expect(log.since({ generation: before }, () => true)).toEqual(later)
  expect(log.since({ at }, () => true)).toEqual(later)
  expect(log.since({ at }, ({ aspect }) => aspect === 'placement')).toEqual(later.slice(1))
})

it('says of memory what it was first and is last, once', () => {
  const { change, all } = bed()
  for (const gib of [7, 3, 5]) {
    change({ kind: 'host-upserted', host: { ...two, memFreeBytes: gib * GIB } })
  }
  expect(all()).toEqual(['xen-02 had 8 GiB free and has 5 GiB now.'])
})

it('keeps an hour and says the newest', () => {
  const { change, all, clock } = bed()
  for (let round = 0; round < 20; round += 1) {
    change({ kind: 'domain-upserted', domain: { ...web, hostId: hostId((round % 2) + 1) } })
    change({
      kind: 'domain-upserted',
      domain: aDomain({ domainId: domainId(100 + round), name: `new-${round}` }),
    })
  }
  expect(all()).toHaveLength(6)
  expect(all().at(-1)).toBe('new-19 appeared on xen-01.')
  clock.at += 2 * 60 * 60_000
  change({ kind: 'host-upserted', host: { ...two, isInMaintenance: true } })
  expect(all()).toEqual(['xen-02 entered maintenance.'])
})
