'use client'

import type { AuditEntry } from '@drover/api-schema/user.ts'
import { useInfiniteQuery } from '@tanstack/react-query'
import { ScrollText } from 'lucide-react'
import { useReadTrouble } from '../../client/hooks.ts'
import { queries } from '../../client/queries.ts'
import { formatMoment, formatMomentWithZone } from '../../lib/format.ts'
import { commonText } from '../../lib/text/common.ts'
import { auditText } from '../../lib/text/settings.ts'
import { Button } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { ListSkeleton } from '../../ui/list-skeleton.tsx'
import { SettingsHead } from './settings-head.tsx'

const noSort = { columnId: '', direction: 'descending' } as const

/** Who did what, newest first, page by page. */
export function AuditPage() {
  const audit = useInfiniteQuery(queries.audit())
  const trouble = useReadTrouble(audit)
  return (
    <>
      <SettingsHead intro={auditText.intro} />
      {audit.data === undefined ? (
        trouble === null ? (
          <ListSkeleton rows={10} />
        ) : (
          <ErrorState
            title={commonText.cannotRead}
            message={trouble.message}
            onRetry={() => void audit.refetch()}
          />
        )
      ) : (
        <Entries entries={audit.data.pages.flatMap((page) => page.entries)} />
      )}
      {audit.data !== undefined && (
        <div className="flex justify-center p-3">
          {audit.hasNextPage ? (
            <Button
              size="sm"
              isBusy={audit.isFetchingNextPage}
              onClick={() => void audit.fetchNextPage()}
            >
              {audit.isFetchingNextPage ? auditText.loadingMore : auditText.loadMore}
            </Button>
          ) : (
            <p className="text-n10 text-xs">{auditText.end}</p>
          )}
        </div>
      )}
    </>
  )
}

const columns: readonly Column<AuditEntry>[] = [
  {
    id: 'at',
    title: auditText.at,
    width: '160px',
    cell: (entry) => (
      <time
        dateTime={new Date(entry.at).toISOString()}
        title={formatMomentWithZone(entry.at)}
        className="font-normal whitespace-nowrap text-n10"
      >
        {formatMoment(entry.at)}
      </time>
    ),
  },
  { id: 'actor', title: auditText.actor, cell: (entry) => entry.actor },
  {
    id: 'action',
    title: auditText.action,
    cell: (entry) => <code className="font-mono text-n12 text-xs">{entry.action}</code>,
  },
  {
    id: 'subject',
    title: auditText.subject,
    cell: (entry) => <span className="[overflow-wrap:anywhere]">{entry.subject}</span>,
  },
  {
    id: 'detail',
    title: auditText.detail,
    width: '40%',
    cell: (entry) => <span className="text-n10 [overflow-wrap:anywhere]">{entry.detail}</span>,
  },
]

function Entries({ entries }: { entries: readonly AuditEntry[] }) {
  if (entries.length === 0) {
    return (
      <EmptyState
        icon={<ScrollText size={28} strokeWidth={1.5} />}
        title={auditText.none}
        body={auditText.noneHint}
      />
    )
  }
  return (
    <DataTable
      label={auditText.title}
      rows={entries}
      columns={columns}
      rowKey={(entry) => String(entry.auditEntryId)}
      sort={noSort}
      onSort={() => {}}
      listItem={(entry) => (
        <div className="text-n10 text-xs">
          <p className="flex justify-between gap-3">
            <span className="font-medium text-n12 text-sm">{entry.actor}</span>
            <time dateTime={new Date(entry.at).toISOString()}>{formatMoment(entry.at)}</time>
          </p>
          <p className="truncate">
            <code className="font-mono text-n11">{entry.action}</code> {entry.subject}
          </p>
          <p className="truncate">{entry.detail}</p>
        </div>
      )}
    />
  )
}
