import type { RosterFrame } from '@drover/api-schema/agent-protocol.ts'
import { encodeTelemetryCodes, unknownCode } from '@drover/api-schema/telemetry-frame.ts'
import type { HostReadings } from './ingest.ts'
import type { Chunk } from './ring.ts'

/** What a sparkline shows, at a step it can show. */
const windowMs = 120_000
const stepMs = 4_000

/**
 * Readings of the last two minutes, oldest first, as batches of the host's present roster: a domain that was not there
 * yet is unknown in them. The newest reading is not among them; it is on its way as the agent sent it.
 */
export function backlogOf(readings: HostReadings): Uint8Array[] {
  const { ring, roster } = readings
  const since = ring.lastAt - windowMs
  const batches: Uint8Array[] = []
  let nextAt = since
  for (const chunk of ring.chunks) {
    const places = placesIn(chunk.roster, roster)
    for (let slot = 0; slot < chunk.count; slot += 1) {
      const sampledAt = chunk.at[slot] ?? 0
      if (sampledAt < nextAt || sampledAt >= ring.lastAt) continue
      nextAt = sampledAt + stepMs
      batches.push(
        encodeTelemetryCodes({
          rosterId: roster.rosterId,
          sampledAt,
          domainCount: roster.domainIds.length,
          hostMetricCount: roster.hostMetrics.length,
          domainMetricCount: roster.domainMetrics.length,
          codes: translated(chunk, slot, places),
        }),
      )
    }
  }
  return batches
}

/** Where each code of the present roster stands in an older one; -1 where it does not. */
function placesIn(older: RosterFrame, present: RosterFrame): Int32Array {
  const h = present.hostMetrics.length
  const m = present.domainMetrics.length
  const places = new Int32Array(h + present.domainIds.length * m).fill(-1)
  for (const [column, metric] of present.hostMetrics.entries())
    places[column] = older.hostMetrics.indexOf(metric)
  const olderPlace = new Map(older.domainIds.map((domainId, index) => [domainId, index]))
  const columns = present.domainMetrics.map((metric) => older.domainMetrics.indexOf(metric))
  for (const [index, domainId] of present.domainIds.entries()) {
    const place = olderPlace.get(domainId)
    if (place === undefined) continue
    for (const [column, olderColumn] of columns.entries()) {
      if (olderColumn === -1) continue
      places[h + index * m + column] =
        older.hostMetrics.length + place * older.domainMetrics.length + olderColumn
    }
  }
  return places
}

function translated(chunk: Chunk, slot: number, places: Int32Array): Uint16Array {
  const codes = new Uint16Array(places.length).fill(unknownCode)
  for (const [index, place] of places.entries()) {
    if (place !== -1) codes[index] = chunk.codes[slot * chunk.width + place] ?? unknownCode
  }
  return codes
}
