import type { Samples } from '@drover/api-schema/endpoints.ts'
import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import { liveLimits } from '@drover/api-schema/live-protocol.ts'
import type { Metric } from '@drover/api-schema/telemetry.ts'
import { type PaintClock, PaintSchedule } from './paint-schedule.ts'
import { type Ring, type Roster, SampleStore } from './sample-ring.ts'
import { SilenceWatch } from './silence.ts'

/** How long a host stays subscribed after nobody looks at it: scrolling to and fro must not empty its lines. */
const lingerMs = 10_000
/** Subscriptions that change together are sent together. */
const gatherMs = 80

/** Readings of one host or domain at one moment of painting; a new object only when there is something new. */
export type SeriesView = { readonly ring: Ring | undefined; readonly version: number }
const emptyView: SeriesView = { ring: undefined, version: 0 }

/** Which thing a newest reading is asked of. */
export type SampleOf = { readonly hostId: HostId; readonly domainId?: DomainId }

/**
 * Who looks at which host: turns what is on screen into one subscription, and readings into calls of those who
 * paint them. Nothing here renders.
 */
export class LiveSamples {
  readonly #store = new SampleStore()
  readonly #clock: PaintClock
  readonly #schedule: PaintSchedule<HostId>
  /** Which hosts send nothing although they are asked. */
  readonly silence: SilenceWatch<HostId>
  readonly #lookers = new Map<HostId, number>()
  readonly #lingering = new Set<HostId>()
  readonly #listeners = new Map<HostId, Set<() => void>>()
  readonly #hostViews = new Map<HostId, SeriesView>()
  readonly #domainViews = new Map<DomainId, SeriesView>()
  #send: ((hostIds: HostId[]) => void) | null = null
  #isGathering = false
  #version = 0

  constructor(clock: PaintClock) {
    this.#clock = clock
    this.silence = new SilenceWatch(clock)
    this.#schedule = new PaintSchedule(clock, (hostId) => this.#notify(hostId))
  }

  /** The socket is up: names of series start anew, and it is told what is looked at. Null: it is down. */
  connect(send: ((hostIds: HostId[]) => void) | null): void {
    this.#send = send
    this.#store.forgetRosters()
    this.silence.setConnected(send !== null)
    if (send !== null) this.#subscribe()
  }

  acceptRoster(roster: Roster): void {
    this.#store.acceptRoster(roster)
  }

  acceptFrame(frame: Uint8Array): void {
    for (const hostId of this.#store.acceptFrame(frame)) {
      this.silence.hear(hostId)
      if (this.#listeners.has(hostId)) this.#schedule.touch(hostId)
    }
  }

  resume(): void {
    this.#schedule.resume()
  }

  /** Somebody looks at these hosts until the returned function is called. */
  look(hostIds: readonly HostId[]): () => void {
    for (const hostId of hostIds) this.#lookers.set(hostId, (this.#lookers.get(hostId) ?? 0) + 1)
    this.#gather()
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      for (const hostId of hostIds) this.#lookAway(hostId)
      this.#clock.wait(lingerMs, () => this.#forgetLingering(hostIds))
    }
  }

  /** Calls `paint` at most once a second while readings of the host come. */
  listen(hostId: HostId, paint: () => void): () => void {
    const listeners = this.#listeners.get(hostId) ?? new Set()
    this.#listeners.set(hostId, listeners)
    listeners.add(paint)
    return () => {
      listeners.delete(paint)
      if (listeners.size > 0 || this.#listeners.get(hostId) !== listeners) return
      this.#listeners.delete(hostId)
      this.#schedule.forget(hostId)
    }
  }

  hostRing(hostId: HostId): Ring | undefined {
    return this.#store.hostRing(hostId)
  }

  domainRing(domainId: DomainId): Ring | undefined {
    return this.#store.domainRing(domainId)
  }

  /** The newest reading of one metric; null while unknown, and when it is old. */
  latest({ hostId, domainId }: SampleOf, metric: Metric): number | null {
    if (this.silence.silentMs(hostId) !== null) return null
    const ring = domainId === undefined ? this.hostRing(hostId) : this.domainRing(domainId)
    const value = ring?.latest(metric) ?? Number.NaN
    return Number.isNaN(value) ? null : value
  }

  hostView(hostId: HostId): SeriesView {
    return this.#hostViews.get(hostId) ?? emptyView
  }

  domainView(domainId: DomainId): SeriesView {
    return this.#domainViews.get(domainId) ?? emptyView
  }

  /** A domain's view is renewed with its host's only for those that asked once. */
  watchDomain(domainId: DomainId): void {
    if (!this.#domainViews.has(domainId))
      this.#domainViews.set(domainId, { ring: this.domainRing(domainId), version: 0 })
  }

  /** Older readings from the server go in front of the live ones. */
  addHostHistory(hostId: HostId, samples: Samples): void {
    this.#store.prependHost(hostId, { at: samples.at, read: readerOf(samples) }, samples.metrics)
    this.#notify(hostId)
  }

  addDomainHistory(domainId: DomainId, hostId: HostId, samples: Samples): void {
    this.#store.prependDomain(
      domainId,
      hostId,
      { at: samples.at, read: readerOf(samples) },
      samples.metrics,
    )
    this.#notify(hostId)
  }

  #notify(hostId: HostId): void {
    this.#version += 1
    this.#hostViews.set(hostId, { ring: this.hostRing(hostId), version: this.#version })
    for (const domainId of this.#domainViews.keys()) {
      const ring = this.domainRing(domainId)
      if (ring !== undefined) this.#domainViews.set(domainId, { ring, version: this.#version })
    }
    for (const listener of this.#listeners.get(hostId) ?? []) listener()
  }

  #lookAway(hostId: HostId): void {
    const left = (this.#lookers.get(hostId) ?? 0) - 1
    if (left > 0) {
      this.#lookers.set(hostId, left)
      return
    }
    this.#lookers.delete(hostId)
    this.#lingering.add(hostId)
  }

  #forgetLingering(hostIds: readonly HostId[]): void {
    for (const hostId of hostIds) this.#lingering.delete(hostId)
    const wanted = this.#wanted()
    this.#store.keepOnly(wanted)
    for (const hostId of this.#hostViews.keys())
      if (!wanted.has(hostId)) this.#hostViews.delete(hostId)
    this.#gather()
  }

  #wanted(): Set<HostId> {
    return new Set([...this.#lookers.keys(), ...this.#lingering])
  }

  #gather(): void {
    if (this.#isGathering) return
    this.#isGathering = true
    this.#clock.wait(gatherMs, () => {
      this.#isGathering = false
      this.#subscribe()
    })
  }

  #subscribe(): void {
    const hostIds = [...this.#wanted()].slice(0, liveLimits.maxSubscribedHosts)
    this.silence.expect(hostIds)
    this.#send?.(hostIds)
  }
}

function readerOf(samples: Samples): (metric: Metric, index: number) => number {
  const columns = new Map(samples.metrics.map((metric, column) => [metric, samples.values[column]]))
  return (metric, index) => columns.get(metric)?.[index] ?? Number.NaN
}
