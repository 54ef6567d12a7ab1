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
  /** The other way round. */
  const namedBy = new Map<HostId, Set<DomainId>>()
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

  /** Only what this host has named is looked at: with all hosts in turn that is one pass over the fleet. */
  const forgetAgedOut = (readings: HostReadings) => {
    const named = namedBy.get(readings.hostId)
    if (named === undefined) return
    const rosters = new Set(readings.ring.chunks.map((chunk) => chunk.roster)).add(readings.roster)
    const kept = new Set<DomainId>()
    for (const { domainIds } of rosters) for (const domainId of domainIds) kept.add(domainId)
    for (const domainId of named) {
      if (kept.has(domainId)) continue
      named.delete(domainId)
      const hostIds = hostsOf.get(domainId)
      hostIds?.delete(readings.hostId)
      if (hostIds?.size === 0) hostsOf.delete(domainId)
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
      const named = namedBy.get(hostId) ?? new Set()
      namedBy.set(hostId, named)
      for (const domainId of roster.domainIds) {
        named.add(domainId)
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
      forgetAgedOut(readings)
      namedBy.delete(hostId)
    },

    /** Call now and then: drops the index of domains whose readings have aged out. */
    tidy(): void {
      for (const readings of byHost.values()) forgetAgedOut(readings)
    },

    get batchCount(): number {
      return batchCount
    },
  }
}

function stamp(bytes: Uint8Array, at: number): void {
  new DataView(bytes.buffer, bytes.byteOffset).setFloat64(momentOffset, at, true)
}
