import type { SourceStatus } from '@drover/api-schema/agent-protocol.ts'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import {
  isEnded,
  type MigrationPhase,
  type MigrationState,
  migrationPhases,
} from '@drover/api-schema/migration.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { hasActivated } from './duties.ts'
import type { MigrationEvent } from './events.ts'
import type { MigrationRecord } from './record.ts'
import type { MigrationSettings } from './settings.ts'

/** The phase that follows from what is known. An end is for good; only its figures may still arrive. */
export function conclude(
  record: MigrationRecord,
  event: MigrationEvent,
  settings: MigrationSettings,
): MigrationRecord {
  const state = isEnded(record.migration.state)
    ? withFigures(record)
    : (endOf(record, event, settings) ?? underWay(record, event))
  return { ...record, migration: { ...record.migration, state } }
}

function endOf(
  record: MigrationRecord,
  event: MigrationEvent,
  settings: MigrationSettings,
): MigrationState | null {
  const { coordination, session } = record
  const { source, destination, intent } = coordination
  if (destination?.status === 'lost') return lostBy(record, destination.refusal, event.at)
  if (source?.status === 'completed') return completedBy(record, source, event.at)
  if (destination?.status === 'activated') {
    const isSourceSilent =
      !session.source.isConnected ||
      coordination.isSourceForgotten ||
      source?.status === 'failed' ||
      source?.status === 'lost'
    return isSourceSilent ? completedBy(record, null, event.at) : null
  }
  if (source?.status === 'failed') {
    return undone(record, resumedByHand(record) ?? source.refusal, event.at)
  }
  if (source?.status === 'lost') {
    const isNowhere = destination?.status === 'aborted' || coordination.isDestinationForgotten
    return isNowhere ? undone(record, source.refusal, event.at) : null
  }
  if (intent !== 'start') {
    const reason = reasonBeforeStart(record, event, settings)
    return reason === null ? null : undone(record, reason, event.at)
  }
  if (!coordination.isAbortConfirmed) return null
  if (coordination.startRefusal !== null && source === null) {
    return undone(record, coordination.startRefusal, event.at)
  }
  return coordination.isSourceForgotten ? undone(record, forgottenBy(record), event.at) : null
}

/** The source only knows that it was told to go on; here it is known on whose word. */
function resumedByHand({ migration, coordination }: MigrationRecord): Refusal | null {
  const { ordered, isAbortConfirmed } = coordination
  if (ordered?.resolution !== 'resume' || isAbortConfirmed) return null
  const { sourceHostName, destinationHostName, domainName } = migration
  return refusal(
    'peer-lost',
    `${ordered.by} decided that ${sourceHostName} runs ${domainName} again; ${destinationHostName} had not said what became of its copy.`,
  )
}

/** A source that never said anything has forgotten nothing: most likely the order to start did not reach it. */
function forgottenBy({ migration, coordination }: MigrationRecord): Refusal {
  const { sourceHostName, destinationHostName, domainName } = migration
  const end = `${destinationHostName} has given it up; ${domainName} stays on ${sourceHostName}.`
  return coordination.source === null
    ? refusal(
        'unknown-migration',
        `${sourceHostName} has not begun this migration: the console or the agent was restarted before the order to start had arrived. ${end}`,
      )
    : refusal(
        'agent-restarted',
        `${sourceHostName} knows nothing of this migration any more. ${end}`,
      )
}

/** Nothing has been said to the source, so nothing has happened to the domain: it may end on anyone's word. */
function reasonBeforeStart(
  { coordination, session, migration }: MigrationRecord,
  event: MigrationEvent,
  settings: MigrationSettings,
): Refusal | null {
  if (event.type === 'preflight-refused' || event.type === 'preparation-refused') {
    return event.refusal
  }
  if (migration.cancelRequestedBy !== null) return refusal('cancelled-by-administrator')
  if (coordination.destination?.status === 'aborted') return coordination.destination.refusal
  const awayMs = session.destination.isConnected ? 0 : event.at - session.destination.sinceAt
  if (coordination.intent === 'prepare' && awayMs >= settings.preparationPatienceMs) {
    return refusal(
      'host-not-online',
      `${migration.destinationHostName} has not been connected for ${Math.round(awayMs / 1000)} s; ${migration.domainName} was not touched.`,
    )
  }
  return null
}

function startedAtOf(state: MigrationState): number | null {
  return 'startedAt' in state ? state.startedAt : null
}

/** Rounds and bytes as the source last told them. */
function copiedOf(source: SourceStatus | null) {
  return { rounds: source?.rounds ?? [], totalBytes: source?.totalBytes ?? 0 }
}

/** On the source's word, with its figures; or on the destination's alone, then what only the source knows is unknown. */
function completedBy(
  { migration, coordination }: MigrationRecord,
  source: Extract<SourceStatus, { status: 'completed' }> | null,
  at: number,
): MigrationState {
  const { destination } = coordination
  const startedAt = startedAtOf(migration.state) ?? migration.requestedAt
  const endedAt = Math.max(at, startedAt)
  const digest = destination?.status === 'activated' ? destination.digest : null
  return {
    phase: 'completed',
    startedAt,
    endedAt,
    totalMs: source?.totalMs ?? endedAt - startedAt,
    downtimeMs: source?.downtimeMs ?? null,
    stopReason: source?.stopReason ?? null,
    digest: source?.digest ?? digest,
    ...postCopyOf(coordination),
    ...copiedOf(coordination.source),
  }
}

/** What post-copy has cost, by either side: the source has it from the destination. */
function postCopyOf({ source, destination }: MigrationRecord['coordination']) {
  const here = source?.status === 'completed' ? source.postCopy : undefined
  const there = destination?.status === 'activated' ? destination.postCopy : undefined
  const postCopy = there ?? here
  return postCopy === undefined ? {} : { postCopy }
}

/** After the domain had gone over and before its memory had: neither host has it any more. A wish to cancel came too late. */
function lostBy(
  { migration, coordination }: MigrationRecord,
  reason: Refusal,
  at: number,
): MigrationState {
  const startedAt = startedAtOf(migration.state)
  return {
    phase: 'failed',
    failedIn: 'post-copy',
    refusal: reason,
    startedAt,
    endedAt: Math.max(at, startedAt ?? at),
    ...copiedOf(coordination.source),
  }
}

function undone(record: MigrationRecord, reason: Refusal, at: number): MigrationState {
  const { migration, coordination } = record
  const startedAt = startedAtOf(migration.state)
  const { source } = coordination
  const end = { startedAt, endedAt: Math.max(at, startedAt ?? at), ...copiedOf(source) }
  const reached = source?.status === 'failed' ? source.failedIn : phaseBeforeEnd(migration.state)
  return migration.cancelRequestedBy === null
    ? { phase: 'failed', failedIn: reached, refusal: reason, ...end }
    : { phase: 'cancelled', cancelledIn: reached, ...end }
}

function phaseBeforeEnd(state: MigrationState): MigrationPhase {
  return migrationPhases.find((phase) => phase === state.phase) ?? 'activating'
}

function underWay(record: MigrationRecord, event: MigrationEvent): MigrationState {
  const { migration, coordination } = record
  const { source, intent } = coordination
  const startedAt = startedAtOf(migration.state) ?? event.at
  const following = followingOf(record)
  if (following !== null) return { ...following, startedAt, ...copiedOf(source) }
  switch (source?.status) {
    case undefined:
    case 'connecting':
      return intent === 'none' ? migration.state : { phase: 'preparing', startedAt }
    case 'copying':
      return { phase: 'pre-copy', startedAt, ...copiedOf(source) }
    case 'paused':
      return { phase: 'stop-and-copy', startedAt, pausedAt: source.pausedAt, ...copiedOf(source) }
    case 'committed':
      return {
        phase: 'activating',
        startedAt,
        pausedAt: source.pausedAt,
        inDoubt: doubtOf(record, event),
        ...(source.isPostCopy === true ? { isPostCopy: true } : {}),
        ...copiedOf(source),
      }
    case 'serving':
    case 'completed':
    case 'failed':
    case 'lost':
      return migration.state
    default:
      return assertNever(source)
  }
}

/** The domain runs on the destination while its pages follow, on the word of either host. */
function followingOf({ migration, coordination }: MigrationRecord) {
  const { source, destination } = coordination
  const there = destination?.status === 'filling' ? destination.activatedAt : null
  const here = source?.status === 'serving' ? source.activatedAt : null
  const { state } = migration
  // The first word on the moment stays: the two hosts' clocks may differ.
  const activatedAt = state.phase === 'post-copy' ? state.activatedAt : (there ?? here)
  if (activatedAt === null || (there === null && here === null)) return null
  const isPaused = source !== null && 'pausedAt' in source
  const pausedAt = isPaused ? source.pausedAt : 'pausedAt' in state ? state.pausedAt : activatedAt
  return { phase: 'post-copy', pausedAt, activatedAt } as const
}

function doubtOf({ migration, coordination }: MigrationRecord, event: MigrationEvent) {
  const before = migration.state.phase === 'activating' ? migration.state.inDoubt : null
  const hasVerdict = hasActivated(coordination.destination) || coordination.isAbortConfirmed
  const waitingFor = hasVerdict ? ('source' as const) : ('destination' as const)
  if (before !== null) return { sinceAt: before.sinceAt, waitingFor }
  const isSilent = event.type === 'nothing-heard' || event.type === 'host-disconnected'
  return isSilent ? { sinceAt: event.at, waitingFor } : null
}

/** A source that was away when its migration completed brings its figures along. */
function withFigures({ migration, coordination }: MigrationRecord): MigrationState {
  const { state } = migration
  const { source } = coordination
  if (state.phase !== 'completed' || source?.status !== 'completed') return state
  const { totalMs, downtimeMs, stopReason } = source
  return {
    ...state,
    ...copiedOf(source),
    totalMs,
    downtimeMs,
    stopReason,
    digest: source.digest ?? state.digest,
    ...postCopyOf(coordination),
  }
}
