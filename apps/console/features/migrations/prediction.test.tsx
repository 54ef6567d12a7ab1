import type { Migration } from '@drover/api-schema/migration.ts'
import {
  aCompletedState,
  aFleet,
  aMigration,
  aRound,
  migrationId,
} from '@drover/api-schema/testing/builders.ts'
import { GIB } from '@drover/api-schema/units.ts'
import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, describe, expect, test } from 'vitest'
import { renderInConsole } from '../../testing/render-in-console.tsx'
import { PredictedMeasured } from './predicted-measured.tsx'
import { PredictionAccuracy } from './prediction-accuracy.tsx'

afterEach(cleanup)

const completed = aCompletedState({
  totalMs: 14_200,
  downtimeMs: 48,
  stopReason: 'downtime-reached',
  rounds: [aRound({ dirtyPages: 10 }), aRound({ roundIndex: 1 })],
  totalBytes: 3 * GIB,
})
const likely = {
  totalMs: { low: 11_000, high: 15_000 },
  downtimeMs: { low: 60, high: 90 },
  bytes: { low: 2 * GIB, high: 4 * GIB },
  rounds: { low: 2, high: 4 },
}
const predicted = { totalMs: 13_000, downtimeMs: 70, bytes: 3 * GIB, rounds: 3, likely }
const migration = (overrides: Partial<Migration> = {}) =>
  aMigration({ state: completed, predicted: { ...predicted, basis: 'measured' }, ...overrides })

function rowOf(label: string): string {
  const row = screen.getByRole('row', { name: new RegExp(`^${label} `) })
  return row.textContent?.replaceAll('\u00a0', ' ') ?? ''
}

describe('predicted beside measured', () => {
  test('every figure has its interval, and says when the measured one lies outside', () => {
    render(<PredictedMeasured migration={migration()} />)
    expect(rowOf('Total')).toContain('likely 11.0 s to 15.0 s')
    expect(rowOf('Total')).not.toContain('outside')
    expect(rowOf('Pause')).toContain('likely 60 ms to 90 ms')
    expect(rowOf('Pause')).toContain('48 ms')
    expect(rowOf('Pause')).toContain('outside')
    expect(rowOf('Sent')).toContain('likely 2.0 GiB to 4.0 GiB')
    expect(rowOf('Rounds')).toContain('likely 2 to 4')
    expect(screen.queryByText(/ordinary guest/)).toBeNull()
  })

  test('a guess says that it was one', () => {
    render(
      <PredictedMeasured
        migration={migration({ predicted: { ...predicted, basis: 'assumed' } })}
      />,
    )
    expect(screen.getByText(/ordinary guest of its size was assumed/)).toBeDefined()
  })

  test('a record of an earlier version has figures without intervals', () => {
    const early = { totalMs: 13_000, downtimeMs: 70, bytes: 3 * GIB }
    render(<PredictedMeasured migration={migration({ predicted: early })} />)
    expect(rowOf('Total')).toContain('13.0 s')
    expect(screen.queryByText(/likely/)).toBeNull()
    expect(screen.queryByText('outside')).toBeNull()
  })
})

describe('how good the predictions were', () => {
  function show(count: number, one: (index: number) => Partial<Migration> = () => ({})) {
    const migrations = Array.from({ length: count }, (_, index) =>
      migration({ migrationId: migrationId(index), ...one(index) }),
    )
    const { container } = renderInConsole(<PredictionAccuracy />, { fleet: aFleet({ migrations }) })
    return container.textContent?.replaceAll('\u00a0', ' ') ?? ''
  }

  test('is not said while there are too few', () => {
    expect(show(4)).toBe('')
  })

  test('is the median error and how much the intervals held, with the count', () => {
    const text = show(8)
    expect(text).toContain('last 8 finished migrations')
    expect(text).toContain('less than 8 % of the total time and 46 % of the pause')
    expect(text).toContain('held 100 % of the total times and 0 % of the pauses')
  })

  test('of records without intervals is the error alone', () => {
    const text = show(6, () => ({ predicted: { totalMs: 14_200, downtimeMs: 48, bytes: 1 } }))
    expect(text).toContain('less than 0 % of the total time')
    expect(text).not.toContain('intervals')
  })
})
