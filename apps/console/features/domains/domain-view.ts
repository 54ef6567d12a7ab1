import type { Domain, DomainKind, DomainStatus, OsFamily } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import { applicationOf, labelsOf } from '@drover/api-schema/labels.ts'
import { type FilterQuery, readDomainQuery } from '../../client/filter-query.ts'
import { compareNames } from '../../lib/compare-names.ts'
import { domainKindText, osFamilyText } from '../../lib/text/common.ts'

/** What a domain's row and page derive from its facts. */

/** A domain beside the host it is on; a row of the table. */
export type DomainRow = { readonly domain: Domain; readonly host: Host }

export const domainStatuses = [
  'running',
  'paused',
  'shutting-down',
  'shut-off',
  'crashed',
] as const satisfies readonly DomainStatus[]
export const domainKinds = ['pv', 'hvm', 'pvh'] as const satisfies readonly DomainKind[]
export const osFamilies = [
  'linux',
  'windows',
  'bsd',
  'solaris',
  'other',
] as const satisfies readonly OsFamily[]

export type DomainFilter = {
  readonly text: string
  readonly status: DomainStatus | 'migrating' | null
  readonly kind: DomainKind | null
  readonly os: OsFamily | null
  readonly application: string | null
}

/** `query`: what the text of the filter says. */
export function matchesDomainFilter(
  { domain, host }: DomainRow,
  filter: DomainFilter,
  query: FilterQuery = readDomainQuery(filter.text),
): boolean {
  if (filter.status === 'migrating' && domain.migrationId === null) return false
  if (
    filter.status !== null &&
    filter.status !== 'migrating' &&
    domain.state.status !== filter.status
  ) {
    return false
  }
  if (filter.kind !== null && domain.kind !== filter.kind) return false
  if (filter.os !== null && domain.os.family !== filter.os) return false
  if (filter.application !== null && applicationOf(domain) !== filter.application) return false
  if (query.kind === 'domains') return query.matches(domain, host)
  const wanted = filter.text.trim().toLowerCase()
  if (wanted === '') return true
  return wordsOf(domain, host).some((word) => word.toLowerCase().includes(wanted))
}

function wordsOf(domain: Domain, host: Host): string[] {
  return [
    domain.name,
    host.name,
    domain.os.name,
    osFamilyText[domain.os.family],
    domainKindText[domain.kind].short,
    applicationOf(domain) ?? '',
    ...Object.entries(labelsOf(domain)).map(([key, value]) => `${key}=${value}`),
    ...domain.vifs.map((vif) => vif.mac),
  ]
}

/** Applications of the domains, each once, in reading order. */
export function applicationsOf(domains: readonly Domain[]): string[] {
  const names = domains.map(applicationOf)
  return [...new Set(names.filter((name) => name !== null))].sort(compareNames)
}

/** Each domain with its host; one whose host is not known yet is left out until it is. */
export function rowsOf(
  domains: readonly Domain[],
  hosts: ReadonlyMap<Host['hostId'], Host>,
): DomainRow[] {
  const rows: DomainRow[] = []
  for (const domain of domains) {
    const host = hosts.get(domain.hostId)
    if (host !== undefined) rows.push({ domain, host })
  }
  return rows
}

/** Trouble first. */
export const statusRank: Record<DomainStatus, number> = {
  crashed: 0,
  paused: 1,
  'shutting-down': 2,
  running: 3,
  'shut-off': 4,
}

/** A share of all its vCPUs, 0 to 1; readings count 1 for each whole pCPU. */
export function ofAllVcpus(
  reading: number | null,
  domain: Pick<Domain, 'vcpuCount'>,
): number | null {
  return reading === null ? null : reading / domain.vcpuCount
}
