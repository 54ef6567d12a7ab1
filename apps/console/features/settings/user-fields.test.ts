import { refusal } from '@drover/api-schema/errors.ts'
import type { UserId } from '@drover/api-schema/ids.ts'
import { aUser } from '@drover/api-schema/testing/builders.ts'
import type { Role } from '@drover/api-schema/user.ts'
import { describe, expect, test } from 'vitest'
import {
  changesOf,
  checkUserFields,
  errorsOf,
  fieldsOf,
  hasErrors,
  refuseLastAdmin,
} from './user-fields.ts'

const user = (name: string, role: Role) =>
  aUser({ userId: name as UserId, email: `${name}@example.org`, name, role })
const ada = user('ada', 'admin')

describe('checking', () => {
  test('a new user needs a name, an address and a long password', () => {
    const errors = checkUserFields(
      { name: ' ', email: 'nobody', role: 'viewer', password: 'short' },
      'new',
    )
    expect(Object.values(errors).every((error) => error !== null)).toBe(true)
  })

  test('a change may leave the password as it is, but not make it short', () => {
    expect(hasErrors(checkUserFields(fieldsOf(ada), 'change'))).toBe(false)
    expect(hasErrors(checkUserFields(fieldsOf(ada), 'new'))).toBe(true)
    expect(
      checkUserFields({ ...fieldsOf(ada), password: 'short' }, 'change').password,
    ).not.toBeNull()
  })
})

describe('a refusal of the server', () => {
  test('stands at its field when it names one, and then not at the head', () => {
    const refused = {
      ...refusal('invalid-request'),
      fields: [{ path: 'body.email', message: 'not an address' }],
    }
    expect(errorsOf(refused)).toEqual({
      fields: { name: null, email: 'not an address', password: null },
      head: null,
    })
  })

  test('of a taken address stands at the address', () => {
    expect(errorsOf(refusal('email-taken')).fields.email).toMatch(/exists already/)
    expect(errorsOf(refusal('email-taken')).head).toBeNull()
  })

  test('about anything else stands at the head', () => {
    expect(errorsOf(refusal('last-admin')).head?.code).toBe('last-admin')
    const unknownField = { ...refusal('invalid-request'), fields: [{ path: 'x', message: 'y' }] }
    expect(errorsOf(unknownField).head).not.toBeNull()
  })
})

test('only what is different is sent', () => {
  expect(changesOf(ada, fieldsOf(ada))).toEqual({})
  expect(changesOf(ada, { ...fieldsOf(ada), role: 'viewer', password: 'a long password' })).toEqual(
    {
      role: 'viewer',
      password: 'a long password',
    },
  )
})

test('the last administrator is told so; one of two is not', () => {
  expect(refuseLastAdmin(ada, [ada, user('bob', 'operator')])).not.toBeNull()
  expect(refuseLastAdmin(ada, [ada, user('eve', 'admin')])).toBeNull()
  expect(refuseLastAdmin(user('bob', 'viewer'), [ada])).toBeNull()
})
