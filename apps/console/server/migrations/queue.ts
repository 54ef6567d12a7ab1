import type { Host } from '@drover/api-schema/host.ts'
import type { HostId, MigrationId } from '@drover/api-schema/ids.ts'
import { isEnded, type Migration } from '@drover/api-schema/migration.ts'
import { type MigrationSettings, poolLimit } from '@drover/api-schema/migration-settings.ts'

type Load = {
  inAll: number
  readonly inPool: Map<string, number>
  readonly outgoing: Map<HostId, number>
  readonly incoming: Map<HostId, number>
}

function bump<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/**
 * Which queued migrations may go now, in the order they were asked for. One whose hosts are busy or away does not
 * hold up those behind it that use other hosts.
 */
export function admissible(
  open: Iterable<Migration>,
  host: (hostId: HostId) => Host | null,
  settings: MigrationSettings,
): MigrationId[] {
  const load: Load = { inAll: 0, inPool: new Map(), outgoing: new Map(), incoming: new Map() }
  const waiting: Migration[] = []
  for (const migration of open) {
    if (isEnded(migration.state)) continue
    if (migration.state.phase === 'queued') waiting.push(migration)
    else count(load, migration, host)
  }
  const admitted: MigrationId[] = []
  for (const migration of waiting) {
    if (!mayGo(load, migration, host, settings)) continue
    count(load, migration, host)
    admitted.push(migration.migrationId)
  }
  return admitted
}

/** A migration that waits for a lost host keeps its place on both hosts, but does not hold up the rest of the fleet. */
function count(load: Load, migration: Migration, host: (hostId: HostId) => Host | null): void {
  const { sourceHostId, destinationHostId } = migration
  const isWaiting = [sourceHostId, destinationHostId].some(
    (hostId) => (host(hostId)?.connection.status ?? 'lost') === 'lost',
  )
  const pool = host(sourceHostId)?.pool
  if (!isWaiting) load.inAll += 1
  if (!isWaiting && pool !== undefined) bump(load.inPool, pool)
  bump(load.outgoing, sourceHostId)
  bump(load.incoming, destinationHostId)
}

function mayGo(
  load: Load,
  { sourceHostId, destinationHostId }: Migration,
  host: (hostId: HostId) => Host | null,
  settings: MigrationSettings,
): boolean {
  const source = host(sourceHostId)
  const destination = host(destinationHostId)
  // A host that was removed does not come back: let the preflight refuse it.
  if (source === null || destination === null) return true
  return (
    source.connection.status === 'online' &&
    destination.connection.status === 'online' &&
    load.inAll < settings.limits.total &&
    (load.inPool.get(source.pool) ?? 0) < poolLimit(settings, source.pool) &&
    (load.outgoing.get(sourceHostId) ?? 0) < settings.limits.outgoingPerHost &&
    (load.incoming.get(destinationHostId) ?? 0) < settings.limits.incomingPerHost
  )
}
