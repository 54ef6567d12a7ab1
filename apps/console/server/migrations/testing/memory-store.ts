import type { DomainId } from '@drover/api-schema/ids.ts'
import { isEnded, type Migration } from '@drover/api-schema/migration.ts'
import type { MigrationStore, RecentQuery } from '../ports.ts'
import { isSettled, type StoredMigration } from '../record.ts'

function endedAtOf({ state }: Migration): number {
  return 'endedAt' in state ? state.endedAt : 0
}

/** The database as a reference model: rows are copies, and it can be gone. */
export class MemoryStore implements MigrationStore {
  readonly rows = new Map<string, StoredMigration>()
  isUp = true
  writes = 0
  /** Rows it does not take. */
  refuses: (row: StoredMigration) => boolean = () => false

  async insert(records: readonly StoredMigration[]): Promise<void> {
    for (const record of records) await this.save(record)
  }

  async save(record: StoredMigration): Promise<void> {
    this.#mustBeUp()
    if (this.refuses(record)) throw new Error('invalid input syntax')
    this.writes += 1
    this.rows.set(record.migration.migrationId, structuredClone(record))
  }

  async find(migrationId: string): Promise<StoredMigration | null> {
    this.#mustBeUp()
    return structuredClone(this.rows.get(migrationId) ?? null)
  }

  async listUnsettled(): Promise<StoredMigration[]> {
    this.#mustBeUp()
    return structuredClone([...this.rows.values()].filter((row) => !isSettled(row)))
  }

  async listEnded({ limit }: { limit: number }) {
    this.#mustBeUp()
    const ended = [...this.rows.values()]
      .map(({ migration }) => migration)
      .filter(({ state }) => isEnded(state))
      .sort((a, b) => endedAtOf(b) - endedAtOf(a))
    return { migrations: structuredClone(ended.slice(0, limit)), nextBefore: null }
  }

  async listRecent({ domainIds, perDomain, inAll }: RecentQuery): Promise<Migration[]> {
    const { migrations } = await this.listEnded({ limit: Number.POSITIVE_INFINITY })
    const counts = new Map<DomainId, number>()
    return migrations.filter(({ domainId }, index) => {
      const count = (counts.get(domainId) ?? 0) + 1
      counts.set(domainId, count)
      return index < inAll || (domainIds.includes(domainId) && count <= perDomain)
    })
  }

  async highestGenerations(domainIds: readonly DomainId[]): Promise<Map<DomainId, number>> {
    this.#mustBeUp()
    const highest = new Map<DomainId, number>()
    for (const { migration } of this.rows.values()) {
      const { domainId, generation } = migration
      if (!domainIds.includes(domainId)) continue
      highest.set(domainId, Math.max(generation, highest.get(domainId) ?? 0))
    }
    return highest
  }

  #mustBeUp(): void {
    if (!this.isUp) throw new Error('the database is gone')
  }
}
