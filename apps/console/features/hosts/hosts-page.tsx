'use client'

import type { Host } from '@drover/api-schema/host.ts'
import { Server } from 'lucide-react'
import Link from 'next/link'
import { type ReactNode, useMemo, useState } from 'react'
import { readHostQuery } from '../../client/filter-query.ts'
import { useFleet, useSession } from '../../client/queries.ts'
import { useFilterLanguage } from '../../client/selectors.ts'
import { paths } from '../../lib/paths.ts'
import { tableText } from '../../lib/text/charts.ts'
import { hostConnectionText } from '../../lib/text/common.ts'
import { hostsText } from '../../lib/text/hosts.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { FilterBar } from '../../ui/filter-bar.tsx'
import { ListSkeleton } from '../../ui/list-skeleton.tsx'
import { PageHead } from '../../ui/page-head.tsx'
import { Select } from '../../ui/select.tsx'
import { formatSort, parseSort } from '../../ui/sort-rows.ts'
import { useAddressParams } from '../../ui/use-address-params.ts'
import { type HostFilter, hostStatuses, matchesHostFilter, poolsOf } from './host-view.ts'
import { HostsTable, hostColumnIds } from './hosts-table.tsx'

const statusLabel: Record<(typeof hostStatuses)[number], string> = {
  ...hostConnectionText,
  maintenance: hostsText.inMaintenance,
}

const nothing: ReadonlySet<string> = new Set()

/**
 * All hosts in one table. Filters and sorting are in the address. What can be done to several belongs to other features, so the
 * route hands it in.
 */
export function HostsPage({
  forSelected,
}: {
  forSelected: (hosts: readonly Host[], onClear: () => void) => ReactNode
}) {
  const [selected, setSelected] = useState(nothing)
  const fleet = useFleet()
  const params = useAddressParams()
  const hosts = fleet?.fleet.hosts ?? []
  const pools = poolsOf(hosts)
  const filter: HostFilter = {
    text: params.get('q') ?? '',
    status: hostStatuses.find((status) => status === params.get('state')) ?? null,
    pool: pools.find((pool) => pool === params.get('pool')) ?? null,
  }
  const sort = parseSort(params.get('sort'), hostColumnIds, {
    columnId: 'host',
    direction: 'ascending',
  })
  const language = useFilterLanguage('host')
  const query = useMemo(() => readHostQuery(filter.text), [filter.text])
  const shown = hosts.filter((host) => matchesHostFilter(host, filter, query))
  return (
    <div className="flex h-full flex-col">
      <PageHead
        title={hostsText.title}
        {...(fleet === undefined ? {} : { count: tableText.rowCount(shown.length, hosts.length) })}
      />
      <FilterBar
        label={hostsText.filter}
        text={filter.text}
        onText={(text) => params.set({ q: text })}
        language={language}
      >
        <Select
          label={hostsText.filterState}
          isLabelShown
          value={filter.status ?? 'all'}
          onChange={(value) => params.set({ state: value === 'all' ? null : value })}
          options={[
            { value: 'all', label: hostsText.all },
            ...hostStatuses.map((status) => ({ value: status, label: statusLabel[status] })),
          ]}
        />
        <Select
          label={hostsText.filterPool}
          isLabelShown
          value={filter.pool ?? 'all'}
          onChange={(value) => params.set({ pool: value === 'all' ? null : value })}
          options={[
            { value: 'all', label: hostsText.all },
            ...pools.map((pool) => ({ value: pool, label: pool })),
          ]}
        />
      </FilterBar>
      {forSelected(
        hosts.filter(({ hostId }) => selected.has(hostId)),
        () => setSelected(nothing),
      )}
      <div className="min-h-0 grow">
        {fleet === undefined ? (
          <ListSkeleton />
        ) : hosts.length === 0 ? (
          <NoHosts />
        ) : shown.length === 0 ? (
          <EmptyState
            title={hostsText.noneMatch}
            body={hostsText.noneMatchHint}
            action={
              <Button onClick={() => params.set({ q: null, state: null, pool: null })}>
                {hostsText.clearFilters}
              </Button>
            }
          />
        ) : (
          <HostsTable
            hosts={shown}
            fleet={fleet}
            sort={sort}
            onSort={(next) => params.set({ sort: formatSort(next) })}
            selection={{
              keys: selected,
              onChange: setSelected,
              selectAll: tableText.selectAll,
              selectRow: ({ name }) => tableText.selectRow(name),
            }}
          />
        )}
      </div>
    </div>
  )
}

function NoHosts() {
  const isAdmin = useSession()?.role === 'admin'
  return (
    <EmptyState
      icon={<Server size={28} strokeWidth={1.5} />}
      title={hostsText.none}
      body={isAdmin ? hostsText.noneHint : hostsText.noneHintForOthers}
      action={
        isAdmin && (
          <Link href={paths.settingsTokens()} className={buttonClass('primary')}>
            {hostsText.toSettings}
          </Link>
        )
      }
    />
  )
}
