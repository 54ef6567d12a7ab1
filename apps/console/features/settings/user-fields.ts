import type { EndpointBody } from '@drover/api-schema/endpoints.ts'
import type { Refusal } from '@drover/api-schema/errors.ts'
import { displayNameSchema } from '@drover/api-schema/scalars.ts'
import { emailSchema, type Role, type User } from '@drover/api-schema/user.ts'
import { passwordProblem } from '../../lib/password.ts'
import { usersText } from '../../lib/text/settings.ts'

export type UserFields = {
  readonly name: string
  readonly email: string
  readonly role: Role
  readonly password: string
}
export type UserFieldName = 'name' | 'email' | 'password'
export type UserErrors = { readonly [Field in UserFieldName]: string | null }

export const noErrors: UserErrors = { name: null, email: null, password: null }
export const emptyFields: UserFields = { name: '', email: '', role: 'viewer', password: '' }

export function fieldsOf(user: User): UserFields {
  return { name: user.name, email: user.email, role: user.role, password: '' }
}

/** What is wrong with each field, by the rules the server has. `new`: a password must be given. */
export function checkUserFields(fields: UserFields, mode: 'new' | 'change'): UserErrors {
  const mayKeepPassword = mode === 'change' && fields.password === ''
  return {
    name: displayNameSchema.safeParse(fields.name.trim()).success ? null : usersText.nameMissing,
    email: emailSchema.safeParse(fields.email.trim()).success ? null : usersText.emailWrong,
    password: mayKeepPassword ? null : passwordProblem(fields.password),
  }
}

export function hasErrors(errors: UserErrors): boolean {
  return Object.values(errors).some((error) => error !== null)
}

/** The sentences of a refusal on the fields they belong to, and the one for the head of the form, never both. */
export function errorsOf(refusal: Refusal): { fields: UserErrors; head: Refusal | null } {
  if (refusal.code === 'email-taken') {
    return { fields: { ...noErrors, email: refusal.message }, head: null }
  }
  const fields = { ...noErrors }
  let found = false
  for (const { path, message } of refusal.fields ?? []) {
    const name = path.replace(/^body\./, '')
    if (name === 'name' || name === 'email' || name === 'password') {
      fields[name] = message
      found = true
    }
  }
  return { fields, head: found ? null : refusal }
}

/** Only what is different is sent. */
export function changesOf(user: User, fields: UserFields): EndpointBody<'updateUser'> {
  const name = fields.name.trim()
  return {
    ...(name === user.name ? {} : { name }),
    ...(fields.role === user.role ? {} : { role: fields.role }),
    ...(fields.password === '' ? {} : { password: fields.password }),
  }
}

/** Why this user must stay an administrator; null when another one is there. */
export function refuseLastAdmin(user: User, users: readonly User[]): string | null {
  const isLast =
    user.role === 'admin' &&
    !users.some((other) => other.role === 'admin' && other.userId !== user.userId)
  return isLast ? usersText.lastAdmin : null
}
