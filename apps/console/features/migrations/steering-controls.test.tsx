import {
  aFleet,
  aHost,
  aMigration,
  aUser,
  hostId,
  testMoment,
} from '@drover/api-schema/testing/builders.ts'
import type { Role } from '@drover/api-schema/user.ts'
import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import { postCopyRisk } from '../../lib/post-copy-risk.ts'
import { renderInConsole } from '../../testing/render-in-console.tsx'
import { stubFetch } from '../../testing/stub-fetch.ts'
import { SteeringControls } from './steering-controls.tsx'

const fetched = stubFetch()
const copying = aMigration({
  state: { phase: 'pre-copy', startedAt: testMoment, rounds: [], totalBytes: 0 },
})

function show({ role = 'operator', hasPostCopy = true }: { role?: Role; hasPostCopy?: boolean }) {
  const destination = aHost({ hostId: hostId(2), name: 'xen-02' })
  const fleet = aFleet({
    hosts: [
      aHost({ capabilities: { ...destination.capabilities, hasPostCopy: true } }),
      { ...destination, capabilities: { ...destination.capabilities, hasPostCopy } },
    ],
  })
  renderInConsole(<SteeringControls migration={copying} progress={null} />, {
    user: aUser({ role }),
    fleet,
  })
}

const moveNow = () => screen.getByRole('button', { name: 'Move now, memory after…' })

test('a copy is moved before its memory only after the risk was read', async () => {
  show({})
  await userEvent.click(moveNow())
  expect(screen.getByRole('alertdialog', { name: 'Run web-7 on xen-02 now?' })).toBeTruthy()
  expect(screen.getByText((text) => text.endsWith(postCopyRisk))).toBeTruthy()
  expect(fetched).not.toHaveBeenCalled()
  fetched.mockImplementation(async () => Response.json(copying))
  await userEvent.click(screen.getByRole('button', { name: 'Move it now' }))
  const [address, init] = fetched.mock.calls[0] ?? []
  expect(address).toMatch(/\/migrations\/[^/]+\/steer$/)
  expect(JSON.parse(String(init?.body))).toMatchObject({ goesPostCopy: true, pausesNext: false })
})

test('where a host cannot do it the control says so', async () => {
  show({ hasPostCopy: false })
  expect(moveNow().getAttribute('aria-disabled')).toBe('true')
  await userEvent.click(moveNow())
  expect(screen.queryByRole('alertdialog')).toBeNull()
})

test('a viewer steers nothing', () => {
  show({ role: 'viewer' })
  expect(screen.queryByRole('button')).toBeNull()
})
