import { formatClock, unknownText } from '../lib/format.ts'
import { chartText } from '../lib/text/charts.ts'
import { ChartTable, chartCell } from './chart-frame.tsx'
import { bucketise, type ChartValues } from './chart-series.ts'

const tableStepMs = 30_000

/** The readings of a chart in steps of half a minute, newest first: mean and range of each. */
export function ReadingsTable({
  title,
  at,
  series,
  format,
  height,
}: {
  readonly title: string
  readonly at: readonly number[]
  readonly series: readonly {
    readonly id: string
    readonly label: string
    readonly values: ChartValues
  }[]
  readonly format: (value: number) => string
  readonly height: number
}) {
  const buckets = bucketise(
    at,
    series.map((one) => one.values),
    tableStepMs,
  )
  return (
    <ChartTable
      caption={chartText.tableCaption(title)}
      head={[
        chartText.time,
        ...series.flatMap((one) => [
          `${one.label}, ${chartText.average}`,
          `${one.label}, ${chartText.minimum}–${chartText.maximum}`,
        ]),
      ]}
      height={height}
    >
      {buckets.map((bucket) => (
        <tr key={bucket.startAt}>
          <th scope="row" className="border-t border-n5 px-2 py-1 text-left font-normal">
            {formatClock(bucket.startAt)}
          </th>
          {bucket.summaries.flatMap(({ min, avg, max }, index) => [
            <td key={`${series[index]?.id} average`} className={chartCell}>
              {avg === null ? unknownText : format(avg)}
            </td>,
            <td key={`${series[index]?.id} range`} className={chartCell}>
              {min === null || max === null
                ? unknownText
                : chartText.range(format(min), format(max))}
            </td>,
          ])}
        </tr>
      ))}
    </ChartTable>
  )
}
