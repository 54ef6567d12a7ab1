import { aHost, hostId, testMoment } from '@drover/api-schema/testing/builders.ts'
import { act, cleanup, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { renderInConsole } from '../../testing/render-in-console.tsx'
import { HostBadge } from './host-badge.tsx'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  cleanup()
  vi.useRealTimers()
})

/** Looks at a host over a live socket on which no reading comes: five whole seconds of silence at the sixth look. */
function watch(host = aHost()) {
  const { client, container } = renderInConsole(<HostBadge host={host} />)
  client.samples.connect(() => {})
  client.samples.look([hostId(1)])
  act(() => vi.advanceTimersByTime(6500))
  return container.textContent?.replaceAll('\u00a0', ' ')
}

test('a host that is connected and sends no readings says for how long', () => {
  expect(watch()).toBe('no reading for 5 s')
  expect(screen.getByTitle(/what is shown is old/)).toBeDefined()
})

test('one that is not connected says that, and for how long', () => {
  const connection = { status: 'stale', lastSeenAt: Date.now() - 12_000 } as const
  expect(watch(aHost({ connection }))).toMatch(/^Stale 1\d s$/)
})

test('one that is heard is online', () => {
  renderInConsole(<HostBadge host={aHost({ bootedAt: testMoment })} />)
  act(() => vi.advanceTimersByTime(2500))
  expect(screen.getByText('Online')).toBeDefined()
})
