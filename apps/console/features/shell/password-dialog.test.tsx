import { refusal } from '@drover/api-schema/errors.ts'
import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'
import { renderInConsole } from '../../testing/render-in-console.tsx'
import { stubFetch } from '../../testing/stub-fetch.ts'
import { PasswordDialog } from './password-dialog.tsx'

const fetched = stubFetch()

const current = () => screen.getByLabelText('Current password')
const wanted = () => screen.getByLabelText('New password')
const send = () => userEvent.click(screen.getByRole('button', { name: 'Change password' }))

function show() {
  const onClose = vi.fn()
  renderInConsole(<PasswordDialog email="ada@example.org" onClose={onClose} />)
  return onClose
}

async function fill(before: string, after: string) {
  await userEvent.type(current(), before)
  await userEvent.type(wanted(), after)
}

test('nothing is sent before both fields are good, and each says what it wants', async () => {
  show()
  expect(document.activeElement).toBe(current())
  await userEvent.type(wanted(), 'short')
  await send()
  expect(fetched).not.toHaveBeenCalled()
  expect(screen.getByText('Enter the password you sign in with now.')).toBeTruthy()
  expect(screen.getByText('7 more characters, please.')).toBeTruthy()
})

test('both are sent, and the dialog closes when it is done', async () => {
  const onClose = show()
  fetched.mockResolvedValue(new Response(null, { status: 204 }))
  await fill('the old password', 'an entirely new one')
  await send()
  const [address, init] = fetched.mock.calls[0] ?? []
  expect([address, init?.method]).toEqual(['/api/v1/session/password', 'POST'])
  expect(JSON.parse(String(init?.body))).toEqual({
    currentPassword: 'the old password',
    newPassword: 'an entirely new one',
  })
  expect(onClose).toHaveBeenCalledOnce()
})

test.each([
  ['wrong-password', 403, 'The current password is wrong.', true],
  ['too-many-attempts', 429, 'Too many attempts. Wait a minute and try again.', false],
] as const)(
  'a refusal (%s) stands once, where it belongs',
  async (code, status, sentence, atField) => {
    const onClose = show()
    fetched.mockResolvedValue(Response.json({ error: refusal(code), requestId: 'r1' }, { status }))
    await fill('not the password', 'an entirely new one')
    await send()
    const said = await screen.findByText(sentence)
    expect(current().getAttribute('aria-describedby') === said.id).toBe(atField)
    expect(screen.queryByRole('alert') === null).toBe(atField)
    expect(onClose).not.toHaveBeenCalled()
  },
)
