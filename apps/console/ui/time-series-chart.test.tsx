import { cleanup, render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, expect, test } from 'vitest'
import { type ChartSeries, TimeSeriesChart } from './time-series-chart.tsx'

afterEach(cleanup)

const start = Date.UTC(2026, 0, 1)
const percent = (value: number) => `${(value * 100).toFixed(1)} %`

function chart({
  at,
  values,
  isLoading = false,
}: {
  at: number[]
  values: (number | null)[]
  isLoading?: boolean
}) {
  const series: ChartSeries[] = [
    { id: 'cpu', label: 'Used', tone: 'primary', shape: 'area', values },
  ]
  return (
    <TimeSeriesChart
      title="CPU"
      at={at}
      series={series}
      windowMs={600_000}
      endAt={at.at(-1) ?? 0}
      format={percent}
      top={1}
      isLoading={isLoading}
    />
  )
}

const minute = Array.from({ length: 61 }, (_, second) => start + second * 1000)
const ramp = minute.map((_, second) => second / 100)

test('says in words what the line says: now, minimum, average, maximum', () => {
  render(chart({ at: minute, values: ramp }))
  const figure = screen.getByRole('figure', { name: 'CPU' })
  const summary = document.getElementById(figure.getAttribute('aria-describedby') ?? '')
  expect(summary?.textContent).toBe(
    'Used: now 60.0 %, minimum 0.0 %, average 30.0 %, maximum 60.0 %.',
  )
})

test('draws one line and no dots', () => {
  const { container } = render(chart({ at: minute, values: ramp }))
  expect(container.querySelectorAll('.recharts-area-curve')).toHaveLength(1)
  expect(container.querySelectorAll('.recharts-dot')).toHaveLength(0)
})

test('shows the table behind its button, newest first, and the chart again', async () => {
  render(chart({ at: minute, values: ramp }))
  expect(screen.queryByRole('table')).toBeNull()
  await userEvent.click(screen.getByRole('button', { name: 'CPU: Show as table' }))
  const rows = within(screen.getByRole('table')).getAllByRole('row')
  // The first eight characters are the time of day, in the zone of whoever runs this.
  expect(rows.slice(1).map((row) => row.textContent?.slice(8))).toEqual([
    '60.0 %60.0 % to 60.0 %',
    '44.5 %30.0 % to 59.0 %',
    '14.5 %0.0 % to 29.0 %',
  ])
  await userEvent.click(screen.getByRole('button', { name: 'CPU: Show as table' }))
  expect(screen.queryByRole('table')).toBeNull()
})

test('tells waiting from having nothing', () => {
  const { rerender } = render(chart({ at: [], values: [], isLoading: true }))
  expect(screen.getByRole('status').textContent).toMatch(/Loading/)
  rerender(chart({ at: [], values: [] }))
  expect(screen.getByText('No readings yet')).toBeTruthy()
})

test('does not turn unknown values into zeros', () => {
  render(chart({ at: minute.slice(0, 3), values: [null, 0.5, null] }))
  const figure = screen.getByRole('figure', { name: 'CPU' })
  const summary = document.getElementById(figure.getAttribute('aria-describedby') ?? '')
  expect(summary?.textContent).toBe(
    'Used: now 50.0 %, minimum 50.0 %, average 50.0 %, maximum 50.0 %.',
  )
})
