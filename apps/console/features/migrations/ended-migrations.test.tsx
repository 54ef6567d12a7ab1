import { refusal } from '@drover/api-schema/errors.ts'
import { aCompletedState, aMigration, testMoment } from '@drover/api-schema/testing/builders.ts'
import { GIB } from '@drover/api-schema/units.ts'
import { cleanup, screen } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { renderInConsole } from '../../testing/render-in-console.tsx'
import { EndedMigrations } from './ended-migrations.tsx'
import type { EndedMigration, EndedState } from './migration-view.ts'

afterEach(cleanup)

const startedAt = testMoment
const copied = { rounds: [], totalBytes: 3 * GIB }
/** Total over the endings. */
const states: Record<EndedState['phase'], EndedState> = {
  completed: aCompletedState({ startedAt, totalMs: 14_200, downtimeMs: 48, ...copied }),
  failed: {
    phase: 'failed',
    startedAt,
    endedAt: startedAt + 3000,
    failedIn: 'pre-copy',
    refusal: refusal('peer-lost'),
    ...copied,
  },
  cancelled: {
    phase: 'cancelled',
    startedAt,
    endedAt: startedAt + 2000,
    cancelledIn: 'stop-and-copy',
    ...copied,
  },
}

function rowOf(phase: EndedState['phase'], overrides = {}): string {
  // The state is an ended one, which aMigration cannot know.
  const migration = aMigration({ state: states[phase], ...overrides }) as EndedMigration
  renderInConsole(<EndedMigrations label="Past" migrations={[migration]} />)
  return screen.getByRole('row', { name: /web-7/ }).textContent?.replaceAll('\u00a0', ' ') ?? ''
}

test('a completed one shows total, bytes and the measured pause beside the predicted one', () => {
  const row = rowOf('completed', { predicted: { totalMs: 1, downtimeMs: 60, bytes: 1 } })
  expect(row).toContain('Completed')
  expect(row).toContain('14.2 s')
  expect(row).toContain('3.0GiB')
  expect(row).toContain('48 ms')
  expect(row).toContain('predicted 60 ms')
})

test('a failed one keeps its phase and its sentence, and claims no pause', () => {
  const row = rowOf('failed', { predicted: { totalMs: 1, downtimeMs: 60, bytes: 1 } })
  expect(row).toContain('Failed')
  expect(row).toContain('copying memory: The connection between the hosts was lost.')
  expect(row).not.toContain('60 ms')
})

test('a cancelled one names who stopped it, and when', () => {
  const row = rowOf('cancelled', { cancelRequestedBy: 'Grace' })
  expect(row).toContain('Cancelled')
  expect(row).toContain('Grace, paused for the last copy')
})

test('each links to its own page', () => {
  rowOf('completed')
  const href = screen.getByRole('link', { name: 'web-7' }).getAttribute('href')
  expect(href).toBe(`/migrations/${aMigration().migrationId}`)
})
