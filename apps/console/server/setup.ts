import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import { err, type Result } from '@drover/api-schema/result.ts'
import type { User } from '@drover/api-schema/user.ts'
import { hashSecret, newSecret } from './secrets.ts'
import type { SetupLinkStore } from './store/setup-links.ts'
import type { UserStore } from './store/users.ts'

export type Setup = ReturnType<typeof createSetup>

/** The link printed at start: it makes the first administrator, once, and only while there is none. */
export function createSetup(ports: {
  readonly links: SetupLinkStore
  readonly users: UserStore
  readonly hashPassword: (password: string) => Promise<string>
}) {
  const isValid = async (token: string) =>
    (await ports.links.isUnused(hashSecret(token))) && !(await ports.users.hasAdmin())
  return {
    isValid,

    /** A new link for this start, null when there is an administrator. Earlier links end. */
    async newLink(publicUrl: string): Promise<string | null> {
      if (await ports.users.hasAdmin()) return null
      const token = newSecret()
      await ports.links.replace(hashSecret(token))
      return `${publicUrl}/setup?token=${token}`
    },

    async createFirstAdmin(input: {
      token: string
      name: string
      email: string
      password: string
    }): Promise<Result<User, Refusal>> {
      // Looked at before the expensive hash; the transaction decides.
      if (!(await isValid(input.token))) return err(refusal('setup-link-invalid'))
      const passwordHash = await ports.hashPassword(input.password)
      return ports.users.createFirstAdmin(hashSecret(input.token), {
        name: input.name,
        email: input.email,
        passwordHash,
      })
    },
  }
}
