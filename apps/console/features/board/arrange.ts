import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { HostId } from '@drover/api-schema/ids.ts'
import { applicationOf, labelOf, labelsOf } from '@drover/api-schema/labels.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import type { Labels } from '@drover/api-schema/scalars.ts'
import { type FilterQuery, readBoardQuery } from '../../client/filter-query.ts'
import { type FleetIndex, noDomains } from '../../client/fleet-index.ts'
import { compareNames } from '../../lib/compare-names.ts'
import { boardText } from '../../lib/text/board.ts'
import type { BoardView, GroupKey, SortKey } from './board-view.ts'
import { domainNetwork, hostMemoryRatio, hostNetwork, type Readings } from './loads.ts'

/** A host with the domains that are shown of it, in order. */
export type ArrangedHost = {
  readonly host: Host
  readonly domains: readonly Domain[]
  /** Domains that the filter leaves out. */
  readonly hiddenCount: number
  /** False: it is shown only because a domain could go there. */
  readonly isMatch: boolean
}
export type ArrangedGroup = {
  readonly key: string
  readonly title: string | null
  readonly hosts: readonly ArrangedHost[]
}

/**
 * Filter, sort and group, in this order. A filter on domains keeps every host in sight, those without a match last:
 * what is found shall be dragged somewhere.
 */
export function arrangeBoard(
  fleet: FleetIndex,
  view: Pick<BoardView, 'query' | 'sort' | 'group'>,
  readings: Readings,
): ArrangedGroup[] {
  const query = readBoardQuery(view.query, fleet.fleet)
  const hosts = fleet.fleet.hosts
    .map((host) => filterHost(host, fleet.domainsOfHost.get(host.hostId) ?? noDomains, query))
    .map((arranged) => ({
      ...arranged,
      domains: sortDomains(arranged.domains, view.sort, readings),
    }))
  const groups = new Map<string, ArrangedHost[]>()
  for (const arranged of sortHosts(hosts, view.sort, readings)) {
    const key = groupOf(arranged.host, view.group)
    groups.set(key, [...(groups.get(key) ?? []), arranged])
  }
  return [...groups]
    .sort(([a], [b]) => Number(a === '') - Number(b === '') || compareNames(a, b))
    .map(([key, members]) => ({ key, title: titleOf(key, view.group), hosts: members }))
}

function filterHost(host: Host, domains: readonly Domain[], query: FilterQuery): ArrangedHost {
  if (isWhole(host, query)) return { host, domains, hiddenCount: 0, isMatch: true }
  const found = domains.filter((domain) => isFound(domain, host, query))
  return {
    host,
    domains: found,
    hiddenCount: domains.length - found.length,
    isMatch: found.length > 0,
  }
}

/** A host that is meant itself keeps all its domains. */
function isWhole(host: Host, query: FilterQuery): boolean {
  switch (query.kind) {
    case 'words':
      return query.words.length === 0 || matches(hostHaystack(host), query.words)
    case 'hosts':
      return query.matches(host)
    case 'domains':
      return false
    default:
      return assertNever(query)
  }
}

function isFound(domain: Domain, host: Host, query: FilterQuery): boolean {
  switch (query.kind) {
    case 'words':
      return matches(domainHaystack(domain), query.words)
    case 'hosts':
      return false
    case 'domains':
      return query.matches(domain, host)
    default:
      return assertNever(query)
  }
}

function matches(haystack: string, words: readonly string[]): boolean {
  return words.every((word) => haystack.includes(word))
}

function hostHaystack(host: Host): string {
  return `${host.name} ${labelText(labelsOf(host))}`.toLowerCase()
}

function domainHaystack(domain: Domain): string {
  return `${domain.name} ${domain.os.name} ${domain.os.family} ${domain.kind} ${applicationOf(domain) ?? ''} ${labelText(labelsOf(domain))}`.toLowerCase()
}

/** As they are shown, and as many write them. */
function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value} ${key}:${value}`)
    .join(' ')
}

function sortHosts(
  hosts: readonly ArrangedHost[],
  sort: SortKey,
  readings: Readings,
): ArrangedHost[] {
  return [...hosts].sort(
    (a, b) =>
      Number(b.isMatch) - Number(a.isMatch) ||
      hostOrder(b.host, sort, readings) - hostOrder(a.host, sort, readings) ||
      compareNames(a.host.name, b.host.name),
  )
}

function hostOrder(host: Host, sort: SortKey, readings: Readings): number {
  switch (sort) {
    case 'name':
      return 0
    case 'cpu':
      return known(readings.host(host.hostId, 'cpu'))
    case 'memory':
      return known(hostMemoryRatio(host))
    case 'network':
      return known(hostNetwork(host, readings))
  }
}

/**
 * A patch concerns a few domains and sorting thousands by name costs a frame: a list that is the same object as before
 * has the order of before, unless the order is by readings.
 */
const ordered = new WeakMap<
  readonly Domain[],
  { readonly sort: SortKey; readonly domains: readonly Domain[] }
>()

function sortDomains(
  domains: readonly Domain[],
  sort: SortKey,
  readings: Readings,
): readonly Domain[] {
  const known = ordered.get(domains)
  if (known?.sort === sort && (sort === 'name' || sort === 'memory')) return known.domains
  const sorted = sortAnew(domains, sort, readings)
  ordered.set(domains, { sort, domains: sorted })
  return sorted
}

function sortAnew(domains: readonly Domain[], sort: SortKey, readings: Readings): Domain[] {
  return [...domains].sort(
    (a, b) =>
      domainOrder(b, sort, readings) - domainOrder(a, sort, readings) ||
      compareNames(a.name, b.name),
  )
}

function domainOrder(domain: Domain, sort: SortKey, readings: Readings): number {
  switch (sort) {
    case 'name':
      return 0
    case 'cpu':
      return known(readings.domain(domain.domainId, 'cpu'))
    case 'memory':
      return domain.memCurrentBytes
    case 'network':
      return known(domainNetwork(domain, readings))
  }
}

/** What is not known sorts after everything that is. */
function known(value: number): number {
  return Number.isNaN(value) ? -1 : value
}

function groupOf(host: Host, group: GroupKey): string {
  if (group === 'none') return ''
  if (group === 'pool') return host.pool
  return labelOf(host, group.slice('label:'.length)) ?? ''
}

function titleOf(key: string, group: GroupKey): string | null {
  if (group === 'none') return null
  if (key !== '') return key
  return boardText.groupWithout(group.slice('label:'.length))
}

/** The keys of all host labels, for the choice of grouping. */
export function labelKeys(hosts: readonly Host[]): string[] {
  return [...new Set(hosts.flatMap((host) => Object.keys(labelsOf(host))))].sort(compareNames)
}

/** All shown domains in the order of the screen, for ranges and for going to the next. */
export function orderOf(
  groups: readonly ArrangedGroup[],
): { domainId: Domain['domainId']; hostId: HostId }[] {
  return groups.flatMap((group) =>
    group.hosts.flatMap(({ host, domains }) =>
      domains.map((domain) => ({ domainId: domain.domainId, hostId: host.hostId })),
    ),
  )
}
