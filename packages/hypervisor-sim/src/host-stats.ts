import { heldDigest, memoryDigest, viewMemory } from './dirty-memory.ts'
import type { DomainSpec, DomainState, Refusal } from './domain.ts'
import {
  type DomainRecord,
  findRecord,
  freeMemBytes,
  type HostState,
  heldBytes,
  isRecordExecuting,
  pageCountOf,
  stateOf,
} from './host-state.ts'
import { digestText } from './page-tag.ts'
import { ok, type Result } from './result.ts'

/** What a host says about a domain: facts. Load is in `DomainStats`. */
export interface DomainInfo {
  readonly spec: DomainSpec
  /** Local to this host and this start; null while shut off. */
  readonly domid: number | null
  readonly state: DomainState
  readonly isExecuting: boolean
  /** The guest was asked to shut down or to reboot and is at it. */
  readonly pending: 'shut-down' | 'reboot' | null
  readonly memCurrentBytes: number
  /** Host clock; null while shut off. After a migration: when it was activated here. */
  readonly startedAtMs: number | null
  readonly generation: number
  readonly migration: DomainMigration | null
}

export type DomainMigration =
  | { readonly role: 'source'; readonly migrationId: string; readonly isSuspended: boolean }
  | { readonly role: 'destination'; readonly migrationId: string }
  /** It runs here and its pages follow. */
  | { readonly role: 'filling'; readonly migrationId: string }

/** Counters since start or arrival (never negative steps in between), and rates over the last tick. */
export interface DomainStats {
  readonly domainId: string
  readonly domid: number | null
  readonly state: DomainState
  readonly vcpuCount: number
  readonly cpuTimeMs: number
  /** Runnable wait: time its vCPUs wanted a pCPU and had none. */
  readonly stealMs: number
  readonly netRxBytes: number
  readonly netTxBytes: number
  readonly diskReadBytes: number
  readonly diskWriteBytes: number
  readonly memCurrentBytes: number
  readonly memTargetBytes: number
  readonly memMaxBytes: number
  /** By the guest's own account, at most what it holds. */
  readonly memUsedBytes: number
  readonly throttleRatio: number
  readonly rates: DomainRates
}

export interface DomainRates {
  /** pCPUs in use; xentop's CPU(%) divided by 100. */
  readonly cpus: number
  readonly stealCpus: number
  readonly netRxBytesPerSec: number
  readonly netTxBytesPerSec: number
  readonly diskReadBytesPerSec: number
  readonly diskWriteBytesPerSec: number
  /** Page writes, not distinct pages: an upper bound of the dirty rate. */
  readonly pageWritesPerSec: number
}

export interface HostStats {
  readonly clockMs: number
  readonly pcpuCount: number
  /** All domains and dom0. */
  readonly cpuTimeMs: number
  readonly memTotalBytes: number
  readonly memFreeBytes: number
  /** Guests' traffic and migrations together; the latter also apart. */
  readonly netRxBytes: number
  readonly netTxBytes: number
  readonly migrationRxBytes: number
  readonly migrationTxBytes: number
  readonly diskReadBytes: number
  readonly diskWriteBytes: number
  readonly dom0: {
    readonly cpuTimeMs: number
    readonly stealMs: number
    readonly memBytes: number
    readonly vcpuCount: number
    readonly cpus: number
  }
  readonly rates: {
    readonly cpus: number
    /** Share of all pCPUs in use, 0 … 1. */
    readonly cpuRatio: number
    readonly netRxBytesPerSec: number
    readonly netTxBytesPerSec: number
    readonly migrationRxBytesPerSec: number
    readonly migrationTxBytesPerSec: number
    readonly diskReadBytesPerSec: number
    readonly diskWriteBytesPerSec: number
  }
}

export function describeDomain(record: DomainRecord): DomainInfo {
  const { pending } = record
  return {
    spec: record.spec,
    domid: record.domid,
    state: stateOf(record),
    isExecuting: isRecordExecuting(record),
    pending: pending === null || pending.kind === 'scrub' ? null : pending.kind,
    memCurrentBytes: Math.floor(heldBytes(record)),
    startedAtMs: record.power === 'shut-off' ? null : record.startedAtMs,
    generation: record.generation,
    migration: migrationOf(record),
  }
}

function migrationOf(record: DomainRecord): DomainMigration | null {
  if (record.incoming !== null) {
    return { role: 'destination', migrationId: record.incoming.migrationId }
  }
  if (record.filling !== null) return { role: 'filling', migrationId: record.filling.migrationId }
  const migrationId = record.suspendedBy ?? record.outgoing?.migrationId
  if (migrationId === undefined) return null
  return { role: 'source', migrationId, isSuspended: record.suspendedBy !== null }
}

export function domainStats(state: HostState, domainId: string): Result<DomainStats, Refusal> {
  const found = findRecord(state, domainId)
  return found.ok ? ok(statsOf(state, found.value)) : found
}

export function statsOf(state: HostState, record: DomainRecord): DomainStats {
  const { spec, counters: now, before } = record
  const perSec = state.windowMs > 0 ? 1000 / state.windowMs : 0
  const held = Math.floor(heldBytes(record))
  return {
    domainId: spec.domainId,
    domid: record.domid,
    state: stateOf(record),
    vcpuCount: spec.vcpuCount,
    cpuTimeMs: now.cpuTimeMs,
    stealMs: now.stealMs,
    netRxBytes: Math.floor(now.netRxBytes),
    netTxBytes: Math.floor(now.netTxBytes),
    diskReadBytes: Math.floor(now.diskReadBytes),
    diskWriteBytes: Math.floor(now.diskWriteBytes),
    memCurrentBytes: held,
    memTargetBytes: spec.memTargetBytes,
    memMaxBytes: spec.memMaxBytes,
    memUsedBytes: Math.floor(Math.min(held, record.demand.memUsedBytes)),
    throttleRatio: record.throttleRatio,
    rates: {
      cpus: ((now.cpuTimeMs - before.cpuTimeMs) * perSec) / 1000,
      stealCpus: ((now.stealMs - before.stealMs) * perSec) / 1000,
      netRxBytesPerSec: (now.netRxBytes - before.netRxBytes) * perSec,
      netTxBytesPerSec: (now.netTxBytes - before.netTxBytes) * perSec,
      diskReadBytesPerSec: (now.diskReadBytes - before.diskReadBytes) * perSec,
      diskWriteBytesPerSec: (now.diskWriteBytes - before.diskWriteBytes) * perSec,
      pageWritesPerSec:
        (now.hotWrites - before.hotWrites + now.coldWrites - before.coldWrites) * perSec,
    },
  }
}

export function hostStats(state: HostState): HostStats {
  const { spec, counters: now, before } = state
  const perSec = state.windowMs > 0 ? 1000 / state.windowMs : 0
  const cpus = ((now.cpuTimeMs - before.cpuTimeMs) * perSec) / 1000
  const migrationRx = (now.migrationRxBytes - before.migrationRxBytes) * perSec
  const migrationTx = (now.migrationTxBytes - before.migrationTxBytes) * perSec
  return {
    clockMs: state.clockMs,
    pcpuCount: spec.pcpuCount,
    cpuTimeMs: now.cpuTimeMs,
    memTotalBytes: spec.memTotalBytes,
    memFreeBytes: Math.floor(freeMemBytes(state)),
    netRxBytes: Math.floor(now.netRxBytes + now.migrationRxBytes),
    netTxBytes: Math.floor(now.netTxBytes + now.migrationTxBytes),
    migrationRxBytes: Math.floor(now.migrationRxBytes),
    migrationTxBytes: Math.floor(now.migrationTxBytes),
    diskReadBytes: Math.floor(now.diskReadBytes),
    diskWriteBytes: Math.floor(now.diskWriteBytes),
    dom0: {
      cpuTimeMs: now.dom0CpuTimeMs,
      stealMs: now.dom0StealMs,
      memBytes: spec.dom0.memBytes,
      vcpuCount: spec.dom0.vcpuCount,
      cpus: ((now.dom0CpuTimeMs - before.dom0CpuTimeMs) * perSec) / 1000,
    },
    rates: {
      cpus,
      cpuRatio: cpus / spec.pcpuCount,
      netRxBytesPerSec: (now.netRxBytes - before.netRxBytes) * perSec + migrationRx,
      netTxBytesPerSec: (now.netTxBytes - before.netTxBytes) * perSec + migrationTx,
      migrationRxBytesPerSec: migrationRx,
      migrationTxBytesPerSec: migrationTx,
      diskReadBytesPerSec: (now.diskReadBytes - before.diskReadBytes) * perSec,
      diskWriteBytesPerSec: (now.diskWriteBytes - before.diskWriteBytes) * perSec,
    },
  }
}

/** Digest of the domain's memory as it is; null when it has none here or is still arriving. */
export function memoryDigestOf(state: HostState, domainId: string): string | null {
  const record = state.byId.get(domainId)
  if (record === undefined || record.incoming !== null || record.power === 'shut-off') return null
  return memoryDigest(viewMemory(record.memory, record.counters), pageCountOf(record))
}

export function heldDigestOf(
  state: HostState,
  domainId: string,
  missing: Uint32Array,
): string | null {
  const record = state.byId.get(domainId)
  if (record === undefined || record.incoming !== null || record.power === 'shut-off') return null
  return heldDigest(viewMemory(record.memory, record.counters), pageCountOf(record), missing)
}

/** What has come of a domain whose pages follow. */
export interface FillingInspection {
  readonly missing: Uint32Array
  readonly arrivedDigest: string
  /** The one page that the guest has touched and not got. */
  readonly waitsFor: number | null
  /** Of the guest, in its life. */
  readonly pageWrites: number
}

export function inspectFilling(state: HostState, domainId: string): FillingInspection | null {
  const record = state.byId.get(domainId)
  const session = record?.filling ?? null
  if (record === undefined || session === null) return null
  const { hotWrites, coldWrites } = record.counters
  return {
    missing: session.arrivals.missing.slice(),
    arrivedDigest: digestText(session.lane1, session.lane2, session.heldPages),
    waitsFor: session.waitsFor,
    pageWrites: Math.floor(hotWrites) + Math.floor(coldWrites),
  }
}
