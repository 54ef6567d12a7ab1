import type { EnrolmentTokenId } from '@drover/api-schema/ids.ts'
import {
  defaultMigrationSettings,
  type MigrationSettings,
} from '@drover/api-schema/migration-settings.ts'
import { noPolicies } from '@drover/api-schema/policy-set.ts'
import { type FleetCore, startFleetCore } from '../../apps/console/server/fleet-core.ts'
import type { Log } from '../../apps/console/server/log.ts'
import { type Database, isDatabaseGone } from './database.ts'
import type { Listener, Network } from './network.ts'
import { consoleSocket } from './sockets.ts'
import { newProcess, type Process, type VirtualTime } from './virtual-time.ts'

const tokenId = '00000000-0000-4000-8000-00000000cafe' as EnrolmentTokenId // a UUID is one

export type Alarm = { readonly subject: string; readonly sentence: string }

/** The real coordinator (gateway, inventory, orchestrator, writer of facts), process after process on one database. */
export class Console {
  readonly #time: VirtualTime
  readonly #network: Network
  readonly #database: () => Database
  readonly alarms: Alarm[] = []
  /** Errors that no disturbance explains. */
  readonly bugs: string[] = []
  /** What administrators have set. */
  migrationSettings: MigrationSettings = defaultMigrationSettings
  process: Process
  core: FleetCore | null = null

  constructor(time: VirtualTime, network: Network, database: () => Database) {
    this.#time = time
    this.#network = network
    this.#database = database
    this.process = newProcess('console')
  }

  /** Resolves when it listens; until the database answers it tries again, as its supervisor does. */
  async start(): Promise<void> {
    const process = newProcess('console')
    this.process = process
    const stores = this.#database().storesOf(process)
    const log: Log = {
      debug: () => {},
      info: () => {},
      warn: () => {},
      error: (message, fields) => {
        if (process.isAlive && message.includes('broke the console'))
          this.bugs.push(`${message} ${String(fields?.error)}`)
      },
      child: () => log,
    }
    try {
      const core = await startFleetCore({
        clock: this.#time.clockOf(process),
        log,
        ...stores,
        migrationSettings: () => this.migrationSettings,
        annotations: new Map(),
        policies: () => noPolicies,
        loads: () => ({ ofHost: () => Number.NaN, ofDomain: () => Number.NaN }),
        isDatabaseGone,
        audit: (_actor, action, subject, detail) => {
          if (process.isAlive && action.endsWith('-alarm'))
            this.alarms.push({ subject, sentence: detail })
        },
        verifyToken: () => tokenId,
        openRoster: () => () => {},
        progressed: () => {},
        sampleIntervalMs: 60_000,
        progressIntervalMs: 1_000,
      })
      if (process.isAlive) this.core = core
    } catch (error) {
      if (!isDatabaseGone(error)) throw error
      process.isAlive = false
      this.#time.schedule(null, 1_000, () => void this.start())
    }
  }

  listener(): Listener | 'refused' {
    const { core, process } = this
    if (core === null || !process.isAlive) return 'refused'
    return { process, accept: (end) => core.gateway.accept(consoleSocket(end), 'agent', tokenId) }
  }

  kill(): void {
    if (!this.process.isAlive) return
    this.process.isAlive = false
    this.core = null
    this.#network.processDied(this.process, 'killed')
  }
}
