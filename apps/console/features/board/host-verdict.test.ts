import type { Domain } from '@drover/api-schema/domain.ts'
import type { Fleet } from '@drover/api-schema/live-protocol.ts'
import {
  aDomain,
  aFleet,
  aHost,
  aMigration,
  aRule,
  domainId,
  hostId,
  migrationId,
} from '@drover/api-schema/testing/builders.ts'
import { GIB } from '@drover/api-schema/units.ts'
import { describe, expect, test } from 'vitest'
import { indexFleet } from '../../client/fleet-index.ts'
import { inOrder, obstaclesOf, verdictsFor } from './host-verdict.ts'
import type { Readings } from './loads.ts'

const hosts = [
  aHost({ hostId: hostId(1), name: 'xen-01', memTotalBytes: 64 * GIB, memFreeBytes: 32 * GIB }),
  aHost({ hostId: hostId(2), name: 'xen-02', memTotalBytes: 64 * GIB, memFreeBytes: 10 * GIB }),
  aHost({ hostId: hostId(3), name: 'xen-03', memTotalBytes: 64 * GIB, memFreeBytes: 60 * GIB }),
]
const web = aDomain({
  domainId: domainId(1),
  name: 'web-7',
  memCurrentBytes: 6 * GIB,
  memTargetBytes: 6 * GIB,
})
const mail = aDomain({
  domainId: domainId(2),
  name: 'mail-2',
  memCurrentBytes: 6 * GIB,
  memTargetBytes: 6 * GIB,
})
const fleet = aFleet({ hosts, domains: [web, mail] })
const cpu: Record<string, number> = {
  [hostId(1)]: 0.5,
  [hostId(2)]: 0.25,
  [hostId(3)]: 0.75,
  [domainId(1)]: 1.6,
  [domainId(2)]: 0,
}
const readings: Readings = {
  host: (id) => cpu[id] ?? Number.NaN,
  domain: (id) => cpu[id] ?? Number.NaN,
}

function verdicts(domains: Domain[], overrides: Partial<Fleet> = {}) {
  return verdictsFor({ domains, fleet: indexFleet({ ...fleet, ...overrides }), readings })
}

describe('the verdict of each host', () => {
  test('the host of the domain is its source, with the load it will have without it', () => {
    const source = verdicts([web]).get(hostId(1))
    expect(source).toMatchObject({ kind: 'source', rank: null })
    expect(source?.cpu).toEqual({ before: 0.5, after: 0.4 })
    expect(source?.memory.afterBytes).toBe(26 * GIB)
  })

  test('an allowed host shows its load after the move and what the move will take', () => {
    const allowed = verdicts([web]).get(hostId(2))
    expect(allowed).toMatchObject({ kind: 'allowed', ofHost: [], warnings: [] })
    expect(allowed?.cpu.after).toBeCloseTo(0.35)
    expect(allowed?.memory.afterBytes).toBe(60 * GIB)
    expect(allowed?.prediction?.totalMs).toBeGreaterThan((1000 * 6 * GIB) / 125e6)
  })

  test('domains dropped together share the free memory: it says what is free and what they need', () => {
    const refused = verdicts([web, mail]).get(hostId(2))
    expect(refused?.kind).toBe('refused')
    expect(refused?.ofHost).toEqual([
      'xen-02 has 10 GiB free; the 2 domains need 12 GiB together. Free 2 GiB there or pick another host.',
    ])
  })

  test('memory of a migration that is still queued counts as taken', () => {
    const queued = aMigration({
      migrationId: migrationId(1),
      domainId: domainId(9),
      destinationHostId: hostId(2),
      memBytes: 5 * GIB,
    })
    expect(verdicts([web], { migrations: [queued] }).get(hostId(2))?.kind).toBe('refused')
  })

  test('of a group, those that are there already do not count against a host', () => {
    const there = { ...mail, hostId: hostId(3) }
    const verdict = verdicts([web, there], { domains: [web, there] }).get(hostId(3))
    expect(verdict).toMatchObject({ kind: 'allowed', ofHost: [] })
    // They stay, and the other one comes.
    expect(verdict?.memory.afterBytes).toBe(10 * GIB)
  })

  test('every reason is given, not the first', () => {
    const old = aHost({
      hostId: hostId(2),
      name: 'xen-02',
      isInMaintenance: true,
      pool: 'other',
      peerUrl: null,
    })
    const verdict = verdicts([web], { hosts: [hosts[0]!, old] }).get(hostId(2))
    expect(verdict?.ofHost).toEqual([
      'xen-02 is in other; domains migrate within pool-a only.',
      'xen-02 takes no migrations: its agent offers no address for them.',
      'xen-02 is in maintenance and takes no new domains.',
    ])
  })

  test('why a domain cannot leave is not the reason of a host, and the same on all of them', () => {
    const pinned = { ...web, isMigratable: false }
    const all = verdicts([pinned], { domains: [pinned] })
    expect(all.get(hostId(2))).toMatchObject({ kind: 'refused', ofHost: [] })
    expect(obstaclesOf(all)).toEqual(['web-7 is marked as not migratable.'])
  })

  test('a host that would be short of CPU is allowed with a warning, behind all that would not', () => {
    const busy = { ...cpu, [hostId(3)]: 0.97 }
    const found = verdictsFor({
      domains: [web],
      fleet: indexFleet(fleet),
      readings: { host: (id) => busy[id] ?? Number.NaN, domain: (id) => busy[id] ?? Number.NaN },
    })
    expect(found.get(hostId(3))).toMatchObject({
      kind: 'warning',
      rank: 2,
      warnings: ['xen-03 would need 107 % of its CPU; its domains would wait.'],
    })
    expect(found.get(hostId(2))).toMatchObject({ kind: 'allowed', rank: 1 })
  })

  test('a host whose link is full is allowed with a warning', () => {
    const found = verdictsFor({
      domains: [web],
      fleet: indexFleet(fleet),
      readings: {
        host: (id, metric) => (metric === 'net-rx' && id === hostId(3) ? 122e6 : 0),
        domain: () => 0,
      },
    })
    expect(found.get(hostId(3))?.warnings).toEqual([
      'xen-03 has its network at 98 %; copying would be slow.',
    ])
    expect(found.get(hostId(2))?.kind).toBe('allowed')
  })

  test('a host that would have next to no memory left is allowed with a warning', () => {
    const tight = aHost({ ...hosts[1]!, memFreeBytes: 6.25 * GIB })
    const verdict = verdicts([web], { hosts: [hosts[0]!, tight] }).get(hostId(2))
    expect(verdict).toMatchObject({
      kind: 'warning',
      warnings: ['xen-02 would have 256 MiB memory left.'],
    })
  })

  test('without readings the loads are unknown and the verdict still stands', () => {
    const nothing: Readings = { host: () => Number.NaN, domain: () => Number.NaN }
    const verdict = verdictsFor({
      domains: [web],
      fleet: indexFleet(fleet),
      readings: nothing,
    }).get(hostId(3))
    expect(verdict?.kind).toBe('allowed')
    expect(verdict?.cpu.after).toBeNaN()
  })
})

test('the best host is the one whose scarcer resource stays freest; those that cannot are last', () => {
  const full = aHost({ hostId: hostId(4), name: 'xen-04', memFreeBytes: 0 })
  const order = inOrder(verdicts([web], { hosts: [...hosts, full] }).values())
  expect(order.map(({ host, rank, kind }) => [host.name, rank, kind])).toEqual([
    ['xen-03', 1, 'allowed'],
    ['xen-02', 2, 'allowed'],
    ['xen-01', null, 'source'],
    ['xen-04', null, 'refused'],
  ])
})

describe('rules', () => {
  const under = (...rules: ReturnType<typeof aRule>[]) =>
    verdicts([web], { policies: { revision: 1, rules } })
  const preferred = { kind: 'preferred', weight: 10 } as const

  test('a required one refuses, with its sentence among the reasons of the host', () => {
    const found = under(
      aRule(1, {
        name: 'web off 03',
        kind: 'keep-off',
        domains: 'name = web-7',
        hosts: 'name = xen-03',
      }),
    )
    expect(found.get(hostId(3))).toMatchObject({ kind: 'refused', rank: null })
    expect(found.get(hostId(3))?.ofHost[0]).toContain('Rule “web off 03” keeps web-7 off')
    expect(found.get(hostId(2))?.rank).toBe(1)
  })

  test('a preferred one warns and puts the host behind those that break none', () => {
    const found = under(
      aRule(1, {
        strength: preferred,
        kind: 'keep-off',
        domains: 'name = web-7',
        hosts: 'name = xen-03',
      }),
    )
    expect(found.get(hostId(3))).toMatchObject({ kind: 'warning', rank: 2, brokenWeight: 10 })
    expect(found.get(hostId(2))).toMatchObject({ kind: 'allowed', rank: 1 })
  })

  test('licences that a host would newly need are counted', () => {
    const found = under(
      aRule(1, {
        kind: 'licence',
        product: 'Windows',
        domains: 'name = web-7',
        per: 'host',
        count: 3,
      }),
    )
    expect(found.get(hostId(3))?.licences).toMatchObject([
      { product: 'Windows', newly: 1, freed: 1 },
    ])
  })

  test('a disabled one says nothing', () => {
    const found = under(
      aRule(1, {
        isEnabled: false,
        kind: 'keep-off',
        domains: 'name = web-7',
        hosts: 'name = xen-03',
      }),
    )
    expect(found.get(hostId(3))?.kind).toBe('allowed')
  })
})

test('network and disk go with the domain, each against what its host has', () => {
  const busy: Readings = {
    host: (id, metric) => (id === hostId(3) && metric === 'net-tx' ? 12.5e6 : 0),
    domain: (id, metric) =>
      id !== domainId(1) ? 0 : metric === 'net-tx' ? 25e6 : metric === 'disk-read' ? 10e6 : 0,
  }
  const roomy = hosts.map((host) => ({ ...host, nicBytesPerSec: 125e6, diskBytesPerSec: 100e6 }))
  const found = verdictsFor({
    domains: [web],
    fleet: indexFleet({ ...fleet, hosts: roomy }),
    readings: busy,
  })
  expect(found.get(hostId(3))).toMatchObject({
    network: { before: 0.1, after: 0.3 },
    disk: { before: 0, after: 0.1 },
  })
})
