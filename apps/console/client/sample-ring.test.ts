import { encodeSamples } from '@drover/api-schema/live-protocol.ts'
import { encodeTelemetryBatch } from '@drover/api-schema/telemetry-frame.ts'
import { domainId, hostId, testMoment } from '@drover/api-schema/testing/builders.ts'
import { describe, expect, test } from 'vitest'
import { Ring, type Roster, ringCapacity, SampleStore } from './sample-ring.ts'

function filled(count: number): Ring {
  const ring = new Ring(['cpu', 'memory'], 4)
  for (let index = 0; index < count; index += 1)
    ring.push(testMoment + index * 1000, (column) => index * 10 + column)
  return ring
}

describe('Ring', () => {
  test('keeps every reading in order while it grows', () => {
    const ring = filled(300)
    expect(ring.length).toBe(300)
    for (let index = 0; index < 300; index += 1) {
      expect(ring.at(index)).toBe(testMoment + index * 1000)
      expect(ring.value('cpu', index)).toBe(index * 10)
      expect(ring.value('memory', index)).toBe(index * 10 + 1)
    }
  })

  test('holds ten minutes and forgets the oldest', () => {
    const ring = filled(ringCapacity + 5)
    expect(ring.length).toBe(ringCapacity)
    expect(ring.value('cpu', 0)).toBe(50)
    expect(ring.latest('cpu')).toBe((ringCapacity + 4) * 10)
  })

  test('a reading that is not newer is left out', () => {
    const ring = filled(3)
    expect(ring.push(testMoment + 2000, () => 99)).toBe(false)
    expect(ring.latest('cpu')).toBe(20)
  })

  test('begins anew when the agent clock jumps far back', () => {
    const ring = filled(30)
    expect(ring.push(testMoment - 3_600_000, () => 5)).toBe(true)
    expect(ring.length).toBe(1)
    expect(ring.latest('cpu')).toBe(5)
  })

  test('a metric it does not have and an index outside are unknown', () => {
    const ring = filled(3)
    expect(ring.value('net-rx', 0)).toBeNaN()
    expect(ring.value('cpu', 3)).toBeNaN()
    expect(new Ring(['cpu']).latest('cpu')).toBeNaN()
  })

  test('history goes in front, without what is there already', () => {
    const ring = filled(3)
    const at = [-2, -1, 0, 1].map((second) => testMoment + second * 1000)
    ring.prepend(at, (metric, index) => (metric === 'cpu' ? -100 - index : Number.NaN))
    expect(ring.length).toBe(5)
    expect([0, 1, 2, 3, 4].map((index) => ring.value('cpu', index))).toEqual([
      -100, -101, 0, 10, 20,
    ])
    expect(ring.value('memory', 0)).toBeNaN()
    ring.push(testMoment + 3000, () => 30)
    expect(ring.latest('cpu')).toBe(30)
  })
})

const roster: Roster = {
  slot: 4,
  hostId: hostId(1),
  rosterId: 2,
  hostMetrics: ['cpu', 'memory'],
  domainMetrics: ['cpu'],
  domainIds: [domainId(1), domainId(2)],
}

function frame(
  overrides: {
    slot?: number
    rosterId?: number
    at?: number
    values?: number[]
    isPast?: boolean
  } = {},
): Uint8Array {
  const domainValues = overrides.values ?? [0.5, 2]
  const batch = encodeTelemetryBatch({
    rosterId: overrides.rosterId ?? 2,
    sampledAt: overrides.at ?? testMoment,
    hostValues: [0.25, 1024],
    domainValues,
    domainCount: domainValues.length,
  })
  return encodeSamples([{ slot: overrides.slot ?? 4, batch, isPast: overrides.isPast ?? false }])
}

describe('SampleStore', () => {
  test('puts a frame into the rings that its roster names', () => {
    const store = new SampleStore()
    store.acceptRoster(roster)
    expect(store.acceptFrame(frame())).toEqual([hostId(1)])
    expect(store.hostRing(hostId(1))?.latest('cpu')).toBe(0.25)
    expect(store.hostRing(hostId(1))?.latest('memory')).toBe(1024)
    expect(store.domainRing(domainId(2))?.latest('cpu')).toBe(2)
  })

  test.each([
    ['an unknown slot', frame({ slot: 5 })],
    ['an older roster', frame({ rosterId: 1 })],
    ['another number of domains', frame({ values: [1, 2, 3] })],
    ['a truncated frame', frame().subarray(0, 20)],
    ['no frame at all', new Uint8Array([1, 2, 3])],
  ])('%s changes nothing', (_, bytes) => {
    const store = new SampleStore()
    store.acceptRoster(roster)
    expect(store.acceptFrame(bytes)).toEqual([])
    expect(store.hostRing(hostId(1))).toBeUndefined()
  })

  test('a domain that moved keeps its readings and goes on with those of its new host', () => {
    const store = new SampleStore()
    store.acceptRoster(roster)
    store.acceptFrame(frame())
    store.acceptRoster({ ...roster, slot: 9, hostId: hostId(2), domainIds: [domainId(2)] })
    store.acceptFrame(frame({ slot: 9, at: testMoment + 1000, values: [3] }))
    const ring = store.domainRing(domainId(2))
    expect([ring?.length, ring?.value('cpu', 0), ring?.latest('cpu')]).toEqual([2, 2, 3])
    store.keepOnly(new Set([hostId(2)]))
    expect(store.domainRing(domainId(2))?.length).toBe(2)
    expect(store.domainRing(domainId(1))).toBeUndefined()
  })

  test('readings of the past go in front, and those it has already change nothing', () => {
    const store = new SampleStore()
    store.acceptRoster(roster)
    store.acceptFrame(frame({ at: testMoment - 8000, values: [8, 8], isPast: true }))
    store.acceptFrame(frame())
    const again = [testMoment - 9000, testMoment - 4000].map((at) => frame({ at, isPast: true }))
    for (const bytes of again) expect(store.acceptFrame(bytes)).toEqual([])
    const ring = store.domainRing(domainId(1))
    expect([0, 1, 2].map((index) => (ring?.at(index) ?? 0) - testMoment)).toEqual([-9000, -8000, 0])
    expect(ring?.value('cpu', 1)).toBe(8)
    expect(store.hostRing(hostId(1))?.length).toBe(3)
  })

  test('after a reconnect the old slots mean nothing', () => {
    const store = new SampleStore()
    store.acceptRoster(roster)
    store.forgetRosters()
    expect(store.acceptFrame(frame())).toEqual([])
  })
})
