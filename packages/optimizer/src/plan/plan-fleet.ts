import type { Host } from '@drover/api-schema/host.ts'
import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import type { DraftedMove } from '@drover/api-schema/plan.ts'
import type { PolicyRule } from '@drover/api-schema/policy.ts'
import type { CompiledPolicies } from '../rules/compiled.ts'
import type { FleetFacts } from '../rules/snapshot.ts'
import { memoryToPlace, type Promised } from '../verdict.ts'

/** The fleet as decisions about drafts and plans see it. */
export type PlanFleet = FleetFacts & {
  readonly rules: readonly PolicyRule[]
  /** The rules laid on exactly these domains and hosts, by whoever keeps them so; absent: they are laid anew. */
  readonly compiled?: CompiledPolicies | undefined
  /** Minute of the week now on the clocks of a zone (api-schema/week-time.ts). */
  readonly minuteOfWeek: (timeZone: string) => number
  /** What open migrations will take on a host that does not count them yet. */
  readonly promisedOn: (hostId: HostId) => Promised
}

/** Memory that is there for what would come: free, less what is promised. */
export function freeOn(host: Host, fleet: PlanFleet): number {
  return host.memFreeBytes - fleet.promisedOn(host.hostId).memBytes
}

/** The fleet as the commit of a draft leaves it before the first step. */
export function withMaintenance(
  fleet: PlanFleet,
  change: { readonly hostId: HostId; readonly isInMaintenance: boolean } | null,
): PlanFleet {
  if (change === null) return fleet
  const { hostId, isInMaintenance } = change
  return {
    ...fleet,
    hosts: fleet.hosts.map((host) =>
      host.hostId === hostId ? { ...host, isInMaintenance } : host,
    ),
  }
}

/**
 * The fleet after the moves: each domain where it goes, its memory taken there and given back where it was. Moves of domains
 * or to hosts that are not there change nothing.
 */
export function projectFleet<F extends FleetFacts & { readonly compiled?: unknown }>(
  fleet: F,
  moves: readonly DraftedMove[],
): F {
  const goesTo = new Map<DomainId, HostId>()
  const isThere = new Set(fleet.hosts.map(({ hostId }) => hostId))
  for (const { domainId, destinationHostId } of moves) {
    if (isThere.has(destinationHostId)) goesTo.set(domainId, destinationHostId)
  }
  const taken = new Map<HostId, number>()
  const take = (hostId: HostId, bytes: number) =>
    taken.set(hostId, (taken.get(hostId) ?? 0) + bytes)
  const domains = fleet.domains.map((domain) => {
    const hostId = goesTo.get(domain.domainId) ?? domain.hostId
    if (hostId === domain.hostId) return domain
    take(hostId, memoryToPlace(domain))
    take(domain.hostId, -memoryToPlace(domain))
    return { ...domain, hostId, migrationId: null }
  })
  const hosts = fleet.hosts.map((host) => {
    const bytes = taken.get(host.hostId) ?? 0
    return bytes === 0 ? host : { ...host, memFreeBytes: host.memFreeBytes - bytes }
  })
  return { ...fleet, hosts, domains, compiled: undefined }
}
