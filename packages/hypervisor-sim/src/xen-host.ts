import type { DomainSpec, Refusal } from './domain.ts'
import { advance } from './host-accounting.ts'
import * as filling from './host-filling.ts'
import * as incoming from './host-incoming.ts'
import * as lifecycle from './host-lifecycle.ts'
import * as outgoing from './host-outgoing.ts'
import * as serving from './host-serving.ts'
import { checkHostSpec, type HostSpec, type HostSpecError } from './host-spec.ts'
import { createHostState, freeMemBytes, type HostState, isRecordExecuting } from './host-state.ts'
import * as stats from './host-stats.ts'
import type { Handover, IncomingDescription, SplitHandover } from './migration-handover.ts'
import type { PageBatch, RoundStats } from './precopy.ts'
import type { PrecopyDecision, PrecopyProfile } from './precopy-profiles.ts'
import { ok, type Result } from './result.ts'
import {
  type HostSnapshot,
  type SnapshotError,
  stateFromSnapshot,
  takeSnapshot,
} from './snapshot.ts'
import type { Trace } from './trace.ts'

/**
 * A simulated Xen host: the only thing an agent needs. Nothing happens by itself, time passes in
 * `tick`. Every operation that can be refused returns a value; domains are named by their UUID,
 * leaving migrations by the domain, arriving ones by the migration.
 */
export interface XenHost {
  readonly spec: HostSpec
  readonly bootId: string
  /** Virtual time since boot. */
  readonly clockMs: number
  /** Raised with every change of what runs, moves or is defined here: a cheap "ask again". */
  readonly changeCount: number
  tick(elapsedMs: number): void

  createDomain(spec: DomainSpec): Result<null, Refusal>
  removeDomain(domainId: string): Result<null, Refusal>
  startDomain(domainId: string): Result<null, Refusal>
  pauseDomain(domainId: string): Result<null, Refusal>
  unpauseDomain(domainId: string): Result<null, Refusal>
  rebootDomain(domainId: string): Result<null, Refusal>
  shutDownDomain(domainId: string): Result<null, Refusal>
  destroyDomain(domainId: string): Result<null, Refusal>
  crashDomain(domainId: string): Result<null, Refusal>
  setMemTarget(domainId: string, memTargetBytes: number): Result<null, Refusal>
  setSchedule(
    domainId: string,
    schedule: { readonly schedWeight: number; readonly schedCapPercent: number },
  ): Result<null, Refusal>

  /** All domains but dom0, arriving copies included (paused). */
  listDomains(): stats.DomainInfo[]
  findDomain(domainId: string): stats.DomainInfo | null
  isExecuting(domainId: string): boolean
  /** Of every page at its version now; null without memory. For tests, which compare copies with it. */
  memoryDigest(domainId: string): string | null
  /** The same without the pages of a bitmap. */
  heldDigest(domainId: string, missing: Uint32Array): string | null
  readonly memFreeBytes: number
  hostStats(): stats.HostStats
  domainStats(domainId: string): Result<stats.DomainStats, Refusal>
  allDomainStats(): stats.DomainStats[]

  beginOutgoing(
    domainId: string,
    migrationId: string,
    profile: PrecopyProfile,
  ): Result<IncomingDescription, Refusal>
  takeOutgoingBatch(domainId: string, maxPages: number): Result<outgoing.OutgoingStep, Refusal>
  takeOutgoingBudgetBytes(domainId: string, wantedBytes: number): number
  endOutgoingRound(
    domainId: string,
  ): Result<{ readonly round: RoundStats; readonly decision: PrecopyDecision }, Refusal>
  setOutgoingRateLimit(domainId: string, bytesPerSec: number | null): Result<null, Refusal>
  setOutgoingPath(domainId: string, bytesPerSec: number | null): Result<null, Refusal>
  setThrottle(domainId: string, ratio: number): Result<null, Refusal>
  outgoingProgress(domainId: string): Result<outgoing.OutgoingProgress, Refusal>
  suspendForMigration(domainId: string): Result<{ readonly remainingPages: number }, Refusal>
  finishOutgoing(
    domainId: string,
  ): Result<{ readonly round: RoundStats; readonly handover: Handover }, Refusal>
  resumeAfterMigration(domainId: string, migrationId: string): Result<null, Refusal>
  releaseMigrated(domainId: string, migrationId: string): Result<null, Refusal>

  /** Post-copy (`host-serving.ts`): suspends with pages still to send, then sends what the destination says it misses. */
  splitOutgoing(
    domainId: string,
  ): Result<{ readonly cutShort: RoundStats | null; readonly handover: SplitHandover }, Refusal>
  servePages(
    migration: { readonly domainId: string; readonly migrationId: string },
    missing: Uint32Array,
  ): Result<null, Refusal>
  reportMissing(domainId: string, frame: number): Result<null, Refusal>
  takeServedBatch(domainId: string, maxPages: number): Result<outgoing.OutgoingStep, Refusal>

  prepareIncoming(description: IncomingDescription): Result<{ readonly domid: number }, Refusal>
  takeIncomingBudgetBytes(migrationId: string, wantedBytes: number): number
  applyIncoming(
    migrationId: string,
    batch: PageBatch,
  ): Result<{ readonly appliedPages: number }, Refusal>
  incomingImage(migrationId: string): Result<incoming.IncomingImage, Refusal>
  activateIncoming(
    handover: Handover,
  ): Result<{ readonly domainId: string; readonly domid: number | null }, Refusal>
  abortIncoming(migrationId: string): void

  /** Post-copy (`host-filling.ts`): the domain runs here while its pages follow. */
  splitIncoming(handover: SplitHandover): Result<{ readonly digest: string }, Refusal>
  activateFilling(
    handover: SplitHandover,
  ): Result<{ readonly domainId: string; readonly domid: number | null }, Refusal>
  applyFilling(
    migrationId: string,
    batch: PageBatch,
  ): Result<{ readonly appliedPages: number }, Refusal>
  takeAsks(migrationId: string): Result<readonly number[], Refusal>
  missingOf(migrationId: string): Result<Uint32Array, Refusal>
  fillingProgress(migrationId: string): Result<filling.FillingProgress, Refusal>
  finishFilling(migrationId: string): Result<{ readonly digest: string }, Refusal>
  /** For tests: what has come of such a domain, to be compared with the memory it was paused with. */
  inspectFilling(domainId: string): stats.FillingInspection | null

  snapshot(): HostSnapshot
}

export interface XenHostOptions {
  /** Told by the agent: a new one means that all domains of the old one are gone. */
  readonly bootId?: string
  /** Recorded loads that domains with a `trace` workload refer to. */
  readonly traces?: ReadonlyMap<string, Trace>
}

/** A freshly booted host without domains. */
export function createXenHost(
  spec: HostSpec,
  seed: number,
  options: XenHostOptions = {},
): Result<XenHost, HostSpecError> {
  const checked = checkHostSpec(spec)
  if (!checked.ok) return checked
  const bootId = options.bootId ?? `boot-${seed}`
  return ok(hostOf(createHostState(checked.value, seed, bootId, options.traces ?? new Map())))
}

/** The same boot, as it was when the snapshot was taken. */
export function restoreXenHost(
  snapshot: HostSnapshot,
  options: Pick<XenHostOptions, 'traces'> = {},
): Result<XenHost, SnapshotError> {
  const state = stateFromSnapshot(snapshot, options.traces ?? new Map())
  return state.ok ? ok(hostOf(state.value)) : state
}

function hostOf(state: HostState): XenHost {
  return {
    spec: state.spec,
    bootId: state.bootId,
    get clockMs() {
      return state.clockMs
    },
    get changeCount() {
      return state.changeCount
    },
    get memFreeBytes() {
      return Math.floor(freeMemBytes(state))
    },
    tick: (elapsedMs) => advance(state, elapsedMs),

    createDomain: (spec) => lifecycle.createDomain(state, spec),
    removeDomain: (id) => lifecycle.removeDomain(state, id),
    startDomain: (id) => lifecycle.startDomain(state, id),
    pauseDomain: (id) => lifecycle.pauseDomain(state, id),
    unpauseDomain: (id) => lifecycle.unpauseDomain(state, id),
    rebootDomain: (id) => lifecycle.rebootDomain(state, id),
    shutDownDomain: (id) => lifecycle.shutDownDomain(state, id),
    destroyDomain: (id) => lifecycle.destroyDomain(state, id),
    crashDomain: (id) => lifecycle.crashDomain(state, id),
    setMemTarget: (id, bytes) => lifecycle.setMemTarget(state, id, bytes),
    setSchedule: (id, schedule) => lifecycle.setSchedule(state, id, schedule),

    listDomains: () => state.records.map(stats.describeDomain),
    findDomain: (id) => {
      const record = state.byId.get(id)
      return record === undefined ? null : stats.describeDomain(record)
    },
    isExecuting: (id) => {
      const record = state.byId.get(id)
      return record !== undefined && isRecordExecuting(record)
    },
    memoryDigest: (id) => stats.memoryDigestOf(state, id),
    heldDigest: (id, missing) => stats.heldDigestOf(state, id, missing),
    hostStats: () => stats.hostStats(state),
    domainStats: (id) => stats.domainStats(state, id),
    allDomainStats: () => state.records.map((record) => stats.statsOf(state, record)),

    beginOutgoing: (id, migrationId, profile) =>
      outgoing.beginOutgoing(state, id, migrationId, profile),
    takeOutgoingBatch: (id, maxPages) => outgoing.takeOutgoingBatch(state, id, maxPages),
    takeOutgoingBudgetBytes: (id, wanted) => outgoing.takeOutgoingBudgetBytes(state, id, wanted),
    endOutgoingRound: (id) => outgoing.endOutgoingRound(state, id),
    setOutgoingRateLimit: (id, limit) => outgoing.setOutgoingRateLimit(state, id, limit),
    setOutgoingPath: (id, limit) => outgoing.setOutgoingPath(state, id, limit),
    setThrottle: (id, ratio) => outgoing.setThrottle(state, id, ratio),
    outgoingProgress: (id) => outgoing.outgoingProgress(state, id),
    suspendForMigration: (id) => outgoing.suspendForMigration(state, id),
    finishOutgoing: (id) => outgoing.finishOutgoing(state, id),
    resumeAfterMigration: (id, migrationId) =>
      outgoing.resumeAfterMigration(state, id, migrationId),
    releaseMigrated: (id, migrationId) => outgoing.releaseMigrated(state, id, migrationId),

    splitOutgoing: (id) => serving.splitOutgoing(state, id),
    servePages: (migration, missing) => serving.servePages(state, migration, missing),
    reportMissing: (id, frame) => serving.reportMissing(state, id, frame),
    takeServedBatch: (id, maxPages) => serving.takeServedBatch(state, id, maxPages),

    prepareIncoming: (description) => incoming.prepareIncoming(state, description),
    takeIncomingBudgetBytes: (migrationId, wanted) =>
      incoming.takeIncomingBudgetBytes(state, migrationId, wanted),
    applyIncoming: (migrationId, batch) => incoming.applyIncoming(state, migrationId, batch),
    incomingImage: (migrationId) => incoming.incomingImage(state, migrationId),
    activateIncoming: (handover) => incoming.activateIncoming(state, handover),
    abortIncoming: (migrationId) => incoming.abortIncoming(state, migrationId),

    splitIncoming: (handover) => filling.splitIncoming(state, handover),
    activateFilling: (handover) => filling.activateFilling(state, handover),
    applyFilling: (migrationId, batch) => filling.applyFilling(state, migrationId, batch),
    takeAsks: (migrationId) => filling.takeAsks(state, migrationId),
    missingOf: (migrationId) => filling.missingOf(state, migrationId),
    fillingProgress: (migrationId) => filling.fillingProgress(state, migrationId),
    finishFilling: (migrationId) => filling.finishFilling(state, migrationId),
    inspectFilling: (id) => stats.inspectFilling(state, id),

    snapshot: () => takeSnapshot(state),
  }
}
