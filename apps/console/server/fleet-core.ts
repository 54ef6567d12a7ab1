/**
 * The part of the console that knows the fleet and moves domains, without people, pages and a database of its own:
 * gateway → inventory → orchestrator → gateway, and the writer of facts. `start-console.ts` gives it the real world, the
 * fault harness a simulated one.
 */
import { agentLimits } from '@drover/api-schema/agent-protocol.ts'
import type { DomainId, HostId, MigrationId } from '@drover/api-schema/ids.ts'
import type { MigrationProgress } from '@drover/api-schema/migration.ts'
import type { PolicySet } from '@drover/api-schema/policy-set.ts'
import {
  type Agent,
  type AgentGatewayPorts,
  createAgentGateway,
  type ReportedFact,
} from './agent-gateway.ts'
import type { Clock } from './clock.ts'
import { createFactWriter } from './fact-writer.ts'
import type { Annotation } from './inventory/annotations.ts'
import { createChangeLog } from './inventory/change-log.ts'
import { createInventory, type Inventory } from './inventory.ts'
import type { Log } from './log.ts'
import { createOrchestrator } from './migrations/orchestrator.ts'
import type { MigrationStore, OrchestratorPorts } from './migrations/ports.ts'
import type { ChangesSince } from './migrations/what-changed.ts'
import { type CpuLoads, createRulesOnFleet } from './policies/rules-on-fleet.ts'
import type { FleetStore } from './store/fleet.ts'

export type FleetCorePorts = {
  readonly clock: Clock
  readonly log: Log
  readonly fleetStore: FleetStore
  readonly migrationStore: MigrationStore
  /** Tells "the database is away" from "it does not take this". */
  readonly isDatabaseGone: (error: unknown) => boolean
  readonly audit: OrchestratorPorts['audit']
  /** What administrators have set; say so to `settingsChanged` when it is something else. */
  readonly migrationSettings: OrchestratorPorts['migrationSettings']
  /** What administrators say of hosts and domains; say so to the inventory when it is something else. */
  readonly annotations: ReadonlyMap<HostId | DomainId, Annotation>
  /** The rules on placement; say so to `policiesChanged` when they are others. */
  readonly policies: () => PolicySet
  /** CPU in use by the newest readings, of the fleet as it is known here. */
  readonly loads: (fleet: {
    readonly host: Inventory['host']
    readonly domain: Inventory['domain']
  }) => CpuLoads
  readonly verifyToken: AgentGatewayPorts['verifyToken']
  readonly openRoster: AgentGatewayPorts['openRoster']
  /** Progress of an open migration, for browsers. */
  readonly progressed: (migrationId: MigrationId, progress: MigrationProgress) => void
  readonly sampleIntervalMs: number
  readonly progressIntervalMs: number
}

export type FleetCore = Awaited<ReturnType<typeof startFleetCore>>

export const commandTimeoutMs = 30_000
const endedAtStart = 50

/** Loads what the database remembers and recovers the migrations; agents may connect when it resolves. */
export async function startFleetCore(ports: FleetCorePorts) {
  const { clock, fleetStore, isDatabaseGone, log, migrationStore } = ports
  const inventory = createInventory()
  const keyHashes = new Map<string, string>()
  const loads = ports.loads({ host: inventory.host, domain: inventory.domain })
  const rules = createRulesOnFleet({
    inventory,
    rules: () => ports.policies().rules,
    loads,
    now: () => clock.now(),
  })
  /** Until the fleet is loaded nothing is known to have changed. */
  let changesSince: ChangesSince = () => []
  const writer = createFactWriter({
    inventory,
    store: fleetStore,
    keyHashOf: (hostId) => keyHashes.get(hostId) ?? null,
    isDatabaseGone,
    clock,
    log,
  })
  const gateway = createAgentGateway({
    clock,
    log,
    settings: {
      sampleIntervalMs: ports.sampleIntervalMs,
      heartbeatMs: agentLimits.heartbeatMs,
      progressIntervalMs: ports.progressIntervalMs,
    },
    verifyToken: ports.verifyToken,
    factReported: takeFact,
    presenceChanged(hostId, connection) {
      inventory.connectionChanged(hostId, connection)
      if (connection.status === 'online') orchestrator.hostConnected(hostId)
      else if (connection.status === 'stale') orchestrator.hostDisconnected(hostId)
      else orchestrator.hostLost()
    },
    openRoster: ports.openRoster,
    progressed(hostId, migrationId, progress) {
      if (orchestrator.progressed(hostId, migrationId, progress))
        ports.progressed(migrationId, progress)
    },
  })
  const orchestrator = createOrchestrator({
    clock,
    store: migrationStore,
    isDatabaseGone,
    send: (hostId, commandId, command) =>
      gateway.sendCommand(hostId, commandId, command, commandTimeoutMs),
    migrationSettings: ports.migrationSettings,
    rules: rules.now,
    changesSince: (since, bears) => changesSince(since, bears),
    host: inventory.host,
    hosts: inventory.hosts,
    domain: inventory.domain,
    publish: inventory.upsertMigration,
    setDomainMigration: inventory.setDomainMigration,
    audit: ports.audit,
    log,
  })

  function takeFact(agent: Agent, fact: ReportedFact): void {
    keyHashes.set(agent.hostId, agent.keyHash)
    switch (fact.type) {
      case 'inventory-reported':
        inventory.inventoryReported(fact.host, fact.domains, agent.agentVersion)
        for (const report of fact.migrations) orchestrator.hostReported(agent.hostId, report)
        return
      case 'host-changed':
        inventory.hostChanged(fact.host, agent.agentVersion)
        return
      case 'domain-changed':
        return inventory.domainChanged(agent.hostId, fact.domain)
      case 'domain-removed':
        return inventory.domainRemoved(agent.hostId, fact.domainId, fact.generation)
      case 'migration-reported':
        return orchestrator.hostReported(agent.hostId, fact.report)
    }
  }

  const stored = await fleetStore.load()
  if (stored.unreadable.length > 0)
    log.warn('Some stored facts cannot be read.', { rows: stored.unreadable })
  for (const { facts, keyHash } of stored.hosts) {
    keyHashes.set(facts.hostId, keyHash)
    gateway.remember({ hostId: facts.hostId, name: facts.name, keyHash })
  }
  const ended = await migrationStore.listEnded({ limit: endedAtStart })
  inventory.load({
    hosts: stored.hosts.map(({ facts, keyHash: _, lastSeenAt, ...known }) => ({
      ...facts,
      ...known,
      connection: { status: 'lost' as const, lastSeenAt },
    })),
    domains: stored.domains,
    migrations: ended.migrations.toReversed(),
  })
  inventory.annotate(ports.annotations)
  inventory.setPolicies(ports.policies())
  inventory.setMigrationSettings(ports.migrationSettings())
  await orchestrator.recover()
  inventory.onPatch(writer.take)
  // What was loaded is no change.
  const changeLog = createChangeLog(inventory.snapshot(), () => clock.now())
  inventory.onPatch(changeLog.take)
  changesSince = (since, bears) =>
    'epoch' in since && since.epoch !== inventory.epoch ? [] : changeLog.since(since, bears)

  return {
    gateway,
    inventory,
    orchestrator,
    rules,
    loads,
    writer,
    settingsChanged(): void {
      inventory.setMigrationSettings(ports.migrationSettings())
      orchestrator.settingsChanged()
    },
    policiesChanged(): void {
      inventory.setPolicies(ports.policies())
    },
    /** Everything of a host that is kept here. */
    forgetHost(hostId: HostId): void {
      inventory.removeHost(hostId)
      gateway.forgetHost(hostId)
      keyHashes.delete(hostId)
    },
  }
}
