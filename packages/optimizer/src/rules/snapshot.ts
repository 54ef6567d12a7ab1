import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import { rackOf } from '@drover/api-schema/labels.ts'

/** The fleet as the caller knows it. */
export type FleetFacts = {
  readonly hosts: readonly Host[]
  readonly domains: readonly Domain[]
  /** Where the open migration of a domain goes; null or absent: none is open. */
  readonly destinationOf?: (domainId: DomainId) => HostId | null
  /** pCPUs a domain uses; NaN is unknown, and unknown load breaks no rule. */
  readonly cpuOfDomain?: (domainId: DomainId) => number
  /** pCPUs in use on a host, dom0 and all domains; NaN is unknown. */
  readonly cpuOfHost?: (hostId: HostId) => number
}

/** Hosts and domains by their number in these lists, so that rules are counted in arrays. */
export type Snapshot = {
  readonly hosts: readonly Host[]
  readonly domains: readonly Domain[]
  readonly hostIndex: ReadonlyMap<HostId, number>
  readonly domainIndex: ReadonlyMap<DomainId, number>
  /** Host of each domain now; -1 when the host is not in the list. */
  readonly hostOf: Int32Array
  /** 1 for each domain that is somewhere: one that is shut off is not, and rules on where domains run do not count it. */
  readonly isPlaced: Uint8Array
  /** Where each domain will be when open migrations are done. */
  readonly headedFor: Int32Array
  /** Rack of each host; one without a rack label is a rack of its own. */
  readonly rackOf: Int32Array
  readonly rackNames: readonly string[]
  readonly cpuOfDomain: (domain: number) => number
  readonly cpuOfHost: (host: number) => number
}

export function snapshotOf(facts: FleetFacts): Snapshot {
  const { hosts, domains, destinationOf, cpuOfDomain, cpuOfHost } = facts
  const hostIndex = new Map(hosts.map(({ hostId }, index) => [hostId, index]))
  const place = (hostId: HostId) => hostIndex.get(hostId) ?? -1
  const hostOf = Int32Array.from(domains, ({ hostId }) => place(hostId))
  const headedFor = Int32Array.from(domains, ({ domainId, hostId, migrationId }) =>
    place((migrationId === null ? null : destinationOf?.(domainId)) ?? hostId),
  )
  return {
    hosts,
    domains,
    hostIndex,
    domainIndex: new Map(domains.map(({ domainId }, index) => [domainId, index])),
    hostOf,
    isPlaced: Uint8Array.from(domains, ({ state }) => (state.status === 'shut-off' ? 0 : 1)),
    headedFor,
    ...racksOf(hosts),
    cpuOfDomain: byNumber(domains, ({ domainId }) => cpuOfDomain?.(domainId) ?? Number.NaN),
    cpuOfHost: byNumber(hosts, ({ hostId }) => cpuOfHost?.(hostId) ?? Number.NaN),
  }
}

function byNumber<T>(things: readonly T[], read: (thing: T) => number): (index: number) => number {
  return (index) => {
    const thing = things[index]
    return thing === undefined ? Number.NaN : read(thing)
  }
}

function racksOf(hosts: readonly Host[]): Pick<Snapshot, 'rackOf' | 'rackNames'> {
  const names: string[] = []
  const known = new Map<string, number>()
  const racks = hosts.map((host) => {
    const label = rackOf(host)
    const found = label === null ? undefined : known.get(label)
    if (found !== undefined) return found
    names.push(label ?? host.name)
    if (label !== null) known.set(label, names.length - 1)
    return names.length - 1
  })
  return { rackOf: Int32Array.from(racks), rackNames: names }
}
