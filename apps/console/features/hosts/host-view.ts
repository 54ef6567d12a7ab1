import type { Host, HostConnectionStatus } from '@drover/api-schema/host.ts'
import { labelsOf } from '@drover/api-schema/labels.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { type FilterQuery, readHostQuery } from '../../client/filter-query.ts'
import { compareNames } from '../../lib/compare-names.ts'

/** What a host's row and page derive from its facts. */

export type HostFilter = {
  readonly text: string
  readonly status: HostConnectionStatus | 'maintenance' | null
  readonly pool: string | null
}

export const hostStatuses = [
  'online',
  'stale',
  'lost',
  'maintenance',
] as const satisfies readonly NonNullable<HostFilter['status']>[]

/** `query`: what the text of the filter says. */
export function matchesHostFilter(
  host: Host,
  filter: HostFilter,
  query: FilterQuery = readHostQuery(filter.text),
): boolean {
  if (filter.pool !== null && host.pool !== filter.pool) return false
  if (filter.status !== null && !hasStatus(host, filter.status)) return false
  if (query.kind === 'hosts') return query.matches(host)
  const wanted = filter.text.trim().toLowerCase()
  if (wanted === '') return true
  return wordsOf(host).some((word) => word.toLowerCase().includes(wanted))
}

function hasStatus(host: Host, status: NonNullable<HostFilter['status']>): boolean {
  return status === 'maintenance' ? host.isInMaintenance : host.connection.status === status
}

function wordsOf(host: Host): string[] {
  return [
    host.name,
    host.pool,
    host.hypervisor.version,
    host.agentVersion,
    host.cpu.model,
    ...Object.entries(labelsOf(host)).map(([key, value]) => `${key}=${value}`),
  ]
}

/** Pools of the hosts, each once, in reading order. */
export function poolsOf(hosts: readonly Host[]): string[] {
  return [...new Set(hosts.map((host) => host.pool))].sort(compareNames)
}

/** How long the host has not been heard; null while it is online. */
export function silentMs(host: Host, now: number): number | null {
  switch (host.connection.status) {
    case 'online':
      return null
    case 'stale':
    case 'lost':
      return Math.max(0, now - host.connection.lastSeenAt)
    default:
      return assertNever(host.connection)
  }
}

/** Lost first: what needs attention sorts to the top. */
export const statusRank: Record<HostConnectionStatus, number> = { lost: 0, stale: 1, online: 2 }

/** Above this the host counts as hot; the tick on its meters. */
export const hotCpuRatio = 0.85
export const hotMemoryRatio = 0.9

/** How much of the memory is held: the newest reading, else what the host last said. */
export function heldBytes(host: Host, reading: number | null): number {
  return reading ?? host.memTotalBytes - host.memFreeBytes
}
