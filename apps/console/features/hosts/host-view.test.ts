import { aHost, hostId, testMoment } from '@drover/api-schema/testing/builders.ts'
import { expect, test } from 'vitest'
import { matchesHostFilter, poolsOf, silentMs } from './host-view.ts'

const everything = { text: '', status: null, pool: null } as const

test('text finds name, pool, version, CPU and label, whatever the case', () => {
  const host = aHost({ name: 'xen-03', labels: { rack: 'b4' } })
  for (const text of ['XEN-03', 'pool-a', '4.17', 'simulated', 'rack=b4']) {
    expect(matchesHostFilter(host, { ...everything, text }), text).toBe(true)
  }
  expect(matchesHostFilter(host, { ...everything, text: 'xen-04' })).toBe(false)
})

test('maintenance is a state of its own beside the connection', () => {
  const host = aHost({ isInMaintenance: true })
  expect(matchesHostFilter(host, { ...everything, status: 'maintenance' })).toBe(true)
  expect(matchesHostFilter(host, { ...everything, status: 'online' })).toBe(true)
  expect(matchesHostFilter(host, { ...everything, status: 'lost' })).toBe(false)
})

test('pools are listed once, counted as people count', () => {
  const hosts = ['pool-10', 'pool-2', 'pool-2'].map((pool, index) =>
    aHost({ hostId: hostId(index), pool }),
  )
  expect(poolsOf(hosts)).toEqual(['pool-2', 'pool-10'])
})

test('silence is counted from the last word, never negative, and an online host has none', () => {
  const stale = aHost({ connection: { status: 'stale', lastSeenAt: testMoment } })
  expect(silentMs(stale, testMoment + 12_000)).toBe(12_000)
  expect(silentMs(stale, testMoment - 5)).toBe(0)
  expect(silentMs(aHost(), testMoment)).toBeNull()
})
