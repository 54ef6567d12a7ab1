'use client'

import { Bar, BarChart, CartesianGrid, Tooltip, XAxis, YAxis } from 'recharts'
import { chartText } from '../lib/text/charts.ts'
import {
  ChartFrame,
  ChartTable,
  type ChartTone,
  chartCell,
  chartToneColor,
} from './chart-frame.tsx'
import { useElementWidth } from './use-element-width.ts'

export type StepSeries = {
  readonly id: string
  readonly label: string
  readonly tone: ChartTone
  readonly values: readonly number[]
}

const plotHeight = 148

/**
 * Bars of a few steps, one group a step, on a scale of powers: what a first step has thousands of, the last has a
 * handful of, and both must be seen.
 */
export function StepChart({
  title,
  stepTitle,
  steps,
  series,
  format,
}: {
  readonly title: string
  /** Names the steps, for the head of the table. */
  readonly stepTitle: string
  readonly steps: readonly string[]
  readonly series: readonly StepSeries[]
  readonly format: (value: number) => string
}) {
  const [ref, width] = useElementWidth<HTMLDivElement>(480)
  const { low, ticks } = powerScale(series.flatMap((one) => one.values))
  const data = steps.map((step, index) => {
    const point: Record<string, string | number> = { step }
    // Nothing has no place on a scale of powers; it is drawn as the foot of the axis.
    for (const one of series) point[one.id] = Math.max(one.values[index] ?? 0, low)
    return point
  })
  return (
    <ChartFrame
      title={title}
      legend={series}
      format={format}
      hasFigures={false}
      isStale={false}
      plot={
        <div ref={ref} style={{ height: plotHeight }}>
          <BarChart
            width={width}
            height={plotHeight}
            data={data}
            margin={{ top: 6, right: 8, bottom: 0, left: 0 }}
            barGap={1}
            title={title}
          >
            <CartesianGrid vertical={false} stroke="var(--n5)" />
            <XAxis
              dataKey="step"
              tickLine={false}
              axisLine={{ stroke: 'var(--n6)' }}
              tick={{ fill: 'var(--n10)', fontSize: 11 }}
              height={20}
            />
            <YAxis
              scale="log"
              domain={[low, ticks.at(-1) ?? low]}
              ticks={ticks}
              allowDataOverflow
              tickFormatter={format}
              width={72}
              tickLine={false}
              axisLine={false}
              tick={{ fill: 'var(--n10)', fontSize: 11 }}
            />
            {series.map((one) => (
              <Bar
                key={one.id}
                dataKey={one.id}
                fill={chartToneColor[one.tone]}
                maxBarSize={20}
                isAnimationActive={false}
              />
            ))}
            <Tooltip
              isAnimationActive={false}
              cursor={{ fill: 'var(--n4)' }}
              content={({ active, activeIndex }) => {
                const index = Number(activeIndex)
                return active && Number.isInteger(index) ? (
                  <div role="status" className="rounded-sm bg-n2 px-2 py-1.5 text-xs shadow-float">
                    <p className="text-n10">{`${stepTitle} ${steps[index] ?? ''}`}</p>
                    {series.map((one) => (
                      <p key={one.id} className="flex justify-between gap-3">
                        {one.label}
                        <span className="text-n12">{format(one.values[index] ?? 0)}</span>
                      </p>
                    ))}
                  </div>
                ) : null
              }}
            />
          </BarChart>
        </div>
      }
      table={() => (
        <ChartTable
          caption={title}
          head={[stepTitle, ...series.map((one) => one.label)]}
          height={plotHeight}
        >
          {steps.map((step, index) => (
            <tr key={step}>
              <th scope="row" className="border-t border-n5 px-2 py-1 text-left font-normal">
                {step}
              </th>
              {series.map((one) => (
                <td key={one.id} className={chartCell}>
                  {one.values[index] === undefined ? chartText.unknown : format(one.values[index])}
                </td>
              ))}
            </tr>
          ))}
        </ChartTable>
      )}
    />
  )
}

/** Powers of 16 from below the smallest value that is not nothing to above the largest; at least one step. */
function powerScale(values: readonly number[]): { low: number; ticks: number[] } {
  const known = values.filter((value) => value > 0)
  if (known.length === 0) return { low: 1, ticks: [1, 16] }
  const exponent = (value: number) => Math.log2(value) / 4
  const first = Math.floor(exponent(Math.min(...known)) - 1e-9)
  const last = Math.max(first + 1, Math.ceil(exponent(Math.max(...known)) - 1e-9))
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => 16 ** (first + index))
  return { low: 16 ** first, ticks }
}
