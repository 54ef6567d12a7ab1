'use client'

import { refuseCancel } from '@drover/api-schema/capabilities.ts'
import type { MigrationProgress } from '@drover/api-schema/migration.ts'
import { ArrowRight, X } from 'lucide-react'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { doneRatio, shownRound, startedAtOf } from '../../client/migration-ratio.ts'
import { formatPercent } from '../../lib/format.ts'
import { paths } from '../../lib/paths.ts'
import { migrationsText } from '../../lib/text/migrations.ts'
import { Button } from '../../ui/button.tsx'
import { Ring } from '../../ui/ring.tsx'
import type { OpenMigration } from './migration-view.ts'
import { OpenFigures } from './open-figures.tsx'
import { PhaseBadge } from './phase-badge.tsx'
import { TroubleLine } from './trouble-line.tsx'

export type OpenMigrationRowProps = {
  migration: OpenMigration
  /** Null until the first reading of the copy. */
  progress: MigrationProgress | null
  now: number
  /** Whether this user's role may cancel. */
  mayCancel: boolean
  isCancelling: boolean
  onCancel: () => void
  /** What else there is to say of it, or to do. */
  extra?: ReactNode
}

/** One running or queued migration: who goes where, how far it is, and how to stop it. */
export function OpenMigrationRow(props: OpenMigrationRowProps) {
  const { migration, progress, now, extra } = props
  const ratio = doneRatio(migration, progress, now)
  const percent = formatPercent(ratio)
  return (
    <li
      data-migration={migration.migrationId}
      className="grid grid-cols-[auto_1fr_auto] items-center gap-x-3 gap-y-2 border-b px-4 py-2.5 xl:grid-cols-[auto_minmax(268px,1.2fr)_minmax(0,4fr)_auto]"
    >
      <Ring
        label={migrationsText.ringLabel(migration.domainName, percent)}
        ratio={startedAtOf(migration.state) === null ? 0 : ratio}
        size={32}
      />
      <Heading {...props} />
      <OpenFigures migration={migration} progress={progress} now={now} isRow />
      <CancelButton {...props} isCompact />
      <div className="col-span-full flex flex-wrap items-center gap-x-3 empty:hidden xl:pl-11">
        {extra}
        <TroubleLine migration={migration} progress={progress} now={now} />
      </div>
    </li>
  )
}

function Heading({ migration, progress }: OpenMigrationRowProps) {
  const { state, cancelRequestedBy } = migration
  const isCopying = state.phase === 'pre-copy' || state.phase === 'stop-and-copy'
  return (
    <div className="min-w-0">
      <div className="flex min-w-0 flex-wrap items-center gap-x-2">
        <Link
          href={paths.migration(migration.migrationId)}
          prefetch={false}
          className="min-w-0 truncate font-medium text-n12 hover:underline"
        >
          {migration.domainName}
        </Link>
        <PhaseBadge state={state} progress={progress} />
        {isCopying && progress !== null && (
          <span className="text-n10 text-xs">
            {migrationsText.round(shownRound(progress.roundIndex))}
          </span>
        )}
      </div>
      <p className="text-n10 text-xs">
        <span className="whitespace-nowrap">
          {migration.sourceHostName} <ArrowRight aria-hidden size={12} className="inline" />
          <span className="sr-only">→</span> {migration.destinationHostName}
        </span>
        {'\u00a0· '}
        {migrationsText.requestedBy(migration.requestedBy.name)}
      </p>
      {cancelRequestedBy !== null && (
        <p className="text-warn text-xs">{migrationsText.cancelRequested(cancelRequestedBy)}</p>
      )}
      {progress !== null && progress.throttleRatio > 0 && (
        <p className="text-warn text-xs">
          {migrationsText.throttled(formatPercent(progress.throttleRatio))}
        </p>
      )}
    </div>
  )
}

export function CancelButton({
  migration,
  mayCancel,
  isCancelling,
  onCancel,
  isCompact = false,
}: Omit<OpenMigrationRowProps, 'progress' | 'now'> & {
  /** On a phone the icon alone; the name stays for screen readers. */
  isCompact?: boolean
}) {
  const refusal = mayCancel
    ? (refuseCancel(migration)?.message ?? null)
    : migrationsText.needsOperator
  return (
    <Button
      size="sm"
      icon={<X aria-hidden size={14} />}
      disabledReason={refusal}
      isBusy={isCancelling}
      onClick={onCancel}
      aria-label={migrationsText.cancelLabel(migration.domainName)}
      className="row-start-1 col-start-3 xl:col-start-4"
    >
      <span className={isCompact ? 'max-sm:sr-only' : undefined}>{migrationsText.cancel}</span>
    </Button>
  )
}
