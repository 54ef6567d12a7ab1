import {
  isEnded,
  type Migration,
  type MigrationProgress,
  type MigrationState,
} from '@drover/api-schema/migration.ts'
import { assertNever } from '@drover/api-schema/result.ts'

/** When the work began; null while it waits or when it ended before it began. */
export function startedAtOf(state: MigrationState): number | null {
  switch (state.phase) {
    case 'queued':
    case 'preflight':
      return null
    case 'preparing':
    case 'pre-copy':
    case 'stop-and-copy':
    case 'activating':
    case 'post-copy':
    case 'completed':
    case 'failed':
    case 'cancelled':
      return state.startedAt
    default:
      return assertNever(state)
  }
}

/**
 * How much of the way is done, 0 to 1, for rings and bars: by time when an end is predicted, else by the present
 * round; null when nothing is known. Never 1 before it has ended.
 */
export function doneRatio(
  migration: Migration,
  progress: MigrationProgress | null,
  now: number,
): number | null {
  const { state } = migration
  if (state.phase === 'completed') return 1
  if (isEnded(state)) return null
  const startedAt = startedAtOf(state)
  if (startedAt === null || progress === null) return startedAt === null ? null : 0
  const almost = 0.99
  if (progress.predictedRemainingMs !== null) {
    const elapsed = Math.max(0, now - startedAt)
    const whole = elapsed + progress.predictedRemainingMs
    return whole === 0 ? 0 : Math.min(almost, elapsed / whole)
  }
  if (progress.roundPages === 0) return 0
  return Math.min(almost, progress.roundSentPages / progress.roundPages)
}

/** The source has handed over and nobody knows which copy is the domain: it stands still until that is known. */
export function isInDoubt(state: MigrationState): boolean {
  return state.phase === 'activating' && state.inDoubt !== null
}

/** Rounds count from 1 on screen: round 1 sends every page. */
export function shownRound(roundIndex: number): number {
  return roundIndex + 1
}
