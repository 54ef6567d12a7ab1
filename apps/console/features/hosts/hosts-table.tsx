'use client'

import type { Host } from '@drover/api-schema/host.ts'
import { useMemo } from 'react'
import type { FleetIndex } from '../../client/fleet-index.ts'
import { useLook } from '../../client/hooks.ts'
import { type Client, useClient } from '../../client/provider.tsx'
import { type LiveColumns, type Readings, useLiveColumns } from '../../client/use-live-columns.ts'
import { busier } from '../../lib/busier.ts'
import { formatSize } from '../../lib/format.ts'
import { paths } from '../../lib/paths.ts'
import { architectureText, virtualisationText } from '../../lib/text/common.ts'
import { hostsText } from '../../lib/text/hosts.ts'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import type { Selection } from '../../ui/row-selection.tsx'
import type { Sort } from '../../ui/sort-rows.ts'
import { HostBadge } from './host-badge.tsx'
import { heldBytes, statusRank } from './host-view.ts'
import { CpuCell, LoadLine, MemoryCell, NetworkCell } from './live-cells.tsx'

/** All hosts with what they are and how busy they are. */
export function HostsTable({
  hosts,
  fleet,
  sort,
  onSort,
  selection,
}: {
  hosts: readonly Host[]
  fleet: FleetIndex
  sort: Sort
  onSort: (sort: Sort) => void
  selection?: Selection<Host>
}) {
  const hostIds = useMemo(() => fleet.fleet.hosts.map((host) => host.hostId), [fleet.fleet.hosts])
  useLook(hostIds)
  const client = useClient()
  const readings = useMemo(() => readingsFrom(client), [client])
  const live = useLiveColumns(hosts, { keyOf, readings, sortedBy: sort.columnId })
  const columns = columnsFor(fleet, live)
  return (
    <DataTable
      label={hostsText.title}
      rows={hosts}
      columns={columns}
      rowKey={keyOf}
      rowHref={(host) => paths.host(host.hostId)}
      isDimmed={(host) => host.connection.status !== 'online'}
      sort={sort}
      onSort={onSort}
      isFilling
      selection={selection}
      listItem={(host) => (
        <ListItem host={host} domainCount={domainCount(fleet, host)} settledIn={live.settledIn} />
      )}
    />
  )
}

export const hostColumnIds = [
  'host',
  'state',
  'cpu',
  'memory',
  'network',
  'domains',
  'cores',
  'total',
  'vt',
  'xen',
  'pool',
  'agent',
] as const

function domainCount(fleet: FleetIndex, host: Host): number {
  return fleet.domainsOfHost.get(host.hostId)?.length ?? 0
}

type LiveColumnId = 'cpu' | 'memory' | 'network'
type Live = LiveColumns<Host, LiveColumnId>

function keyOf(host: Host): string {
  return host.hostId
}

function readingsFrom({ samples }: Client): Readings<Host, LiveColumnId> {
  return {
    cpu: (host) => samples.latest(host, 'cpu'),
    memory: (host) => heldBytes(host, samples.latest(host, 'memory')),
    network: (host) => busier(samples.latest(host, 'net-rx'), samples.latest(host, 'net-tx')),
  }
}

function columnsFor(fleet: FleetIndex, { settledIn, sortValue }: Live): readonly Column<Host>[] {
  return [
    {
      id: 'host',
      title: hostsText.host,
      cell: (host) => host.name,
      sortValue: (host) => host.name,
    },
    {
      id: 'state',
      title: hostsText.state,
      cell: (host) => <HostBadge host={host} />,
      sortValue: (host) => statusRank[host.connection.status],
    },
    {
      id: 'cpu',
      title: hostsText.cpu,
      align: 'end',
      firstDirection: 'descending',
      cell: (host) => <CpuCell host={host} settled={settledIn('cpu', host)} />,
      sortValue: sortValue('cpu'),
    },
    {
      id: 'memory',
      title: hostsText.memory,
      align: 'end',
      firstDirection: 'descending',
      cell: (host) => <MemoryCell host={host} settled={settledIn('memory', host)} />,
      sortValue: sortValue('memory'),
    },
    {
      id: 'network',
      title: hostsText.network,
      align: 'end',
      firstDirection: 'descending',
      from: 'wide',
      cell: (host) => <NetworkCell host={host} settled={settledIn('network', host)} />,
      sortValue: sortValue('network'),
    },
    {
      id: 'domains',
      title: hostsText.domains,
      align: 'end',
      firstDirection: 'descending',
      cell: (host) => domainCount(fleet, host),
      sortValue: (host) => domainCount(fleet, host),
    },
    ...hardwareColumns,
  ]
}

const hardwareColumns: readonly Column<Host>[] = [
  {
    id: 'cores',
    title: hostsText.cores,
    align: 'end',
    firstDirection: 'descending',
    cell: (host) => host.cpu.pcpuCount,
    sortValue: (host) => host.cpu.pcpuCount,
  },
  {
    id: 'total',
    title: hostsText.memoryTotal,
    align: 'end',
    firstDirection: 'descending',
    from: 'widest',
    cell: (host) => formatSize(host.memTotalBytes),
    sortValue: (host) => host.memTotalBytes,
  },
  {
    id: 'vt',
    title: hostsText.virtualisation,
    from: 'wide',
    cell: (host) => (
      <span title={virtualisationText[host.cpu.virtualisation].long} className="whitespace-nowrap">
        {virtualisationText[host.cpu.virtualisation].short}
        <span className="ml-1.5 text-n10 text-xs">{architectureText[host.cpu.architecture]}</span>
      </span>
    ),
    sortValue: (host) => host.cpu.virtualisation,
  },
  {
    id: 'xen',
    title: hostsText.xen,
    from: 'wide',
    cell: (host) => host.hypervisor.version,
    sortValue: (host) => host.hypervisor.version,
  },
  {
    id: 'pool',
    title: hostsText.pool,
    cell: (host) => host.pool,
    sortValue: (host) => host.pool,
  },
  {
    id: 'agent',
    title: hostsText.agent,
    from: 'widest',
    cell: (host) => host.agentVersion,
    sortValue: (host) => host.agentVersion,
  },
]

function ListItem({
  host,
  domainCount,
  settledIn,
}: {
  host: Host
  domainCount: number
  settledIn: Live['settledIn']
}) {
  return (
    <div className="flex flex-col gap-1 text-n10 text-xs">
      <div className="flex items-center gap-2">
        <span className="min-w-0 grow truncate font-medium text-n12 text-sm">{host.name}</span>
        <span className="whitespace-nowrap">{hostsText.domainCount(domainCount)}</span>
        <HostBadge host={host} />
      </div>
      <LoadLine
        host={host}
        settledCpu={settledIn('cpu', host)}
        settledMemory={settledIn('memory', host)}
      />
    </div>
  )
}
