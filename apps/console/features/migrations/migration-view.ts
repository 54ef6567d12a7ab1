import type { MigrationId } from '@drover/api-schema/ids.ts'
import {
  isEnded,
  type Migration,
  type MigrationProgress,
  type MigrationState,
  type PrecopyRound,
} from '@drover/api-schema/migration.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { pagesToBytes } from '@drover/api-schema/units.ts'
import { startedAtOf } from '../../client/migration-ratio.ts'

/**
 * What the screens say about a migration, as numbers; formatting is left to them. One thing, hence one file: every function here is a
 * total map over the phases, and a new phase is added to all of them at once.
 */

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
  'post-copy': 'notice',
  completed: 'ok',
  failed: 'critical',
  cancelled: 'neutral',
}

/** What deserves attention beside the phase itself. */
export type Trouble =
  | { readonly kind: 'none' }
  /** No byte moved for a while; `isPaused` when the guest stands still meanwhile. */
  | { readonly kind: 'stalled'; readonly isPaused: boolean }
  /** Its memory follows it, and no page comes because the hosts do not reach each other; `isWaiting`: it stands still for one. */
  | { readonly kind: 'cut-off'; readonly isWaiting: boolean }
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
    case 'post-copy': {
      const seen = progress?.postCopy
      return seen?.isConnected === false
        ? { kind: 'cut-off', isWaiting: seen.isWaiting }
        : { kind: 'none' }
    }
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
    case 'cut-off':
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
  if (followedOf(state) !== null) return null
  const last = state.rounds.at(-1)
  return last !== undefined && last.dirtyPages === 0 ? last : null
}

/** What went over after the domain had: the last round of post-copy. */
export function followedOf(state: MigrationState): PrecopyRound | null {
  return state.phase === 'completed' && state.postCopy !== undefined
    ? (state.rounds.at(-1) ?? null)
    : null
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
export function figuresOf(
  state: OpenState,
): 'waiting' | 'copying' | 'paused' | 'in-doubt' | 'following' {
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
    case 'post-copy':
      return 'following'
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

/** Null when one of the moments is not known. */
export function spanMs(from: number | null, to: number | null): number | null {
  return from === null || to === null ? null : Math.max(0, to - from)
}

/** Running first, the oldest on top, then the queue in its order, then what something else holds. */
export function inRunningOrder(
  migrations: readonly OpenMigration[],
  queue: readonly MigrationId[] = [],
): OpenMigration[] {
  const place = ({ state, migrationId }: OpenMigration) => {
    if (state.phase !== 'queued') return -1
    const index = queue.indexOf(migrationId)
    return index === -1 ? queue.length : index
  }
  return [...migrations].sort((a, b) => place(a) - place(b) || a.requestedAt - b.requestedAt)
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
