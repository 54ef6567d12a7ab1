import type { MigrationProgress } from '@drover/api-schema/migration.ts'
import { aMigration, testMoment } from '@drover/api-schema/testing/builders.ts'
import { GIB, MIB } from '@drover/api-schema/units.ts'
import { cleanup, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { TooltipProvider } from '../../ui/tooltip.tsx'
import type { OpenMigration, OpenState } from './migration-view.ts'
import { OpenMigrationRow } from './open-migration-row.tsx'

afterEach(cleanup)

const startedAt = testMoment + 1000
const copied = { rounds: [], totalBytes: GIB }
const activating = {
  phase: 'activating',
  startedAt,
  pausedAt: startedAt + 5000,
  ...copied,
} as const

/** Total over all phases in which a migration is open. */
const states: Record<OpenState['phase'], OpenState> = {
  queued: { phase: 'queued' },
  preflight: { phase: 'preflight' },
  preparing: { phase: 'preparing', startedAt },
  'pre-copy': { phase: 'pre-copy', startedAt, ...copied },
  'stop-and-copy': { phase: 'stop-and-copy', startedAt, pausedAt: startedAt + 5000, ...copied },
  activating: { ...activating, inDoubt: null },
  'post-copy': { ...activating, phase: 'post-copy', activatedAt: startedAt + 5040 },
}
const labels: Record<OpenState['phase'], string> = {
  queued: 'Queued',
  preflight: 'Checking',
  preparing: 'Preparing',
  'pre-copy': 'Copying',
  'stop-and-copy': 'Stop and copy',
  activating: 'Handing over',
  'post-copy': 'Memory follows',
}

const progress: MigrationProgress = {
  roundIndex: 2,
  roundSentPages: 0,
  roundPages: 25_600,
  totalBytes: 2 * GIB,
  bytesPerSec: 100 * MIB,
  dirtyPagesPerSec: 256,
  throttleRatio: 0,
  isStalled: false,
  predictedRemainingMs: 3000,
  predictedDowntimeMs: 60,
}

function show(state: OpenState, overrides: Partial<Parameters<typeof OpenMigrationRow>[0]> = {}) {
  const onCancel = vi.fn()
  // The state is an open one, which aMigration cannot know.
  const migration = aMigration({ state }) as OpenMigration
  render(
    <TooltipProvider>
      <ul>
        <OpenMigrationRow
          migration={migration}
          progress={null}
          now={startedAt + 1000}
          mayCancel
          isCancelling={false}
          onCancel={onCancel}
          {...overrides}
        />
      </ul>
    </TooltipProvider>,
  )
  return {
    onCancel,
    text: screen.getByRole('listitem').textContent?.replaceAll('\u00a0', ' ') ?? '',
  }
}

const cancelButton = () => screen.getByRole('button', { name: /cancel the migration of web-7/i })

describe('every phase', () => {
  for (const phase of Object.keys(states) as OpenState['phase'][]) {
    test(`${phase} says what it is, who goes where and who asked`, () => {
      const { text } = show(states[phase])
      expect(text).toContain(labels[phase])
      expect(text).toContain('xen-01')
      expect(text).toContain('xen-02')
      expect(text).toContain('asked by Ada')
      expect(screen.getByRole('link', { name: 'web-7' })).toBeTruthy()
    })
  }
})

test('a running copy shows its figures; what is predicted is said to be predicted', () => {
  const { text } = show(states['pre-copy'], { progress })
  expect(text).toContain('Round 3')
  expect(text).toMatch(/Sent2\.0GiB/)
  expect(text).toMatch(/Left in round100\.0MiB/)
  expect(text).toMatch(/Dirty rate1\.0MiB\/s/)
  expect(text).toMatch(/Speed100\.0MiB\/s/)
  expect(text).toContain('predicted 3.0 s')
  expect(text).toContain('predicted 60 ms')
  const ring = screen.getByRole('progressbar', { name: /web-7 is 25\s% copied/ })
  expect(ring.getAttribute('aria-valuenow')).toBe('25')
})

const postCopy = {
  missingPages: 25_600,
  demandedPages: 1_234,
  waitedMs: 250,
  isWaiting: false,
  isConnected: true,
}

test('a domain whose memory follows shows what is missing and what it has waited for', () => {
  const { text } = show(states['post-copy'], { progress: { ...progress, postCopy } })
  expect(text).toMatch(/Still to follow100\.0MiB/)
  expect(text).toMatch(/On demand1.?234/)
  expect(text).toMatch(/Waited250 ms/)
  expect(text).not.toContain('waits now')
  expect(cancelButton().getAttribute('aria-disabled')).toBe('true')
})

test('one that stands still for a page says so, and why when the hosts are cut off', () => {
  const waiting = { ...postCopy, isWaiting: true }
  const { text } = show(states['post-copy'], { progress: { ...progress, postCopy: waiting } })
  expect(text).toContain('waits now')
  cleanup()
  const cut = { ...waiting, isConnected: false }
  const alone = show(states['post-copy'], { progress: { ...progress, postCopy: cut } })
  expect(alone.text).toContain('Cut off')
  expect(alone.text).toContain('web-7 stands still: it needs a page of its memory')
})

test('what is not known yet is a dash, not a zero', () => {
  const { text } = show(states['pre-copy'], { progress: { ...progress, dirtyPagesPerSec: null } })
  expect(text).toContain('Dirty rate–')
})

test('nothing heard is no amount: what was sent is not yet recorded until the first word of it', () => {
  const { text } = show({ phase: 'pre-copy', startedAt, rounds: [], totalBytes: 0 })
  expect(text).toMatch(/Sent–not yet recorded/)
  expect(text).not.toMatch(/0\s?B/)
})

test('a throttled guest is said to be slowed', () => {
  const { text } = show(states['pre-copy'], { progress: { ...progress, throttleRatio: 0.4 } })
  expect(text).toContain('Guest slowed by 40 %')
})

test('a stalled copy says where the domain still runs', () => {
  show(states['pre-copy'], { progress: { ...progress, isStalled: true } })
  expect(screen.getByRole('status').textContent).toMatch(/still runs on xen-01/)
})

test('one in doubt names who is asked and what must not be done', () => {
  const inDoubt = { sinceAt: startedAt, waitingFor: 'destination' } as const
  show({ ...activating, inDoubt }, { now: startedAt + 12_000 })
  const said = screen.getByRole('status').textContent?.replaceAll('\u00a0', ' ')
  expect(said).toMatch(/xen-02 has not been heard for 12 s/)
  expect(said).toMatch(/Do not start the domain anywhere else/)
})

describe('cancel', () => {
  test('asks when it may be pressed', async () => {
    const { onCancel } = show(states['pre-copy'])
    await userEvent.click(cancelButton())
    expect(onCancel).toHaveBeenCalledOnce()
  })

  test('keeps its place after the point of no return and gives the reason', async () => {
    const { onCancel } = show(states.activating)
    expect(cancelButton().getAttribute('aria-disabled')).toBe('true')
    await userEvent.click(cancelButton())
    expect(onCancel).not.toHaveBeenCalled()
    await userEvent.hover(cancelButton())
    expect((await screen.findByRole('tooltip')).textContent).toMatch(/Too late to cancel/)
  })

  test('is refused to a viewer, who learns whom to ask', async () => {
    show(states['pre-copy'], { mayCancel: false })
    expect(cancelButton().getAttribute('aria-disabled')).toBe('true')
    await userEvent.hover(cancelButton())
    expect((await screen.findByRole('tooltip')).textContent).toMatch(/administrators/)
  })

  test('says who asked before and cannot be asked twice', async () => {
    const migration = aMigration({ state: states['pre-copy'], cancelRequestedBy: 'Grace' })
    // The state is an open one, which aMigration cannot know.
    const { text } = show(states['pre-copy'], { migration: migration as OpenMigration })
    expect(text).toContain('Grace has asked to cancel')
    expect(cancelButton().getAttribute('aria-disabled')).toBe('true')
  })
})
