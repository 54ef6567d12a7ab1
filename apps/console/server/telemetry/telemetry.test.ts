import type { RosterFrame } from '@drover/api-schema/agent-protocol.ts'
import { domainMetrics, hostMetrics } from '@drover/api-schema/telemetry.ts'
import { decodeTelemetryBatch, decodeValue } from '@drover/api-schema/telemetry-frame.ts'
import { domainId, hostId } from '@drover/api-schema/testing/builders.ts'
import { describe, expect, it } from 'vitest'
import { rosterFrame, someBatch } from '../testing/test-agent.ts'
import { backlogOf } from './backlog.ts'
import { createIngest } from './ingest.ts'
import { createTelemetryReader, maxPoints, thin } from './read.ts'
import { keptMs } from './ring.ts'

const start = Date.UTC(2026, 0, 1)
const rosterOf = (...numbers: number[]) =>
  rosterFrame(1, numbers.map(domainId)) as unknown as RosterFrame // valid by its builder
const cpuOf = (samples: { metrics: readonly string[]; values: (number | null)[][] }) =>
  samples.values[samples.metrics.indexOf('cpu')]

function bed() {
  const ingest = createIngest(() => {})
  const feeder = (host: number, roster: RosterFrame) => {
    const take = ingest.openRoster(hostId(host), roster)
    return (at: number, value: number) => {
      const frame = someBatch(1, roster.domainIds.length, at, value)
      const decoded = decodeTelemetryBatch(frame)
      if (!decoded.ok) throw new Error(decoded.error)
      take(decoded.value, frame, at)
    }
  }
  return { ingest, feeder, reader: createTelemetryReader(ingest) }
}

describe('the ring', () => {
  it('keeps ten minutes at one reading a second and no more', () => {
    const { ingest, feeder, reader } = bed()
    const feed = feeder(1, rosterOf(1))
    for (let second = 0; second < 2_000; second += 1) feed(start + second * 1000, second / 1000)
    const now = start + 1_999_000
    const all = reader.ofHost(hostId(1), { now, windowMs: keptMs })
    expect(all.at).toHaveLength(600)
    expect(all.at.at(-1)).toBe(now)
    expect(reader.ofHost(hostId(1), { now, windowMs: 10_000 }).at).toHaveLength(10)
    expect(ingest.readingsOf(hostId(1))?.ring.slotCount).toBeLessThanOrEqual(660)
  })

  it('stays within its bound whatever the agent sends: bursts, new rosters, clocks that run', () => {
    const { ingest, feeder } = bed()
    const burst = feeder(1, rosterOf(1))
    for (let index = 0; index < 5_000; index += 1) burst(start + index, 0.5)
    expect(ingest.readingsOf(hostId(1))?.ring.slotCount).toBeLessThanOrEqual(14)
    for (let index = 1; index <= 3_000; index += 1)
      feeder(1, rosterOf(index))(start + 10_000 + index * 1000, 0.5)
    const ring = ingest.readingsOf(hostId(1))?.ring
    expect(ring?.slotCount).toBeLessThanOrEqual(660)
    expect(ring?.chunks.length).toBeLessThanOrEqual(660)
    expect(ring?.chunks.slice(0, -1).every((chunk) => chunk.at.length === chunk.count)).toBe(true)
    ingest.tidy()
    expect(ingest.hostsOf(domainId(1))).toEqual([])
    expect(ingest.hostsOf(domainId(3_000))).toEqual([hostId(1)])
  })

  it('starts anew when the clock of a host was set back', () => {
    const { feeder, reader, ingest } = bed()
    const feed = feeder(1, rosterOf())
    for (let second = 0; second < 100; second += 1) feed(start + second * 1000, 0.5)
    feed(start - 3_600_000, 0.25)
    feed(start - 3_599_000, 0.25)
    const now = start - 3_599_000
    expect(cpuOf(reader.ofHost(hostId(1), { now, windowMs: 60_000 }))).toEqual([0.25, 0.25])
    expect(ingest.readingsOf(hostId(1))?.ring.slotCount).toBe(2)
  })

  it('is tidied in one pass over the fleet, not in one a host', () => {
    const { ingest, feeder } = bed()
    const hosts = 2_500
    for (let host = 0; host < hosts; host += 1) {
      const ids = Array.from({ length: 16 }, (_, index) => host * 16 + index)
      feeder(host, rosterOf(...ids))(start, 0.5)
    }
    const startedAt = performance.now()
    ingest.tidy()
    // One pass takes some 10 ms; a pass for each host took 8 s.
    expect(performance.now() - startedAt).toBeLessThan(1_000)
    expect(ingest.hostsOf(domainId(39_999))).toEqual([hostId(2_499)])
  })

  it('drops what is older than what it has', () => {
    const { feeder, reader } = bed()
    const feed = feeder(1, rosterOf())
    feed(start + 5_000, 0.5)
    feed(start + 4_000, 0.25)
    expect(cpuOf(reader.ofHost(hostId(1), { now: start + 5_000, windowMs: 60_000 }))).toEqual([0.5])
  })
})

describe('the newest batch', () => {
  it('is a copy with the checked moment, so that the socket may reuse its memory', () => {
    const { ingest } = bed()
    const take = ingest.openRoster(hostId(1), rosterOf())
    const frame = someBatch(1, 0, start, 0.5)
    const decoded = decodeTelemetryBatch(frame)
    if (!decoded.ok) throw new Error(decoded.error)
    take(decoded.value, frame, start + 7)
    frame.fill(0)
    const kept = decodeTelemetryBatch(ingest.latest(hostId(1))?.bytes ?? new Uint8Array())
    expect(kept).toMatchObject({
      ok: true,
      value: { sampledAt: start + 7, hostMetricCount: hostMetrics.length },
    })
  })

  it('is null before the first', () => {
    const { ingest } = bed()
    ingest.openRoster(hostId(1), rosterOf())
    expect(ingest.latest(hostId(1))).toBeNull()
  })
})

describe('reading', () => {
  it('finds a domain at its place in each roster', () => {
    const { feeder, reader } = bed()
    feeder(1, rosterOf(1, 2))(start, 0.25)
    feeder(1, rosterOf(2))(start + 1000, 0.5)
    feeder(1, rosterOf(3, 1, 2))(start + 2000, 0.75)
    const window = { now: start + 2000, windowMs: 60_000 }
    expect(cpuOf(reader.ofDomain(domainId(1), hostId(1), window))).toEqual([0.25, 0.75])
    expect(cpuOf(reader.ofDomain(domainId(2), hostId(1), window))).toEqual([0.25, 0.5, 0.75])
    expect(reader.ofDomain(domainId(2), hostId(1), window).metrics).toEqual(domainMetrics)
  })

  it('follows a domain from host to host; where both have a reading, the owner’s counts', () => {
    const { feeder, reader } = bed()
    const source = feeder(1, rosterOf(1))
    const destination = feeder(2, rosterOf(1))
    source(start, 0.25)
    source(start + 1000, 0.25)
    destination(start + 1100, 0.5)
    destination(start + 2100, 0.5)
    const samples = reader.ofDomain(domainId(1), hostId(2), { now: start + 3000, windowMs: 60_000 })
    expect(samples.at).toEqual([start, start + 1100, start + 2100])
    expect(cpuOf(samples)).toEqual([0.25, 0.5, 0.5])
  })

  it('says null for what is unknown', () => {
    const { feeder, reader } = bed()
    feeder(1, rosterOf())(start, Number.NaN)
    expect(cpuOf(reader.ofHost(hostId(1), { now: start, windowMs: 1000 }))).toEqual([null])
    expect(reader.ofHost(hostId(9), { now: start, windowMs: 1000 }).at).toEqual([])
  })

  it('thins to the limit by averaging neighbours and leaves out what is unknown', () => {
    const points = Array.from({ length: 1260 }, (_, index) => ({
      at: index,
      values: [index % 2 === 0 ? 1 : Number.NaN],
    }))
    const thinned = thin(points, maxPoints)
    expect(thinned.length).toBeLessThanOrEqual(maxPoints)
    expect(thinned.every((point) => point.values[0] === 1)).toBe(true)
    expect(thinned.slice(0, 2).map((point) => point.at)).toEqual([0.5, 2.5])
  })
})

describe('the backlog of a host', () => {
  const decoded = (bytes: Uint8Array) => {
    const batch = decodeTelemetryBatch(bytes)
    if (!batch.ok) throw new Error(batch.error)
    return batch.value
  }

  it('is two minutes in steps of four seconds, without the newest reading', () => {
    const { ingest, feeder } = bed()
    const feed = feeder(1, rosterOf(1, 2))
    for (let second = 0; second < 300; second += 1) feed(start + second * 1000, 0.5)
    const readings = ingest.latest(hostId(1))
    if (readings === null) throw new Error('There are no readings.')
    const moments = backlogOf(readings).map((bytes) => decoded(bytes).sampledAt)
    expect(moments).toHaveLength(30)
    expect(moments[0]).toBe(start + 179_000)
    expect(moments.at(-1)).toBe(start + 295_000)
  })

  it('is in the order of the present roster; a domain that was not there yet is unknown', () => {
    const { ingest, feeder } = bed()
    const before = feeder(1, rosterOf(7, 1))
    for (let second = 0; second < 20; second += 1) before(start + second * 1000, 0.25)
    feeder(1, rosterOf(1, 9))(start + 20_000, 0.75)
    const readings = ingest.latest(hostId(1))
    if (readings === null) throw new Error('There are no readings.')
    const oldest = decoded(backlogOf(readings)[0] ?? new Uint8Array())
    expect(oldest.domainCount).toBe(2)
    const values = [...oldest.codes].slice(oldest.hostMetricCount).map(decodeValue)
    const width = oldest.domainMetricCount
    expect(values.slice(0, width).every((value) => value > 0)).toBe(true)
    expect(values.slice(width).every(Number.isNaN)).toBe(true)
  })
})
