import { displayNameSchema } from '@drover/api-schema/scalars.ts'
import { emailSchema, passwordSchema } from '@drover/api-schema/user.ts'
import { sessionText } from '../../lib/text/session.ts'

export type SetupFields = {
  readonly name: string
  readonly email: string
  readonly password: string
}
export type SetupErrors = { readonly [Field in keyof SetupFields]: string | null }

const shortestPassword = 12

/** What is wrong with each field, in words, by the same rules the server has. */
export function checkSetupFields(fields: SetupFields): SetupErrors {
  return {
    name: displayNameSchema.safeParse(fields.name.trim()).success ? null : sessionText.nameMissing,
    email: emailSchema.safeParse(fields.email.trim()).success ? null : sessionText.emailWrong,
    password: passwordSchema.safeParse(fields.password).success
      ? null
      : sessionText.passwordShort(Math.max(1, shortestPassword - fields.password.length)),
  }
}
