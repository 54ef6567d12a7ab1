import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { UserId } from '@drover/api-schema/ids.ts'
import { err, ok, type Result } from '@drover/api-schema/result.ts'
import { roleSchema, type User } from '@drover/api-schema/user.ts'
import { hash, verify } from '@node-rs/argon2'
import { betterAuth } from 'better-auth'
import { prismaAdapter } from 'better-auth/adapters/prisma'
import type { Clock } from './clock.ts'
import { createGate } from './gate.ts'
import type { Log } from './log.ts'
import { createSessionCache, type Session } from './session-cache.ts'

/**
 * Who is calling. better-auth keeps passwords, sessions and cookies; its own HTTP routes are not mounted: our endpoints
 * call it as a library, so that roles, limits and the audit log are in one place.
 */
/** Sessions that are over now: one (signed out), or all of a user (role or password changed, removed). */
export type EndedSessions = { readonly sessionId: string } | { readonly userId: UserId }

export type Client = { readonly address: string; readonly userAgent: string }
type SignedIn = { readonly user: User; readonly cookies: readonly string[] }

export type Auth = {
  hashPassword(password: string): Promise<string>
  isPassword(password: string, hashed: string): Promise<boolean>
  signIn(
    credentials: { email: string; password: string },
    client: Client,
  ): Promise<Result<SignedIn, Refusal>>
  /** Null: no session, an unknown or an expired one. Throws while the database is away and nothing is cached. */
  session(cookieHeader: string | undefined): Promise<Session | null>
  /** Ends the session everywhere; returns the cookies that clear it in the browser. */
  signOut(session: Session, cookieHeader: string | undefined): Promise<readonly string[]>
  /** After the user's sessions were ended in the database. */
  sessionsEnded(userId: UserId): void
  /** The same, for some of them. */
  sessionEnded(sessionId: string): void
  onEnded(listener: (ended: EndedSessions) => void): void
}

export type AuthPorts = {
  /** The Prisma client, known here only as what better-auth's adapter takes. */
  readonly database: object
  readonly endSession: (sessionId: string) => Promise<void>
  readonly secret: string
  readonly publicUrl: string
  readonly clock: Clock
  readonly log: Log
}

/** OWASP's first choice for Argon2id (2024): 19 MiB, 2 passes, 1 lane; some 30 ms of one core. */
const argon = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const
/** A burst of sign-ins must not take all threads that files and the network's names are read with. */
const oneOfFewHashes = createGate(2)
const hashPassword = (password: string) => oneOfFewHashes(() => hash(password, argon))
const isPassword = (password: string, hashed: string) =>
  oneOfFewHashes(() => verify(hashed, password))
/** A session lasts this long and is not prolonged: an administrator signs in once a week. */
const sessionSeconds = 7 * 24 * 3600

export function createAuth(ports: AuthPorts): Auth {
  const library = createLibrary(ports)
  const listeners: ((ended: EndedSessions) => void)[] = []
  const tell = (ended: EndedSessions) => {
    for (const listener of listeners) listener(ended)
  }
  const cookieName = cookieNameFor(ports.publicUrl)
  const cache = createSessionCache(ports.clock, async (token) => {
    const headers = new Headers({ cookie: `${cookieName}=${token}` })
    const found = await library.api.getSession({ headers })
    if (found === null) return null
    return {
      sessionId: found.session.id,
      expiresAt: moment(found.session.expiresAt),
      user: toUser(found.user),
    }
  })

  const sessionEnded = (sessionId: string) => {
    cache.forget((cached) => cached.sessionId === sessionId)
    tell({ sessionId })
  }

  return {
    hashPassword,
    isPassword,

    async signIn(credentials, client) {
      const headers = new Headers({
        'user-agent': client.userAgent,
        'x-forwarded-for': client.address,
      })
      try {
        const answer = await library.api.signInEmail({
          body: credentials,
          headers,
          returnHeaders: true,
        })
        return ok({ user: toUser(answer.response.user), cookies: answer.headers.getSetCookie() })
      } catch (error) {
        if (isRefused(error)) return err(refusal('wrong-credentials'))
        throw error
      }
    },

    async session(cookieHeader) {
      const token = readCookie(cookieHeader, cookieName)
      return token === null ? null : cache.find(token)
    },

    async signOut(session, cookieHeader) {
      // First in the database, by ourselves: better-auth clears the cookie even when it could not end the session.
      await ports.endSession(session.sessionId)
      sessionEnded(session.sessionId)
      const headers = new Headers({ cookie: cookieHeader ?? '' })
      const answer = await library.api.signOut({ headers, returnHeaders: true })
      return answer.headers.getSetCookie()
    },

    sessionsEnded(userId) {
      cache.forget((cached) => cached.user.userId === userId)
      tell({ userId })
    },

    sessionEnded,

    onEnded: (listener) => {
      listeners.push(listener)
    },
  }
}

function createLibrary(ports: AuthPorts) {
  return betterAuth({
    appName: 'Drover',
    baseURL: ports.publicUrl,
    secret: ports.secret,
    telemetry: { enabled: false },
    database: prismaAdapter(ports.database, { provider: 'postgresql' }),
    user: { additionalFields: { role: { type: 'string', input: false, defaultValue: 'viewer' } } },
    session: { expiresIn: sessionSeconds, disableSessionRefresh: true },
    // Users are made by administrators and by the setup link, in our own transaction.
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: 1,
      maxPasswordLength: 200,
      password: {
        hash: hashPassword,
        verify: ({ hash: stored, password }) => isPassword(password, stored),
      },
    },
    rateLimit: { enabled: false }, // ours is at the endpoints, where all attempts pass
    logger: {
      level: 'warn',
      log: (_level, message) => ports.log.debug(`better-auth: ${message}`),
    },
    advanced: {
      cookiePrefix: 'drover',
      useSecureCookies: isSecure(ports.publicUrl),
      // Lax, not Strict: a link to a host page in a mail or chat must open it. Unsafe methods are guarded by Origin.
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax' },
    },
  })
}

function isSecure(publicUrl: string): boolean {
  return publicUrl.startsWith('https:')
}

function cookieNameFor(publicUrl: string): string {
  return `${isSecure(publicUrl) ? '__Secure-' : ''}drover.session_token`
}

/** The raw (still signed and encoded) value, null when there is none or it cannot be a token. */
function readCookie(header: string | undefined, name: string): string | null {
  for (const part of header?.split(';') ?? []) {
    const separator = part.indexOf('=')
    if (separator === -1 || part.slice(0, separator).trim() !== name) continue
    const value = part.slice(separator + 1).trim()
    return value.length > 0 && value.length <= 300 ? value : null
  }
  return null
}

function isRefused(error: unknown): boolean {
  return (
    error instanceof Error &&
    'statusCode' in error &&
    (error.statusCode === 401 || error.statusCode === 400)
  )
}

type LibraryUser = {
  id: string
  email: string
  name: string
  createdAt: Date | string
  role?: unknown
}
function toUser(user: LibraryUser): User {
  return {
    // Ids of users are made by store/users.ts only.
    userId: user.id as UserId,
    email: user.email,
    name: user.name,
    role: roleSchema.parse(user.role),
    createdAt: moment(user.createdAt),
  }
}

function moment(date: Date | string): number {
  return new Date(date).getTime()
}
