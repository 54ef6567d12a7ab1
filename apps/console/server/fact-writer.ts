import type { Host } from '@drover/api-schema/host.ts'
import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import { type Clock, every } from './clock.ts'
import type { Inventory, Patch } from './inventory.ts'
import type { Log } from './log.ts'
import type { FleetStore, StoredHost } from './store/fleet.ts'

export type FactWriter = ReturnType<typeof createFactWriter>

/** Changes are collected this long: a fleet that comes up is a few statements, not a statement a domain. */
const collectMs = 1_000
const longestRetryMs = 30_000
const rowsPerStatement = 500
/** A row that the database refuses is tried again when it changes, and this often. */
const refusedRetryMs = 10 * 60_000

/**
 * Brings the present into the database, late and in bunches. It remembers what is dirty, not what was said: it writes what
 * is true when it writes. A database that is away delays it and nothing else; a row that the database refuses is logged
 * once, left out and keeps no other row waiting.
 */
export function createFactWriter(ports: {
  readonly inventory: Inventory
  readonly store: Pick<FleetStore, 'saveHosts' | 'saveDomains' | 'removeHosts' | 'removeDomains'>
  readonly keyHashOf: (hostId: HostId) => string | null
  /** Tells "the database is away" from "it does not take this". */
  readonly isDatabaseGone: (error: unknown) => boolean
  readonly clock: Clock
  readonly log: Log
}) {
  const { inventory, store, clock, log } = ports
  const dirtyHosts = new Set<HostId>()
  const dirtyDomains = new Set<DomainId>()
  const refusedHosts = new Set<HostId>()
  const refusedDomains = new Set<DomainId>()
  let cancelTimer: (() => void) | null = null
  let writing: Promise<boolean> | null = null
  let failures = 0
  let isStopped = false

  const schedule = (): void => {
    if (cancelTimer !== null || writing !== null || isStopped) return
    if (dirtyHosts.size === 0 && dirtyDomains.size === 0) return
    cancelTimer = clock.setTimer(Math.min(longestRetryMs, collectMs * 2 ** failures), () => {
      cancelTimer = null
      void flush()
    })
  }

  const flush = (): Promise<boolean> => {
    writing ??= write().finally(() => {
      writing = null
      schedule()
    })
    return writing
  }

  /** False when the database was away; then everything is still dirty. */
  const write = async (): Promise<boolean> => {
    const hostIds = take(dirtyHosts)
    const domainIds = take(dirtyDomains)
    try {
      await writeHosts(hostIds)
      await writeDomains(domainIds)
      failures = 0
      return true
    } catch (error) {
      for (const hostId of hostIds) dirtyHosts.add(hostId)
      for (const domainId of domainIds) dirtyDomains.add(domainId)
      failures = Math.min(failures + 1, 10)
      log.warn('Hosts and domains cannot be written; trying again.', {
        hosts: dirtyHosts.size,
        domains: dirtyDomains.size,
        error,
      })
      return false
    }
  }

  const writeHosts = (hostIds: readonly HostId[]): Promise<void> =>
    inBunches('host', { ids: hostIds, refused: refusedHosts }, async (ids) => {
      const rows = ids.flatMap((hostId) => storedHost(inventory.host(hostId)) ?? [])
      await store.removeHosts(ids.filter((hostId) => inventory.host(hostId) === null))
      await store.saveHosts(rows)
    })
  const writeDomains = (domainIds: readonly DomainId[]): Promise<void> =>
    inBunches('domain', { ids: domainIds, refused: refusedDomains }, async (ids) => {
      const domains = ids.flatMap((domainId) => inventory.domain(domainId) ?? [])
      await store.removeDomains(ids.filter((domainId) => inventory.domain(domainId) === null))
      await store.saveDomains(domains)
    })

  /** A bunch that is refused is written row by row; those refused before are not put into a bunch again. */
  const inBunches = async <T extends string>(
    kind: string,
    { ids, refused }: { ids: readonly T[]; refused: Set<T> },
    writeRows: (ids: readonly T[]) => Promise<void>,
  ): Promise<void> => {
    const single = ids.filter((id) => refused.has(id))
    for (const bunch of chunks(ids.filter((id) => !refused.has(id)))) {
      try {
        await writeRows(bunch)
      } catch (error) {
        if (ports.isDatabaseGone(error)) throw error
        single.push(...bunch)
      }
    }
    for (const id of single) {
      try {
        await writeRows([id])
        refused.delete(id)
      } catch (error) {
        if (ports.isDatabaseGone(error)) throw error
        if (!refused.has(id)) log.error('The database refuses a row.', { kind, id, error })
        refused.add(id)
      }
    }
  }

  const stopRetrying = every(clock, refusedRetryMs, () => {
    for (const hostId of refusedHosts) dirtyHosts.add(hostId)
    for (const domainId of refusedDomains) dirtyDomains.add(domainId)
    schedule()
  })

  /** Null for a host whose key is not known: it cannot be told from an impostor later. */
  const storedHost = (host: Host | null): StoredHost | null => {
    const keyHash = host === null ? null : ports.keyHashOf(host.hostId)
    if (host === null || keyHash === null) return null
    const {
      connection,
      agentVersion,
      isInMaintenance,
      migrationBytesPerSec,
      consoleLabels: _,
      ...facts
    } = host
    const lastSeenAt = connection.status === 'online' ? clock.now() : connection.lastSeenAt
    return { facts, keyHash, agentVersion, isInMaintenance, migrationBytesPerSec, lastSeenAt }
  }

  return {
    take({ changes }: Patch): void {
      for (const change of changes) {
        switch (change.kind) {
          case 'host-upserted':
            dirtyHosts.add(change.host.hostId)
            break
          case 'host-removed':
            dirtyHosts.add(change.hostId)
            break
          case 'domain-upserted':
            dirtyDomains.add(change.domain.domainId)
            break
          case 'domain-removed':
            dirtyDomains.add(change.domainId)
            break
          case 'migration-upserted':
          case 'migration-settings-changed':
          case 'policies-changed':
          case 'violation-upserted':
          case 'violation-removed':
          case 'violation-counts-changed':
          case 'draft-upserted':
          case 'draft-removed':
          case 'plan-upserted':
          case 'plan-step-changed':
            break // written by their owners before they are published
        }
      }
      schedule()
    },

    /** True when everything known so far is in the database. */
    async flushNow(): Promise<boolean> {
      if (writing !== null) await writing
      return flush()
    },

    /** Writes what is dirty, once. */
    async stop(): Promise<void> {
      isStopped = true
      stopRetrying()
      cancelTimer?.()
      cancelTimer = null
      if (writing !== null) await writing
      if (dirtyHosts.size > 0 || dirtyDomains.size > 0) await flush()
    },
  }
}

function take<T>(set: Set<T>): T[] {
  const taken = [...set]
  set.clear()
  return taken
}

function* chunks<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += rowsPerStatement) {
    yield items.slice(start, start + rowsPerStatement)
  }
}
