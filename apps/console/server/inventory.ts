/**
 * The present: what hosts, domains and migrations are, in memory. Agents' reports go in, changes come out. It decides
 * which of two copies of a domain is the domain (inventory/copies.ts), and nothing else; it neither reads nor writes the
 * database. All that patches are made of is here, hence one file.
 */
import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { type Domain, type DomainFacts, factsOf } from '@drover/api-schema/domain.ts'
import type { Host, HostConnection, HostFacts } from '@drover/api-schema/host.ts'
import type { DomainId, DraftId, HostId, MigrationId, PlanId } from '@drover/api-schema/ids.ts'
import type { Change, Fleet } from '@drover/api-schema/live-protocol.ts'
import { isEnded, type Migration } from '@drover/api-schema/migration.ts'
import {
  defaultMigrationSettings,
  type MigrationSettings,
} from '@drover/api-schema/migration-settings.ts'
import { type Draft, isPlanEnded, type Plan } from '@drover/api-schema/plan.ts'
import type { Violation } from '@drover/api-schema/policy.ts'
import {
  noPolicies,
  noViolationCounts,
  type PolicySet,
  type ViolationCounts,
} from '@drover/api-schema/policy-set.ts'
import { type Annotation, isEmpty, ofDomain, ofHost } from './inventory/annotations.ts'
import { bearsOnRules } from './inventory/bears-on-rules.ts'
import { createCopies } from './inventory/copies.ts'
import { forgetOldest } from './inventory/forget-oldest.ts'
import { planChanges } from './inventory/plan-changes.ts'

/** The domain runs on the destination, by the word of one of the two hosts. */
function hasArrived({ state }: Migration): boolean {
  return state.phase === 'completed' || state.phase === 'post-copy'
}

export type Patch = { readonly generation: number; readonly changes: readonly Change[] }
export type Inventory = ReturnType<typeof createInventory>

/** Ended migrations that browsers are shown without asking; older ones are in the database. */
const recentlyEnded = 100
const recentlyEndedPlans = 20

/** `schedule` runs the publication of what one turn of the event loop has changed. */
export function createInventory(schedule: (publish: () => void) => void = setImmediate) {
  const epoch = randomUUID()
  const hosts = new Map<HostId, Host>()
  const domains = new Map<DomainId, Domain>()
  const migrations = new Map<MigrationId, Migration>()
  const openMigrationOf = new Map<DomainId, MigrationId>()
  const copies = createCopies()
  const annotations = new Map<HostId | DomainId, Annotation>()
  const listeners: ((patch: Patch) => void)[] = []
  let migrationSettings = defaultMigrationSettings
  let policies = noPolicies
  let violations: ReadonlyMap<string, Violation> = new Map()
  let violationCounts = noViolationCounts
  const drafts = new Map<DraftId, Draft>()
  const plans = new Map<PlanId, Plan>()
  let generation = 0
  let version = 0
  let pending = new Map<string, Change>()

  const publish = () => {
    if (pending.size === 0) return
    generation += 1
    const patch = { generation, changes: [...pending.values()] }
    pending = new Map()
    for (const listener of listeners) listener(patch)
  }
  /** The latest change of a thing replaces an earlier one of the same turn. */
  const changed = (id: string, change: Change) => {
    if (bearsOnRules(change.kind)) version += 1
    const isFirst = pending.size === 0
    pending.delete(id)
    pending.set(id, change)
    if (isFirst) schedule(publish)
  }

  const putHost = (host: Host): Host => {
    const before = hosts.get(host.hostId)
    if (before !== undefined && isDeepStrictEqual(before, host)) return before
    hosts.set(host.hostId, host)
    changed(host.hostId, { kind: 'host-upserted', host })
    return host
  }

  /** Makes the domain what its owning copy says; without a copy it is gone, unless a migration is moving it. */
  const settle = (domainId: DomainId): void => {
    const owner = copies.ownerOf(domainId)
    const before = domains.get(domainId)
    if (owner === null) {
      // Between "gone from the source" and "here on the destination" two sockets race; the migration knows it is not lost.
      if (before === undefined || openMigrationOf.has(domainId)) return
      domains.delete(domainId)
      changed(domainId, { kind: 'domain-removed', domainId })
      return
    }
    const migrationId = openMigrationOf.get(domainId) ?? null
    const said = ofDomain(annotations.get(domainId))
    const domain: Domain = { ...owner.facts, hostId: owner.hostId, migrationId, ...said }
    if (before !== undefined && isDeepStrictEqual(before, domain)) return
    domains.set(domainId, domain)
    changed(domainId, { kind: 'domain-upserted', domain })
  }

  /**
   * The source has said that it handed the domain over, and the destination is not connected to say that it has it. It is
   * shown there, as it was last seen, until the destination brings its own inventory.
   */
  const arriveUnseen = (migration: Migration) => {
    const { domainId, destinationHostId, generation } = migration
    const domain = domains.get(domainId)
    if (domain === undefined || copies.get(destinationHostId, domainId) !== null) return
    if (hosts.get(destinationHostId)?.connection.status === 'online') return
    copies.put(destinationHostId, { ...factsOf(domain), generation })
    settle(domainId)
  }

  return {
    epoch,
    host: (hostId: HostId): Host | null => hosts.get(hostId) ?? null,
    domain: (domainId: DomainId): Domain | null => domains.get(domainId) ?? null,
    migration: (migrationId: MigrationId): Migration | null => migrations.get(migrationId) ?? null,
    hosts: (): IterableIterator<Host> => hosts.values(),
    domains: (): IterableIterator<Domain> => domains.values(),
    /** Another number when hosts, domains or rules are others. */
    version: (): number => version,
    openPlans: (): Plan[] => [...plans.values()].filter((plan) => !isPlanEnded(plan)),
    losingCopies: copies.losing,
    domainsOn: (hostId: HostId): Domain[] =>
      [...copies.on(hostId)].flatMap((domainId) => {
        const domain = domains.get(domainId)
        return domain?.hostId === hostId ? [domain] : []
      }),

    /** Before anything is connected: what the store remembers. Hosts are lost until their agents are back. */
    load(stored: {
      hosts: readonly Host[]
      domains: readonly { facts: DomainFacts; hostId: HostId }[]
      migrations: readonly Migration[]
    }): void {
      for (const host of stored.hosts) putHost(host)
      for (const { facts, hostId } of stored.domains) {
        copies.put(hostId, facts)
        settle(facts.domainId)
      }
      for (const migration of stored.migrations) migrations.set(migration.migrationId, migration)
    },

    /** The whole picture of one host: domains it no longer names are gone from it. */
    inventoryReported(
      facts: HostFacts,
      domainFacts: readonly DomainFacts[],
      agentVersion: string,
    ): void {
      this.hostChanged(facts, agentVersion)
      const named = new Set(domainFacts.map((domain) => domain.domainId))
      const gone = [...copies.on(facts.hostId)].filter((domainId) => !named.has(domainId))
      for (const domain of domainFacts) copies.put(facts.hostId, domain)
      for (const domainId of gone) copies.remove(facts.hostId, domainId)
      for (const domainId of [...named, ...gone]) settle(domainId)
    },

    hostChanged(facts: HostFacts, agentVersion: string): Host {
      const before = hosts.get(facts.hostId)
      return putHost({
        ...facts,
        agentVersion,
        connection: before?.connection ?? { status: 'lost', lastSeenAt: facts.bootedAt },
        isInMaintenance: before?.isInMaintenance ?? false,
        migrationBytesPerSec: before?.migrationBytesPerSec ?? null,
        ...ofHost(annotations.get(facts.hostId)),
      })
    },

    domainChanged(hostId: HostId, facts: DomainFacts): void {
      copies.put(hostId, facts)
      settle(facts.domainId)
    },

    /** Ignored when the host has a newer copy than the one that is said to be gone. */
    domainRemoved(hostId: HostId, domainId: DomainId, ofGeneration: number): void {
      const copy = copies.get(hostId, domainId)
      if (copy === null || copy.generation > ofGeneration) return
      copies.remove(hostId, domainId)
      settle(domainId)
    },

    connectionChanged(hostId: HostId, connection: HostConnection): void {
      const host = hosts.get(hostId)
      if (host !== undefined) putHost({ ...host, connection })
    },

    /** What an administrator says of a host, which its agent does not know. */
    setHost(
      hostId: HostId,
      set: {
        readonly isInMaintenance?: boolean | undefined
        readonly migrationBytesPerSec?: number | null | undefined
      },
    ): Host | null {
      const host = hosts.get(hostId)
      if (host === undefined) return null
      const {
        isInMaintenance = host.isInMaintenance,
        migrationBytesPerSec = host.migrationBytesPerSec,
      } = set
      return putHost({ ...host, isInMaintenance, migrationBytesPerSec })
    },

    /** What administrators say of hosts and domains; those that are not named keep what they have. */
    annotate(said: ReadonlyMap<HostId | DomainId, Annotation>): void {
      for (const [id, annotation] of said) {
        if (isEmpty(annotation)) annotations.delete(id)
        else annotations.set(id, annotation)
        // An id names a host or a domain; a map that has none of that name says so.
        const host = hosts.get(id as HostId)
        if (host !== undefined) {
          const { consoleLabels: _, ...rest } = host
          putHost({ ...rest, ...ofHost(annotation) })
        } else settle(id as DomainId)
      }
    },

    setMigrationSettings(settings: MigrationSettings): void {
      migrationSettings = settings
      changed('migration-settings', { kind: 'migration-settings-changed', settings })
    },

    setPolicies(next: PolicySet): void {
      policies = next
      changed('policies', { kind: 'policies-changed', policies })
    },

    /** Those that browsers are shown, and how many there are in all; one that is equal to what was is no change. */
    setViolations(shown: readonly Violation[], counts: ViolationCounts): void {
      const next = new Map(shown.map((violation) => [violation.violationKey, violation]))
      for (const violationKey of violations.keys()) {
        if (next.has(violationKey)) continue
        changed(`violation ${violationKey}`, { kind: 'violation-removed', violationKey })
      }
      for (const [violationKey, violation] of next) {
        if (isDeepStrictEqual(violations.get(violationKey), violation)) continue
        changed(`violation ${violationKey}`, { kind: 'violation-upserted', violation })
      }
      violations = next
      if (isDeepStrictEqual(violationCounts, counts)) return
      violationCounts = counts
      changed('violation-counts', { kind: 'violation-counts-changed', counts })
    },

    upsertDraft(draft: Draft): void {
      drafts.set(draft.draftId, draft)
      changed(`draft ${draft.draftId}`, { kind: 'draft-upserted', draft })
    },

    removeDraft(draftId: DraftId): void {
      if (!drafts.delete(draftId)) return
      changed(`draft ${draftId}`, { kind: 'draft-removed', draftId })
    },

    upsertPlan(plan: Plan): void {
      const before = plans.get(plan.planId)
      if (isPlanEnded(plan)) plans.delete(plan.planId)
      plans.set(plan.planId, plan)
      forgetOldest(plans, isPlanEnded, recentlyEndedPlans)
      for (const change of planChanges(before, plan)) {
        const { kind } = change
        const step = kind === 'plan-step-changed' ? change.stepIndex : ''
        changed(`${kind} ${plan.planId} ${step}`, change)
      }
    },

    removeHost(hostId: HostId): void {
      if (!hosts.delete(hostId)) return
      changed(hostId, { kind: 'host-removed', hostId })
      for (const domainId of copies.removeHost(hostId)) settle(domainId)
    },

    setDomainMigration(domainId: DomainId, migrationId: MigrationId | null): void {
      if (migrationId === null) openMigrationOf.delete(domainId)
      else openMigrationOf.set(domainId, migrationId)
      settle(domainId)
    },

    upsertMigration(migration: Migration): Migration {
      const before = migrations.get(migration.migrationId)
      if (before !== undefined && isDeepStrictEqual(before, migration)) return before
      const arrives = hasArrived(migration) && (before === undefined || !hasArrived(before))
      if (arrives) arriveUnseen(migration)
      // Ended ones go to the end, so that the oldest ended is always the first to be forgotten.
      if (isEnded(migration.state)) migrations.delete(migration.migrationId)
      migrations.set(migration.migrationId, migration)
      forgetOldest(migrations, ({ state }) => isEnded(state), recentlyEnded)
      changed(migration.migrationId, { kind: 'migration-upserted', migration })
      return migration
    },

    /** Publishes what is waiting first, so that the patch after a snapshot is the next generation. */
    snapshot(): Fleet {
      publish()
      return {
        epoch,
        generation,
        hosts: [...hosts.values()],
        domains: [...domains.values()],
        migrations: [...migrations.values()],
        migrationSettings,
        policies,
        violations: [...violations.values()],
        violationCounts,
        drafts: [...drafts.values()],
        plans: [...plans.values()],
      }
    },

    onPatch(listener: (patch: Patch) => void): void {
      listeners.push(listener)
    },
  }
}
