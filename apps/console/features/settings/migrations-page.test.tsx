import type { Fleet } from '@drover/api-schema/live-protocol.ts'
import {
  defaultMigrationLimits,
  defaultMigrationSettings,
} from '@drover/api-schema/migration-settings.ts'
import { aFleet, aHost, testMoment } from '@drover/api-schema/testing/builders.ts'
import { type Role, userSchema } from '@drover/api-schema/user.ts'
import { act, cleanup, render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ClientProvider, createClient } from '../../client/provider.tsx'
import { queries } from '../../client/queries.ts'
import { TooltipProvider } from '../../ui/tooltip.tsx'
import { MigrationSettingsPage } from './migrations-page.tsx'

const fetched = vi.fn<typeof fetch>()
beforeEach(() => {
  fetched.mockReset()
  vi.stubGlobal('fetch', fetched)
})
afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

function show(role: Role = 'admin', settings: Partial<Fleet['migrationSettings']> = {}) {
  const client = createClient()
  const fleet = aFleet({
    hosts: [aHost()],
    migrationSettings: { ...defaultMigrationSettings, ...settings },
  })
  const user = userSchema.parse({
    userId: 'ada',
    email: 'ada@example.org',
    name: 'Ada',
    role,
    createdAt: testMoment,
  })
  client.queryClient.setQueryData(queries.session().queryKey, { user })
  client.queryClient.setQueryData(queries.fleet().queryKey, fleet)
  render(
    <ClientProvider client={client}>
      <TooltipProvider>
        <MigrationSettingsPage />
      </TooltipProvider>
    </ClientProvider>,
  )
  const hear = (limits: Partial<typeof defaultMigrationLimits>, by: string) =>
    act(() => {
      client.queryClient.setQueryData(queries.fleet().queryKey, {
        ...fleet,
        migrationSettings: {
          ...fleet.migrationSettings,
          limits: { ...defaultMigrationLimits, ...limits },
          lastChanges: [{ pool: null, by, at: testMoment }],
        },
      })
    })
  return { hear }
}

const leaving = () => screen.getByLabelText<HTMLInputElement>('Leaving a host (migrations)')
const save = () => screen.queryByRole('button', { name: 'Save: At once' })

async function type(text: string) {
  await userEvent.clear(leaving())
  await userEvent.type(leaving(), text)
}

test('what is typed is marked as not saved, and undone', async () => {
  show()
  expect(save()).toBeNull()
  await type('7')
  expect(screen.getByText('Not saved yet.')).toBeTruthy()
  await userEvent.click(screen.getByRole('button', { name: 'Undo the changes: At once' }))
  expect(leaving().value).toBe('2')
  expect(save()).toBeNull()
})

test('what cannot be says so at its field and is not sent', async () => {
  show()
  await type('0')
  expect(leaving().getAttribute('aria-invalid')).toBe('true')
  await userEvent.click(screen.getByRole('button', { name: 'Save: At once' }))
  expect(fetched).not.toHaveBeenCalled()
})

test('saving sends the limits, and the fact that comes back ends the edit', async () => {
  const { hear } = show()
  await type('7')
  const limits = { ...defaultMigrationLimits, outgoingPerHost: 7 }
  fetched.mockImplementation(async () => Response.json(limits))
  await userEvent.click(screen.getByRole('button', { name: 'Save: At once' }))
  expect(JSON.parse(String(fetched.mock.calls[0]?.[1]?.body))).toEqual(limits)
  hear({ outgoingPerHost: 7 }, 'Ada')
  expect(await screen.findByText(/^Changed by Ada,/)).toBeTruthy()
  expect(save()).toBeNull()
})

test('a change by somebody else is followed, and said where it meets an edit', async () => {
  const { hear } = show()
  hear({ outgoingPerHost: 4 }, 'Grace')
  await waitFor(() => expect(leaving().value).toBe('4'))
  await type('9')
  hear({ outgoingPerHost: 5 }, 'Grace')
  expect(await screen.findByText(/^Grace has changed this meanwhile\./)).toBeTruthy()
  expect(leaving().value).toBe('9')
})

test.each(['viewer', 'operator'] as const)('a %s reads it and changes nothing', (role) => {
  show(role)
  expect(leaving().readOnly).toBe(true)
  expect(screen.queryByRole('combobox')).toBeNull()
  expect(screen.getByText(/Only administrators change these\./)).toBeTruthy()
})
