'use client'

import { applicationOf } from '@drover/api-schema/labels.ts'
import Link from 'next/link'
import { useMemo } from 'react'
import { type Client, useClient } from '../../client/provider.tsx'
import { type LiveColumns, type Readings, useLiveColumns } from '../../client/use-live-columns.ts'
import { busier } from '../../lib/busier.ts'
import { memoryQuantity } from '../../lib/format.ts'
import { paths } from '../../lib/paths.ts'
import { domainKindText } from '../../lib/text/common.ts'
import { domainsText } from '../../lib/text/domains.ts'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { QuantityText } from '../../ui/quantity.tsx'
import type { Selection } from '../../ui/row-selection.tsx'
import type { Sort } from '../../ui/sort-rows.ts'
import { DomainBadge } from './domain-badge.tsx'
import { type DomainRow, ofAllVcpus, statusRank } from './domain-view.ts'
import { CpuCell, DiskCell, NetworkCell, sum } from './live-cells.tsx'

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
  selection,
}: {
  rows: readonly DomainRow[]
  sort: Sort
  onSort: (sort: Sort) => void
  hasHost?: boolean
  selection?: Selection<DomainRow>
}) {
  const client = useClient()
  const readings = useMemo(() => readingsFrom(client), [client])
  const live = useLiveColumns(rows, { keyOf, readings, sortedBy: sort.columnId })
  const all = [...factColumns, ...liveColumns(live)]
  const columns = hasHost ? all : all.filter((column) => column.id !== 'host')
  return (
    <DataTable
      label={domainsText.title}
      rows={rows}
      columns={columns}
      rowKey={keyOf}
      rowHref={(row) => paths.domain(row.domain.domainId)}
      isDimmed={(row) => row.host.connection.status !== 'online'}
      sort={sort}
      onSort={onSort}
      isFilling={hasHost}
      selection={selection}
      listItem={(row) => <ListItem row={row} hasHost={hasHost} cpu={live.settledIn('cpu', row)} />}
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
    cell: ({ domain }) => applicationOf(domain),
    sortValue: ({ domain }) => applicationOf(domain),
  },
]

type LiveColumnId = 'cpu' | 'network' | 'disk'

function keyOf(row: DomainRow): string {
  return row.domain.domainId
}

function readingsFrom({ samples }: Client): Readings<DomainRow, LiveColumnId> {
  return {
    cpu: ({ domain }) => ofAllVcpus(samples.latest(domain, 'cpu'), domain),
    network: ({ domain }) =>
      busier(samples.latest(domain, 'net-rx'), samples.latest(domain, 'net-tx')),
    disk: ({ domain }) =>
      sum(samples.latest(domain, 'disk-read'), samples.latest(domain, 'disk-write')),
  }
}

function liveColumns({
  settledIn,
  sortValue,
}: LiveColumns<DomainRow, LiveColumnId>): readonly Column<DomainRow>[] {
  return [
    {
      id: 'cpu',
      title: domainsText.cpu,
      align: 'end',
      firstDirection: 'descending',
      cell: (row) => <CpuCell row={row} settled={settledIn('cpu', row)} />,
      sortValue: sortValue('cpu'),
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
      cell: ({ domain }) => <QuantityText quantity={memoryQuantity(domain.memCurrentBytes)} />,
      sortValue: ({ domain }) => domain.memCurrentBytes,
    },
    {
      id: 'network',
      title: domainsText.network,
      align: 'end',
      firstDirection: 'descending',
      from: 'wide',
      cell: (row) => <NetworkCell row={row} settled={settledIn('network', row)} />,
      sortValue: sortValue('network'),
    },
    {
      id: 'disk',
      title: domainsText.disk,
      align: 'end',
      firstDirection: 'descending',
      from: 'wide',
      cell: (row) => <DiskCell row={row} settled={settledIn('disk', row)} />,
      sortValue: sortValue('disk'),
    },
  ]
}

function ListItem({
  row,
  hasHost,
  cpu,
}: {
  row: DomainRow
  hasHost: boolean
  cpu: number | null | undefined
}) {
  const { domain, host } = row
  return (
    <div className="grid grid-cols-[1fr_auto] items-center gap-x-3 text-n10 text-xs">
      <span className="flex min-w-0 items-center gap-2">
        <span className="truncate font-medium text-n12 text-sm">{domain.name}</span>
        <DomainBadge domain={domain} />
      </span>
      <CpuCell row={row} settled={cpu} />
      <span className="truncate">
        {[hasHost ? host.name : null, domainKindText[domain.kind].short, domain.os.name]
          .filter((part) => part !== null)
          .join(' · ')}
      </span>
      <span className="text-right">
        <QuantityText quantity={memoryQuantity(domain.memCurrentBytes)} />
      </span>
    </div>
  )
}
