import { displayNameSchema } from '@drover/api-schema/scalars.ts'
import { emailSchema } from '@drover/api-schema/user.ts'
import { passwordProblem } from '../../lib/password.ts'
import { sessionText } from '../../lib/text/session.ts'

export type SetupFields = {
  readonly name: string
  readonly email: string
  readonly password: string
}
export type SetupErrors = { readonly [Field in keyof SetupFields]: string | null }

/** What is wrong with each field, in words, by the same rules the server has. */
export function checkSetupFields(fields: SetupFields): SetupErrors {
  return {
    name: displayNameSchema.safeParse(fields.name.trim()).success ? null : sessionText.nameMissing,
    email: emailSchema.safeParse(fields.email.trim()).success ? null : sessionText.emailWrong,
    password: passwordProblem(fields.password),
  }
}
