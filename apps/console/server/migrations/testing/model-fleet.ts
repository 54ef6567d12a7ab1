import type { Command, CommandResult, MigrationReport } from '@drover/api-schema/agent-protocol.ts'
import type { Domain } from '@drover/api-schema/domain.ts'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { DomainId, HostId, MigrationId, UserId } from '@drover/api-schema/ids.ts'
import { defaultMigrationProfile, type Migration } from '@drover/api-schema/migration.ts'
import {
  defaultMigrationLimits,
  type MigrationLimits,
  type MigrationSettings,
} from '@drover/api-schema/migration-settings.ts'
import type { PolicyRule } from '@drover/api-schema/policy.ts'
import { err, ok, type Result } from '@drover/api-schema/result.ts'
import { aDomain, aHost, domainId, hostId } from '@drover/api-schema/testing/builders.ts'
import { compileRules } from '@drover/optimizer/rules/compile-rules.ts'
import { snapshotOf } from '@drover/optimizer/rules/snapshot.ts'
import type { Bearing } from '../../inventory/change-log.ts'
import { createOrchestrator } from '../orchestrator.ts'
import type { MigrationRequest, Orchestrator, OrchestratorPorts } from '../ports.ts'
import type { RulesNow } from '../rules.ts'
import { MemoryStore } from './memory-store.ts'
import {
  executing,
  type Memory,
  ModelDestination,
  ModelSource,
  type PeerMessage,
} from './model-agents.ts'
import { settled, VirtualClock } from './virtual-clock.ts'

type Pair = {
  readonly sourceHostId: HostId
  readonly destinationHostId: HostId
  readonly domainId: DomainId
  readonly source: ModelSource
  readonly destination: ModelDestination
  up: PeerMessage[]
  down: PeerMessage[]
}

export const ada = { userId: 'user-1' as UserId, name: 'Ada' } // a builder's id

/** A real orchestrator on a virtual clock and a store in memory, with a pair of model agents for each migration. */
export class ModelFleet {
  readonly clock = new VirtualClock()
  readonly store = new MemoryStore()
  readonly hosts = new Map<HostId, Host>()
  readonly domains = new Map<DomainId, Domain>()
  readonly pairs = new Map<MigrationId, Pair>()
  readonly published: Migration[] = []
  readonly audited: { actor: string; action: string; subject: string; detail: string }[] = []
  readonly sent: { hostId: HostId; commandId: string; command: Command }[] = []
  readonly logged: string[] = []
  /** What administrators have set. */
  settings: MigrationSettings
  rules: PolicyRule[] = []
  /** What the log of changes would know. */
  changes: (Parameters<Bearing>[0] & { sentence: string })[] = []
  orchestrator: Orchestrator
  /** Answers of these hosts are lost on the way; the gateway gives up on them at once. */
  readonly muted = new Set<HostId>()
  hasRoom = true
  memory: { source: Memory; destination: Memory } = {
    source: 'remembers',
    destination: 'remembers',
  }

  constructor(hostCount = 3, limits: Partial<MigrationLimits> = {}) {
    this.settings = { limits: { ...defaultMigrationLimits, ...limits }, pools: [], lastChanges: [] }
    for (let index = 1; index <= hostCount; index += 1) {
      const host = aHost({
        hostId: hostId(index),
        name: `xen-0${index}`,
        capabilities: { ...aHost().capabilities, canChangeMigrationBandwidth: true },
      })
      this.hosts.set(host.hostId, host)
    }
    this.orchestrator = this.#create()
  }

  #create(): Orchestrator {
    return createOrchestrator(this.#ports())
  }

  /** As when an administrator limits what migrations may send from and to a host. */
  limitHost(number: number, migrationBytesPerSec: number | null): void {
    const host = this.hosts.get(hostId(number))
    if (host !== undefined) this.hosts.set(host.hostId, { ...host, migrationBytesPerSec })
    this.orchestrator.settingsChanged()
  }

  /** The rules on the fleet as it is; null without any. */
  rulesNow(): RulesNow | null {
    if (this.rules.length === 0) return null
    const snapshot = snapshotOf({
      hosts: [...this.hosts.values()],
      domains: [...this.domains.values()],
    })
    return { compiled: compileRules(this.rules, snapshot), minuteOfWeek: () => 0 }
  }

  addDomain(number: number, overrides: Partial<Domain> = {}): Domain {
    const domain = aDomain({ domainId: domainId(number), name: `web-${number}`, ...overrides })
    this.domains.set(domain.domainId, domain)
    return domain
  }

  #ports(): OrchestratorPorts {
    const line = (sentence: string) => void this.logged.push(sentence)
    return {
      clock: this.clock,
      store: this.store,
      isDatabaseGone: () => !this.store.isUp,
      send: (id, commandId, command) => this.#send(id, commandId, command),
      migrationSettings: () => this.settings,
      rules: () => this.rulesNow(),
      changesSince: (_since, bears) => this.changes.filter(bears).map(({ sentence }) => sentence),
      host: (id) => this.hosts.get(id) ?? null,
      hosts: () => this.hosts.values(),
      domain: (id) => this.domains.get(id) ?? null,
      publish: (migration) => this.#show(migration),
      setDomainMigration: (id, migrationId) => {
        const domain = this.domains.get(id)
        if (domain !== undefined) this.domains.set(id, { ...domain, migrationId })
      },
      audit: (actor, action, subject, detail) =>
        void this.audited.push({ actor, action, subject, detail }),
      log: { info: () => {}, warn: line, error: line },
    }
  }

  /** The inventory's part: once a migration has completed, the domain is on its destination. */
  #show(migration: Migration): void {
    this.published.push(migration)
    const domain = this.domains.get(migration.domainId)
    if (migration.state.phase !== 'completed' || domain === undefined) return
    this.domains.set(domain.domainId, { ...domain, hostId: migration.destinationHostId })
  }

  async #send(
    id: HostId,
    commandId: string,
    command: Command,
  ): Promise<Result<CommandResult, Refusal>> {
    if (this.hosts.get(id)?.connection.status !== 'online') return err(refusal('host-not-online'))
    this.sent.push({ hostId: id, commandId, command })
    if (!('migrationId' in command)) throw new Error(`${command.kind} is no business of migrations`)
    const pair = this.#pairOf(command.migrationId)
    const agent = id === pair.sourceHostId ? pair.source : pair.destination
    const result = agent.handle(commandId, command)
    if (this.muted.has(id)) return err(refusal('command-timeout'))
    return ok(result)
  }

  #pairOf(migrationId: MigrationId): Pair {
    const existing = this.pairs.get(migrationId)
    if (existing !== undefined) return existing
    const { sourceHostId, destinationHostId, domainId: id } = this.migration(migrationId)
    const world = {
      tellConsole: (role: 'source' | 'destination', report: MigrationReport) => {
        this.#report(role === 'source' ? sourceHostId : destinationHostId, report)
      },
      sendUp: (message: PeerMessage) => void pair.up.push(message),
      sendDown: (message: PeerMessage) => void pair.down.push(message),
    }
    const pair: Pair = {
      sourceHostId,
      destinationHostId,
      domainId: id,
      source: new ModelSource(world, this.memory.source),
      destination: new ModelDestination(world, this.memory.destination),
      up: [],
      down: [],
    }
    pair.destination.hasRoom = this.hasRoom
    this.pairs.set(migrationId, pair)
    return pair
  }

  /** A fact; one of a host that is cut off is told when it connects again. */
  #report(id: HostId, report: MigrationReport): void {
    if (this.isOnline(id)) queueMicrotask(() => this.orchestrator.hostReported(id, report))
  }

  isOnline(id: HostId): boolean {
    return this.hosts.get(id)?.connection.status === 'online'
  }

  migration(migrationId: MigrationId): Migration {
    const row = this.store.rows.get(migrationId)
    if (row === undefined) throw new Error(`no migration ${migrationId}`)
    return row.migration
  }

  move(domain: Domain, destination: number) {
    return { domainId: domain.domainId, destinationHostId: hostId(destination) }
  }

  /** Asks for one move that must be accepted. */
  async start(
    domain: Domain,
    destination = 2,
    more: Partial<MigrationRequest> = {},
  ): Promise<MigrationId> {
    const [outcome] = await this.request([this.move(domain, destination)], more)
    if (outcome?.outcome !== 'accepted') throw new Error(JSON.stringify(outcome))
    await settled()
    return outcome.migration.migrationId
  }

  request(
    moves: { domainId: DomainId; destinationHostId: HostId }[],
    more: Partial<MigrationRequest> = {},
  ) {
    const profile = defaultMigrationProfile
    return this.orchestrator.request({ moves, profile, requestedBy: ada, ...more })
  }

  cutOff(number: number): void {
    this.#setConnection(number, { status: 'stale', lastSeenAt: this.clock.now() })
    this.orchestrator.hostDisconnected(hostId(number))
  }

  connect(number: number): void {
    this.#setConnection(number, { status: 'online', sinceAt: this.clock.now() })
    this.orchestrator.hostConnected(hostId(number))
    for (const pair of this.pairs.values()) {
      if (pair.sourceHostId === hostId(number)) this.#tell(pair.sourceHostId, pair.source)
      if (pair.destinationHostId === hostId(number))
        this.#tell(pair.destinationHostId, pair.destination)
    }
  }

  /** The part of the first inventory that is about migrations. */
  #tell(id: HostId, agent: ModelSource | ModelDestination): void {
    const report = agent.report()
    if (report.role !== 'none') this.orchestrator.hostReported(id, report)
  }

  #setConnection(number: number, connection: Host['connection']): void {
    const host = this.hosts.get(hostId(number))
    if (host !== undefined) this.hosts.set(host.hostId, { ...host, connection })
  }

  /** As after a crash: nothing in memory survives, every host is away until it connects again. */
  async restartConsole(): Promise<void> {
    await this.orchestrator.stop()
    for (const [id, domain] of this.domains) this.domains.set(id, { ...domain, migrationId: null })
    for (let number = 1; number <= this.hosts.size; number += 1) {
      this.#setConnection(number, { status: 'stale', lastSeenAt: this.clock.now() })
    }
    this.orchestrator = this.#create()
    await this.orchestrator.recover()
  }

  /** One thing happens on the streams; false when there was nothing to do. */
  stepStreams(): boolean {
    for (const pair of this.pairs.values()) {
      const up = pair.up.shift()
      if (up !== undefined) pair.destination.receive(up)
      const down = pair.down.shift()
      if (down !== undefined) pair.source.receive(down)
      if (up !== undefined || down !== undefined) return true
      if (pair.source.canPause()) {
        pair.source.pause()
        return true
      }
    }
    return false
  }

  /** Lets everything go on until nothing moves without time. */
  async run(): Promise<void> {
    do await settled()
    while (this.stepStreams())
    await settled()
  }

  mustKeepPromises(): void {
    for (const [id, { source, destination }] of this.pairs) {
      if (executing(source, destination) > 1) throw new Error(`two copies execute in ${id}`)
      if (source.guest === 'gone' && destination.guest !== 'running') {
        throw new Error(`no copy is left in ${id}`)
      }
    }
  }
}
