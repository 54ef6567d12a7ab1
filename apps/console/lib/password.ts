import { passwordSchema } from '@drover/api-schema/user.ts'
import { sessionText } from './text/session.ts'

const shortest = passwordSchema.minLength ?? 0

/** What is wrong with a new password, in words, by the rule the server has; null when it is good. */
export function passwordProblem(password: string): string | null {
  if (passwordSchema.safeParse(password).success) return null
  const missing = shortest - password.length
  return missing > 0 ? sessionText.passwordShort(missing) : sessionText.passwordLong
}
