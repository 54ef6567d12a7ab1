'use client'

import { LineChart, Table2 } from 'lucide-react'
import { type ReactNode, useId, useState } from 'react'
import { classNames } from '../lib/class-names.ts'
import { unknownText } from '../lib/format.ts'
import { chartText } from '../lib/text/charts.ts'
import { type ChartValues, summarise } from './chart-series.ts'

/** What surrounds every chart: its title, what the lines are and say in numbers, and its table behind a button. */

export type ChartTone = 'primary' | 'secondary'
export const chartToneColor: Record<ChartTone, string> = {
  primary: 'var(--notice)',
  secondary: 'var(--n10)',
}

export type ChartLegend = {
  readonly id: string
  readonly label: string
  readonly tone: ChartTone
  readonly values: ChartValues
}

export type ChartFrameProps = {
  readonly title: string
  readonly legend: readonly ChartLegend[]
  readonly format: (value: number) => string
  /** Whether minimum, average and maximum are worth a line. */
  readonly hasFigures: boolean
  readonly isStale: boolean
  readonly plot: ReactNode
  /** Made only when it is asked for. */
  readonly table: () => ReactNode
  readonly className?: string
}

export function ChartFrame(props: ChartFrameProps) {
  const { title, legend, format, hasFigures, isStale, plot, table, className } = props
  const [isTable, setIsTable] = useState(false)
  const titleId = useId()
  const summaryId = useId()
  return (
    <figure
      aria-labelledby={titleId}
      aria-describedby={summaryId}
      className={classNames('flex min-w-0 flex-col gap-2', isStale && 'opacity-60', className)}
    >
      <div className="flex min-h-6 items-center gap-x-4">
        <h3 id={titleId} className="text-sm">
          {title}
        </h3>
        <button
          type="button"
          aria-pressed={isTable}
          title={isTable ? chartText.showChart : chartText.showTable}
          aria-label={`${title}: ${chartText.showTable}`}
          onClick={() => setIsTable(!isTable)}
          className="ml-auto inline-flex size-6 shrink-0 items-center justify-center rounded-sm text-n10 hover:bg-n3 hover:text-n12"
        >
          {isTable ? (
            <LineChart aria-hidden className="size-3.5" />
          ) : (
            <Table2 aria-hidden className="size-3.5" />
          )}
        </button>
      </div>
      {isTable ? table() : plot}
      <Legend legend={legend} format={format} hasFigures={hasFigures} />
      <p id={summaryId} className="sr-only">
        {legend.map((series) => describeSeries(series, format)).join(' ')}
      </p>
    </figure>
  )
}

function Legend({
  legend,
  format,
  hasFigures,
}: Pick<ChartFrameProps, 'legend' | 'format' | 'hasFigures'>) {
  return (
    <div
      aria-hidden
      className={classNames(
        'gap-y-0.5 text-n10 text-xs',
        hasFigures
          ? 'grid grid-cols-[auto_auto_1fr_auto_auto_auto] gap-x-3 max-sm:grid-cols-[1fr_auto_auto]'
          : 'flex flex-wrap gap-x-4',
      )}
    >
      {legend.map((series) => (
        <LegendLine key={series.id} series={series} format={format} hasFigures={hasFigures} />
      ))}
    </div>
  )
}

function LegendLine({
  series,
  format,
  hasFigures,
}: {
  readonly series: ChartLegend
  readonly format: (value: number) => string
  readonly hasFigures: boolean
}) {
  const { min, avg, max, now } = summarise(series.values)
  const say = (value: number | null) => (value === null ? unknownText : format(value))
  return (
    <>
      <span className="flex items-center gap-1.5 whitespace-nowrap">
        <span
          className="inline-block w-3 border-t-2"
          style={{
            borderColor: chartToneColor[series.tone],
            borderStyle: series.tone === 'secondary' ? 'dashed' : 'solid',
          }}
        />
        {series.label}
      </span>
      {hasFigures && (
        <>
          <span className="min-w-18 whitespace-nowrap text-right font-medium text-n12">
            {say(now)}
          </span>
          <span className="max-sm:hidden" />
          <Figure label={chartText.minimum} value={say(min)} className="max-sm:hidden" />
          <Figure label={chartText.average} value={say(avg)} className="max-sm:hidden" />
          <Figure label={chartText.maximum} value={say(max)} />
        </>
      )}
    </>
  )
}

function Figure({
  label,
  value,
  className,
}: {
  readonly label: string
  readonly value: string
  readonly className?: string
}) {
  return (
    <span className={classNames('min-w-18 whitespace-nowrap text-right', className)}>
      {label} <span className="text-n11">{value}</span>
    </span>
  )
}

function describeSeries(series: ChartLegend, format: (value: number) => string): string {
  const { min, avg, max, now } = summarise(series.values)
  if (min === null || avg === null || max === null || now === null) {
    return chartText.nothingKnown(series.label)
  }
  return chartText.summary(series.label, {
    now: format(now),
    min: format(min),
    avg: format(avg),
    max: format(max),
  })
}

export const chartCell = 'border-t border-n5 px-2 py-1 text-right whitespace-nowrap'

/** The table that stands where the plot was: the same height, so that nothing jumps. */
export function ChartTable({
  caption,
  head,
  height,
  children,
}: {
  readonly caption: string
  readonly head: readonly string[]
  readonly height: number
  readonly children: ReactNode
}) {
  return (
    // A scrolling region is focusable so that the keyboard can scroll it.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <section aria-label={caption} tabIndex={0} className="overflow-auto" style={{ height }}>
      <table className="w-full text-xs">
        <caption className="sr-only">{caption}</caption>
        <thead className="sticky top-0 bg-n2 text-n10">
          <tr>
            {head.map((title, index) => (
              <th
                key={title}
                scope="col"
                className={classNames(
                  'px-2 py-1 font-medium',
                  index === 0 ? 'text-left' : 'text-right',
                )}
              >
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  )
}
