import { agentSocketPath, type HelloFrame } from '@drover/api-schema/agent-protocol.ts'
import type { InstanceId } from '@drover/api-schema/ids.ts'
import { type Clock, every, type Timer } from './clock.ts'
import { Commands, makeHandlers } from './commands.ts'
import { HostTime } from './host-time.ts'
import type { Hypervisor } from './hypervisor.ts'
import { Inventory } from './inventory.ts'
import { Journal, type JournalStorage } from './journal.ts'
import {
  type DecidedRecord,
  type Identity,
  type JournalRecord,
  type JournalState,
  journalRecordSchema,
} from './journal-records.ts'
import type { Logger } from './log.ts'
import { Migrations } from './migrations.ts'
import { Outbox } from './outbox.ts'
import { PeerDoor } from './peer-door.ts'
import { Sampler } from './sampler.ts'
import type { Connect, Socket } from './socket.ts'
import { Uplink, type WelcomeSettings } from './uplink.ts'

export type AgentOptions = {
  readonly clock: Clock
  readonly log: Logger
  readonly connect: Connect
  readonly random: () => number
  readonly newTicket: () => string
  readonly instanceId: InstanceId
  readonly agentVersion: string
  readonly consoleUrl: string
  readonly token: string
  readonly name: string
  readonly pool: string
  readonly labels: Readonly<Record<string, string>>
  readonly peerUrl: () => string | null
  readonly storage: JournalStorage
  /** What the journal held; its identity is there from the first start on. */
  readonly recovered: JournalState & { readonly identity: Identity }
  readonly hypervisor: Hypervisor
  readonly onWelcome: () => void
  readonly onFatal: (cause: unknown) => void
}

/** A little old is good enough for what merely runs; decisions bring their own. */
const checkpointIntervalMs = 15_000

const startSettings: WelcomeSettings = {
  sampleIntervalMs: 1_000,
  heartbeatMs: 5_000,
  progressIntervalMs: 400,
}

/**
 * One host's agent: connects the parts below and owns nothing they own. It is one thing, the wiring of a host's life, and
 * a little long because every part is connected to most others.
 */
export class Agent {
  readonly migrations: Migrations
  readonly #options: AgentOptions
  readonly #journal: Journal
  readonly #outbox: Outbox
  readonly #uplink: Uplink
  readonly #inventory: Inventory
  readonly #sampler: Sampler
  readonly #commands: Commands
  readonly #time: HostTime
  readonly #door: PeerDoor
  readonly #phaseMs: number
  #settings = startSettings
  #timers: Timer[] = []
  #sampling: Timer | null = null
  #isStopped = false

  constructor(options: AgentOptions) {
    this.#options = options
    const { clock, hypervisor, log, recovered, storage } = options
    const { identity } = recovered
    this.#phaseMs = Number.parseInt(identity.hostId.slice(0, 8), 16)
    this.#journal = new Journal(storage, () => this.#stateToKeep())
    this.#inventory = new Inventory(clock, hypervisor, () => ({
      hostId: identity.hostId,
      name: options.name,
      pool: options.pool,
      labels: { ...options.labels },
      bootId: identity.bootId,
      bootedAt: identity.bootedAt,
      peerUrl: options.peerUrl(),
    }))
    this.#sampler = new Sampler(hypervisor)
    this.#outbox = new Outbox(() => ({
      host: this.#inventory.host(),
      domains: this.#inventory.domains(),
      migrations: this.migrations.reports(),
    }))
    this.migrations = new Migrations({
      clock,
      log,
      hypervisor,
      connect: options.connect,
      newTicket: options.newTicket,
      peerUrl: options.peerUrl,
      progressIntervalMs: () => this.#settings.progressIntervalMs,
      decide: (record) => this.#decide({ record: 'migration', ...record }),
      onReport: (report) => {
        this.#publishChanges()
        this.#outbox.put({ type: 'migration-reported', report })
        this.#uplink.flush()
      },
      onProgress: (migrationId, progress) =>
        this.#uplink.sendLossy({ type: 'migration-progressed', migrationId, progress }),
      onActivity: () => this.#time.setFine(this.migrations.isActive),
      onFatal: (cause) => this.#fatal(cause),
    })
    this.#door = new PeerDoor({
      clock,
      log,
      find: (migrationId) => this.migrations.findIncoming(migrationId),
    })
    this.#time = new HostTime(clock, hypervisor, () => this.#step())
    this.#commands = new Commands(
      {
        handlers: makeHandlers(hypervisor, this.migrations),
        decide: (record) => this.#decide({ record: 'command', ...record }),
      },
      recovered.commands,
    )
    this.#uplink = new Uplink({
      url: consoleAgentUrl(options.consoleUrl),
      token: options.token,
      hello: this.#hello(),
      connect: options.connect,
      clock,
      random: options.random,
      log,
      outbox: this.#outbox,
      onWelcome: (settings) => this.#welcome(settings),
      onCommand: ({ commandId, command }) => void this.#execute(commandId, command),
    })
  }

  /** Recovers what an earlier run has left, then connects. */
  async start(): Promise<void> {
    const { clock, hypervisor, recovered } = this.#options
    await this.migrations.recover(recovered.migrations)
    // Begins with a whole state: the journal's own compaction, and the first record of a new host.
    this.#journal.compact()
    this.#inventory.takeChanges()
    this.#time.start()
    this.#scheduleSample()
    // Each host of a fleet at a moment of its own.
    this.#timers.push(
      clock.after(this.#phaseMs % checkpointIntervalMs, () => {
        this.#timers.push(
          every(clock, checkpointIntervalMs, () =>
            this.#guard(() => this.#journal.note(this.#checkpoint())),
          ),
        )
      }),
    )
    this.#options.log.info('Host is up.', { domains: hypervisor.domains().length })
    this.#uplink.start()
  }

  /** Orderly: everything on disk, the console told. */
  stop(): void {
    if (this.#isStopped) return
    this.halt()
    this.#uplink.stop()
    try {
      this.#journal.compact()
    } catch (cause) {
      // Everything decided is on the disk already; the others of this process must stop in order too.
      this.#options.log.error('The journal could not be compacted.', { cause: String(cause) })
    }
  }

  /** Stops every timer and says nothing: what is left of an agent that was killed, for tests. */
  halt(): void {
    this.#isStopped = true
    this.#time.stop()
    this.migrations.halt()
    this.#sampling?.cancel()
    for (const timer of this.#timers) timer.cancel()
  }

  get isConnected(): boolean {
    return this.#uplink.isLive
  }

  /** A socket another agent has opened to this host. */
  acceptPeer(socket: Socket): void {
    if (this.#isStopped) return socket.terminate()
    this.#door.accept(socket)
  }

  #hello(): Omit<HelloFrame, 'type' | 'versions' | 'acknowledgedSeq'> {
    const { agentVersion, instanceId, name, recovered } = this.#options
    const { bootId, hostId, hostKey } = recovered.identity
    return { agentVersion, instanceId, hostId, hostKey, name, bootId }
  }

  #welcome(settings: WelcomeSettings): void {
    this.#settings = settings
    this.#sampler.forgetRoster()
    this.#scheduleSample()
    this.#options.onWelcome()
  }

  async #execute(
    commandId: Parameters<Commands['execute']>[0],
    command: Parameters<Commands['execute']>[1],
  ): Promise<void> {
    if (this.#isStopped) return
    try {
      this.#time.catchUp()
      const result = await this.#commands.execute(commandId, command)
      if (this.#isStopped) return
      this.#publishChanges()
      this.#outbox.put({ type: 'command-answered', commandId, result })
      this.#uplink.flush()
    } catch (cause) {
      this.#fatal(cause)
    }
  }

  #step(): void {
    this.#guard(() => {
      this.migrations.pump()
      if (this.#publishChanges()) this.#journal.note(this.#checkpoint())
      this.#time.setFine(this.migrations.isActive)
    })
  }

  /** True when there was something to tell. */
  #publishChanges(): boolean {
    const changes = this.#inventory.takeChanges()
    if (changes.length === 0) return false
    for (const change of changes) this.#outbox.put(change)
    this.#uplink.flush()
    return true
  }

  /** On a grid of its own: a fleet's samples are spread over the second instead of arriving in one burst. */
  #scheduleSample(): void {
    if (this.#isStopped) return
    this.#sampling?.cancel()
    const { clock } = this.#options
    const { sampleIntervalMs } = this.#settings
    const intoMs = (clock.now() + (this.#phaseMs % sampleIntervalMs)) % sampleIntervalMs
    this.#sampling = clock.after(sampleIntervalMs - intoMs, () => {
      this.#guard(() => this.#sample())
      this.#scheduleSample()
    })
  }

  #sample(): void {
    this.#time.catchUp()
    this.#publishChanges()
    const { roster, batch } = this.#sampler.take(this.#options.clock.now())
    if (!this.#uplink.isLive) return
    if (roster !== null && !this.#uplink.sendLossy(roster)) return this.#sampler.forgetRoster()
    this.#uplink.sendTelemetry(batch)
  }

  #checkpoint(): JournalRecord {
    return { record: 'checkpoint', checkpoint: this.#options.hypervisor.checkpoint() }
  }

  /** A decision and the host as it is at that moment, in one durable step. */
  #decide(of: DecidedRecord): void {
    const checkpoint = this.#options.hypervisor.checkpoint()
    const record: JournalRecord = { record: 'decision', of, checkpoint }
    // What the next start could not read must not be written: it would refuse the whole journal.
    this.#journal.decide(journalRecordSchema.parse(record))
  }

  #stateToKeep(): JournalRecord[] {
    return [
      { record: 'identity', ...this.#options.recovered.identity },
      this.#checkpoint(),
      ...this.migrations.records().map((record) => ({ record: 'migration' as const, ...record })),
      ...this.#commands.records().map((record) => ({ record: 'command' as const, ...record })),
    ]
  }

  #guard(act: () => void): void {
    try {
      if (!this.#isStopped) act()
    } catch (cause) {
      this.#fatal(cause)
    }
  }

  /** A bug, or a disk that does not take the journal: what cannot be made durable must not be acted on. */
  #fatal(cause: unknown): void {
    if (this.#isStopped) return
    this.halt()
    this.#uplink.stop()
    this.#door.close()
    this.migrations.dropPeers()
    this.#options.onFatal(cause)
  }
}

/** `ws://console:3000` stands for its agent socket. */
export function consoleAgentUrl(consoleUrl: string): string {
  const url = new URL(consoleUrl)
  if (url.pathname === '/' || url.pathname === '') url.pathname = agentSocketPath
  return url.href
}
