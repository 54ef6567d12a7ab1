'use client'
import type { MigrationId } from '@drover/api-schema/ids.ts'
import { isEnded, type Migration, type MigrationProgress } from '@drover/api-schema/migration.ts'
import { PAGE_BYTES } from '@drover/api-schema/units.ts'
import { CircleQuestionMark, Clock } from 'lucide-react'
import { useMigrationProgress, useNow } from '../../client/hooks.ts'
import { doneRatio, isInDoubt, shownRound } from '../../client/migration-ratio.ts'
import { useFleetPart } from '../../client/queries.ts'
import { classNames } from '../../lib/class-names.ts'
import { formatBytes } from '../../lib/format.ts'
import { boardText } from '../../lib/text/board.ts'
import { migrationPhaseText } from '../../lib/text/common.ts'
import { Ring } from '../../ui/ring.tsx'

type Props = {
  migrationId: MigrationId | null
  domainName: string
  isShort?: boolean
  className?: string
}

/** On a card whose domain is being copied: where to, and how far. */
export function MigrationMark({ migrationId, domainName, isShort = false, className }: Props) {
  const migration = useFleetPart((index) =>
    migrationId === null ? null : (index.migrations.get(migrationId) ?? null),
  )
  if (migration === null || migration === undefined || isEnded(migration.state)) return null
  return (
    <Mark migration={migration} domainName={domainName} isShort={isShort} className={className} />
  )
}

/** Only how far. */
export function MigrationRing({
  migrationId,
  domainName,
}: {
  migrationId: MigrationId
  domainName: string
}) {
  const migration = useFleetPart((index) => index.migrations.get(migrationId) ?? null)
  const progress = useMigrationProgress(migrationId)
  const now = useNow()
  if (migration === null || migration === undefined || isEnded(migration.state)) return null
  return (
    <MigrationGlyph migration={migration} progress={progress} now={now} domainName={domainName} />
  )
}

function Mark({
  migration,
  domainName,
  isShort,
  className,
}: {
  migration: Migration
  domainName: string
  isShort: boolean
  className: string | undefined
}) {
  const progress = useMigrationProgress(migration.migrationId)
  const now = useNow()
  const { state, destinationHostName } = migration
  const ink = isInDoubt(state) ? 'text-crit' : state.phase === 'queued' ? 'text-n10' : 'text-accent'
  return (
    <span className={classNames('flex min-w-0 items-center gap-1.5 text-xs', ink, className)}>
      {!isShort && <span className="truncate text-n10">{detailOf(migration, progress)}</span>}
      <span className="shrink-0 truncate font-medium">
        {isShort ? boardText.shortTo(destinationHostName) : wayOf(migration)}
      </span>
      <MigrationGlyph migration={migration} progress={progress} now={now} domainName={domainName} />
    </span>
  )
}

/** How far; one that waits or is in doubt is not on its way, and no ring says that it was. */
function MigrationGlyph({
  migration,
  progress,
  now,
  domainName,
}: {
  migration: Migration
  progress: MigrationProgress | undefined
  now: number
  domainName: string
}) {
  const { state } = migration
  if (state.phase === 'queued')
    return <Clock size={15} aria-label={migrationPhaseText.queued} role="img" />
  if (isInDoubt(state))
    return <CircleQuestionMark size={15} aria-label={boardText.inDoubt} role="img" />
  return (
    <Ring
      label={boardText.progressOf(domainName)}
      ratio={doneRatio(migration, progress ?? null, now)}
      size={15}
    />
  )
}

function wayOf({ state, destinationHostName }: Migration): string {
  if (state.phase === 'queued') return boardText.waitsFor(destinationHostName)
  if (isInDoubt(state)) return boardText.inDoubt
  return boardText.migratingTo(destinationHostName)
}

function detailOf(migration: Migration, progress: MigrationProgress | undefined): string {
  const { state } = migration
  if (state.phase === 'queued') return ''
  if (state.phase === 'activating' && state.inDoubt !== null) {
    const { sourceHostName, destinationHostName } = migration
    return boardText.waitsToHear(
      state.inDoubt.waitingFor === 'source' ? sourceHostName : destinationHostName,
    )
  }
  if (migration.state.phase !== 'pre-copy' || progress === undefined)
    return migrationPhaseText[migration.state.phase]
  const left = Math.max(0, progress.roundPages - progress.roundSentPages) * PAGE_BYTES
  return boardText.roundAndLeft(shownRound(progress.roundIndex), formatBytes(left))
}
