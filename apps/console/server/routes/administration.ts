import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { UserId } from '@drover/api-schema/ids.ts'
import { err, ok, type Result } from '@drover/api-schema/result.ts'
import type { User } from '@drover/api-schema/user.ts'
import type { Audit } from '../audit.ts'
import type { Auth } from '../auth.ts'
import type { Enrolment } from '../enrolment.ts'
import type { SavedFilters } from '../saved-filters.ts'
import type { UserStore } from '../store/users.ts'
import type { Handlers } from './handler.ts'

export type AdministrationPorts = {
  readonly auth: Auth
  readonly users: UserStore
  readonly enrolment: Enrolment
  readonly audit: Audit
  readonly savedFilters: Pick<SavedFilters, 'forgetUser'>
}

export function administrationRoutes({
  auth,
  users,
  enrolment,
  audit,
  savedFilters,
}: AdministrationPorts) {
  return {
    listUsers: async () => ok({ users: await users.list() }),

    async createUser({ body, caller }) {
      const { email, name, role, password } = body
      const passwordHash = await auth.hashPassword(password)
      const made = await users.create({ email, name, role, passwordHash })
      if (made.ok) audit.record(caller.user.name, 'create-user', email, `as ${role}`)
      return made
    },

    async updateUser({ params, body, caller }) {
      const change = {
        ...(body.name === undefined ? {} : { name: body.name }),
        ...(body.role === undefined ? {} : { role: body.role }),
        ...(body.password === undefined
          ? {}
          : { passwordHash: await auth.hashPassword(body.password) }),
      }
      const updated = await users.update(params.userId, change)
      if (!updated.ok) return updated
      const { user, endedSessions } = updated.value
      if (endedSessions) auth.sessionsEnded(user.userId)
      audit.record(caller.user.name, 'update-user', user.email, Object.keys(body).sort().join(', '))
      return ok(user)
    },

    async removeUser({ params, caller }) {
      const removed = await users.remove(params.userId)
      if (removed.ok) await savedFilters.forgetUser(params.userId)
      return removed.ok ? goodbye(removed.value, caller.user.name) : removed
    },

    listEnrolmentTokens: async () => ok({ tokens: await enrolment.list() }),

    async createEnrolmentToken({ body, caller }) {
      const made = await enrolment.create(body.name, caller.user.name)
      audit.record(
        caller.user.name,
        'create-enrolment-token',
        body.name,
        made.token.enrolmentTokenId,
      )
      return ok(made)
    },

    async revokeEnrolmentToken({ params, caller }) {
      const revoked = await enrolment.revoke(params.enrolmentTokenId)
      if (revoked === null)
        return err(refusal('not-found', 'There is no such token, or it was revoked already.'))
      audit.record(
        caller.user.name,
        'revoke-enrolment-token',
        revoked.name,
        revoked.enrolmentTokenId,
      )
      return ok(undefined)
    },

    listAudit: async ({ query }) => ok(await audit.list(query.limit, query.before)),
  } satisfies Partial<Handlers>

  function goodbye(user: User, by: string): Result<undefined, Refusal> {
    const userId: UserId = user.userId
    auth.sessionsEnded(userId)
    audit.record(by, 'remove-user', user.email, `was ${user.role}`)
    return ok(undefined)
  }
}
