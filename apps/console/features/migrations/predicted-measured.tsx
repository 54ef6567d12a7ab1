import { isEnded, type Migration, type MigrationProgress } from '@drover/api-schema/migration.ts'
import { formatBytes, formatCount, formatDuration, unknownText } from '../../lib/format.ts'
import { migrationsText } from '../../lib/text/migrations.ts'
import { Predicted } from './figure.tsx'
import { measuredOf } from './measured-view.ts'

const cell = 'border-b px-2 py-1 text-right first:pl-0 last:pr-0 whitespace-nowrap'

type Likely = { readonly low: number; readonly high: number }
type Line = {
  readonly label: string
  /** The 80 % interval; null on predictions of earlier versions, which had none. */
  readonly likely: Likely | null
  readonly predicted: number | null
  readonly measured: number | null
  readonly format: (value: number | null) => string
}

/** What was predicted when it was accepted beside what was measured, until now or until the end. */
export function PredictedMeasured({
  migration,
  progress = null,
  now = 0,
}: {
  migration: Migration
  /** Of an open one: the newest reading and the moment. */
  progress?: MigrationProgress | null
  now?: number
}) {
  const { state, predicted } = migration
  const seen = measuredOf(migration, progress, now)
  const isComparable = state.phase === 'completed'
  const likely = predicted?.likely
  const lines: readonly Line[] = [
    {
      label: migrationsText.total,
      predicted: predicted?.totalMs ?? null,
      likely: likely?.totalMs ?? null,
      measured: seen.totalMs,
      format: formatDuration,
    },
    {
      label: migrationsText.downtime,
      predicted: predicted?.downtimeMs ?? null,
      likely: likely?.downtimeMs ?? null,
      measured: seen.downtimeMs,
      format: formatDuration,
    },
    {
      label: migrationsText.bytes,
      predicted: predicted?.bytes ?? null,
      likely: likely?.bytes ?? null,
      measured: seen.bytes,
      format: formatBytes,
    },
    {
      label: migrationsText.rounds,
      predicted: predicted?.rounds ?? null,
      likely: likely?.rounds ?? null,
      measured: seen.rounds,
      format: formatCount,
    },
  ]
  return (
    <div>
      <table
        aria-label={migrationsText.totals}
        className="w-full border-separate border-spacing-0 text-sm"
      >
        <thead>
          <tr>
            <th scope="col" className={`${cell} caption text-left!`}>
              {migrationsText.figure}
            </th>
            <th scope="col" className={`${cell} caption`}>
              {migrationsText.predictedHead}
            </th>
            <th scope="col" className={`${cell} caption`}>
              {measuredHead(migration)}
            </th>
            <th scope="col" className={`${cell} caption`}>
              {migrationsText.difference}
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.label}>
              <th scope="row" className={`${cell} text-left! font-normal text-n10`}>
                {line.label}
              </th>
              <td className={cell}>
                <Predicted value={line.format(line.predicted)} />
                <LikelyRange line={line} />
              </td>
              <td className={`${cell} font-medium text-n12`}>{line.format(line.measured)}</td>
              <td className={`${cell} text-n10`}>
                {isComparable ? differenceText(line) : unknownText}
                {isComparable && isOutside(line) && (
                  <span
                    className="block text-xs max-sm:whitespace-normal"
                    title={migrationsText.outsideLikelyHint}
                  >
                    {migrationsText.outsideLikely}
                  </span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {predicted === null && <p className="pt-1 text-n10 text-xs">{migrationsText.notPredicted}</p>}
      {predicted?.basis === 'assumed' && (
        <p className="pt-1 text-n10 text-xs">{migrationsText.assumedGuest}</p>
      )}
    </div>
  )
}

function measuredHead({ state }: Migration): string {
  if (!isEnded(state)) return migrationsText.soFar
  return state.phase === 'completed' ? migrationsText.measured : migrationsText.untilItEnded
}

/** "likely 3.1 s to 4.6 s" under the prediction. */
function LikelyRange({ line: { likely, format } }: { line: Line }) {
  if (likely === null) return null
  return (
    <span
      className="block text-n10 text-xs max-sm:whitespace-normal"
      title={migrationsText.likelyHint}
    >
      {migrationsText.likely(format(likely.low), format(likely.high))}
    </span>
  )
}

function isOutside({ likely, measured }: Line): boolean {
  return likely !== null && measured !== null && (measured < likely.low || measured > likely.high)
}

/** "+12 %": how far the measured is above the predicted; from three times on as a factor, which reads better. */
export function differenceText({
  predicted,
  measured,
}: Pick<Line, 'predicted' | 'measured'>): string {
  if (predicted === null || measured === null || predicted === 0) return unknownText
  const factor = measured / predicted
  if (factor >= 3) return `×${factor.toFixed(1)}`
  const percent = Math.round((measured / predicted - 1) * 100)
  return `${percent > 0 ? '+' : percent < 0 ? '−' : '±'}${Math.abs(percent)}\u00a0%`
}
