'use client'

import { isEnded, type Migration, type PrecopyRound } from '@drover/api-schema/migration.ts'
import { pagesToBytes } from '@drover/api-schema/units.ts'
import { useMemo } from 'react'
import { shownRound } from '../../client/migration-ratio.ts'
import {
  byteRateQuantity,
  bytesQuantity,
  formatBytes,
  formatCount,
  formatDuration,
  unknownText,
} from '../../lib/format.ts'
import { migrationsText } from '../../lib/text/migrations.ts'
import { QuantityText } from '../../ui/quantity.tsx'
import { StepChart, type StepSeries } from '../../ui/step-chart.tsx'
import {
  followedOf,
  lastCopyOf,
  roundsOf,
  type UnfinishedRound,
  unfinishedRoundOf,
} from './migration-view.ts'

/** The rounds of pre-copy as a chart and as the exact table. */
export function Rounds({ migration }: { migration: Migration }) {
  const rounds = roundsOf(migration.state)
  const unfinished = unfinishedRoundOf(migration.state)
  if (rounds.length === 0 && unfinished === null) {
    const hasEnded = isEnded(migration.state)
    return (
      <p role="status" className="px-4 pt-1 pb-4 text-n10 text-sm">
        {hasEnded
          ? `${migrationsText.noRoundsEver}.`
          : `${migrationsText.noRounds}. ${migrationsText.noRoundsHint}`}
      </p>
    )
  }
  return (
    <div className="grid gap-x-8 gap-y-4 px-4 pt-2 pb-4 xl:grid-cols-2">
      <RoundsTable
        rounds={rounds}
        last={lastCopyOf(migration.state)}
        followed={followedOf(migration.state)}
        unfinished={unfinished}
      />
      {rounds.length > 0 && <RoundsChart rounds={rounds} />}
    </div>
  )
}

function RoundsChart({ rounds }: { rounds: readonly PrecopyRound[] }) {
  const series = useMemo<readonly StepSeries[]>(
    () => [
      {
        id: 'sent',
        label: migrationsText.sent,
        tone: 'primary',
        values: rounds.map((round) => round.bytes),
      },
      {
        id: 'dirty',
        label: migrationsText.leftDirty,
        tone: 'secondary',
        values: rounds.map((round) => pagesToBytes(round.dirtyPages)),
      },
    ],
    [rounds],
  )
  return (
    <StepChart
      title={migrationsText.roundsChart}
      stepTitle={migrationsText.roundHead}
      steps={rounds.map((round) => String(shownRound(round.roundIndex)))}
      series={series}
      format={formatBytes}
    />
  )
}

/** Columns that a phone has no room for; the sentences below have the rate. */
const roomy = 'max-sm:hidden'
const cell = 'border-b px-2 py-1 text-right first:pl-0 last:pr-0 whitespace-nowrap'

function RoundsTable({
  rounds,
  last,
  followed,
  unfinished,
}: {
  rounds: readonly PrecopyRound[]
  /** The one that ran while the domain was paused. */
  last: PrecopyRound | null
  /** The one that was sent after the domain. */
  followed: PrecopyRound | null
  unfinished: UnfinishedRound | null
}) {
  const heads = [
    migrationsText.roundHead,
    migrationsText.sent,
    migrationsText.skipped,
    migrationsText.leftDirty,
    migrationsText.duration,
    migrationsText.rate,
  ]
  return (
    <div className="min-w-0 overflow-x-auto">
      <table
        aria-label={migrationsText.roundsTable}
        className="w-full border-separate border-spacing-0 text-sm"
      >
        <thead>
          <tr>
            {heads.map((head, index) => (
              <th
                key={head}
                scope="col"
                className={`${cell} caption ${index === 0 ? 'text-left!' : ''} ${index === 2 || index === 5 ? roomy : ''}`}
              >
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rounds.map((round) => (
            <RoundRow
              key={round.roundIndex}
              round={round}
              note={
                round === last
                  ? migrationsText.pausedRound
                  : round === followed
                    ? migrationsText.followedRound
                    : null
              }
            />
          ))}
          {unfinished !== null && <UnfinishedRow round={unfinished} />}
        </tbody>
      </table>
    </div>
  )
}

/** The round it ended in: what was sent is known, the rest is not. */
function UnfinishedRow({ round }: { round: UnfinishedRound }) {
  return (
    <tr title={migrationsText.unfinishedHint}>
      <th scope="row" className={`${cell} text-left! font-medium text-n12`}>
        {shownRound(round.roundIndex)}
        <span className="ml-1.5 font-normal text-n10 text-xs">
          {migrationsText.unfinishedRound}
        </span>
      </th>
      <td className={cell}>
        <QuantityText quantity={bytesQuantity(round.bytes)} />
      </td>
      <td className={`${cell} ${roomy}`}>{unknownText}</td>
      <td className={cell}>{unknownText}</td>
      <td className={cell}>{unknownText}</td>
      <td className={`${cell} ${roomy}`}>{unknownText}</td>
    </tr>
  )
}

/** Pages are what Xen counts; the bytes beside them are what people compare. */
function RoundRow({ round, note }: { round: PrecopyRound; note: string | null }) {
  const rate = round.durationMs === 0 ? null : round.bytes / (round.durationMs / 1000)
  const pages = (count: number) => `${formatCount(count)} ${migrationsText.pages}`
  return (
    <tr>
      <th scope="row" className={`${cell} text-left! font-medium text-n12`}>
        {shownRound(round.roundIndex)}
        {note !== null && <span className="ml-1.5 font-normal text-n10 text-xs">{note}</span>}
      </th>
      <td className={cell} title={pages(round.sentPages)}>
        <QuantityText quantity={bytesQuantity(round.bytes)} />
      </td>
      <td className={`${cell} ${roomy}`} title={pages(round.skippedPages)}>
        <QuantityText quantity={bytesQuantity(pagesToBytes(round.skippedPages))} />
      </td>
      <td className={cell} title={pages(round.dirtyPages)}>
        <QuantityText quantity={bytesQuantity(pagesToBytes(round.dirtyPages))} />
      </td>
      <td className={cell}>{formatDuration(round.durationMs)}</td>
      <td className={`${cell} ${roomy}`}>
        <QuantityText quantity={byteRateQuantity(rate)} />
      </td>
    </tr>
  )
}
