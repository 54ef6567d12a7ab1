import type { Migration } from '@drover/api-schema/migration.ts'
import { aHost, aMigration, aUser, testMoment } from '@drover/api-schema/testing/builders.ts'
import type { Role } from '@drover/api-schema/user.ts'
import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import { renderInConsole } from '../../testing/render-in-console.tsx'
import { stubFetch } from '../../testing/stub-fetch.ts'
import { InDoubtPanel } from './in-doubt-panel.tsx'

const fetched = stubFetch()

function inDoubt(waitingFor: 'source' | 'destination' | null): Migration {
  return aMigration({
    state: {
      phase: 'activating',
      startedAt: testMoment,
      pausedAt: testMoment,
      inDoubt: waitingFor === null ? null : { sinceAt: testMoment, waitingFor },
      rounds: [],
      totalBytes: 0,
    },
  })
}

const silent = aHost({ connection: { status: 'stale', lastSeenAt: testMoment + 60_000 } })

function show(migration: Migration, role: Role = 'admin') {
  renderInConsole(
    <InDoubtPanel migration={migration} destination={silent} now={testMoment + 90_000} />,
    {
      user: aUser({ role }),
    },
  )
}

const confirmButton = () => screen.getByRole('button', { name: 'Run it on xen-01' })

test.each([null, 'source'] as const)(
  'there is nothing to decide while %s is waited for',
  (waitingFor) => {
    show(inDoubt(waitingFor))
    expect(screen.queryByText(/has not said whether/)).toBeNull()
  },
)

test('an operator reads what is known and decides nothing', () => {
  show(inDoubt('destination'), 'operator')
  expect(screen.getByText(/kept its own copy paused for 1\smin/)).toBeTruthy()
  expect(screen.getByText(/xen-02 is not connected; it was last heard 30\ss ago\./)).toBeTruthy()
  expect(screen.getByText('Only administrators can decide it by hand.')).toBeTruthy()
  expect(screen.queryByRole('button')).toBeNull()
})

test('an administrator reads the risk, types the name, and only then it is sent', async () => {
  show(inDoubt('destination'))
  await userEvent.click(screen.getByRole('button', { name: 'Run it on xen-01…' }))
  expect(screen.getByText(/two copies write to the same disks/)).toBeTruthy()
  expect(confirmButton().getAttribute('aria-disabled')).toBe('true')
  await userEvent.type(screen.getByLabelText('Type web-7 to confirm'), 'web-')
  await userEvent.click(confirmButton())
  expect(fetched).not.toHaveBeenCalled()
  await userEvent.type(screen.getByLabelText('Type web-7 to confirm'), '7')
  fetched.mockImplementation(async () => Response.json(inDoubt('destination')))
  await userEvent.click(confirmButton())
  const [address, init] = fetched.mock.calls[0] ?? []
  expect(address).toMatch(/\/migrations\/[^/]+\/resolve$/)
  expect(JSON.parse(String(init?.body))).toEqual({ resolution: 'resume', confirmation: 'web-7' })
})
