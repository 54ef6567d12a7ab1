import { checkCanLeave } from './capability.ts'
import { memoryDigest, viewMemory } from './dirty-memory.ts'
import type { Refusal } from './domain.ts'
import {
  createFlow,
  type DomainRecord,
  findRecord,
  type HostState,
  isRecordExecuting,
  type OutgoingSession,
  pageCountOf,
  removeRecord,
  stateOf,
  takeBudget,
  touch,
  txFlowOf,
} from './host-state.ts'
import type { Handover, IncomingDescription } from './migration-handover.ts'
import {
  createPrecopySource,
  endFinalRound,
  endRound,
  isRoundSent,
  nextBatch,
  type PageBatch,
  type PrecopySource,
  type RoundStats,
  suspendSource,
} from './precopy.ts'
import {
  decide,
  firstRateLimit,
  measuredBytesPerSec,
  type PrecopyDecision,
  type PrecopyProfile,
  skipsDirtyPages,
} from './precopy-profiles.ts'
import { ok, type Result, refuse } from './result.ts'
import { PAGE_BYTES } from './units.ts'

/**
 * The source end of a live migration on a host. The source copy is the domain until the destination
 * has activated; who may resume or release it is decided outside, these functions only keep the rule
 * that a suspended copy answers to its migration alone. The undo of every step here is
 * `resumeAfterMigration`; after `releaseMigrated` there is none. One file, a little over
 * 300 lines: one list of steps in their order, each with its refusals.
 */

export type OutgoingStep =
  | { readonly kind: 'batch'; readonly batch: PageBatch }
  /** Nothing to send until more time has passed. */
  | { readonly kind: 'no-budget' }
  /** The round is sent: end it. */
  | { readonly kind: 'round-sent' }

/** Where a leaving domain is; for display, several times a second. */
export interface OutgoingProgress {
  readonly migrationId: string
  readonly profile: PrecopyProfile
  readonly roundIndex: number
  readonly roundSentPages: number
  /** Pages the round started with; skipped ones will not be sent in it. */
  readonly roundPages: number
  readonly totalSentPages: number
  readonly rounds: readonly RoundStats[]
  /** Share of the NIC now. */
  readonly bytesPerSec: number
  readonly throttleRatio: number
  readonly isSuspended: boolean
}

/** Virtual cost of the switch-over (device state, resuming): within the 5 to 50 ms of real hosts. */
export const SWITCH_OVER_MS = 30

export function beginOutgoing(
  state: HostState,
  domainId: string,
  migrationId: string,
  profile: PrecopyProfile,
): Result<IncomingDescription, Refusal> {
  const found = findRecord(state, domainId)
  if (!found.ok) return found
  const record = found.value
  const busy =
    record.incoming?.migrationId ??
    record.filling?.migrationId ??
    record.suspendedBy ??
    record.outgoing?.migrationId
  if (busy != null) return refuse({ code: 'migration-in-progress', migrationId: busy })
  if (record.power !== 'running' && record.power !== 'paused') {
    const allowedStates = ['running', 'blocked', 'paused'] as const
    return refuse({ code: 'wrong-state', state: stateOf(record), allowedStates })
  }
  const leaves = checkCanLeave(state.spec, record.spec)
  if (!leaves.ok) return leaves
  const pageCount = pageCountOf(record)
  record.outgoing = {
    migrationId,
    profile,
    source: createPrecopySource({
      memory: record.memory,
      pageCount,
      counters: record.counters,
      atMs: state.clockMs,
      skipsDirty: skipsDirtyPages(profile),
    }),
    flow: createFlow(firstRateLimit(profile)),
    rounds: [],
  }
  touch(state)
  return ok({
    migrationId,
    spec: record.spec,
    pageCount,
    memorySeed: record.memorySeed,
    sourceXenVersion: state.spec.xenVersion,
    generation: record.generation + 1,
  })
}

/** Takes from the NIC share accrued by ticks; never more than `wantedBytes`. */
export function takeOutgoingBudgetBytes(
  state: HostState,
  domainId: string,
  wantedBytes: number,
): number {
  const record = state.byId.get(domainId)
  const flow = record === undefined ? null : txFlowOf(record)
  if (flow === null) return 0
  const taken = takeBudget(flow, wantedBytes)
  state.counters.migrationTxBytes += taken
  return taken
}

/** The next pages the link has room for, already charged to it (4 KiB each). */
export function takeOutgoingBatch(
  state: HostState,
  domainId: string,
  maxPages: number,
): Result<OutgoingStep, Refusal> {
  const found = outgoingOf(state, domainId)
  if (!found.ok) return found
  const { record, session } = found.value
  if (isRoundSent(session.source)) return ok({ kind: 'round-sent' })
  const pages = Math.min(maxPages, Math.floor(session.flow.budgetBytes / PAGE_BYTES))
  if (pages < 1) return ok({ kind: 'no-budget' })
  const batch = nextBatch(session.source, pages, record.counters)
  if (batch === null) return ok({ kind: 'round-sent' })
  takeOutgoingBudgetBytes(state, domainId, batch.frames.length * PAGE_BYTES)
  return ok({ kind: 'batch', batch })
}

/**
 * Ends a pre-copy round and says what the profile wants next. Rate limit and throttle of the decision
 * are in force when this returns; stopping and giving up are the caller's to do.
 */
export function endOutgoingRound(
  state: HostState,
  domainId: string,
): Result<{ readonly round: RoundStats; readonly decision: PrecopyDecision }, Refusal> {
  const found = outgoingOf(state, domainId)
  if (!found.ok) return found
  const { record, session } = found.value
  if (session.source.phase !== 'rounds' || !isRoundSent(session.source)) {
    return refuse({ code: 'round-not-over', migrationId: session.migrationId })
  }
  const round = endRound(session.source, record.counters, state.clockMs)
  session.rounds.push(round)
  const decision = decide(session.profile, {
    pageCount: session.source.pageCount,
    rounds: session.rounds,
    // Under a limit the last pages go faster than this: the pause is then shorter than foretold, never longer.
    linkBytesPerSec: measuredBytesPerSec(session.rounds) ?? session.flow.bytesPerSec,
    rateLimitBytesPerSec: session.flow.limitBytesPerSec,
    throttleRatio: record.throttleRatio,
    switchOverMs: SWITCH_OVER_MS,
    isExecuting: isRecordExecuting(record),
  })
  if (decision.kind === 'throttle') record.throttleRatio = decision.ratio
  if (decision.kind === 'another-round')
    session.flow.limitBytesPerSec = decision.rateLimitBytesPerSec
  state.sharesStale = true
  return ok({ round, decision })
}

/**
 * Holds the rounds back to a rate; null for all the profile and the link give. What is left when the guest is paused goes
 * at full speed all the same: a limit meant to spare others must not lengthen the pause.
 */
export function setOutgoingRateLimit(
  state: HostState,
  domainId: string,
  bytesPerSec: number | null,
): Result<null, Refusal> {
  const found = outgoingOf(state, domainId)
  if (!found.ok) return found
  const { record, session } = found.value
  session.flow.askedBytesPerSec = record.suspendedBy === null ? bytesPerSec : null
  state.sharesStale = true
  return ok(null)
}

/** The path carries no more than this until it is set back (null), the last pages included. */
export function setOutgoingPath(
  state: HostState,
  domainId: string,
  bytesPerSec: number | null,
): Result<null, Refusal> {
  const found = outgoingOf(state, domainId)
  if (!found.ok) return found
  found.value.session.flow.pathBytesPerSec = bytesPerSec
  state.sharesStale = true
  return ok(null)
}

/** Takes a share (0 … 1) of its CPU time from a domain, until set back or its migration ends. */
export function setThrottle(
  state: HostState,
  domainId: string,
  ratio: number,
): Result<null, Refusal> {
  const found = outgoingOf(state, domainId)
  if (!found.ok) return found
  found.value.record.throttleRatio = Math.min(1, Math.max(0, ratio))
  state.sharesStale = true
  return ok(null)
}

/**
 * Stops the domain; from here its downtime runs. Full speed for what is left. Possible at any point of
 * a round. Undo: `resumeAfterMigration`.
 */
export function suspendForMigration(
  state: HostState,
  domainId: string,
): Result<{ readonly remainingPages: number }, Refusal> {
  const found = outgoingOf(state, domainId)
  if (!found.ok) return found
  const { record, session } = found.value
  if (record.suspendedBy !== null) {
    return refuse({ code: 'migration-in-progress', migrationId: record.suspendedBy })
  }
  record.suspendedBy = session.migrationId
  session.flow.limitBytesPerSec = null
  session.flow.askedBytesPerSec = null
  const remainingPages = suspendSource(session.source, record.counters, state.clockMs)
  touch(state)
  return ok({ remainingPages })
}

/** Ends stop-and-copy once every page is sent: statistics of the last round, and what to hand over. */
export function finishOutgoing(
  state: HostState,
  domainId: string,
): Result<{ readonly round: RoundStats; readonly handover: Handover }, Refusal> {
  const found = outgoingOf(state, domainId)
  if (!found.ok) return found
  const { record, session } = found.value
  const { migrationId, source } = session
  if (record.suspendedBy === null) return refuse({ code: 'not-suspended', migrationId })
  if (source.phase !== 'final' || !isRoundSent(source)) {
    return refuse({ code: 'round-not-over', migrationId })
  }
  const round = endFinalRound(source, state.clockMs)
  session.rounds.push(round)
  return ok({ round, handover: handoverOf(state, record, source) })
}

/**
 * Gives the domain back to itself: ends the migration in whatever phase and, if it was suspended, lets
 * it execute again. Also after a restart of the agent, when only the suspension has survived.
 */
export function resumeAfterMigration(
  state: HostState,
  domainId: string,
  migrationId: string,
): Result<null, Refusal> {
  const found = ownedBy(state, domainId, migrationId)
  if (!found.ok) return found
  found.value.outgoing = null
  found.value.serving = null
  found.value.suspendedBy = null
  found.value.throttleRatio = 0
  touch(state)
  return ok(null)
}

/** The destination runs: the source copy, suspended since, is destroyed. Its definition leaves too. */
export function releaseMigrated(
  state: HostState,
  domainId: string,
  migrationId: string,
): Result<null, Refusal> {
  const found = ownedBy(state, domainId, migrationId)
  if (!found.ok) return found
  if (found.value.suspendedBy === null) return refuse({ code: 'not-suspended', migrationId })
  removeRecord(state, found.value)
  return ok(null)
}

export function outgoingProgress(
  state: HostState,
  domainId: string,
): Result<OutgoingProgress, Refusal> {
  const found = outgoingOf(state, domainId)
  if (!found.ok) return found
  const { record, session } = found.value
  const { source } = session
  return ok({
    migrationId: session.migrationId,
    profile: session.profile,
    roundIndex: source.roundIndex,
    roundSentPages: source.roundSentPages,
    roundPages: source.roundPages,
    totalSentPages: source.totalSentPages,
    rounds: [...session.rounds],
    bytesPerSec: session.flow.bytesPerSec,
    throttleRatio: record.throttleRatio,
    isSuspended: record.suspendedBy !== null,
  })
}

/** Counters and device state of a domain that is suspended. */
export function handoverOf(
  state: HostState,
  record: DomainRecord,
  { pageCount }: PrecopySource,
): Handover {
  const { pending, counters } = record
  return {
    migrationId: record.suspendedBy ?? '',
    pageCount,
    digest: memoryDigest(viewMemory(record.memory, counters), pageCount),
    hotWrites: Math.floor(counters.hotWrites),
    coldWrites: Math.floor(counters.coldWrites),
    workloadTimeMs: state.clockMs + record.workloadOffsetMs,
    uptimeMs: state.clockMs - record.startedAtMs,
    isPaused: record.power === 'paused',
    pending:
      pending !== null && pending.kind !== 'scrub'
        ? { kind: pending.kind, leftMs: pending.leftMs }
        : null,
  }
}

export function outgoingOf(
  state: HostState,
  domainId: string,
): Result<{ readonly record: DomainRecord; readonly session: OutgoingSession }, Refusal> {
  const found = findRecord(state, domainId)
  if (!found.ok) return found
  const session = found.value.outgoing
  return session === null
    ? refuse({ code: 'not-migrating', domainId })
    : ok({ record: found.value, session })
}

export function ownedBy(
  state: HostState,
  domainId: string,
  migrationId: string,
): Result<DomainRecord, Refusal> {
  const found = findRecord(state, domainId)
  if (!found.ok) return found
  const owner = found.value.suspendedBy ?? found.value.outgoing?.migrationId ?? null
  if (owner === migrationId) return found
  return owner === null
    ? refuse({ code: 'no-such-migration', migrationId })
    : refuse({ code: 'migration-in-progress', migrationId: owner })
}
