import type { Domain } from '@drover/api-schema/domain.ts'
import type { Fleet } from '@drover/api-schema/live-protocol.ts'
import {
  aDomain,
  aHost,
  aMigration,
  domainId,
  hostId,
  migrationId,
  uuid,
} from '@drover/api-schema/testing/builders.ts'
import { GIB } from '@drover/api-schema/units.ts'
import { describe, expect, test } from 'vitest'
import { indexFleet } from '../../client/fleet-index.ts'
import { inOrder, verdictsFor } from './host-verdict.ts'
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
const fleet: Fleet = { epoch: uuid(1), generation: 1, hosts, domains: [web, mail], migrations: [] }
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
    expect(allowed).toMatchObject({ kind: 'allowed', refused: [] })
    expect(allowed?.cpu.after).toBeCloseTo(0.35)
    expect(allowed?.memory.afterBytes).toBe(60 * GIB)
    expect(allowed?.prediction?.totalMs).toBeGreaterThan((1000 * 6 * GIB) / 125e6)
  })

  test('domains dropped together share the free memory: the one that no longer fits is named', () => {
    const refused = verdicts([web, mail]).get(hostId(2))
    expect(refused?.kind).toBe('refused')
    expect(refused?.refused.map(({ domain }) => domain.name)).toEqual(['mail-2'])
    expect(refused?.refused[0]?.refusals[0]).toMatchObject({ code: 'not-enough-memory' })
    expect(refused?.refused[0]?.refusals[0]?.message).toContain(
      'xen-02 has 4 GiB free; mail-2 needs 6 GiB',
    )
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
    expect(verdict).toMatchObject({ kind: 'allowed', refused: [] })
    expect(verdict?.memory.afterBytes).toBe(4 * GIB)
  })

  test('every reason is given, not the first', () => {
    const old = aHost({
      hostId: hostId(2),
      name: 'xen-02',
      isInMaintenance: true,
      pool: 'other',
      peerUrl: null,
    })
    const refusals = verdicts([web], { hosts: [hosts[0]!, old] }).get(hostId(2))?.refused[0]
      ?.refusals
    expect(refusals?.map(({ code }) => code)).toEqual([
      'host-in-maintenance',
      'other-pool',
      'no-peer-address',
    ])
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
