import type { Host } from '@drover/api-schema/host.ts'
import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import { decodeValue } from '@drover/api-schema/telemetry-frame.ts'
import type { HostReadings, Ingest } from './ingest.ts'

/** A reading that is older says nothing of now. */
const staleMs = 30_000

/** What hosts and domains use of their CPUs by their newest readings, in pCPUs; NaN is unknown. */
export function createCpuLoads(
  ingest: Pick<Ingest, 'readingsOf'>,
  fleet: {
    host(hostId: HostId): Host | null
    domain(domainId: DomainId): { readonly hostId: HostId } | null
  },
  now: () => number,
) {
  const newest = (hostId: HostId): HostReadings | null => {
    const readings = ingest.readingsOf(hostId)
    return readings === null || now() - readings.ring.lastAt > staleMs ? null : readings
  }
  return {
    ofHost(hostId: HostId): number {
      const readings = newest(hostId)
      const pcpuCount = fleet.host(hostId)?.cpu.pcpuCount ?? Number.NaN
      const column = readings?.ring.chunks.at(-1)?.roster.hostMetrics.indexOf('cpu') ?? -1
      return readings === null || column === -1 ? Number.NaN : valueAt(readings, column) * pcpuCount
    },

    ofDomain(domainId: DomainId): number {
      const hostId = fleet.domain(domainId)?.hostId
      const readings = hostId === undefined ? null : newest(hostId)
      const roster = readings?.ring.chunks.at(-1)?.roster
      if (readings === null || roster === undefined) return Number.NaN
      const place = readings.places.get(roster)?.get(domainId)
      const column = roster.domainMetrics.indexOf('cpu')
      if (place === undefined || column === -1) return Number.NaN
      return valueAt(
        readings,
        roster.hostMetrics.length + place * roster.domainMetrics.length + column,
      )
    },
  }
}

function valueAt({ ring }: HostReadings, column: number): number {
  const chunk = ring.chunks.at(-1)
  if (chunk === undefined || chunk.count === 0) return Number.NaN
  return decodeValue(chunk.codes[(chunk.count - 1) * chunk.width + column] ?? 0xffff)
}
