'use client'

import { memo, type ReactNode } from 'react'
import {
  Area,
  CartesianGrid,
  ComposedChart,
  Line,
  ReferenceLine,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts'
import { formatClock, unknownText } from '../lib/format.ts'
import { chartText } from '../lib/text/charts.ts'
import { ChartFrame, type ChartTone, chartToneColor } from './chart-frame.tsx'
import { ReadingsTable } from './chart-readings-table.tsx'
import {
  type ChartValues,
  niceBinaryCeiling,
  niceCeiling,
  pointsToDraw,
  timeTicks,
} from './chart-series.ts'
import { useElementWidth } from './use-element-width.ts'
import { useIsOnScreen } from './use-is-on-screen.ts'

export type ChartSeries = {
  readonly id: string
  readonly label: string
  /** One per moment of `at`; null is unknown and leaves a gap. */
  readonly values: ChartValues
  readonly tone: ChartTone
  readonly shape: 'line' | 'area'
}

export type TimeSeriesChartProps = {
  readonly title: string
  /** Epoch ms, rising. */
  readonly at: readonly number[]
  readonly series: readonly ChartSeries[]
  readonly windowMs: number
  /** The right edge, epoch ms. */
  readonly endAt: number
  readonly format: (value: number) => string
  /** For marks on the axis, which stand on round numbers; left out: as `format`, without needless decimals. */
  readonly formatTick?: (value: number) => string
  /** The top of the axis: fixed for ratios and totals, else the next round number of bits or bytes above the values. */
  readonly top: number | 'bits' | 'binary'
  readonly threshold?: { readonly value: number; readonly label: string }
  readonly isLoading?: boolean
  readonly isStale?: boolean
  readonly className?: string
}

const plotHeight = 148
const axisWidth = 70
const maxPoints = 300
const tickCount = 2
/** Off the screen a chart is drawn this seldom. */
const hiddenRedrawMs = 10_000

/**
 * A live chart of the last minutes. Drawing costs 20 to 40 ms of main thread, so it happens only when a new reading
 * is there and the chart is on the screen; animation is off and only the point under the cursor has a dot.
 */
export function TimeSeriesChart(props: TimeSeriesChartProps) {
  const { title, at, series, format } = props
  const [ref, width] = useElementWidth<HTMLDivElement>(480)
  const isOnScreen = useIsOnScreen(ref)
  return (
    <ChartFrame
      title={title}
      legend={series}
      format={format}
      hasFigures
      isStale={props.isStale ?? false}
      {...(props.className === undefined ? {} : { className: props.className })}
      plot={
        <div ref={ref} className="relative" style={{ height: plotHeight }}>
          <Plot {...props} width={width} isOnScreen={isOnScreen} />
          {at.length === 0 && <NoReadings isLoading={props.isLoading ?? false} />}
        </div>
      }
      table={() => (
        <ReadingsTable title={title} at={at} series={series} format={format} height={plotHeight} />
      )}
    />
  )
}

type PlotProps = TimeSeriesChartProps & { readonly width: number; readonly isOnScreen: boolean }

function isSamePicture(before: PlotProps, after: PlotProps): boolean {
  if (before.width !== after.width || before.title !== after.title) return false
  if (before.isOnScreen !== after.isOnScreen) return false
  const [old, fresh] = [before.at.at(-1), after.at.at(-1)]
  if (!after.isOnScreen && old !== undefined && fresh !== undefined) {
    return Math.abs(fresh - old) < hiddenRedrawMs
  }
  return before.at === after.at && before.series === after.series && before.top === after.top
}

const Plot = memo(function Plot(props: PlotProps) {
  const { title, at, series, windowMs, endAt, format, threshold, width } = props
  const formatTick = props.formatTick ?? ((value: number) => shortTick(format(value)))
  const top = axisTop(props)
  const startAt = endAt - windowMs
  const chosen = pointsToDraw(
    series.map((one) => one.values),
    at.length,
    maxPoints,
  )
  const data = chosen.map((index) => {
    const point: Record<string, number | null> = { at: at[index] ?? null }
    for (const one of series) point[one.id] = one.values[index] ?? null
    return point
  })
  return (
    <ComposedChart
      width={width}
      height={plotHeight}
      data={data}
      margin={{ top: 6, right: 8, bottom: 0, left: 0 }}
      title={title}
      accessibilityLayer
    >
      <CartesianGrid vertical={false} stroke="var(--n5)" />
      <XAxis
        dataKey="at"
        type="number"
        domain={[startAt, endAt]}
        ticks={timeTicks(endAt, windowMs, tickCount)}
        tickFormatter={(moment: number) => tickAge(endAt - moment)}
        allowDataOverflow
        interval={0}
        tickLine={false}
        axisLine={{ stroke: 'var(--n6)' }}
        tick={<AgeTick lastAt={endAt} firstAt={startAt} />}
        height={20}
      />
      <YAxis
        domain={[0, top]}
        ticks={[0, top / 2, top]}
        tickFormatter={formatTick}
        width={axisWidth}
        tickLine={false}
        axisLine={false}
        tick={{ fill: 'var(--n10)', fontSize: 11 }}
        interval={0}
      />
      {threshold !== undefined && threshold.value <= top && (
        <ReferenceLine
          y={threshold.value}
          stroke="var(--warn)"
          strokeDasharray="2 3"
          label={{
            value: threshold.label,
            position: 'insideBottomLeft',
            fill: 'var(--n10)',
            fontSize: 11,
          }}
        />
      )}
      {series.map((one) => mark(one))}
      <Tooltip
        isAnimationActive={false}
        cursor={{ stroke: 'var(--n8)' }}
        content={({ active, label }) =>
          active && typeof label === 'number' ? (
            <Reading moment={label} at={at} series={series} format={format} />
          ) : null
        }
      />
    </ComposedChart>
  )
}, isSamePicture)

function axisTop({ top, series, threshold }: PlotProps): number {
  if (typeof top === 'number') return top
  let max = threshold?.value ?? 0
  for (const { values } of series) {
    for (const value of values) if (value !== null && value > max) max = value
  }
  // Values are bytes; links are read in bits. Nothing at all still gets an axis with a unit people know.
  return top === 'binary'
    ? niceBinaryCeiling(Math.max(max, 1024))
    : niceCeiling(Math.max(max * 8, 1000)) / 8
}

/** "50 %" for "50.0 %": ticks stand on round numbers. */
function shortTick(text: string): string {
  return text.replace(/\.0(?=\D|$)/, '')
}

function mark(series: ChartSeries): ReactNode {
  const color = chartToneColor[series.tone]
  const common = {
    dataKey: series.id,
    name: series.label,
    stroke: color,
    strokeWidth: 1.5,
    type: 'linear' as const,
    dot: false,
    activeDot: { r: 3, fill: color, stroke: 'var(--n2)' },
    isAnimationActive: false,
    connectNulls: false,
    ...(series.tone === 'secondary' ? { strokeDasharray: '4 2' } : {}),
  }
  return series.shape === 'area' ? (
    <Area key={series.id} {...common} fill={color} fillOpacity={0.14} />
  ) : (
    <Line key={series.id} {...common} />
  )
}

function tickAge(ageMs: number): string {
  if (ageMs < 500) return chartText.now
  return ageMs < 60_000
    ? chartText.secondsAgo(Math.round(ageMs / 1000))
    : chartText.minutesAgo(Math.round(ageMs / 60_000))
}

/** The first and the last tick keep inside the plot; Recharts hands the rest of the props in. */
function AgeTick(props: {
  readonly x?: number
  readonly y?: number
  readonly payload?: { readonly value: number }
  readonly firstAt: number
  readonly lastAt: number
}) {
  const moment = props.payload?.value ?? props.lastAt
  const anchor = moment === props.firstAt ? 'start' : moment === props.lastAt ? 'end' : 'middle'
  return (
    <text
      x={props.x ?? 0}
      y={(props.y ?? 0) + 10}
      textAnchor={anchor}
      fill="var(--n10)"
      fontSize={11}
    >
      {tickAge(props.lastAt - moment)}
    </text>
  )
}

function Reading({
  moment,
  at,
  series,
  format,
}: {
  readonly moment: number
} & Pick<TimeSeriesChartProps, 'at' | 'series' | 'format'>) {
  const index = at.indexOf(moment)
  return (
    <div
      role="status"
      className="rounded-sm bg-n2 px-2 py-1.5 text-xs shadow-float [&_dd]:text-right [&_dd]:text-n12"
    >
      <p className="text-n10">{formatClock(moment)}</p>
      <dl className="grid grid-cols-[auto_auto] gap-x-3">
        {series.map((one) => {
          const value = one.values[index] ?? null
          return [
            <dt key={`${one.id} label`}>{one.label}</dt>,
            <dd key={one.id}>{value === null ? unknownText : format(value)}</dd>,
          ]
        })}
      </dl>
    </div>
  )
}

function NoReadings({ isLoading }: { readonly isLoading: boolean }) {
  return (
    <div className="absolute inset-0 flex flex-col items-center justify-center text-center text-xs text-n10">
      {isLoading ? (
        <p role="status">{chartText.loading}</p>
      ) : (
        <>
          <p className="text-n11">{chartText.noReadings}</p>
          <p>{chartText.noReadingsHint}</p>
        </>
      )}
    </div>
  )
}
