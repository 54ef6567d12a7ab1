import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { DomainId, HostId, MigrationId } from '@drover/api-schema/ids.ts'
import type { Fleet } from '@drover/api-schema/live-protocol.ts'
import { isEnded, type Migration } from '@drover/api-schema/migration.ts'

/** The fleet by id. Lists of unchanged hosts keep their identity from one index to the next, so memos hold. */
export type FleetIndex = {
  readonly fleet: Fleet
  readonly hosts: ReadonlyMap<HostId, Host>
  readonly domains: ReadonlyMap<DomainId, Domain>
  readonly migrations: ReadonlyMap<MigrationId, Migration>
  readonly domainsOfHost: ReadonlyMap<HostId, readonly Domain[]>
  /** Open migrations on their way to a host. */
  readonly arrivalsOfHost: ReadonlyMap<HostId, readonly Migration[]>
  readonly openMigrations: readonly Migration[]
}

export const noDomains: readonly Domain[] = []
export const noMigrations: readonly Migration[] = []

export function indexFleet(fleet: Fleet, previous?: FleetIndex): FleetIndex {
  const openMigrations = fleet.migrations.filter((migration) => !isEnded(migration.state))
  return {
    fleet,
    hosts:
      previous?.fleet.hosts === fleet.hosts
        ? previous.hosts
        : byId(fleet.hosts, (host) => host.hostId),
    domains:
      previous?.fleet.domains === fleet.domains
        ? previous.domains
        : byId(fleet.domains, (domain) => domain.domainId),
    migrations: byId(fleet.migrations, (migration) => migration.migrationId),
    domainsOfHost:
      previous?.fleet.domains === fleet.domains
        ? previous.domainsOfHost
        : grouped(fleet.domains, (domain) => domain.hostId, previous?.domainsOfHost),
    arrivalsOfHost: grouped(
      openMigrations,
      (migration) => migration.destinationHostId,
      previous?.arrivalsOfHost,
    ),
    openMigrations:
      previous !== undefined && sameItems(previous.openMigrations, openMigrations)
        ? previous.openMigrations
        : openMigrations,
  }
}

function byId<Id, Item>(items: readonly Item[], idOf: (item: Item) => Id): Map<Id, Item> {
  return new Map(items.map((item) => [idOf(item), item]))
}

function grouped<Id, Item>(
  items: readonly Item[],
  idOf: (item: Item) => Id,
  previous: ReadonlyMap<Id, readonly Item[]> | undefined,
): Map<Id, readonly Item[]> {
  const groups = new Map<Id, Item[]>()
  for (const item of items) {
    const id = idOf(item)
    const group = groups.get(id)
    if (group === undefined) groups.set(id, [item])
    else group.push(item)
  }
  const kept = new Map<Id, readonly Item[]>()
  for (const [id, group] of groups) {
    const before = previous?.get(id)
    kept.set(id, before !== undefined && sameItems(before, group) ? before : group)
  }
  return kept
}

export function sameItems<T>(left: readonly T[], right: readonly T[]): boolean {
  return left.length === right.length && left.every((item, index) => item === right[index])
}
