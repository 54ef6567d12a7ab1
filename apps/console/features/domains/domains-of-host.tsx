'use client'

import type { HostId } from '@drover/api-schema/ids.ts'
import { useMemo, useState } from 'react'
import { useDomainsOf, useHost } from '../../client/queries.ts'
import { tableText } from '../../lib/text/charts.ts'
import { domainsText } from '../../lib/text/domains.ts'
import { PageSection } from '../../ui/page-head.tsx'
import type { Sort } from '../../ui/sort-rows.ts'
import { DomainsTable } from './domains-table.tsx'

/** The domains of one host, as a section of its page. */
export function DomainsOfHost({ hostId }: { hostId: HostId }) {
  const host = useHost(hostId)
  const domains = useDomainsOf(hostId)
  const [sort, setSort] = useState<Sort>({ columnId: 'cpu', direction: 'descending' })
  const rows = useMemo(
    () =>
      host === undefined || host === null
        ? []
        : (domains ?? []).map((domain) => ({ domain, host })),
    [host, domains],
  )
  return (
    <PageSection
      title={domainsText.title}
      aside={
        <span className="text-n10 text-sm">{tableText.rowCount(rows.length, rows.length)}</span>
      }
    >
      {rows.length === 0 ? (
        <p role="status" className="px-4 pt-1 pb-4 text-n10 text-sm">
          {domainsText.noneHere}
        </p>
      ) : (
        <DomainsTable rows={rows} sort={sort} onSort={setSort} hasHost={false} />
      )}
    </PageSection>
  )
}
