import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import { err, ok, type Result } from '@drover/api-schema/result.ts'
import type { User } from '@drover/api-schema/user.ts'
import type { Audit } from '../audit.ts'
import type { Auth, Client } from '../auth.ts'
import { addressGroup } from '../http/client-address.ts'
import type { RateLimit } from '../rate-limit.ts'
import type { Session } from '../session-cache.ts'
import type { Setup } from '../setup.ts'
import type { UserStore } from '../store/users.ts'
import type { Handlers, RequestFacts } from './handler.ts'

type SignedIn = { readonly user: User; readonly cookies: readonly string[] }

export type SessionPorts = {
  readonly auth: Auth
  readonly setup: Setup
  readonly users: UserStore
  readonly audit: Audit
  readonly limits: {
    /** All guesses from one address, or one /64 of IPv6. */
    readonly perAddress: RateLimit
    /** Guesses of one account from one address. */
    readonly perAccountAndAddress: RateLimit
    /** Guesses of one account from everywhere: higher, so that a stranger cannot lock its owner out for nothing. */
    readonly perAccount: RateLimit
  }
}

export function sessionRoutes(ports: SessionPorts) {
  const { auth, setup, audit } = ports
  return {
    async getSetup({ query, request }) {
      const look = async () => ok({ isValid: await setup.isValid(query.token) })
      return limited(ports, { request, isGood: (found) => found.isValid }, look)
    },

    async createFirstAdmin({ body, request, setCookies }) {
      return limited(ports, { request }, async () => {
        const made = await setup.createFirstAdmin(body)
        if (!made.ok) return made
        audit.record(
          made.value.name,
          'create-first-admin',
          made.value.email,
          `from ${request.address}`,
        )
        const signedIn = await auth.signIn(
          { email: body.email, password: body.password },
          clientOf(request),
        )
        return answer(signedIn, setCookies)
      })
    },

    async signIn({ body, request, setCookies }) {
      return limited(ports, { request, account: body.email }, async () => {
        const signedIn = await auth.signIn(body, clientOf(request))
        if (signedIn.ok)
          audit.record(signedIn.value.user.name, 'sign-in', body.email, `from ${request.address}`)
        else audit.record('nobody', 'sign-in-refused', body.email, `from ${request.address}`)
        return answer(signedIn, setCookies)
      })
    },

    getSession: ({ caller }) => ok({ user: caller.user }),

    async signOut({ caller, request, setCookies }) {
      setCookies(await auth.signOut(caller, request.cookieHeader))
      audit.record(caller.user.name, 'sign-out', caller.user.email, `from ${request.address}`)
      return ok(undefined)
    },

    changePassword({ body, caller, request }) {
      const { user } = caller
      // A stolen session must not be a way to guess the password faster than the sign-in form.
      return limited(ports, { request, account: user.email }, async () => {
        const ended = await replacePassword(ports, caller, body)
        const what = ended === null ? 'change-password-refused' : 'change-password'
        const sessions = ended === null ? '' : `; ended ${ended.length} other sessions`
        audit.record(user.name, what, user.email, `from ${request.address}${sessions}`)
        return ended === null ? err(refusal('wrong-password')) : ok(undefined)
      })
    },
  } satisfies Partial<Handlers>
}

/** The sessions that ended by it; null when the current password is not the one that was given. */
async function replacePassword(
  { auth, users }: SessionPorts,
  { sessionId, user: { userId } }: Session,
  { currentPassword, newPassword }: { currentPassword: string; newPassword: string },
): Promise<readonly string[] | null> {
  const checkedHash = await users.passwordHash(userId)
  if (checkedHash === null || !(await auth.isPassword(currentPassword, checkedHash))) return null
  const newHash = await auth.hashPassword(newPassword)
  const ended = await users.changePassword({
    userId,
    checkedHash,
    newHash,
    keptSessionId: sessionId,
  })
  for (const other of ended ?? []) auth.sessionEnded(other)
  return ended
}

function clientOf(request: RequestFacts): Client {
  return { address: request.address, userAgent: request.userAgent.slice(0, 300) }
}

function answer(
  signedIn: Result<SignedIn, Refusal>,
  setCookies: (cookies: readonly string[]) => void,
) {
  if (!signedIn.ok) return signedIn
  setCookies(signedIn.value.cookies)
  return ok({ user: signedIn.value.user })
}

type Attempt<T> = {
  readonly request: RequestFacts
  readonly account?: string
  /** False for an answer that tells a guesser something. */
  readonly isGood?: (value: T) => boolean
}

/** Guesses are counted, by address and by account; what was no guess is not. */
async function limited<T>(
  { limits }: SessionPorts,
  { request, account, isGood = () => true }: Attempt<T>,
  run: () => Promise<Result<T, Refusal>>,
): Promise<Result<T, Refusal>> {
  const tooMany = refusal('too-many-attempts', 'Too many attempts. Wait a minute and try again.')
  const group = addressGroup(request.address)
  const counters: [RateLimit, string][] = [[limits.perAddress, group]]
  if (account !== undefined) {
    counters.push(
      [limits.perAccountAndAddress, `${group} ${account}`],
      [limits.perAccount, account],
    )
  }
  for (const [limit, key] of counters) if (!limit.take(key)) return err(tooMany)
  const refund = () => {
    for (const [limit, key] of counters) limit.refund(key)
  }
  try {
    const outcome = await run()
    if (outcome.ok && isGood(outcome.value)) refund()
    return outcome
  } catch (error) {
    refund()
    throw error
  }
}
