import type { MigrationId } from '@drover/api-schema/ids.ts'
import type { MigrationProgress } from '@drover/api-schema/migration.ts'

/** Where running copies are. It changes several times a second, so it stays out of the query cache. */
export class MigrationProgressStore {
  readonly #progress = new Map<MigrationId, MigrationProgress>()
  readonly #listeners = new Map<MigrationId, Set<() => void>>()

  get(migrationId: MigrationId): MigrationProgress | undefined {
    return this.#progress.get(migrationId)
  }

  accept(migrationId: MigrationId, progress: MigrationProgress): void {
    this.#progress.set(migrationId, progress)
    for (const listener of this.#listeners.get(migrationId) ?? []) listener()
  }

  /** Migrations that are not open any more have no progress. */
  keepOnly(isOpen: (migrationId: MigrationId) => boolean): void {
    for (const migrationId of this.#progress.keys())
      if (!isOpen(migrationId)) this.#progress.delete(migrationId)
  }

  listen(migrationId: MigrationId, listener: () => void): () => void {
    const listeners = this.#listeners.get(migrationId) ?? new Set()
    this.#listeners.set(migrationId, listeners)
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#listeners.get(migrationId) === listeners)
        this.#listeners.delete(migrationId)
    }
  }
}
