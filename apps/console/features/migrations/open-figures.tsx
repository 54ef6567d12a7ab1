'use client'

import type { MigrationProgress } from '@drover/api-schema/migration.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { pagesToBytes } from '@drover/api-schema/units.ts'
import type { ReactNode } from 'react'
import {
  byteRateQuantity,
  bytesQuantity,
  formatAge,
  formatCount,
  formatDuration,
  isKnown,
  unknownText,
} from '../../lib/format.ts'
import { migrationsText } from '../../lib/text/migrations.ts'
import { QuantityText } from '../../ui/quantity.tsx'
import { Figure } from './figure.tsx'
import {
  elapsedMs,
  figuresOf,
  type OpenMigration,
  roundLeftBytes,
  sentBytesOf,
} from './migration-view.ts'

type Props = {
  migration: OpenMigration
  /** Null until the first reading of the copy. */
  progress: MigrationProgress | null
  now: number
  /** In a list, where the same figure stands below itself whatever the phase. */
  isRow?: boolean
}

const grid = 'col-span-full grid grid-cols-4 gap-x-2 gap-y-1.5 sm:grid-cols-7 xl:col-span-1'

/** What an open migration says about itself: only what holds in its phase. Nothing is predicted of one that stands still. */
export function OpenFigures({ migration, progress, now, isRow = false }: Props) {
  const figures = figuresOf(migration.state)
  const props = { migration, progress, now, isRow }
  const look = `${grid} ${isRow ? 'xl:text-right' : ''}`
  switch (figures) {
    case 'waiting':
      return (
        <dl className={look}>
          <Figure label={migrationsText.waiting}>{seconds(elapsedMs(migration, now))}</Figure>
        </dl>
      )
    case 'copying':
      return (
        <dl className={look}>
          <Copied {...props} />
          <Ends {...props} />
          <Figure label={migrationsText.predictedPause} isPredicted>
            {formatDuration(progress?.predictedDowntimeMs ?? migration.predicted?.downtimeMs)}
          </Figure>
        </dl>
      )
    case 'paused':
      return (
        <dl className={look}>
          <Copied {...props} />
          <Ends {...props} />
          <PausedFor {...props} />
        </dl>
      )
    case 'in-doubt':
      return (
        <dl className={look}>
          <Figure label={migrationsText.sent}>
            <Sent bytes={sentBytesOf(migration.state, progress)} />
          </Figure>
          <Elapsed {...props} />
          <PausedFor {...props} />
        </dl>
      )
    case 'following':
      return (
        <dl className={look}>
          <Following {...props} />
        </dl>
      )
    default:
      return assertNever(figures)
  }
}

/** Whole seconds: a tenth that changes once a second is noise. */
function seconds(ms: number): string {
  return ms < 60_000 ? formatAge(ms) : formatDuration(ms)
}

function Copied(props: Props) {
  const { migration, progress } = props
  const dirty = progress?.dirtyPagesPerSec
  return (
    <>
      <Figure label={migrationsText.sent}>
        <Sent bytes={sentBytesOf(migration.state, progress)} />
      </Figure>
      <Figure label={migrationsText.left}>
        <QuantityText quantity={bytesQuantity(roundLeftBytes(progress))} />
      </Figure>
      <Figure label={migrationsText.dirtyRate}>
        <QuantityText quantity={byteRateQuantity(isKnown(dirty) ? pagesToBytes(dirty) : null)} />
      </Figure>
      <Figure label={migrationsText.bandwidth}>
        <QuantityText quantity={byteRateQuantity(progress?.bytesPerSec)} />
      </Figure>
      <Elapsed {...props} />
    </>
  )
}

/** What has still to come, what was fetched out of turn, and what the guest has paid for it. */
function Following(props: Props) {
  const { migration, progress } = props
  const seen = progress?.postCopy
  const missing = seen === undefined ? null : pagesToBytes(seen.missingPages)
  return (
    <>
      <Figure label={migrationsText.sent}>
        <Sent bytes={sentBytesOf(migration.state, progress)} />
      </Figure>
      <Figure label={migrationsText.missing}>
        <QuantityText quantity={bytesQuantity(missing)} />
      </Figure>
      <Figure label={migrationsText.demanded}>
        <span title={migrationsText.demandedHint}>
          {seen === undefined ? unknownText : formatCount(seen.demandedPages)}
        </span>
      </Figure>
      <Figure label={migrationsText.bandwidth}>
        <QuantityText
          quantity={byteRateQuantity(seen === undefined ? null : progress?.bytesPerSec)}
        />
      </Figure>
      <Elapsed {...props} />
      <Ends {...props} />
      <Figure label={migrationsText.waitedFor}>
        <span title={migrationsText.waitedHint}>{formatDuration(seen?.waitedMs ?? null)}</span>
        {seen?.isWaiting === true && (
          <span className="block text-warn text-xs">{migrationsText.waitsNow}</span>
        )}
      </Figure>
    </>
  )
}

function Ends({ progress }: Props) {
  return (
    <Figure label={migrationsText.predictedEnd} isPredicted>
      {formatDuration(progress?.isStalled === true ? null : progress?.predictedRemainingMs)}
    </Figure>
  )
}

function Elapsed({ migration, now, isRow = false }: Props) {
  return (
    <Figure label={migrationsText.elapsed} {...place(isRow, 'sm:col-start-5')}>
      {seconds(elapsedMs(migration, now))}
    </Figure>
  )
}

/** Measured, not predicted: since when nobody is answered. */
function PausedFor({ migration: { state }, now, isRow = false }: Props): ReactNode {
  if (!('pausedAt' in state)) return null
  return (
    <Figure label={migrationsText.pausedFor} {...place(isRow, 'sm:col-start-7')}>
      <span className="text-warn">{seconds(Math.max(0, now - state.pausedAt))}</span>
    </Figure>
  )
}

function place(isRow: boolean, className: string) {
  return isRow ? { className } : {}
}

function Sent({ bytes }: { bytes: number | null }) {
  if (bytes !== null) return <QuantityText quantity={bytesQuantity(bytes)} />
  return (
    <span title={migrationsText.notRecorded}>
      <span aria-hidden>{unknownText}</span>
      <span className="sr-only">{migrationsText.notRecorded}</span>
    </span>
  )
}
