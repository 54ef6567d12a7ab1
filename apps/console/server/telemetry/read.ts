import type { Samples } from '@drover/api-schema/endpoints.ts'
import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import { domainMetrics, hostMetrics, type Metric } from '@drover/api-schema/telemetry.ts'
import { decodeValue } from '@drover/api-schema/telemetry-frame.ts'
import type { HostReadings, Ingest } from './ingest.ts'
import type { Chunk } from './ring.ts'

/** Ten minutes at 1 Hz, and a few more for agents whose seconds are a little short. */
export const maxPoints = 630
/** Two hosts may both have read a domain while it moved; within this of each other it is one reading. */
const sameReadingMs = 500

type Point = { readonly at: number; readonly values: readonly number[] }
type Window = { readonly now: number; readonly windowMs: number }
export type TelemetryReader = ReturnType<typeof createTelemetryReader>

export function createTelemetryReader(ingest: Ingest) {
  return {
    ofHost(hostId: HostId, window: Window): Samples {
      const readings = ingest.readingsOf(hostId)
      const points = readings === null ? [] : pointsOf(readings, window, hostMetrics, () => 0)
      return toSamples(hostMetrics, thin(points, maxPoints))
    },

    /** `ownerId`: the host it is on now; where two hosts have a reading, that one's counts. */
    ofDomain(domainId: DomainId, ownerId: HostId, window: Window): Samples {
      let points: Point[] = []
      for (const hostId of ingest.hostsOf(domainId).sort((a) => (a === ownerId ? -1 : 1))) {
        const readings = ingest.readingsOf(hostId)
        if (readings === null) continue
        const more = pointsOf(readings, window, domainMetrics, (chunk) => {
          const place = readings.places.get(chunk.roster)?.get(domainId)
          if (place === undefined) return null
          return chunk.roster.hostMetrics.length + place * chunk.roster.domainMetrics.length
        })
        points = merge(points, more)
      }
      return toSamples(domainMetrics, thin(points, maxPoints))
    },
  }
}

/** `offsetIn`: where in a slot of the chunk the series begin; null when they are not in it. */
function pointsOf(
  readings: HostReadings,
  window: Window,
  wanted: readonly Metric[],
  offsetIn: (chunk: Chunk) => number | null,
): Point[] {
  const since = window.now - window.windowMs
  const points: Point[] = []
  for (const chunk of readings.ring.chunks) {
    const offset = offsetIn(chunk)
    if (offset === null) continue
    const listed: readonly Metric[] =
      wanted === hostMetrics ? chunk.roster.hostMetrics : chunk.roster.domainMetrics
    const columns = wanted.map((metric) => listed.indexOf(metric))
    for (let slot = 0; slot < chunk.count; slot += 1) {
      const at = chunk.at[slot] ?? 0
      if (at <= since) continue
      const start = slot * chunk.width + offset
      points.push({ at, values: columns.map((column) => valueAt(chunk, start, column)) })
    }
  }
  return points
}

function valueAt(chunk: Chunk, start: number, column: number): number {
  return column === -1 ? Number.NaN : decodeValue(chunk.codes[start + column] ?? 0xffff)
}

/** Both in order of time; a point of `second` beside one of `first` is left out. */
function merge(first: readonly Point[], second: readonly Point[]): Point[] {
  if (first.length === 0) return [...second]
  const added = second.filter(
    (point) => !first.some((kept) => Math.abs(kept.at - point.at) < sameReadingMs),
  )
  return [...first, ...added].sort((a, b) => a.at - b.at)
}

/** At most `limit` points: neighbours are averaged, what is unknown in all of them stays unknown. */
export function thin(points: readonly Point[], limit: number): readonly Point[] {
  if (points.length <= limit) return points
  const perPoint = Math.ceil(points.length / limit)
  const thinned: Point[] = []
  for (let start = 0; start < points.length; start += perPoint) {
    const group = points.slice(start, start + perPoint)
    const width = group[0]?.values.length ?? 0
    thinned.push({
      at: average(group.map((point) => point.at)),
      values: Array.from({ length: width }, (_, column) =>
        average(
          group
            .map((point) => point.values[column] ?? Number.NaN)
            .filter((value) => !Number.isNaN(value)),
        ),
      ),
    })
  }
  return thinned
}

/** NaN for nothing. */
function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function toSamples(metrics: readonly Metric[], points: readonly Point[]): Samples {
  return {
    metrics: [...metrics],
    at: points.map((point) => Math.round(point.at)),
    values: metrics.map((_, column) =>
      points.map((point) => rounded(point.values[column] ?? Number.NaN)),
    ),
  }
}

/** The code has 11 significant bits; four digits say all of it. */
function rounded(value: number): number | null {
  return Number.isNaN(value) ? null : Number(value.toPrecision(4))
}
