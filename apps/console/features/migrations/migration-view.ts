import {
  isEnded,
  type Migration,
  type MigrationPhase,
  type MigrationProgress,
  type MigrationState,
  migrationPhases,
  type PrecopyRound,
} from '@drover/api-schema/migration.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { pagesToBytes } from '@drover/api-schema/units.ts'
import { startedAtOf } from '../../client/migration-ratio.ts'

/** What the screens say about a migration, as numbers; formatting is left to them. */

export type OpenState = Exclude<MigrationState, { phase: 'completed' | 'failed' | 'cancelled' }>
export type EndedState = Extract<MigrationState, { phase: 'completed' | 'failed' | 'cancelled' }>
export type OpenMigration = Migration & { readonly state: OpenState }
export type EndedMigration = Migration & { readonly state: EndedState }

export function isOpenMigration(migration: Migration): migration is OpenMigration {
  return !isEnded(migration.state)
}

export function isEndedMigration(migration: Migration): migration is EndedMigration {
  return isEnded(migration.state)
}

export type Tone = 'neutral' | 'ok' | 'notice' | 'warning' | 'critical'

/** The look of each phase; an activating migration in doubt, and a stalled one, are raised above it. */
const phaseTone: Record<MigrationState['phase'], Tone> = {
  queued: 'neutral',
  preflight: 'notice',
  preparing: 'notice',
  'pre-copy': 'notice',
  'stop-and-copy': 'notice',
  activating: 'notice',
  completed: 'ok',
  failed: 'critical',
  cancelled: 'neutral',
}

/** What deserves attention beside the phase itself. */
export type Trouble =
  | { readonly kind: 'none' }
  /** No byte moved for a while; `isPaused` when the guest stands still meanwhile. */
  | { readonly kind: 'stalled'; readonly isPaused: boolean }
  | {
      readonly kind: 'in-doubt'
      readonly sinceAt: number
      readonly waitingFor: 'source' | 'destination'
    }

export function troubleOf(state: MigrationState, progress: MigrationProgress | null): Trouble {
  const isStalled = progress?.isStalled ?? false
  switch (state.phase) {
    case 'activating':
      if (state.inDoubt !== null) return { kind: 'in-doubt', ...state.inDoubt }
      return isStalled ? { kind: 'stalled', isPaused: true } : { kind: 'none' }
    case 'stop-and-copy':
      return isStalled ? { kind: 'stalled', isPaused: true } : { kind: 'none' }
    case 'pre-copy':
      return isStalled ? { kind: 'stalled', isPaused: false } : { kind: 'none' }
    case 'queued':
    case 'preflight':
    case 'preparing':
    case 'completed':
    case 'failed':
    case 'cancelled':
      return { kind: 'none' }
    default:
      return assertNever(state)
  }
}

export function toneOf(state: MigrationState, progress: MigrationProgress | null): Tone {
  const trouble = troubleOf(state, progress)
  switch (trouble.kind) {
    case 'none':
      return phaseTone[state.phase]
    case 'stalled':
      return 'warning'
    case 'in-doubt':
      return 'critical'
    default:
      return assertNever(trouble)
  }
}

export function roundsOf(state: MigrationState): readonly PrecopyRound[] {
  return 'rounds' in state ? state.rounds : []
}

/**
 * The round that ran while the domain was paused: the last one of a migration that got so far. It leaves nothing
 * dirty, because nobody writes any more.
 */
export function lastCopyOf(state: MigrationState): PrecopyRound | null {
  if (state.phase !== 'completed' && state.phase !== 'activating') return null
  const last = state.rounds.at(-1)
  return last !== undefined && last.dirtyPages === 0 ? last : null
}

export type UnfinishedRound = { readonly roundIndex: number; readonly bytes: number }

/**
 * The round in which a failed or cancelled migration ended. Agents account for a round when it ends, so all that is known of
 * this one is what was sent beyond the rounds before it.
 */
export function unfinishedRoundOf(state: MigrationState): UnfinishedRound | null {
  if (state.phase !== 'failed' && state.phase !== 'cancelled') return null
  const { rounds, totalBytes } = state
  const bytes = totalBytes - rounds.reduce((sum, round) => sum + round.bytes, 0)
  return bytes > 0 ? { roundIndex: (rounds.at(-1)?.roundIndex ?? -1) + 1, bytes } : null
}

/**
 * Bytes sent so far: the newest reading while it runs, the account of the agents afterwards. A zero of one that runs is
 * what the console began with, not something that was heard.
 */
export function sentBytesOf(
  state: MigrationState,
  progress: MigrationProgress | null,
): number | null {
  const counted = 'totalBytes' in state ? state.totalBytes : null
  if (isEnded(state)) return counted
  if (progress === null) return counted === 0 ? null : counted
  return Math.max(counted ?? 0, progress.totalBytes)
}

/** What the present round has still to send. */
export function roundLeftBytes(progress: MigrationProgress | null): number | null {
  if (progress === null) return null
  return pagesToBytes(Math.max(0, progress.roundPages - progress.roundSentPages))
}

/** Which figures of an open migration mean something now. */
export function figuresOf(state: OpenState): 'waiting' | 'copying' | 'paused' | 'in-doubt' {
  switch (state.phase) {
    case 'queued':
    case 'preflight':
      return 'waiting'
    case 'preparing':
    case 'pre-copy':
      return 'copying'
    case 'stop-and-copy':
      return 'paused'
    case 'activating':
      return state.inDoubt === null ? 'paused' : 'in-doubt'
    default:
      return assertNever(state)
  }
}

/** How long it has taken: since it was asked for while it waits, since it began otherwise. */
export function elapsedMs(migration: Migration, now: number): number {
  const { state } = migration
  if (isEndedMigration(migration)) {
    return migration.state.endedAt - (migration.state.startedAt ?? migration.requestedAt)
  }
  return Math.max(0, now - (startedAtOf(state) ?? migration.requestedAt))
}

export type StepStatus = 'done' | 'current' | 'ahead' | 'broken' | 'skipped'
export type PhaseStep = { readonly phase: MigrationPhase; readonly status: StepStatus }

/** The six phases with how far this migration got in them. */
export function phaseSteps(state: MigrationState): PhaseStep[] {
  switch (state.phase) {
    case 'completed':
      return migrationPhases.map((phase) => ({ phase, status: 'done' }))
    case 'failed':
      return stepsUpTo(state.failedIn, 'broken', 'skipped')
    case 'cancelled':
      return stepsUpTo(state.cancelledIn, 'broken', 'skipped')
    case 'queued':
    case 'preflight':
    case 'preparing':
    case 'pre-copy':
    case 'stop-and-copy':
    case 'activating':
      return stepsUpTo(state.phase, 'current', 'ahead')
    default:
      return assertNever(state)
  }
}

function stepsUpTo(reached: MigrationPhase, there: StepStatus, after: StepStatus): PhaseStep[] {
  const place = migrationPhases.indexOf(reached)
  return migrationPhases.map((phase, index) => ({
    phase,
    status: index < place ? 'done' : index === place ? there : after,
  }))
}

export type Measured = {
  readonly totalMs: number | null
  readonly downtimeMs: number | null
  readonly bytes: number | null
  /** Rounds that have ended. */
  readonly rounds: number | null
}

/** What is known of the figures that were predicted: of the whole, or of as much as has happened. */
export function measuredOf(
  migration: Migration,
  progress: MigrationProgress | null,
  now: number,
): Measured {
  const { state } = migration
  const rounds = roundsOf(state).length
  if (state.phase === 'completed') {
    const { totalMs, downtimeMs, totalBytes: bytes } = state
    // Without the source's account there are no rounds.
    return { totalMs, downtimeMs, bytes, rounds: rounds === 0 ? null : rounds }
  }
  const hasBegun = startedAtOf(state) !== null
  return {
    totalMs: hasBegun ? elapsedMs(migration, now) : null,
    downtimeMs: 'pausedAt' in state ? spanMs(state.pausedAt, now) : null,
    bytes: hasBegun ? sentBytesOf(state, progress) : null,
    rounds: hasBegun ? rounds : null,
  }
}

/** How long a phase took or, while it lasts, has taken; null where that was not recorded. */
export function phaseTookMs(
  { requestedAt, state }: Migration,
  phase: MigrationPhase,
  now: number,
): number | null {
  const isNow = state.phase === phase
  switch (phase) {
    case 'queued':
      return spanMs(requestedAt, isNow ? now : startedAtOf(state))
    case 'pre-copy': {
      if (isNow) return spanMs(startedAtOf(state), now)
      const ran = lastCopyOf(state) === null ? [] : roundsOf(state).slice(0, -1)
      return ran.length === 0 ? null : ran.reduce((sum, round) => sum + round.durationMs, 0)
    }
    case 'stop-and-copy':
      if (state.phase === 'completed') return state.downtimeMs
      return isNow && 'pausedAt' in state ? spanMs(state.pausedAt, now) : null
    case 'preflight':
    case 'preparing':
    case 'activating':
      return null
    default:
      return assertNever(phase)
  }
}

function spanMs(from: number | null, to: number | null): number | null {
  return from === null || to === null ? null : Math.max(0, to - from)
}

/** Running first, the oldest on top, then the queue in its order. */
export function inRunningOrder(migrations: readonly OpenMigration[]): OpenMigration[] {
  const isWaiting = (migration: OpenMigration) => migration.state.phase === 'queued'
  return [...migrations].sort(
    (a, b) => Number(isWaiting(a)) - Number(isWaiting(b)) || a.requestedAt - b.requestedAt,
  )
}

/** Ended ones from the live fleet and from the pages read over HTTP, each once, newest end first. */
export function mergeEnded(...lists: readonly (readonly Migration[])[]): EndedMigration[] {
  const byId = new Map<string, EndedMigration>()
  for (const migration of lists.flat()) {
    if (isEndedMigration(migration)) byId.set(migration.migrationId, migration)
  }
  return [...byId.values()].sort((a, b) => b.state.endedAt - a.state.endedAt)
}

export type MigrationFilter = {
  readonly text: string
  readonly outcome: EndedState['phase'] | null
}

export function matchesFilter(migration: Migration, filter: MigrationFilter): boolean {
  if (
    filter.outcome !== null &&
    isEnded(migration.state) &&
    migration.state.phase !== filter.outcome
  ) {
    return false
  }
  const wanted = filter.text.trim().toLowerCase()
  if (wanted === '') return true
  return [
    migration.domainName,
    migration.sourceHostName,
    migration.destinationHostName,
    migration.requestedBy.name,
  ].some((name) => name.toLowerCase().includes(wanted))
}
