'use client'

import type { MigrationEnding } from '@drover/api-schema/migration.ts'
import { migrationEndings } from '@drover/api-schema/migration.ts'
import { Route as RouteIcon } from 'lucide-react'
import Link from 'next/link'
import { useNow } from '../../client/hooks.ts'
import { useFleet, useOpenMigrations } from '../../client/queries.ts'
import { paths } from '../../lib/paths.ts'
import { migrationPhaseText } from '../../lib/text/common.ts'
import { migrationsText } from '../../lib/text/migrations.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { FilterBar } from '../../ui/filter-bar.tsx'
import { ListSkeleton } from '../../ui/list-skeleton.tsx'
import { PageHead, PageSection } from '../../ui/page-head.tsx'
import { SegmentedControl } from '../../ui/segmented-control.tsx'
import { useAddressParams } from '../../ui/use-address-params.ts'
import { GroupRow } from './group-row.tsx'
import { groupsOf, newestTries } from './group-view.ts'
import {
  inRunningOrder,
  isOpenMigration,
  type MigrationFilter,
  matchesFilter,
} from './migration-view.ts'
import { OpenMigrations } from './open-migrations.tsx'
import { PastMigrations } from './past-migrations.tsx'
import { PredictionAccuracy } from './prediction-accuracy.tsx'
import { queueOf } from './queue-view.ts'

const isEnding = (text: string | null): text is MigrationEnding =>
  migrationEndings.some((ending) => ending === text)

/** Everything that moves, waits to move, and has moved. */
export function MigrationsPage() {
  const params = useAddressParams()
  const outcome = params.get('outcome')
  const filter: MigrationFilter = {
    text: params.get('q') ?? '',
    outcome: isEnding(outcome) ? outcome : null,
  }
  const isFiltered = filter.text !== '' || filter.outcome !== null
  const clear = () => params.set({ q: null, outcome: null })
  return (
    <>
      <PageHead title={migrationsText.title} />
      <FilterBar
        label={migrationsText.filterText}
        text={filter.text}
        onText={(text) => params.set({ q: text })}
      />
      <PageSection title={migrationsText.open}>
        <Running filter={filter} />
      </PageSection>
      <PageSection
        title={migrationsText.past}
        aside={
          <SegmentedControl
            label={migrationsText.filterOutcome}
            value={filter.outcome ?? 'all'}
            onChange={(value) => params.set({ outcome: value === 'all' ? null : value })}
            segments={[
              { value: 'all', label: migrationsText.allOutcomes },
              ...migrationEndings.map((ending) => ({
                value: ending,
                label: migrationPhaseText[ending],
              })),
            ]}
          />
        }
      >
        <PredictionAccuracy />
        <div className="pt-2">
          <PastMigrations
            label={migrationsText.past}
            isWanted={(migration) => matchesFilter(migration, filter)}
            empty={isFiltered ? <NoneMatch onClear={clear} /> : <NonePast />}
          />
        </div>
      </PageSection>
    </>
  )
}

function Running({ filter }: { filter: MigrationFilter }) {
  const open = useOpenMigrations()
  const fleet = useFleet()
  const now = useNow()
  if (open === undefined) return <ListSkeleton rows={2} />
  const { groups, alone } = groupsOf(fleet?.fleet.migrations ?? open)
  const shownGroups = groups.filter(
    ({ members }) =>
      newestTries(members).some(isOpenMigration) &&
      members.some((member) => matchesFilter(member, { ...filter, outcome: null })),
  )
  const shown = inRunningOrder(
    alone.filter(isOpenMigration).filter((migration) => matchesFilter(migration, filter)),
    fleet === undefined ? [] : queueOf(fleet, now).order,
  )
  if (shown.length + shownGroups.length > 0) {
    return (
      <div className="pt-2">
        {shownGroups.length > 0 && (
          <ul aria-label={migrationsText.groups} className="border-t">
            {shownGroups.map((group) => (
              <GroupRow key={group.groupId} group={group} />
            ))}
          </ul>
        )}
        {shown.length > 0 && <OpenMigrations migrations={shown} />}
      </div>
    )
  }
  // Mostly nothing moves: that is one calm line, not half a page.
  return (
    <p role="status" className="px-4 pt-1 pb-4 text-n10 text-sm">
      {migrationsText.noneOpen}.{' '}
      <span>
        {migrationsText.noneOpenHint}{' '}
        <Link href={paths.board()} className="text-accent underline underline-offset-2">
          {migrationsText.toBoard}
        </Link>
      </span>
    </p>
  )
}

function NoneMatch({ onClear }: { onClear: () => void }) {
  return (
    <EmptyState
      title={migrationsText.noneMatch}
      body={migrationsText.noneMatchHint}
      action={<Button onClick={onClear}>{migrationsText.clearFilters}</Button>}
    />
  )
}

function NonePast() {
  return (
    <EmptyState
      icon={<RouteIcon size={28} strokeWidth={1.5} />}
      title={migrationsText.nonePast}
      body={migrationsText.nonePastHint}
      action={
        <Link href={paths.board()} className={buttonClass()}>
          {migrationsText.toBoard}
        </Link>
      }
    />
  )
}
