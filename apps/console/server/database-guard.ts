/**
 * The one connection that stands for this console's claim on its database: a session lock, which PostgreSQL gives free
 * when the connection ends, however the console ended. When it breaks, the claim is made anew until it holds again, or
 * until another console has it.
 */
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'

export interface GuardEvents {
  /** The connection broke: until it is restored another console may start on this database. */
  readonly onLost?: (sentence: string) => void
  readonly onRestored?: () => void
  /** Another console has taken the database meanwhile; this one must end. */
  readonly onTakenOver?: (sentence: string) => void
}

export interface GuardTimes {
  readonly connectTimeoutMs: number
  readonly heartbeatMs: number
  readonly retryMs: number
  /** How long to wait for the lock of a console that has just ended or been killed. */
  readonly lockPatienceMs: number
}

/** An arbitrary number; it only has to stay the same between versions. */
const CONSOLE_LOCK = 7_305_188_022

export class DatabaseGuard {
  readonly #url: string
  readonly #place: string
  readonly #times: GuardTimes
  readonly #events: GuardEvents
  #client: pg.Client
  #state: 'new' | 'held' | 'lost' | 'released' = 'new'
  #heartbeat: NodeJS.Timeout | undefined

  constructor(url: string, place: string, times: GuardTimes, events: GuardEvents) {
    this.#url = url
    this.#place = place
    this.#times = times
    this.#events = events
    this.#client = this.#newClient()
  }

  /** The connection itself, for what is done at start while nobody else may do it. */
  get client(): pg.Client {
    return this.#client
  }

  async connect(): Promise<void> {
    await this.#client.connect()
    // Without these a console whose machine vanished would hold the lock for two hours.
    await this.#client.query('SET tcp_keepalives_idle = 20')
    await this.#client.query('SET tcp_keepalives_interval = 5')
    await this.#client.query('SET tcp_keepalives_count = 4')
  }

  /** False when another console has it. */
  async take(): Promise<boolean> {
    const deadline = Date.now() + this.#times.lockPatienceMs
    for (;;) {
      const { rows } = await this.#client.query<{ got: boolean }>(
        'SELECT pg_try_advisory_lock($1) AS got',
        [CONSOLE_LOCK],
      )
      if (rows[0]?.got) return true
      if (Date.now() >= deadline) return false
      await delay(50)
    }
  }

  /** From now on a break is noticed: at once when the server closes, within two heartbeats when it goes silent. */
  watch(): void {
    this.#state = 'held'
    let isWaiting = false
    this.#heartbeat = setInterval(() => {
      if (isWaiting) return this.#lost('the server does not answer')
      isWaiting = true
      this.#client.query('SELECT 1').then(
        () => {
          isWaiting = false
        },
        (error: unknown) => this.#lost(reasonOf(error)),
      )
    }, this.#times.heartbeatMs)
    this.#heartbeat.unref()
  }

  async release(): Promise<void> {
    this.#stopWatching()
    await this.#client.end().catch(() => {})
  }

  /** The break that follows is wanted: the server is being stopped. */
  expectEnd(): void {
    this.#stopWatching()
  }

  #stopWatching(): void {
    this.#state = 'released'
    clearInterval(this.#heartbeat)
  }

  #newClient(): pg.Client {
    const client = new pg.Client({
      connectionString: this.#url,
      connectionTimeoutMillis: this.#times.connectTimeoutMs,
      keepAlive: true,
      application_name: 'drover-console',
    })
    client.on('error', (error) => this.#lost(error.message, client))
    client.on('end', () => this.#lost('the server closed it', client))
    return client
  }

  #lost(reason: string, client = this.#client): void {
    if (this.#state !== 'held' || client !== this.#client) return
    this.#state = 'lost'
    clearInterval(this.#heartbeat)
    this.#events.onLost?.(`The connection to ${this.#place} was lost: ${reason}.`)
    void client.end().catch(() => {})
    void this.#restore()
  }

  async #restore(): Promise<void> {
    while (this.#state === 'lost') {
      await delay(this.#times.retryMs, undefined, { ref: false })
      if (this.#state !== 'lost') return
      this.#client = this.#newClient()
      try {
        await this.connect()
        if (!(await this.take())) {
          await this.release()
          this.#events.onTakenOver?.(
            `Another Drover console has taken over ${this.#place} while this one was cut off from it.`,
          )
          return
        }
      } catch {
        await this.#client.end().catch(() => {})
        continue
      }
      // The console may have been stopped meanwhile; `release` has then ended this client already.
      if (this.#state === 'lost') {
        this.watch()
        this.#events.onRestored?.()
      }
    }
  }
}

export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ')
  return error instanceof Error ? error.message : String(error)
}
