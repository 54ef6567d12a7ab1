import type { Host } from '@drover/api-schema/host.ts'
import type { HostId, MigrationId } from '@drover/api-schema/ids.ts'
import type { Migration } from '@drover/api-schema/migration.ts'
import type { MigrationPriority } from '@drover/api-schema/migration-terms.ts'

/** How much of a limited link a copy gets beside others: one of high priority as much as two normal ones. */
export const shareWeight: Record<MigrationPriority, number> = { high: 4, normal: 2, low: 1 }

/** Slower than this nothing is copied, however many share a limit: the agents take nothing below it. */
export const leastShareBytesPerSec = 131_072

/** A copy that runs: what it asked for and whose links it takes. */
export type Copy = Pick<
  Migration,
  'migrationId' | 'sourceHostId' | 'destinationHostId' | 'priority' | 'bandwidthBytesPerSec'
>

/** What a link gives and who is on it: `weight` is of those whose share is not settled yet. */
type Link = { leftBytesPerSec: number; weight: number }

/**
 * What each running copy may take, bytes a second: the weighted max-min fair division of what the hosts let migrations send
 * from and to them (`migrationBytesPerSec`, each way for itself), none above its own limit. Fair means: nobody's
 * share can grow without making smaller that of one who has no more for its weight. Null: nothing limits it. NICs are left
 * to the network, which shares them by itself.
 */
export function bandwidthShares(
  copies: readonly Copy[],
  host: (hostId: HostId) => Pick<Host, 'migrationBytesPerSec'> | null,
): ReadonlyMap<MigrationId, number | null> {
  const shares = new Map<MigrationId, number | null>()
  const links = linksOf(copies, host)
  const open = new Set(copies)
  // In each turn the least level a link, or a limit of its own, holds a copy at is settled: one copy at least.
  while (open.size > 0) {
    const levels = new Map([...open].map((copy) => [copy, levelOf(copy, links.get(copy) ?? [])]))
    const level = Math.min(...levels.values())
    for (const [copy, own] of levels) {
      if (own > level) continue
      const share = Number.isFinite(level) ? level * shareWeight[copy.priority] : null
      open.delete(copy)
      shares.set(copy.migrationId, share === null ? null : wholeShare(share))
      for (const link of links.get(copy) ?? []) {
        link.leftBytesPerSec -= share ?? 0
        link.weight -= shareWeight[copy.priority]
      }
    }
  }
  return shares
}

/** Rounded down, so that together they stay within the limit, except where that would be slower than anything goes. */
function wholeShare(bytesPerSec: number): number {
  return Math.max(leastShareBytesPerSec, Math.floor(bytesPerSec + 1e-6))
}

/** The limited links of each copy. */
function linksOf(
  copies: readonly Copy[],
  host: (hostId: HostId) => Pick<Host, 'migrationBytesPerSec'> | null,
): ReadonlyMap<Copy, readonly Link[]> {
  const links = new Map<string, Link>()
  const join = (key: string, hostId: HostId, copy: Copy): Link[] => {
    const limit = host(hostId)?.migrationBytesPerSec ?? null
    if (limit === null) return []
    const link = links.get(key) ?? { leftBytesPerSec: limit, weight: 0 }
    link.weight += shareWeight[copy.priority]
    links.set(key, link)
    return [link]
  }
  return new Map(
    copies.map((copy) => [
      copy,
      [
        ...join(`out ${copy.sourceHostId}`, copy.sourceHostId, copy),
        ...join(`in ${copy.destinationHostId}`, copy.destinationHostId, copy),
      ],
    ]),
  )
}

/** Bytes a second for each unit of weight at which this copy meets its first limit. */
function levelOf(copy: Copy, links: readonly Link[]): number {
  const own = copy.bandwidthBytesPerSec ?? Number.POSITIVE_INFINITY
  const levels = links.map(({ leftBytesPerSec, weight }) => Math.max(0, leftBytesPerSec / weight))
  return Math.min(own / shareWeight[copy.priority], ...levels)
}
