import type { DomainSpec } from './domain.ts'
import { checkHostSpec, type HostSpec } from './host-spec.ts'
import {
  addRecord,
  createFlow,
  createHostState,
  createRecord,
  type DomainCounters,
  type DomainRecord,
  type FillingSession,
  guestMemory,
  type HostCounters,
  type HostState,
  type Pending,
  type Power,
} from './host-state.ts'
import { bitmapFromText, bitmapToText } from './page-bitmap.ts'
import { createPostcopyArrivals } from './postcopy-arrivals.ts'
import { ok, type Result, refuse } from './result.ts'
import type { Trace } from './trace.ts'

/**
 * A host as plain JSON, about a kilobyte per domain: the agent keeps it on disk, and killed and started
 * again it goes on with the same boot. Memory is in it as two counters per domain (`dirty-memory.ts`).
 * Not in it: arriving images (their migration died with the process) and the rounds of leaving ones
 * (the guest runs on; the next attempt starts at round 0). A *suspension* is in it: such a copy stays
 * paused until its migration has been asked.
 */
export interface HostSnapshot {
  readonly version: 1
  readonly spec: HostSpec
  readonly seed: number
  readonly bootId: string
  readonly clockMs: number
  readonly nextDomid: number
  readonly counters: HostCounters
  readonly domains: readonly DomainSnapshot[]
}

export interface DomainSnapshot {
  readonly spec: DomainSpec
  readonly power: Power
  readonly domid: number | null
  readonly generation: number
  readonly memCurrentBytes: number
  readonly memorySeed: number
  readonly counters: DomainCounters
  readonly startedAtMs: number
  readonly workloadOffsetMs: number
  readonly pending: Pending | null
  readonly suspendedBy: string | null
  /** Absent in snapshots of before there was post-copy. */
  readonly filling?: FillingSnapshot | null
}

/**
 * A domain that runs here while its pages follow: what is missing and the digest of what is not, of one moment with the write
 * counters. A host that goes on from an older snapshot misses again what had come since, and says so to the source.
 */
export interface FillingSnapshot {
  readonly migrationId: string
  readonly pageCount: number
  readonly expectedDigest: string
  /** `page-bitmap.ts`. */
  readonly missing: string
  readonly firstMissingPages: number
  readonly lane1: number
  readonly lane2: number
  readonly heldPages: number
  readonly waitsFor: number | null
  readonly waitedMs: number
  readonly demandedPages: number
}

export type SnapshotError = { readonly code: 'bad-snapshot'; readonly problem: string }

export function takeSnapshot(state: HostState): HostSnapshot {
  return {
    version: 1,
    spec: state.spec,
    seed: state.seed,
    bootId: state.bootId,
    clockMs: state.clockMs,
    nextDomid: state.nextDomid,
    counters: { ...state.counters },
    domains: state.records.filter((record) => record.incoming === null).map(snapshotOf),
  }
}

function snapshotOf(record: DomainRecord): DomainSnapshot {
  return {
    spec: record.spec,
    power: record.power,
    domid: record.domid,
    generation: record.generation,
    memCurrentBytes: record.memCurrentBytes,
    memorySeed: record.memorySeed,
    counters: { ...record.counters },
    startedAtMs: record.startedAtMs,
    workloadOffsetMs: record.workloadOffsetMs,
    pending: record.pending === null ? null : { ...record.pending },
    suspendedBy: record.suspendedBy,
    filling: record.filling === null ? null : fillingSnapshotOf(record.filling),
  }
}

function fillingSnapshotOf({
  arrivals,
  asks: _,
  flow: __,
  ...same
}: FillingSession): FillingSnapshot {
  return {
    ...same,
    missing: bitmapToText(arrivals.missing),
    demandedPages: arrivals.faults,
  }
}

/** Null when the bitmap is not one of its pages. */
function fillingFrom(saved: FillingSnapshot): FillingSession | null {
  const { missing: text, demandedPages, ...same } = saved
  const missing = bitmapFromText(text, saved.pageCount)
  if (missing === null) return null
  const arrivals = createPostcopyArrivals(missing)
  arrivals.faults = demandedPages
  return { ...same, arrivals, asks: [], flow: createFlow(null) }
}

/** The host as it was. Its clock stands where it stood; the caller ticks the time that has passed. */
export function stateFromSnapshot(
  snapshot: HostSnapshot,
  traces: ReadonlyMap<string, Trace>,
): Result<HostState, SnapshotError> {
  if (snapshot.version !== 1) {
    return refuse({ code: 'bad-snapshot', problem: `version ${String(snapshot.version)}` })
  }
  const spec = checkHostSpec(snapshot.spec)
  if (!spec.ok) {
    const { field, problem } = spec.error
    return refuse({ code: 'bad-snapshot', problem: `${field} ${problem}` })
  }
  const state = createHostState(spec.value, snapshot.seed, snapshot.bootId, traces)
  state.clockMs = snapshot.clockMs
  state.stepEndsAtMs = snapshot.clockMs
  state.nextDomid = snapshot.nextDomid
  Object.assign(state.counters, snapshot.counters)
  for (const saved of snapshot.domains) {
    if (state.byId.has(saved.spec.domainId)) {
      return refuse({ code: 'bad-snapshot', problem: `domain ${saved.spec.domainId} twice` })
    }
    const filling = saved.filling == null ? null : fillingFrom(saved.filling)
    if (filling === null && saved.filling != null) {
      return refuse({ code: 'bad-snapshot', problem: `pages of ${saved.spec.domainId}` })
    }
    addRecord(state, {
      ...createRecord(saved.spec),
      power: saved.power,
      domid: saved.domid,
      generation: saved.generation,
      memCurrentBytes: saved.memCurrentBytes,
      memorySeed: saved.memorySeed,
      memory: guestMemory(saved.spec, saved.memorySeed),
      counters: { ...saved.counters },
      before: { ...saved.counters },
      startedAtMs: saved.startedAtMs,
      workloadOffsetMs: saved.workloadOffsetMs,
      pending: saved.pending === null ? null : { ...saved.pending },
      suspendedBy: saved.suspendedBy,
      filling,
    })
  }
  return ok(state)
}
