import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import { decodeSamples } from '@drover/api-schema/live-protocol.ts'
import type { Metric } from '@drover/api-schema/telemetry.ts'
import {
  decodeTelemetryBatch,
  decodeValue,
  type TelemetryBatch,
  unknownCode,
} from '@drover/api-schema/telemetry-frame.ts'

/** One reading a second, ten minutes of them. */
export const ringCapacity = 600
const firstCapacity = 16
/** An agent's clock that jumps back further than this starts its ring anew; less is a sample out of order. */
const clockStepMs = 5000

/**
 * The readings of one host or domain: typed arrays that wrap round. They begin small and double, because a drag
 * listens to thousands of domains for a few seconds.
 */
export class Ring {
  readonly metrics: readonly Metric[]
  #at: Float64Array
  #values: Float32Array
  #capacity: number
  #next = 0
  #count = 0

  constructor(metrics: readonly Metric[], capacity = firstCapacity) {
    this.metrics = metrics
    this.#capacity = capacity
    this.#at = new Float64Array(capacity)
    this.#values = new Float32Array(capacity * metrics.length)
  }

  get length(): number {
    return this.#count
  }

  /** When reading `index` was taken, epoch ms on the agent's clock; 0 is the oldest. */
  at(index: number): number {
    return this.#at[this.#slot(index)] ?? Number.NaN
  }

  /** Reading `index` of a metric; 0 is the oldest; NaN is unknown. */
  value(metric: Metric, index: number): number {
    const column = this.metrics.indexOf(metric)
    if (column === -1 || index < 0 || index >= this.#count) return Number.NaN
    return this.#values[this.#slot(index) * this.metrics.length + column] ?? Number.NaN
  }

  /** The newest reading of a metric; NaN is unknown. */
  latest(metric: Metric): number {
    return this.value(metric, this.#count - 1)
  }

  /** Adds one reading, newest. False when it is not newer than what is here. */
  push(at: number, read: (column: number) => number): boolean {
    if (this.#count > 0) {
      const newest = this.at(this.#count - 1)
      if (at <= newest && newest - at < clockStepMs) return false
      if (at < newest) this.#count = 0
    }
    if (this.#count === this.#capacity && this.#capacity < ringCapacity) this.#grow()
    this.#at[this.#next] = at
    const start = this.#next * this.metrics.length
    for (let column = 0; column < this.metrics.length; column += 1)
      this.#values[start + column] = read(column)
    this.#next = (this.#next + 1) % this.#capacity
    this.#count = Math.min(this.#count + 1, this.#capacity)
    return true
  }

  /** Puts older readings, oldest first, before what is here, as far as there is room. */
  prepend(at: readonly number[], read: (metric: Metric, index: number) => number): void {
    const oldest = this.#count === 0 ? Number.POSITIVE_INFINITY : this.at(0)
    const older: number[] = []
    for (let index = 0; index < at.length; index += 1)
      if ((at[index] ?? oldest) < oldest) older.push(index)
    const total = Math.min(ringCapacity, older.length + this.#count)
    const merged = new Ring(this.metrics, Math.max(this.#capacity, total))
    for (const index of older.slice(Math.max(0, older.length - (ringCapacity - this.#count)))) {
      merged.push(at[index] ?? Number.NaN, (column) => read(this.metrics[column] ?? 'cpu', index))
    }
    this.#copyInto(merged)
    this.#take(merged)
  }

  #slot(index: number): number {
    return (this.#next - this.#count + index + this.#capacity) % this.#capacity
  }

  #copyInto(other: Ring): void {
    for (let index = 0; index < this.#count; index += 1) {
      const start = this.#slot(index) * this.metrics.length
      other.push(this.at(index), (column) => this.#values[start + column] ?? Number.NaN)
    }
  }

  #grow(): void {
    const larger = new Ring(this.metrics, Math.min(ringCapacity, this.#capacity * 2))
    this.#copyInto(larger)
    this.#take(larger)
  }

  #take(other: Ring): void {
    this.#at = other.#at
    this.#values = other.#values
    this.#capacity = other.#capacity
    this.#next = other.#next
    this.#count = other.#count
  }
}

/** Names the series in the binary frames of one host on one socket. */
export type Roster = {
  readonly slot: number
  readonly hostId: HostId
  readonly rosterId: number
  readonly hostMetrics: readonly Metric[]
  readonly domainMetrics: readonly Metric[]
  readonly domainIds: readonly DomainId[]
}

/** The rings of all hosts that are listened to, fed by binary frames. It paints nothing and knows no clock. */
export class SampleStore {
  readonly #rosters = new Map<number, Roster>()
  readonly #hosts = new Map<HostId, Ring>()
  readonly #domains = new Map<DomainId, { readonly ring: Ring; hostId: HostId }>()

  hostRing(hostId: HostId): Ring | undefined {
    return this.#hosts.get(hostId)
  }

  domainRing(domainId: DomainId): Ring | undefined {
    return this.#domains.get(domainId)?.ring
  }

  acceptRoster(roster: Roster): void {
    this.#rosters.set(roster.slot, roster)
  }

  /** Slots belong to a socket: after a reconnect the old names mean nothing. */
  forgetRosters(): void {
    this.#rosters.clear()
  }

  /** Keeps the readings of these hosts only. */
  keepOnly(hostIds: ReadonlySet<HostId>): void {
    for (const hostId of this.#hosts.keys()) if (!hostIds.has(hostId)) this.#hosts.delete(hostId)
    for (const [domainId, entry] of this.#domains)
      if (!hostIds.has(entry.hostId)) this.#domains.delete(domainId)
  }

  /** The hosts with something new. A batch that fits no roster is left out: its names are on their way. */
  acceptFrame(frame: Uint8Array): HostId[] {
    const entries = decodeSamples(frame)
    if (!entries.ok) return []
    const touched: HostId[] = []
    const past = new Map<Roster, TelemetryBatch[]>()
    for (const { slot, batch, isPast } of entries.value) {
      const roster = this.#rosters.get(slot)
      const decoded = decodeTelemetryBatch(batch)
      if (roster === undefined || !decoded.ok || !fits(decoded.value, roster)) continue
      if (isPast) past.set(roster, [...(past.get(roster) ?? []), decoded.value])
      else if (this.#acceptBatch(decoded.value, roster)) touched.push(roster.hostId)
    }
    for (const [roster, batches] of past) this.#prependBatches(roster, batches)
    return touched
  }

  #prependBatches(roster: Roster, batches: readonly TelemetryBatch[]): void {
    const at = batches.map((batch) => batch.sampledAt)
    const codeAt = (index: number, place: number) =>
      decodeValue(batches[index]?.codes[place] ?? unknownCode)
    const { hostMetrics, domainMetrics, domainIds } = roster
    this.#ringOfHost(roster).prepend(at, (metric, index) =>
      codeAt(index, hostMetrics.indexOf(metric)),
    )
    for (const [domain, domainId] of domainIds.entries()) {
      const start = hostMetrics.length + domain * domainMetrics.length
      this.#ringOfDomain(domainId, roster).prepend(at, (metric, index) =>
        codeAt(index, start + domainMetrics.indexOf(metric)),
      )
    }
  }

  /** Older readings that came over HTTP. */
  prependHost(
    hostId: HostId,
    history: { at: readonly number[]; read: (metric: Metric, index: number) => number },
    metrics: readonly Metric[],
  ): void {
    const ring = this.#hosts.get(hostId) ?? new Ring(metrics)
    this.#hosts.set(hostId, ring)
    ring.prepend(history.at, history.read)
  }

  prependDomain(
    domainId: DomainId,
    hostId: HostId,
    history: { at: readonly number[]; read: (metric: Metric, index: number) => number },
    metrics: readonly Metric[],
  ): void {
    const ring = this.#domains.get(domainId)?.ring ?? new Ring(metrics)
    this.#domains.set(domainId, { ring, hostId })
    ring.prepend(history.at, history.read)
  }

  #acceptBatch(batch: TelemetryBatch, roster: Roster): boolean {
    const { codes, hostMetricCount, domainMetricCount } = batch
    const hostRing = this.#ringOfHost(roster)
    const isNews = hostRing.push(batch.sampledAt, (column) =>
      decodeValue(codes[column] ?? unknownCode),
    )
    if (!isNews) return false
    for (const [index, domainId] of roster.domainIds.entries()) {
      const start = hostMetricCount + index * domainMetricCount
      this.#ringOfDomain(domainId, roster).push(batch.sampledAt, (column) =>
        decodeValue(codes[start + column] ?? unknownCode),
      )
    }
    return true
  }

  #ringOfHost(roster: Roster): Ring {
    const known = this.#hosts.get(roster.hostId)
    if (known !== undefined && sameMetrics(known.metrics, roster.hostMetrics)) return known
    const ring = new Ring(roster.hostMetrics)
    this.#hosts.set(roster.hostId, ring)
    return ring
  }

  /** A domain keeps its readings when it moves: the line goes on, on the new host. */
  #ringOfDomain(domainId: DomainId, roster: Roster): Ring {
    const known = this.#domains.get(domainId)
    if (known !== undefined && sameMetrics(known.ring.metrics, roster.domainMetrics)) {
      known.hostId = roster.hostId
      return known.ring
    }
    const ring = new Ring(roster.domainMetrics)
    this.#domains.set(domainId, { ring, hostId: roster.hostId })
    return ring
  }
}

function fits(batch: TelemetryBatch, roster: Roster): boolean {
  return (
    batch.rosterId === roster.rosterId &&
    batch.hostMetricCount === roster.hostMetrics.length &&
    batch.domainCount === roster.domainIds.length &&
    (batch.domainCount === 0 || batch.domainMetricCount === roster.domainMetrics.length)
  )
}

function sameMetrics(left: readonly Metric[], right: readonly Metric[]): boolean {
  return (
    left === right ||
    (left.length === right.length && left.every((metric, index) => metric === right[index]))
  )
}
