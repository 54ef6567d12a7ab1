import path from 'node:path'
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../apps/console/server/embedded-postgres.ts'
import { ask } from '../apps/console/server/testing/ask.ts'

/** A PostgreSQL that only one console uses, so that it can be stopped and started again. */
export class Cluster {
  readonly #folder: string
  #server: EmbeddedPostgres | null = null

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async start(folder: string): Promise<{ cluster: Cluster; databaseUrl: string }> {
    const cluster = new Cluster(path.join(folder, 'cluster'))
    const server = await cluster.#start()
    await ask(server.urlOf('postgres'), 'CREATE DATABASE drover')
    return { cluster, databaseUrl: server.urlOf('drover') }
  }

  async #start(): Promise<EmbeddedPostgres> {
    const started = await startEmbeddedPostgres({
      dataDir: this.#folder,
      // It outlives no power cut, and need not.
      settings: { fsync: 'off', full_page_writes: 'off' },
    })
    if (!started.ok) throw new Error(started.error.message)
    this.#server = started.value
    return started.value
  }

  /** Ends all connections; the same data is there afterwards. */
  async restart(whileGone: () => Promise<void>): Promise<void> {
    await this.stop()
    await whileGone()
    await this.#start()
  }

  async stop(): Promise<void> {
    await this.#server?.stop()
    this.#server = null
  }
}
