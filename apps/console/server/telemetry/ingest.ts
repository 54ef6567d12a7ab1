import type { RosterFrame } from '@drover/api-schema/agent-protocol.ts'
import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import type { TelemetryBatch } from '@drover/api-schema/telemetry-frame.ts'
import { appendToRing, createRing, type Ring } from './ring.ts'

/** The live readings of one host: the last ten minutes, and the newest batch as bytes for the browsers. */
export type HostReadings = {
  readonly hostId: HostId
  readonly ring: Ring
  roster: RosterFrame
  /** A copy; the frame it came in belongs to the socket. Its moment is the checked one. */
  bytes: Uint8Array
  /** Where each domain stands in a roster. */
  readonly places: WeakMap<RosterFrame, ReadonlyMap<DomainId, number>>
}
export type Ingest = ReturnType<typeof createIngest>

const momentOffset = 8 // of sampledAt in the batch: telemetry-frame.ts

/** Takes batches in; `sampled` hears of each one that counted. It is bounded by hosts × domains × ten minutes. */
export function createIngest(sampled: (readings: HostReadings) => void) {
  const byHost = new Map<HostId, HostReadings>()
  const hostsOf = new Map<DomainId, Set<HostId>>()
  let batchCount = 0

  const take = (
    readings: HostReadings,
    roster: RosterFrame,
    batch: TelemetryBatch,
    frame: Uint8Array,
    at: number,
  ) => {
    const filedAt = appendToRing(readings.ring, roster, batch.codes, at)
    if (filedAt === null) return
    batchCount += 1
    if (readings.bytes.byteLength !== frame.byteLength)
      readings.bytes = new Uint8Array(frame.byteLength)
    readings.bytes.set(frame)
    if (at !== batch.sampledAt) stamp(readings.bytes, at)
    readings.roster = roster
    sampled(readings)
  }

  const forgetDomainsNotIn = (readings: HostReadings) => {
    const kept = new Set(readings.ring.chunks.flatMap((chunk) => chunk.roster.domainIds))
    for (const domainId of readings.roster.domainIds) kept.add(domainId)
    for (const [domainId, hostIds] of hostsOf) {
      if (kept.has(domainId) || !hostIds.delete(readings.hostId)) continue
      if (hostIds.size === 0) hostsOf.delete(domainId)
    }
  }

  return {
    /** The function for the batches of this roster. */
    openRoster(hostId: HostId, roster: RosterFrame) {
      let readings = byHost.get(hostId)
      if (readings === undefined) {
        readings = {
          hostId,
          ring: createRing(),
          roster,
          bytes: new Uint8Array(0),
          places: new WeakMap(),
        }
        byHost.set(hostId, readings)
      }
      readings.places.set(
        roster,
        new Map(roster.domainIds.map((domainId, index) => [domainId, index])),
      )
      for (const domainId of roster.domainIds) {
        const hostIds = hostsOf.get(domainId) ?? new Set()
        hostsOf.set(domainId, hostIds.add(hostId))
      }
      const open = readings
      return (batch: TelemetryBatch, frame: Uint8Array, sampledAt: number) =>
        take(open, roster, batch, frame, sampledAt)
    },

    /** Null until the first batch. */
    latest(hostId: HostId): HostReadings | null {
      const readings = byHost.get(hostId)
      return readings === undefined || readings.bytes.byteLength === 0 ? null : readings
    },

    readingsOf: (hostId: HostId): HostReadings | null => byHost.get(hostId) ?? null,
    /** All hosts a domain has been on in the last ten minutes. */
    hostsOf: (domainId: DomainId): HostId[] => [...(hostsOf.get(domainId) ?? [])],

    removeHost(hostId: HostId): void {
      const readings = byHost.get(hostId)
      if (readings === undefined) return
      byHost.delete(hostId)
      readings.ring.chunks = []
      readings.roster = { ...readings.roster, domainIds: [] }
      forgetDomainsNotIn(readings)
    },

    /** Call now and then: drops the index of domains whose readings have aged out. */
    tidy(): void {
      for (const readings of byHost.values()) forgetDomainsNotIn(readings)
    },

    get batchCount(): number {
      return batchCount
    },
  }
}

function stamp(bytes: Uint8Array, at: number): void {
  new DataView(bytes.buffer, bytes.byteOffset).setFloat64(momentOffset, at, true)
}
