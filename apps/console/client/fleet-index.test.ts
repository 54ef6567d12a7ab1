import {
  aDomain,
  aFleet,
  aHost,
  aMigration,
  domainId,
  hostId,
} from '@drover/api-schema/testing/builders.ts'
import { expect, test } from 'vitest'
import { indexFleet } from './fleet-index.ts'

const fleet = aFleet({
  hosts: [aHost(), aHost({ hostId: hostId(2) })],
  domains: [aDomain(), aDomain({ domainId: domainId(2), hostId: hostId(2) })],
})

test('the list of a host that nothing happened to stays the same object', () => {
  const before = indexFleet(fleet)
  const after = indexFleet(
    {
      ...fleet,
      domains: [
        fleet.domains[0]!,
        aDomain({ domainId: domainId(2), hostId: hostId(2), name: 'new' }),
      ],
    },
    before,
  )
  expect(after.domainsOfHost.get(hostId(1))).toBe(before.domainsOfHost.get(hostId(1)))
  expect(after.domainsOfHost.get(hostId(2))).not.toBe(before.domainsOfHost.get(hostId(2)))
})

test('open migrations stand with their destination, ended ones do not', () => {
  const open = aMigration()
  const index = indexFleet({ ...fleet, migrations: [open] })
  expect(index.arrivalsOfHost.get(hostId(2))).toEqual([open])
  const ended = aMigration({
    state: {
      phase: 'cancelled',
      startedAt: null,
      endedAt: 1,
      cancelledIn: 'queued',
      rounds: [],
      totalBytes: 0,
    },
  })
  expect(indexFleet({ ...fleet, migrations: [ended] }).openMigrations).toEqual([])
})
