import type { Domain } from '@drover/api-schema/domain.ts'
import type { MigrationStore } from '../../apps/console/server/migrations/ports.ts'
import { MemoryStore } from '../../apps/console/server/migrations/testing/memory-store.ts'
import type { FleetStore, StoredDomain, StoredHost } from '../../apps/console/server/store/fleet.ts'
import type { Process, VirtualTime } from './virtual-time.ts'

/** As PostgreSQL's driver says that it is away. */
export class DatabaseGone extends Error {}

export const isDatabaseGone = (error: unknown): boolean => error instanceof DatabaseGone

/** What a fault does to one operation of the database. */
export type Disturbance = 'none' | 'kill-before' | 'kill-after'

const operationMs = 2

/**
 * The console's database: it outlives the console's process, takes time for everything and can be away. What a killed
 * process had asked for and the database had not begun is not done.
 */
export class Database {
  readonly migrations = new MemoryStore()
  readonly hosts = new Map<string, StoredHost>()
  readonly domains = new Map<string, StoredDomain>()
  readonly #time: VirtualTime
  readonly #disturb: (index: number) => Disturbance
  readonly #killConsole: () => void
  awayUntilMs = 0
  operations = 0

  constructor(time: VirtualTime, disturb: (index: number) => Disturbance, killConsole: () => void) {
    this.#time = time
    this.#disturb = disturb
    this.#killConsole = killConsole
  }

  /** The stores as one process of the console sees them. */
  storesOf(process: Process): { migrationStore: MigrationStore; fleetStore: FleetStore } {
    const run = <Result>(work: () => Promise<Result> | Result) => this.#run(process, work)
    const { migrations: store, hosts, domains } = this
    return {
      migrationStore: {
        insert: (records) => run(() => store.insert(records)),
        save: (record) => run(() => store.save(record)),
        find: (migrationId) => run(() => store.find(migrationId)),
        listUnsettled: () => run(() => store.listUnsettled()),
        listEnded: (query) => run(() => store.listEnded(query)),
        listRecent: (query) => run(() => store.listRecent(query)),
        highestGenerations: (domainIds) => run(() => store.highestGenerations(domainIds)),
      },
      fleetStore: {
        load: () =>
          run(() => ({
            hosts: [...hosts.values()],
            domains: [...domains.values()],
            unreadable: [],
          })),
        saveHosts: (rows) =>
          run(() => {
            for (const row of rows) hosts.set(row.facts.hostId, row)
          }),
        saveDomains: (rows) =>
          run(() => {
            for (const row of rows) {
              // The fact writer passes whole domains; their facts are what the row keeps.
              const { hostId, migrationId: _, ...facts } = row as Domain
              if (hosts.has(hostId)) domains.set(facts.domainId, { facts, hostId })
            }
          }),
        removeHosts: (ids) =>
          run(() => {
            for (const id of ids) hosts.delete(id)
          }),
        removeDomains: (ids) =>
          run(() => {
            for (const id of ids) domains.delete(id)
          }),
      },
    }
  }

  #run<Result>(process: Process, work: () => Promise<Result> | Result): Promise<Result> {
    const index = this.operations
    this.operations += 1
    return new Promise((resolve, reject) => {
      // The database is no step of the console's process, but a console that is dead has sent nothing.
      this.#time.schedule(null, operationMs / 2, () => {
        if (!process.isAlive) return
        const disturbance = this.#disturb(index)
        if (disturbance === 'kill-before') return this.#killConsole()
        if (this.#time.elapsedMs < this.awayUntilMs) {
          this.#time.schedule(process, operationMs / 2, () => reject(new DatabaseGone('away')))
          return
        }
        Promise.resolve()
          .then(work)
          .then(
            (result) => {
              if (disturbance === 'kill-after') return this.#killConsole()
              this.#time.schedule(process, operationMs / 2, () => resolve(result))
            },
            (error: unknown) => this.#time.schedule(process, operationMs / 2, () => reject(error)),
          )
      })
    })
  }
}
