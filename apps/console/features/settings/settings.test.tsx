import { refusal } from '@drover/api-schema/errors.ts'
import type { UserId } from '@drover/api-schema/ids.ts'
import { aUser, testMoment, uuid } from '@drover/api-schema/testing/builders.ts'
import { enrolmentTokenSchema, type Role } from '@drover/api-schema/user.ts'
import { screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import type { ReactNode } from 'react'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { renderInConsole } from '../../testing/render-in-console.tsx'
import { stubFetch } from '../../testing/stub-fetch.ts'
import { SettingsFrame } from './settings-frame.tsx'
import { TokensPage } from './tokens-page.tsx'
import { UsersPage } from './users-page.tsx'

vi.mock('next/navigation', () => ({ usePathname: () => '/settings/users' }))

class NoLayout {
  observe() {}
  unobserve() {}
  disconnect() {}
}

const fetched = stubFetch()
beforeEach(() => {
  // jsdom lays nothing out; the radio buttons ask how large they are.
  vi.stubGlobal('ResizeObserver', NoLayout)
})

const user = (name: string, role: Role) =>
  aUser({ userId: name as UserId, email: `${name}@example.org`, name, role })
const ada = user('ada', 'admin')
const bob = user('bob', 'operator')
const token = enrolmentTokenSchema.parse({
  enrolmentTokenId: uuid(1),
  name: 'rack 4',
  createdAt: testMoment,
  createdBy: 'ada',
  lastUsedAt: null,
  revokedAt: null,
})

/** What the server answers to a method; reads of lists are answered from what is known. */
function answer(method: string, status: number, body: unknown) {
  fetched.mockImplementation(async (address, init) => {
    const isRead = (init?.method ?? 'GET') === 'GET'
    if (isRead && String(address).endsWith('/users')) return Response.json({ users: [ada, bob] })
    if (isRead) return Response.json({ tokens: [token] })
    expect(init?.method).toBe(method)
    return status === 204 ? new Response(null, { status }) : Response.json(body, { status })
  })
}
const errorBody = (error: unknown) => ({ error, requestId: 'r1' })
const sent = () =>
  fetched.mock.calls.filter(([, init]) => (init?.method ?? 'GET') !== 'GET').map(([, init]) => init)

function show(page: ReactNode, me = ada) {
  answer('GET', 200, null)
  renderInConsole(page, { user: me })
}

describe('access', () => {
  for (const role of ['viewer', 'operator'] as const) {
    test(`a ${role} sees no settings, and whom to ask`, () => {
      show(<SettingsFrame>secret</SettingsFrame>, user('eve', role))
      expect(screen.queryByText('secret')).toBeNull()
      expect(screen.getByText('Only administrators see the settings')).toBeTruthy()
      expect(screen.getByRole('link', { name: 'Back to the board' })).toBeTruthy()
    })
  }

  test('an administrator sees them, with the present part marked', () => {
    show(<SettingsFrame>secret</SettingsFrame>)
    expect(screen.getByText('secret')).toBeTruthy()
    expect(screen.getByRole('link', { name: 'Users' }).getAttribute('aria-current')).toBe('page')
  })
})

describe('users', () => {
  async function openForm() {
    show(<UsersPage />)
    await userEvent.click(await screen.findByRole('button', { name: 'Add user' }))
    return within(await screen.findByRole('dialog'))
  }
  async function fill(form: ReturnType<typeof within>) {
    await userEvent.type(form.getByLabelText('Name'), 'Grace')
    await userEvent.type(form.getByLabelText('E-mail address'), 'grace@example.org')
    await userEvent.type(form.getByLabelText('Password'), 'correct horse battery')
    await userEvent.click(form.getByRole('radio', { name: 'Operator' }))
  }

  test('an empty form sends nothing and says what each field wants', async () => {
    const form = await openForm()
    await userEvent.click(form.getByRole('button', { name: 'Add user' }))
    expect(sent()).toEqual([])
    for (const label of ['Name', 'E-mail address', 'Password']) {
      expect(form.getByLabelText(label).getAttribute('aria-invalid'), label).toBe('true')
    }
  })

  test('a good form is sent as it was filled in', async () => {
    const form = await openForm()
    await fill(form)
    answer('POST', 200, user('grace', 'operator'))
    await userEvent.click(form.getByRole('button', { name: 'Add user' }))
    expect(JSON.parse(String(sent()[0]?.body))).toEqual({
      name: 'Grace',
      email: 'grace@example.org',
      role: 'operator',
      password: 'correct horse battery',
    })
  })

  test('a field the server refuses says so at the field, once', async () => {
    const form = await openForm()
    await fill(form)
    const fields = [{ path: 'password', message: 'is on a list of leaked passwords' }]
    answer('POST', 400, errorBody({ ...refusal('invalid-request'), fields }))
    await userEvent.click(form.getByRole('button', { name: 'Add user' }))
    const said = await form.findByText('is on a list of leaked passwords')
    const input = form.getByLabelText('Password')
    expect(input.getAttribute('aria-describedby')?.split(' ')).toContain(said.id)
    expect(form.queryByRole('alert')).toBeNull()
  })

  test('an address that is taken says so at the address', async () => {
    const form = await openForm()
    await fill(form)
    answer('POST', 409, errorBody(refusal('email-taken')))
    await userEvent.click(form.getByRole('button', { name: 'Add user' }))
    await form.findByText(/exists already/)
    expect(form.getByLabelText('E-mail address').getAttribute('aria-invalid')).toBe('true')
  })

  test('the last administrator cannot be removed, and learns why; others can', async () => {
    show(<UsersPage />)
    const off = await screen.findByRole('button', { name: 'Remove ada' })
    expect(off.getAttribute('aria-disabled')).toBe('true')
    await userEvent.hover(off)
    expect((await screen.findByRole('tooltip')).textContent).toMatch(/last administrator/)
    expect(screen.getByRole('button', { name: 'Remove bob' }).hasAttribute('aria-disabled')).toBe(
      false,
    )
  })

  test('what the server says against making the last one less stands at the head of the form', async () => {
    show(<UsersPage />)
    await userEvent.click(await screen.findByRole('button', { name: 'Change ada' }))
    const form = within(await screen.findByRole('dialog'))
    await userEvent.click(form.getByRole('radio', { name: 'Viewer' }))
    answer('PATCH', 409, errorBody(refusal('last-admin')))
    await userEvent.click(form.getByRole('button', { name: 'Save' }))
    expect((await form.findByRole('alert')).textContent).toMatch(/last administrator/)
    expect(JSON.parse(String(sent()[0]?.body))).toEqual({ role: 'viewer' })
  })
})

describe('enrolment tokens', () => {
  test('the secret is shown once, with the line to run', async () => {
    show(<TokensPage />)
    await userEvent.click(await screen.findByRole('button', { name: 'New token' }))
    await userEvent.type(screen.getByLabelText('Name'), 'rack 5')
    answer('POST', 200, { token: { ...token, name: 'rack 5' }, secret: 'the-secret' })
    await userEvent.click(screen.getByRole('button', { name: 'Make token' }))
    const secret = await screen.findByLabelText('Secret')
    expect(secret).toHaveProperty('value', 'the-secret')
    const command = screen.getByLabelText('Run this on the host')
    expect(command).toHaveProperty(
      'value',
      expect.stringMatching(/^DROVER_TOKEN=the-secret node .* --console ws:/),
    )
    await userEvent.click(screen.getByRole('button', { name: 'I have copied it' }))
    expect(screen.queryByDisplayValue('the-secret')).toBeNull()
  })

  test('revoking asks first and says what happens to the hosts', async () => {
    show(<TokensPage />)
    await userEvent.click(await screen.findByRole('button', { name: 'Revoke rack 4' }))
    const dialog = await screen.findByRole('alertdialog')
    expect(dialog.textContent).toMatch(/its hosts go stale/)
    expect(sent()).toEqual([])
    answer('DELETE', 204, null)
    await userEvent.click(screen.getByRole('button', { name: 'Revoke token' }))
    expect(sent()).toHaveLength(1)
  })
})
