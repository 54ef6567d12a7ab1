import {
  aDomain,
  aHost,
  domainId,
  hostId,
  migrationId,
} from '@drover/api-schema/testing/builders.ts'
import { expect, test } from 'vitest'
import {
  applicationsOf,
  type DomainFilter,
  matchesDomainFilter,
  ofAllVcpus,
  rowsOf,
} from './domain-view.ts'

const everything: DomainFilter = { text: '', status: null, kind: null, os: null, application: null }
const row = (overrides = {}) => ({ domain: aDomain(overrides), host: aHost() })

test('text finds name, host, system, type, application, label and MAC address', () => {
  const one = row({ application: 'Shop', labels: { tier: 'front' } })
  for (const text of ['web-7', 'XEN-01', 'debian', 'pv', 'shop', 'tier=front', '00:16:3e']) {
    expect(matchesDomainFilter(one, { ...everything, text }), text).toBe(true)
  }
  expect(matchesDomainFilter(one, { ...everything, text: 'win' })).toBe(false)
})

test('each choice narrows, and all of them together', () => {
  const one = row({ kind: 'hvm', os: { family: 'windows', name: 'Windows XP SP2' } })
  const filter: DomainFilter = { ...everything, kind: 'hvm', os: 'windows', status: 'running' }
  expect(matchesDomainFilter(one, filter)).toBe(true)
  expect(matchesDomainFilter(one, { ...filter, kind: 'pv' })).toBe(false)
  expect(matchesDomainFilter(one, { ...filter, os: 'linux' })).toBe(false)
  expect(matchesDomainFilter(one, { ...filter, status: 'paused' })).toBe(false)
  expect(matchesDomainFilter(one, { ...filter, application: 'Shop' })).toBe(false)
})

test('migrating is asked of the open migration, not of the state', () => {
  const filter: DomainFilter = { ...everything, status: 'migrating' }
  expect(matchesDomainFilter(row(), filter)).toBe(false)
  expect(matchesDomainFilter(row({ migrationId: migrationId(1) }), filter)).toBe(true)
})

test('applications are listed once and none is not one', () => {
  const domains = ['Shop', null, 'Mail', 'Shop'].map((application, index) =>
    aDomain({ domainId: domainId(index), application }),
  )
  expect(applicationsOf(domains)).toEqual(['Mail', 'Shop'])
})

test('a domain whose host is not known yet has no row', () => {
  const host = aHost()
  const rows = rowsOf(
    [aDomain(), aDomain({ domainId: domainId(2), hostId: hostId(9) })],
    new Map([[host.hostId, host]]),
  )
  expect(rows.map((one) => one.domain.domainId)).toEqual([domainId(1)])
})

test('CPU is a share of all its vCPUs, so a busy four-way guest shows 100 % and not 400', () => {
  expect(ofAllVcpus(4, aDomain({ vcpuCount: 4 }))).toBe(1)
  expect(ofAllVcpus(null, aDomain())).toBeNull()
})
