import { isDeepStrictEqual } from 'node:util'
import { isSettled, type MigrationRecord, type StoredMigration } from './record.ts'

/** One migration in the driver's hands. */
export type Actor = {
  record: MigrationRecord
  /** What the database has. */
  saved: StoredMigration
  /** What people see: what was written, or what the database refuses to take. */
  shown: StoredMigration['migration']
  saving: Promise<void> | null
  saveFailures: number
  /** Commands and questions without an answer yet: not said twice at once. */
  readonly inFlight: Set<string>
  /** The share of the bandwidth that the source has confirmed; an earlier run of the console may have said one. */
  saidBytesPerSec: number | null | 'unknown'
  steersInFlight: number
  /** Silences in a row, for the growing wait. */
  silences: number
  stopTimer: (() => void) | null
  stopSaveTimer: (() => void) | null
}

export function newActor(record: MigrationRecord, saved: StoredMigration): Actor {
  return {
    record,
    saved,
    shown: saved.migration,
    saving: null,
    saveFailures: 0,
    inFlight: new Set(),
    saidBytesPerSec: record.coordination.mayBeLimited ? 'unknown' : null,
    steersInFlight: 0,
    silences: 0,
    stopTimer: null,
    stopSaveTimer: null,
  }
}

export function phaseOf(actor: Actor) {
  return actor.record.migration.state.phase
}

export function isSaved({ record, saved }: Actor): boolean {
  return (
    isDeepStrictEqual(record.migration, saved.migration) &&
    isDeepStrictEqual(record.coordination, saved.coordination)
  )
}

/** Nothing more to write, to say or to hear. */
export function isDone(actor: Actor): boolean {
  return isSaved(actor) && isSettled(actor.record)
}

export function stopTimers(actor: Actor): void {
  actor.stopTimer?.()
  actor.stopSaveTimer?.()
  actor.stopTimer = null
  actor.stopSaveTimer = null
}
