'use client'

import { assertNever } from '@drover/api-schema/result.ts'
import { ArrowRight } from 'lucide-react'
import { useNow } from '../../client/hooks.ts'
import {
  bytesQuantity,
  formatAge,
  formatDuration,
  formatMoment,
  formatMomentWithZone,
} from '../../lib/format.ts'
import { paths } from '../../lib/paths.ts'
import { commonText } from '../../lib/text/common.ts'
import { migrationsText, phaseWhile } from '../../lib/text/migrations.ts'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { QuantityText } from '../../ui/quantity.tsx'
import { AgainControls } from './again-controls.tsx'
import { Predicted } from './figure.tsx'
import { type EndedMigration, type EndedState, elapsedMs } from './migration-view.ts'
import { PhaseBadge } from './phase-badge.tsx'

const noSort = { columnId: '', direction: 'descending' } as const

/** Past migrations: how each ended, what it took, and the pause it caused beside the predicted one. */
export function EndedMigrations({
  label,
  migrations,
}: {
  label: string
  migrations: readonly EndedMigration[]
}) {
  return (
    <DataTable
      label={label}
      rows={migrations}
      columns={migrations.some(mayGoAgain) ? columns : columnsWithoutAgain}
      rowKey={(migration) => migration.migrationId}
      rowHref={(migration) => paths.migration(migration.migrationId)}
      sort={noSort}
      onSort={() => {}}
      listItem={(migration) => <ListItem migration={migration} />}
    />
  )
}

/** Why it failed or who stopped it; null when it completed. */
function reasonOf(migration: EndedMigration): string | null {
  const { state } = migration
  switch (state.phase) {
    case 'completed':
      return null
    case 'failed':
      return `${phaseWhile[state.failedIn]}: ${state.refusal.message}`
    case 'cancelled':
      return migration.cancelRequestedBy === null
        ? phaseWhile[state.cancelledIn]
        : `${migration.cancelRequestedBy}, ${phaseWhile[state.cancelledIn]}`
    default:
      return assertNever(state)
  }
}

function downtimeOf(state: EndedState): number | null {
  return state.phase === 'completed' ? state.downtimeMs : null
}

/** Up to an hour as an age, afterwards as a date; the zone is on the hover. */
function EndedAt({ at }: { at: number }) {
  const age = useNow(10_000) - at
  return (
    <time
      dateTime={new Date(at).toISOString()}
      title={formatMomentWithZone(at)}
      className="whitespace-nowrap"
    >
      {age < 3_600_000 ? migrationsText.ago(formatAge(age)) : formatMoment(at)}
    </time>
  )
}

function Route({ migration }: { migration: EndedMigration }) {
  return (
    <span className="whitespace-nowrap">
      {migration.sourceHostName} <ArrowRight aria-hidden size={12} className="inline text-n9" />
      <span className="sr-only">→</span> {migration.destinationHostName}
    </span>
  )
}

function Pause({ migration }: { migration: EndedMigration }) {
  return (
    <>
      {formatDuration(downtimeOf(migration.state))}
      {migration.predicted !== null && migration.state.phase === 'completed' && (
        <span className="ml-1.5 text-n10 text-xs">
          <Predicted value={formatDuration(migration.predicted.downtimeMs)} />
        </span>
      )}
    </>
  )
}

const columns: readonly Column<EndedMigration>[] = [
  {
    id: 'domain',
    title: migrationsText.domain,
    cell: (migration) => migration.domainName,
  },
  {
    id: 'route',
    title: migrationsText.route,
    cell: (migration) => <Route migration={migration} />,
  },
  {
    id: 'outcome',
    title: migrationsText.outcome,
    width: '26%',
    cell: (migration) => <Outcome migration={migration} />,
  },
  {
    id: 'total',
    title: migrationsText.total,
    align: 'end',
    cell: (migration) => formatDuration(totalOf(migration)),
  },
  {
    id: 'rounds',
    title: migrationsText.rounds,
    align: 'end',
    from: 'wide',
    cell: (migration) => migration.state.rounds.length,
  },
  {
    id: 'bytes',
    title: migrationsText.bytes,
    align: 'end',
    from: 'wide',
    cell: (migration) => <QuantityText quantity={bytesQuantity(migration.state.totalBytes)} />,
  },
  {
    id: 'downtime',
    title: migrationsText.downtime,
    align: 'end',
    cell: (migration) => <Pause migration={migration} />,
  },
  {
    id: 'asked-by',
    title: migrationsText.askedBy,
    from: 'wide',
    cell: (migration) => (
      <span className="block max-w-40 truncate" title={migration.requestedBy.name}>
        {migration.requestedBy.name}
      </span>
    ),
  },
  {
    id: 'again',
    title: commonText.actions,
    from: 'wide',
    align: 'end',
    cell: (migration) => <AgainControls migration={migration} isRow />,
  },
  {
    id: 'ended',
    title: migrationsText.ended,
    align: 'end',
    cell: (migration) => <EndedAt at={migration.state.endedAt} />,
  },
]

/** A column that would be empty takes no room. */
const columnsWithoutAgain = columns.filter(({ id }) => id !== 'again')

function mayGoAgain({ state, retriedBy }: EndedMigration): boolean {
  return state.phase === 'failed' && retriedBy === null
}

function totalOf(migration: EndedMigration): number {
  return migration.state.phase === 'completed' ? migration.state.totalMs : elapsedMs(migration, 0)
}

function Outcome({ migration }: { migration: EndedMigration }) {
  const reason = reasonOf(migration)
  return (
    <span className="flex min-w-0 items-center gap-2">
      <PhaseBadge state={migration.state} />
      {reason !== null && (
        <span className="w-0 min-w-0 grow truncate text-n10 text-xs" title={reason}>
          {reason}
        </span>
      )}
    </span>
  )
}

function ListItem({ migration }: { migration: EndedMigration }) {
  const reason = reasonOf(migration)
  return (
    <div className="grid grid-cols-[1fr_auto] gap-x-3">
      <span className="min-w-0 truncate font-medium text-n12">{migration.domainName}</span>
      <PhaseBadge state={migration.state} />
      <span className="min-w-0 truncate text-n10 text-xs">
        <Route migration={migration} />
      </span>
      <span className="text-right text-n10 text-xs">
        <EndedAt at={migration.state.endedAt} />
      </span>
      <span className="col-span-full truncate text-n10 text-xs">
        {reason ?? (
          <>
            {formatDuration(totalOf(migration))} · {migrationsText.downtime}{' '}
            <Pause migration={migration} />
          </>
        )}
      </span>
    </div>
  )
}
