/** How patient the coordination is. What administrators set is in the contract (`migration-settings.ts`). */
export type MigrationSettings = {
  /** A destination away for this long before the source was told to start: the migration fails, nothing moved. */
  readonly preparationPatienceMs: number
  /** In doubt for this long with the destination connected but undecided: it is asked to refuse for good. */
  readonly doubtPatienceMs: number
  /** Silence after which the hosts are asked again; it doubles up to the ceiling while nothing new is heard. */
  readonly askAfterMs: number
  readonly askAfterHandOverMs: number
  readonly askAfterCeilingMs: number
  /** First wait after the database refused; doubles up to the ceiling. */
  readonly saveRetryMs: number
  readonly saveRetryCeilingMs: number
}

export const defaultMigrationSettings: MigrationSettings = {
  preparationPatienceMs: 60_000,
  // First calls after a daemon's start were measured to take 5 s, and time-outs below 10 s to be wrong.
  doubtPatienceMs: 15_000,
  askAfterMs: 10_000,
  askAfterHandOverMs: 2_000,
  askAfterCeilingMs: 30_000,
  saveRetryMs: 250,
  saveRetryCeilingMs: 5_000,
}
