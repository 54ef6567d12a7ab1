import { populatedPages } from './balloon.ts'
import { createDevice, type SharedDevice } from './devices.ts'
import { createMemory, type GuestMemory, type MemoryView } from './dirty-memory.ts'
import type { DomainSpec, DomainState, Refusal } from './domain.ts'
import { type HostSpec, XEN_RESERVED_BYTES } from './host-spec.ts'
import type { PostcopyArrivals } from './postcopy-arrivals.ts'
import type { PostcopyOrder } from './postcopy-order.ts'
import type { PrecopySource, RoundStats } from './precopy.ts'
import type { PrecopyProfile } from './precopy-profiles.ts'
import { hash32 } from './random.ts'
import type { MemoryImage } from './restore.ts'
import { ok, type Result, refuse } from './result.ts'
import type { Trace } from './trace.ts'
import { PAGE_BYTES, pagesOf } from './units.ts'
import { type Demand, noDemand, workingSet } from './workload.ts'

/**
 * The inside of a simulated host. Mutable, and known only to the `host-*` files and `snapshot.ts`.
 * One file, over 300 lines: mostly types, and what the other files ask of a record.
 */
export interface HostState {
  readonly spec: HostSpec
  readonly seed: number
  readonly bootId: string
  readonly traces: ReadonlyMap<string, Trace>
  /** Virtual time since boot. */
  clockMs: number
  readonly records: DomainRecord[]
  readonly byId: Map<string, DomainRecord>
  nextDomid: number
  /** Raised whenever `listDomains` would answer differently (load and memory held excepted). */
  changeCount: number
  /** Something changed inside a demand step: shares must be computed anew. */
  sharesStale: boolean
  stepEndsAtMs: number
  readonly dom0: ShareOfCpu
  readonly counters: HostCounters
  readonly before: HostCounters
  windowMs: number
  readonly nicRx: SharedDevice
  readonly nicTx: SharedDevice
  readonly disk: SharedDevice
  cpuWanted: Float64Array
  cpuWeights: Float64Array
  cpuGranted: Float64Array
  /** Summed rates of the guests in the current step. */
  netRxRate: number
  netTxRate: number
  diskReadRate: number
  diskWriteRate: number
  cpuRate: number
}

interface ShareOfCpu {
  wantedCpus: number
  grantedCpus: number
}

export interface HostCounters {
  cpuTimeMs: number
  dom0CpuTimeMs: number
  dom0StealMs: number
  netRxBytes: number
  netTxBytes: number
  diskReadBytes: number
  diskWriteBytes: number
  migrationRxBytes: number
  migrationTxBytes: number
}

export interface DomainCounters {
  cpuTimeMs: number
  stealMs: number
  netRxBytes: number
  netTxBytes: number
  diskReadBytes: number
  diskWriteBytes: number
  /** Exact, with fractions; pages are written at whole numbers. */
  hotWrites: number
  coldWrites: number
}

export type Power = 'running' | 'paused' | 'shut-off' | 'crashed' | 'dying'

/** Something the guest or Xen is busy with; counts down while the guest executes (or is dying). */
export interface Pending {
  readonly kind: 'shut-down' | 'reboot' | 'scrub'
  leftMs: number
}

/** A migration's share of the NIC, accrued by ticks and taken by the agent. */
export interface MigrationFlow {
  /** The profile's own pace. */
  limitBytesPerSec: number | null
  /** What an administrator lets the rounds take. The paused guest's last pages are not held back by it. */
  askedBytesPerSec: number | null
  /** What the path carries at most, whoever wants more. */
  pathBytesPerSec: number | null
  bytesPerSec: number
  budgetBytes: number
  takenInStep: number
  isNew: boolean
}

export interface OutgoingSession {
  readonly migrationId: string
  readonly profile: PrecopyProfile
  readonly source: PrecopySource
  readonly flow: MigrationFlow
  readonly rounds: RoundStats[]
}

export interface IncomingSession {
  readonly migrationId: string
  readonly image: MemoryImage
  readonly flow: MigrationFlow
}

/** Source: the memory of a domain that runs on the destination already, kept as it was paused until it is all there. */
export interface ServingSession {
  readonly migrationId: string
  readonly order: PostcopyOrder
  readonly frozen: MemoryView
  readonly flow: MigrationFlow
}

/** Destination: the domain runs here and its pages follow. */
export interface FillingSession {
  readonly migrationId: string
  readonly pageCount: number
  /** Of every page at the version it was paused with, by the source. */
  readonly expectedDigest: string
  readonly arrivals: PostcopyArrivals
  readonly firstMissingPages: number
  /**
   * Digest of the pages that came from the source, at the versions they came with. It is kept apart from the guest's memory,
   * which goes on from there by its own writes: a page is accepted once and added here once, so when none is missing this
   * is the image as it was paused, or something on the way was wrong.
   */
  lane1: number
  lane2: number
  heldPages: number
  /** The guest stands still until this page is here. */
  waitsFor: number | null
  waitedMs: number
  /** Touched since the last look, for the source to send first. */
  asks: number[]
  readonly flow: MigrationFlow
}

export interface DomainRecord {
  spec: DomainSpec
  power: Power
  domid: number | null
  generation: number
  memCurrentBytes: number
  memorySeed: number
  memory: GuestMemory
  readonly counters: DomainCounters
  readonly before: DomainCounters
  startedAtMs: number
  /** Workload time = host clock + offset, so a migrated guest goes on where it was. */
  workloadOffsetMs: number
  throttleRatio: number
  pending: Pending | null
  /** Paused by a migration: nothing but that migration resumes or releases it. */
  suspendedBy: string | null
  outgoing: OutgoingSession | null
  incoming: IncomingSession | null
  serving: ServingSession | null
  filling: FillingSession | null
  readonly demand: Demand
  /** What it gets in the current step; `cpuVcpus` are CPUs got. */
  readonly granted: Demand
  wantedCpus: number
}

export function createHostState(
  spec: HostSpec,
  seed: number,
  bootId: string,
  traces: ReadonlyMap<string, Trace>,
): HostState {
  return {
    spec,
    seed,
    bootId,
    traces,
    clockMs: 0,
    records: [],
    byId: new Map(),
    nextDomid: 1,
    changeCount: 0,
    sharesStale: true,
    stepEndsAtMs: 0,
    dom0: { wantedCpus: 0, grantedCpus: 0 },
    counters: zeroHostCounters(),
    before: zeroHostCounters(),
    windowMs: 0,
    nicRx: createDevice(spec.nicBytesPerSec),
    nicTx: createDevice(spec.nicBytesPerSec),
    disk: createDevice(spec.diskBytesPerSec),
    cpuWanted: new Float64Array(16),
    cpuWeights: new Float64Array(16),
    cpuGranted: new Float64Array(16),
    netRxRate: 0,
    netTxRate: 0,
    diskReadRate: 0,
    diskWriteRate: 0,
    cpuRate: 0,
  }
}

export function createRecord(spec: DomainSpec): DomainRecord {
  const memorySeed = hash32(spec.seed, 0)
  return {
    spec,
    power: 'shut-off',
    domid: null,
    generation: 1,
    memCurrentBytes: 0,
    memorySeed,
    memory: guestMemory(spec, memorySeed),
    counters: zeroDomainCounters(),
    before: zeroDomainCounters(),
    startedAtMs: 0,
    workloadOffsetMs: 0,
    throttleRatio: 0,
    pending: null,
    suspendedBy: null,
    outgoing: null,
    incoming: null,
    serving: null,
    filling: null,
    demand: noDemand(),
    granted: noDemand(),
    wantedCpus: 0,
  }
}

/**
 * The writable sets lie inside the memory the balloon can never take (`memMinBytes`); sets that are
 * larger are cut, the hot one last.
 */
export function guestMemory(spec: DomainSpec, memorySeed: number): GuestMemory {
  const spanPages = pagesOf(spec.memMinBytes)
  const wanted = workingSet(spec.workload)
  const hotPages = Math.min(spanPages, Math.max(0, Math.floor(wanted.hotPages)))
  const coldPages = Math.min(spanPages - hotPages, Math.max(0, Math.floor(wanted.coldPages)))
  return createMemory({ seed: memorySeed, spanPages, hotPages, coldPages })
}

export function createFlow(limitBytesPerSec: number | null): MigrationFlow {
  return {
    limitBytesPerSec,
    askedBytesPerSec: null,
    pathBytesPerSec: null,
    bytesPerSec: 0,
    budgetBytes: 0,
    takenInStep: 0,
    isNew: true,
  }
}

/** Takes from what ticks have accrued: whole bytes, at most `wantedBytes`. */
export function takeBudget(flow: MigrationFlow, wantedBytes: number): number {
  const taken = Math.max(0, Math.min(wantedBytes, Math.floor(flow.budgetBytes)))
  flow.budgetBytes -= taken
  flow.takenInStep += taken
  return taken
}

/** True when the guest's instructions are being executed. Exact: "never two" rests on it. */
export function isRecordExecuting(record: DomainRecord): boolean {
  return record.power === 'running' && record.suspendedBy === null && record.incoming === null
}

/** What leaves by the NIC of this host for a migration of the domain. */
export function txFlowOf(record: DomainRecord): MigrationFlow | null {
  return record.outgoing?.flow ?? record.serving?.flow ?? null
}

export function rxFlowOf(record: DomainRecord): MigrationFlow | null {
  return record.incoming?.flow ?? record.filling?.flow ?? null
}

/** Less than this share of a CPU shows as `blocked`, xentop's state of an idle guest. */
const IDLE_CPUS = 0.02

export function stateOf(record: DomainRecord): DomainState {
  if (record.incoming !== null) return 'paused'
  if (record.power !== 'running') return record.power
  if (record.suspendedBy !== null) return 'paused'
  return record.granted.cpuVcpus < IDLE_CPUS ? 'blocked' : 'running'
}

/** Memory neither Xen, dom0, a domain nor an arriving image holds. */
export function freeMemBytes(state: HostState): number {
  let free = state.spec.memTotalBytes - XEN_RESERVED_BYTES - state.spec.dom0.memBytes
  for (const record of state.records) free -= heldBytes(record)
  return free
}

export function heldBytes(record: DomainRecord): number {
  if (record.incoming !== null) return record.incoming.image.pageCount * PAGE_BYTES
  return record.power === 'shut-off' ? 0 : record.memCurrentBytes
}

export function pageCountOf(record: DomainRecord): number {
  return populatedPages(record.memCurrentBytes)
}

export function findRecord(state: HostState, domainId: string): Result<DomainRecord, Refusal> {
  const record = state.byId.get(domainId)
  return record === undefined ? refuse({ code: 'no-such-domain', domainId }) : ok(record)
}

/** A domain the administrator may act on: not an arriving copy, not suspended by a migration. */
export function findFree(state: HostState, domainId: string): Result<DomainRecord, Refusal> {
  const found = findRecord(state, domainId)
  if (!found.ok) return found
  const migrationId = found.value.incoming?.migrationId ?? found.value.suspendedBy
  return migrationId === null ? found : refuse({ code: 'migration-in-progress', migrationId })
}

export function addRecord(state: HostState, record: DomainRecord): void {
  state.records.push(record)
  state.byId.set(record.spec.domainId, record)
  touch(state)
}

export function removeRecord(state: HostState, record: DomainRecord): void {
  state.records.splice(state.records.indexOf(record), 1)
  state.byId.delete(record.spec.domainId)
  touch(state)
}

/** To be called after every change of who runs, holds or moves what. */
export function touch(state: HostState): void {
  state.changeCount++
  state.sharesStale = true
}

export function zeroDomainCounters(): DomainCounters {
  return {
    cpuTimeMs: 0,
    stealMs: 0,
    netRxBytes: 0,
    netTxBytes: 0,
    diskReadBytes: 0,
    diskWriteBytes: 0,
    hotWrites: 0,
    coldWrites: 0,
  }
}

function zeroHostCounters(): HostCounters {
  return {
    cpuTimeMs: 0,
    dom0CpuTimeMs: 0,
    dom0StealMs: 0,
    netRxBytes: 0,
    netTxBytes: 0,
    diskReadBytes: 0,
    diskWriteBytes: 0,
    migrationRxBytes: 0,
    migrationTxBytes: 0,
  }
}
