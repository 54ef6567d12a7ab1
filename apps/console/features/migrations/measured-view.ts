import type { Migration, MigrationProgress } from '@drover/api-schema/migration.ts'
import { startedAtOf } from '../../client/migration-ratio.ts'
import { elapsedMs, roundsOf, sentBytesOf, spanMs } from './migration-view.ts'

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
    downtimeMs:
      'pausedAt' in state
        ? spanMs(state.pausedAt, state.phase === 'post-copy' ? state.activatedAt : now)
        : null,
    bytes: hasBegun ? sentBytesOf(state, progress) : null,
    rounds: hasBegun ? rounds : null,
  }
}
