'use client'

import type { Domain } from '@drover/api-schema/domain.ts'
import { Boxes } from 'lucide-react'
import Link from 'next/link'
import { type ReactNode, useMemo, useState } from 'react'
import { readDomainQuery } from '../../client/filter-query.ts'
import { useFleet } from '../../client/queries.ts'
import { useFilterLanguage } from '../../client/selectors.ts'
import { paths } from '../../lib/paths.ts'
import { tableText } from '../../lib/text/charts.ts'
import { domainKindText, domainStatusText, osFamilyText } from '../../lib/text/common.ts'
import { domainsText } from '../../lib/text/domains.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { FilterBar } from '../../ui/filter-bar.tsx'
import { ListSkeleton } from '../../ui/list-skeleton.tsx'
import { PageHead } from '../../ui/page-head.tsx'
import { Select } from '../../ui/select.tsx'
import { formatSort, parseSort } from '../../ui/sort-rows.ts'
import { useAddressParams } from '../../ui/use-address-params.ts'
import {
  applicationsOf,
  type DomainFilter,
  domainKinds,
  domainStatuses,
  matchesDomainFilter,
  osFamilies,
  rowsOf,
} from './domain-view.ts'
import { DomainsTable, domainColumnIds } from './domains-table.tsx'

type Params = ReturnType<typeof useAddressParams>

function filterFrom(params: Params, applications: readonly string[]): DomainFilter {
  const status = params.get('state')
  return {
    text: params.get('q') ?? '',
    status:
      status === 'migrating' ? status : (domainStatuses.find((one) => one === status) ?? null),
    kind: domainKinds.find((one) => one === params.get('type')) ?? null,
    os: osFamilies.find((one) => one === params.get('system')) ?? null,
    application: applications.find((one) => one === params.get('application')) ?? null,
  }
}

const nothing: ReadonlySet<string> = new Set()

/**
 * All domains in one table. Filters and sorting are in the address. What can be done to several belongs to other features, so the
 * route hands it in.
 */
export function DomainsPage({
  forSelected,
}: {
  forSelected: (domains: readonly Domain[], onClear: () => void) => ReactNode
}) {
  const [selected, setSelected] = useState(nothing)
  const fleet = useFleet()
  const params = useAddressParams()
  const rows = useMemo(
    () => (fleet === undefined ? [] : rowsOf(fleet.fleet.domains, fleet.hosts)),
    [fleet],
  )
  const applications = useMemo(() => applicationsOf(fleet?.fleet.domains ?? []), [fleet])
  const filter = filterFrom(params, applications)
  const sort = parseSort(params.get('sort'), domainColumnIds, {
    columnId: 'domain',
    direction: 'ascending',
  })
  const query = useMemo(() => readDomainQuery(filter.text), [filter.text])
  const shown = rows.filter((row) => matchesDomainFilter(row, filter, query))
  return (
    <div className="flex h-full flex-col">
      <PageHead
        title={domainsText.title}
        {...(fleet === undefined ? {} : { count: tableText.rowCount(shown.length, rows.length) })}
      />
      <Filters params={params} filter={filter} applications={applications} />
      {forSelected(
        rows.flatMap(({ domain }) => (selected.has(domain.domainId) ? [domain] : [])),
        () => setSelected(nothing),
      )}
      <div className="min-h-0 grow">
        {fleet === undefined ? (
          <ListSkeleton rows={14} />
        ) : rows.length === 0 ? (
          <EmptyState
            icon={<Boxes size={28} strokeWidth={1.5} />}
            title={domainsText.none}
            body={domainsText.noneHint}
            action={
              <Link href={paths.hosts()} className={buttonClass()}>
                {domainsText.toHosts}
              </Link>
            }
          />
        ) : shown.length === 0 ? (
          <EmptyState
            title={domainsText.noneMatch}
            body={domainsText.noneMatchHint}
            action={
              <Button
                onClick={() =>
                  params.set({ q: null, state: null, type: null, system: null, application: null })
                }
              >
                {domainsText.clearFilters}
              </Button>
            }
          />
        ) : (
          <DomainsTable
            rows={shown}
            sort={sort}
            onSort={(next) => params.set({ sort: formatSort(next) })}
            selection={{
              keys: selected,
              onChange: setSelected,
              selectAll: tableText.selectAll,
              selectRow: ({ domain }) => tableText.selectRow(domain.name),
            }}
          />
        )}
      </div>
    </div>
  )
}

function Filters({
  params,
  filter,
  applications,
}: {
  params: Params
  filter: DomainFilter
  applications: readonly string[]
}) {
  const language = useFilterLanguage('domain')
  const choice = (name: string, value: string) =>
    params.set({ [name]: value === 'all' ? null : value })
  return (
    <FilterBar
      label={domainsText.filter}
      text={filter.text}
      onText={(text) => params.set({ q: text })}
      language={language}
    >
      <Select
        label={domainsText.filterState}
        isLabelShown
        value={filter.status ?? 'all'}
        onChange={(value) => choice('state', value)}
        options={[
          { value: 'all', label: domainsText.all },
          ...domainStatuses.map((value) => ({ value, label: domainStatusText[value] })),
          { value: 'migrating', label: domainsText.migrating },
        ]}
      />
      <Select
        label={domainsText.filterKind}
        isLabelShown
        value={filter.kind ?? 'all'}
        onChange={(value) => choice('type', value)}
        options={[
          { value: 'all', label: domainsText.all },
          ...domainKinds.map((value) => ({ value, label: domainKindText[value].short })),
        ]}
      />
      <Select
        label={domainsText.filterOs}
        isLabelShown
        value={filter.os ?? 'all'}
        onChange={(value) => choice('system', value)}
        options={[
          { value: 'all', label: domainsText.all },
          ...osFamilies.map((value) => ({ value, label: osFamilyText[value] })),
        ]}
      />
      <Select
        label={domainsText.filterApplication}
        isLabelShown
        value={filter.application ?? 'all'}
        onChange={(value) => choice('application', value)}
        options={[
          { value: 'all', label: domainsText.all },
          ...applications.map((value) => ({ value, label: value })),
        ]}
      />
    </FilterBar>
  )
}
