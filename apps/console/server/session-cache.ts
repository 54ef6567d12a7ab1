import type { User } from '@drover/api-schema/user.ts'
import type { Clock } from './clock.ts'

export type Session = {
  readonly sessionId: string
  readonly expiresAt: number
  readonly user: User
}

type Entry = { readonly session: Session | null; readonly at: number }

/** How long an answer is used without asking again. */
const freshMs = 5_000
/** How long a known session goes on working while the database is away. It is still ended by `forget` at once. */
const graceMs = 10 * 60_000
const maxEntries = 10_000

/**
 * Sessions by cookie value. A lookup costs two queries, so it is kept for seconds; ending a session forgets it at once,
 * also for lookups that were under way when it ended.
 */
export function createSessionCache(
  clock: Clock,
  lookUp: (token: string) => Promise<Session | null>,
) {
  const entries = new Map<string, Entry>()
  const underWay = new Map<string, Promise<Session | null>>()
  let ending = 0

  const load = async (token: string): Promise<Session | null> => {
    const before = ending
    const session = await lookUp(token)
    // Something ended while we looked: what we read may be from before it.
    if (before !== ending) return load(token)
    entries.delete(token)
    entries.set(token, { session, at: clock.now() })
    if (entries.size > maxEntries) {
      const oldest = entries.keys().next()
      if (!oldest.done) entries.delete(oldest.value)
    }
    return session
  }

  const find = async (token: string): Promise<Session | null> => {
    const cached = entries.get(token)
    const now = clock.now()
    if (cached !== undefined && now - cached.at < freshMs) return alive(cached.session, now)
    let loading = underWay.get(token)
    if (loading === undefined) {
      loading = load(token).finally(() => underWay.delete(token))
      underWay.set(token, loading)
    }
    try {
      return alive(await loading, now)
    } catch (error) {
      const kept = entries.get(token)
      if (kept?.session && now - kept.at < graceMs) return alive(kept.session, now)
      throw error
    }
  }

  return {
    find,
    forget(isEnded: (session: Session) => boolean): void {
      ending += 1
      for (const [token, entry] of entries) {
        if (entry.session !== null && isEnded(entry.session)) entries.delete(token)
      }
    },
  }
}

function alive(session: Session | null, now: number): Session | null {
  return session !== null && session.expiresAt > now ? session : null
}
