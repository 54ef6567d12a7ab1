'use client'

import { useQuery } from '@tanstack/react-query'
import { SearchX } from 'lucide-react'
import Link from 'next/link'
import { useNow, useReadTrouble } from '../../client/hooks.ts'
import { queries, useFleet } from '../../client/queries.ts'
import { formatPercent } from '../../lib/format.ts'
import { paths } from '../../lib/paths.ts'
import { commonText } from '../../lib/text/common.ts'
import { migrationsText } from '../../lib/text/migrations.ts'
import { groupText } from '../../lib/text/queue.ts'
import { buttonClass } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { PageHead, PageSection } from '../../ui/page-head.tsx'
import { PageSkeleton } from '../../ui/page-skeleton.tsx'
import { Ring } from '../../ui/ring.tsx'
import { useDocumentTitle } from '../../ui/use-document-title.ts'
import { EndedMigrations } from './ended-migrations.tsx'
import { CancelRest, GroupFigures, groupTitle, useProgressOf } from './group-parts.tsx'
import { progressText } from './group-row.tsx'
import { inGroupOrder, type MigrationGroup, summaryOf } from './group-view.ts'
import { isEndedMigration, isOpenMigration } from './migration-view.ts'
import { OpenMigrations } from './open-migrations.tsx'
import { queueOf } from './queue-view.ts'

/** A group by its address: the newest picture of each from the live fleet, those it has no more from what was read. */
export function GroupPage({ groupId }: { groupId: string }) {
  const fleet = useFleet()?.fleet
  const read = useQuery(queries.migrationGroup(groupId))
  const trouble = useReadTrouble(read)
  const live = (fleet?.migrations ?? []).filter((migration) => migration.groupId === groupId)
  const members = [
    ...new Map(
      [...(read.data ?? []), ...live].map((migration) => [migration.migrationId, migration]),
    ).values(),
  ]
  if (members.length > 0) return <Details group={{ groupId, members }} />
  if (trouble !== null) {
    return (
      <ErrorState
        title={commonText.cannotRead}
        message={trouble.message}
        onRetry={() => void read.refetch()}
      />
    )
  }
  if (read.data === undefined || fleet === undefined) return <PageSkeleton />
  return (
    <EmptyState
      icon={<SearchX size={28} strokeWidth={1.5} />}
      title={groupText.notFound}
      body={migrationsText.notFoundHint}
      action={
        <Link href={paths.migrations()} className={buttonClass()}>
          {migrationsText.toMigrations}
        </Link>
      }
    />
  )
}

function Details({ group }: { group: MigrationGroup }) {
  const now = useNow()
  const fleet = useFleet()
  const summary = summaryOf(group.members, useProgressOf())
  const title = groupTitle(summary)
  useDocumentTitle(title)
  const members = inGroupOrder(group.members, fleet === undefined ? [] : queueOf(fleet, now).order)
  const open = members.filter(isOpenMigration)
  const ended = members.filter(isEndedMigration)
  return (
    <>
      <PageHead
        back={{ href: paths.migrations(), label: migrationsText.toMigrations }}
        title={title}
        badges={
          summary.isOpen && (
            <Ring
              label={groupText.ringLabel(title, formatPercent(summary.ratio))}
              ratio={summary.ratio ?? 0}
              size={20}
            />
          )
        }
        facts={progressText(summary)}
        actions={summary.isOpen && <CancelRest group={group} summary={summary} />}
      />
      <div className="px-4 pb-4">
        <GroupFigures summary={summary} />
        {summary.isOpen && <p className="pt-1 text-n10 text-xs">{groupText.toGoHint}</p>}
      </div>
      {open.length > 0 && (
        <PageSection title={migrationsText.open}>
          <div className="pt-2">
            <OpenMigrations migrations={open} />
          </div>
        </PageSection>
      )}
      {ended.length > 0 && (
        <PageSection title={migrationsText.past}>
          <EndedMigrations label={migrationsText.past} migrations={ended} />
        </PageSection>
      )}
    </>
  )
}
