import { accuracyOf } from '@drover/optimizer/migration-cost-experience.ts'
import { useMemo } from 'react'
import { useFleetPart } from '../../client/queries.ts'
import { formatCount, formatPercent } from '../../lib/format.ts'
import { migrationsText } from '../../lib/text/migrations.ts'

/** How good this console's own predictions were lately, in a sentence or two; nothing while there are too few to tell. */
export function PredictionAccuracy() {
  const migrations = useFleetPart((index) => index.fleet.migrations)
  const accuracy = useMemo(
    () => (migrations === undefined ? null : accuracyOf(migrations)),
    [migrations],
  )
  if (accuracy === null) return null
  const { total, downtime } = accuracy
  return (
    <p className="px-4 pt-1 text-n10 text-sm">
      {migrationsText.accuracy(
        formatCount(total.count),
        formatPercent(total.medianError),
        formatPercent(downtime.medianError),
      )}
      {total.coverage !== null && downtime.coverage !== null && (
        <>
          {' '}
          {migrationsText.accuracyCoverage(
            formatPercent(total.coverage),
            formatPercent(downtime.coverage),
          )}
        </>
      )}
    </p>
  )
}
