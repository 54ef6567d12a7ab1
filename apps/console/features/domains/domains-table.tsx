'use client'

import type { Metric } from '@drover/api-schema/telemetry.ts'
import Link from 'next/link'
import { useMemo } from 'react'
import { useNow } from '../../client/hooks.ts'
import { useClient } from '../../client/provider.tsx'
import { gibQuantity } from '../../lib/format.ts'
import { paths } from '../../lib/paths.ts'
import { domainKindText } from '../../lib/text/common.ts'
import { domainsText } from '../../lib/text/domains.ts'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { QuantityText } from '../../ui/quantity.tsx'
import type { Sort } from '../../ui/sort-rows.ts'
import { DomainBadge } from './domain-badge.tsx'
import { type DomainRow, ofAllVcpus, statusRank } from './domain-view.ts'
import { CpuCell, DiskCell, NetworkCell } from './live-cells.tsx'

/** Rows sorted by a reading settle this often; values follow every second, rows must not dance. */
const settleMs = 5000

export const domainColumnIds = [
  'domain',
  'state',
  'host',
  'kind',
  'os',
  'application',
  'cpu',
  'vcpus',
  'memory',
  'network',
  'disk',
] as const

/** Domains with live values: of the whole fleet, or of one host (then without its column). */
export function DomainsTable({
  rows,
  sort,
  onSort,
  hasHost = true,
}: {
  rows: readonly DomainRow[]
  sort: Sort
  onSort: (sort: Sort) => void
  hasHost?: boolean
}) {
  const { samples } = useClient()
  useNow(settleMs)
  const columns = useMemo(() => {
    const all = [...factColumns, ...liveColumns(samples)]
    return hasHost ? all : all.filter((column) => column.id !== 'host')
  }, [samples, hasHost])
  return (
    <DataTable
      label={domainsText.title}
      rows={rows}
      columns={columns}
      rowKey={(row) => row.domain.domainId}
      rowHref={(row) => paths.domain(row.domain.domainId)}
      isDimmed={(row) => row.host.connection.status !== 'online'}
      sort={sort}
      onSort={onSort}
      isFilling={hasHost}
      listItem={(row) => <ListItem row={row} hasHost={hasHost} />}
    />
  )
}

const factColumns: readonly Column<DomainRow>[] = [
  {
    id: 'domain',
    title: domainsText.domain,
    cell: ({ domain }) => domain.name,
    sortValue: ({ domain }) => domain.name,
  },
  {
    id: 'state',
    title: domainsText.state,
    cell: ({ domain }) => <DomainBadge domain={domain} />,
    sortValue: ({ domain }) => statusRank[domain.state.status],
  },
  {
    id: 'host',
    title: domainsText.host,
    cell: ({ host }) => (
      <Link
        href={paths.host(host.hostId)}
        prefetch={false}
        className="relative z-1 hover:underline"
      >
        {host.name}
      </Link>
    ),
    sortValue: ({ host }) => host.name,
  },
  {
    id: 'kind',
    title: domainsText.kind,
    cell: ({ domain }) => (
      <span title={domainKindText[domain.kind].long}>{domainKindText[domain.kind].short}</span>
    ),
    sortValue: ({ domain }) => domain.kind,
  },
  {
    id: 'os',
    title: domainsText.os,
    from: 'wide',
    cell: ({ domain }) => domain.os.name,
    sortValue: ({ domain }) => domain.os.name,
  },
  {
    id: 'application',
    title: domainsText.application,
    from: 'wide',
    cell: ({ domain }) => domain.application,
    sortValue: ({ domain }) => domain.application,
  },
]

type Samples = ReturnType<typeof useClient>['samples']

function liveColumns(samples: Samples): readonly Column<DomainRow>[] {
  const latest = (row: DomainRow, metric: Metric) => {
    const value = samples.domainRing(row.domain.domainId)?.latest(metric) ?? Number.NaN
    return Number.isNaN(value) ? null : value
  }
  const both = (row: DomainRow, one: Metric, other: Metric) => {
    const [a, b] = [latest(row, one), latest(row, other)]
    return a === null && b === null ? null : (a ?? 0) + (b ?? 0)
  }
  return [
    {
      id: 'cpu',
      title: domainsText.cpu,
      align: 'end',
      firstDirection: 'descending',
      cell: (row) => <CpuCell row={row} />,
      sortValue: (row) => ofAllVcpus(latest(row, 'cpu'), row.domain),
    },
    {
      id: 'vcpus',
      title: domainsText.vcpus,
      align: 'end',
      firstDirection: 'descending',
      cell: ({ domain }) => domain.vcpuCount,
      sortValue: ({ domain }) => domain.vcpuCount,
    },
    {
      id: 'memory',
      title: domainsText.memory,
      align: 'end',
      firstDirection: 'descending',
      cell: ({ domain }) => <QuantityText quantity={gibQuantity(domain.memCurrentBytes)} />,
      sortValue: ({ domain }) => domain.memCurrentBytes,
    },
    {
      id: 'network',
      title: domainsText.network,
      align: 'end',
      firstDirection: 'descending',
      from: 'wide',
      cell: (row) => <NetworkCell row={row} />,
      sortValue: (row) => both(row, 'net-rx', 'net-tx'),
    },
    {
      id: 'disk',
      title: domainsText.disk,
      align: 'end',
      firstDirection: 'descending',
      from: 'wide',
      cell: (row) => <DiskCell row={row} />,
      sortValue: (row) => both(row, 'disk-read', 'disk-write'),
    },
  ]
}

function ListItem({ row, hasHost }: { row: DomainRow; hasHost: boolean }) {
  const { domain, host } = row
  return (
    <div className="grid grid-cols-[1fr_auto] items-center gap-x-3 text-n10 text-xs">
      <span className="flex min-w-0 items-center gap-2">
        <span className="truncate font-medium text-n12 text-sm">{domain.name}</span>
        <DomainBadge domain={domain} />
      </span>
      <CpuCell row={row} />
      <span className="truncate">
        {[hasHost ? host.name : null, domainKindText[domain.kind].short, domain.os.name]
          .filter((part) => part !== null)
          .join(' · ')}
      </span>
      <span className="text-right">
        <QuantityText quantity={gibQuantity(domain.memCurrentBytes)} />
      </span>
    </div>
  )
}
