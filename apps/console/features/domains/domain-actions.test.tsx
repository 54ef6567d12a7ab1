import { type DomainAction, domainActions } from '@drover/api-schema/agent-protocol.ts'
import type { DomainState, DomainStatus } from '@drover/api-schema/domain.ts'
import {
  aDomain,
  aHost,
  aUser,
  migrationId,
  testMoment,
} from '@drover/api-schema/testing/builders.ts'
import type { Role } from '@drover/api-schema/user.ts'
import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, describe, expect, test } from 'vitest'
import { domainActionText } from '../../lib/text/common.ts'
import { renderInConsole } from '../../testing/render-in-console.tsx'
import { stubFetch } from '../../testing/stub-fetch.ts'
import { DomainActions } from './domain-actions.tsx'

const fetched = stubFetch()
beforeEach(() => {
  fetched.mockImplementation(async () => Response.json({ outcome: 'done' }))
})

function show({ role = 'operator' as Role, domain = aDomain(), host = aHost() } = {}) {
  renderInConsole(<DomainActions domain={domain} host={host} />, { user: aUser({ role }) })
}

const button = (action: DomainAction) =>
  screen.getByRole('button', { name: domainActionText[action] })
const enabled = () =>
  domainActions.filter((action) => button(action).getAttribute('aria-disabled') !== 'true')
const sent = () => fetched.mock.calls.map(([, init]) => String(init?.body))

describe('what can be done follows the state, and every action keeps its place', () => {
  const cases: Record<DomainStatus, { state: DomainState; allowed: readonly DomainAction[] }> = {
    running: {
      state: { status: 'running' },
      allowed: ['pause', 'shut-down', 'reboot', 'destroy'],
    },
    paused: {
      state: { status: 'paused', by: 'administrator' },
      allowed: ['unpause', 'destroy'],
    },
    'shutting-down': { state: { status: 'shutting-down' }, allowed: ['destroy'] },
    'shut-off': { state: { status: 'shut-off' }, allowed: ['start'] },
    crashed: { state: { status: 'crashed' }, allowed: ['start', 'destroy'] },
  }
  for (const [status, { state, allowed }] of Object.entries(cases)) {
    test(status, () => {
      show({ domain: aDomain({ state }) })
      expect(enabled()).toEqual(allowed)
    })
  }
})

describe('a reason is given', () => {
  test('while the domain migrates', async () => {
    show({ domain: aDomain({ migrationId: migrationId(1) }) })
    expect(enabled()).toEqual([])
    await userEvent.hover(button('pause'))
    expect((await screen.findByRole('tooltip')).textContent).toMatch(/web-7 is being migrated/)
  })

  test('while the host is not heard', async () => {
    show({ host: aHost({ connection: { status: 'stale', lastSeenAt: testMoment } }) })
    await userEvent.hover(button('reboot'))
    expect((await screen.findByRole('tooltip')).textContent).toMatch(/xen-01 is not connected/)
  })

  test('to a viewer, whatever the state', async () => {
    show({ role: 'viewer' })
    expect(enabled()).toEqual([])
    await userEvent.hover(button('destroy'))
    expect((await screen.findByRole('tooltip')).textContent).toMatch(/Operators/)
  })
})

test('a press on a disabled action sends nothing', async () => {
  show()
  await userEvent.click(button('start'))
  expect(fetched).not.toHaveBeenCalled()
})

test('pausing is done at once, because one click takes it back', async () => {
  show()
  await userEvent.click(button('pause'))
  expect(sent()).toEqual([JSON.stringify({ action: 'pause' })])
})

test('shutting down asks first and says who is cut off', async () => {
  show()
  await userEvent.click(button('shut-down'))
  const dialog = await screen.findByRole('alertdialog')
  expect(dialog.textContent).toMatch(/web-7 on xen-01/)
  expect(fetched).not.toHaveBeenCalled()
  await userEvent.click(screen.getByRole('button', { name: 'Shut down web-7' }))
  expect(sent()).toEqual([JSON.stringify({ action: 'shut-down' })])
})

test('destroying names the memory that is lost and wants the name typed', async () => {
  show()
  await userEvent.click(button('destroy'))
  const dialog = await screen.findByRole('alertdialog')
  expect(dialog.textContent).toMatch(/the 4\sGiB it holds/)
  const confirm = screen.getByRole('button', { name: 'Destroy web-7' })
  await userEvent.type(screen.getByRole('textbox'), 'web-8')
  await userEvent.click(confirm)
  expect(fetched).not.toHaveBeenCalled()
  expect(screen.getByText('This is not web-7.')).toBeTruthy()
  await userEvent.clear(screen.getByRole('textbox'))
  await userEvent.type(screen.getByRole('textbox'), 'web-7')
  await userEvent.click(confirm)
  expect(sent()).toEqual([JSON.stringify({ action: 'destroy' })])
})
