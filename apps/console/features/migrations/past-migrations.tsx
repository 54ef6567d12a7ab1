'use client'

import type { DomainId } from '@drover/api-schema/ids.ts'
import { useInfiniteQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useReadTrouble } from '../../client/hooks.ts'
import { queries, useFleet } from '../../client/queries.ts'
import { migrationsText } from '../../lib/text/migrations.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { ListSkeleton } from '../../ui/list-skeleton.tsx'
import { EndedMigrations } from './ended-migrations.tsx'
import { type EndedMigration, mergeEnded } from './migration-view.ts'

/**
 * Past migrations as far as they were read, newest first: those that ended while this page looked on come from the
 * live fleet, older ones page by page over HTTP.
 */
export function PastMigrations({
  label,
  domainId,
  isWanted,
  empty,
}: {
  label: string
  domainId?: DomainId
  isWanted: (migration: EndedMigration) => boolean
  empty: ReactNode
}) {
  const fleet = useFleet()?.fleet
  const read = useInfiniteQuery(queries.endedMigrations(domainId === undefined ? {} : { domainId }))
  const trouble = useReadTrouble(read)
  if (read.data === undefined && trouble !== null) {
    return (
      <ErrorState
        title={migrationsText.pastUnread}
        message={trouble.message}
        onRetry={() => void read.refetch()}
      />
    )
  }
  if (fleet === undefined || read.data === undefined) return <ListSkeleton rows={4} />
  const pages = read.data.pages.flatMap((page) => page.migrations)
  const shown = mergeEnded(pages, fleet.migrations).filter(isWanted)
  return (
    <>
      {shown.length === 0 ? empty : <EndedMigrations label={label} migrations={shown} />}
      {read.hasNextPage && (
        <div className="flex justify-center p-3">
          <Button
            size="sm"
            isBusy={read.isFetchingNextPage}
            onClick={() => void read.fetchNextPage()}
          >
            {read.isFetchingNextPage ? migrationsText.loadingMore : migrationsText.loadMore}
          </Button>
        </div>
      )}
    </>
  )
}
