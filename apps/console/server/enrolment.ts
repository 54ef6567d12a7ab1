import type { EnrolmentTokenId } from '@drover/api-schema/ids.ts'
import type { EnrolmentToken } from '@drover/api-schema/user.ts'
import type { Clock } from './clock.ts'
import { hashSecret, newSecret } from './secrets.ts'
import type { EnrolmentTokenStore } from './store/enrolment-tokens.ts'

export type Enrolment = Awaited<ReturnType<typeof createEnrolment>>

/**
 * Tokens that let agents in. Their hashes are in memory, so that agents reconnect while the database is away; the only
 * writer is this process (the database is locked by it).
 */
export async function createEnrolment(store: EnrolmentTokenStore, clock: Clock) {
  const byHash = new Map<string, EnrolmentToken>()
  const used = new Map<EnrolmentTokenId, number>()
  const revocationListeners: ((id: EnrolmentTokenId) => void)[] = []
  const knownHashes = new Set<string>()
  for (const { token, secretHash } of await store.list()) {
    knownHashes.add(secretHash)
    if (token.revokedAt === null) byHash.set(secretHash, token)
  }

  return {
    /** The token's id when the secret is good. A hash is looked up, so timing tells nothing about the secret. */
    verify(secret: string): EnrolmentTokenId | null {
      const token = byHash.get(hashSecret(secret))
      if (token === undefined) return null
      used.set(token.enrolmentTokenId, clock.now())
      return token.enrolmentTokenId
    },

    async list(): Promise<EnrolmentToken[]> {
      const stored = await store.list()
      return stored.map(({ token }) => ({
        ...token,
        lastUsedAt: used.get(token.enrolmentTokenId) ?? token.lastUsedAt,
      }))
    },

    async create(
      name: string,
      createdBy: string,
    ): Promise<{ token: EnrolmentToken; secret: string }> {
      const secret = newSecret()
      const secretHash = hashSecret(secret)
      const token = await store.create({ name, createdBy, secretHash })
      byHash.set(secretHash, token)
      return { token, secret }
    },

    /** Null when there is no such token; its agents are disconnected by the listeners. */
    async revoke(id: EnrolmentTokenId): Promise<EnrolmentToken | null> {
      const revoked = await store.revoke(id, clock.now())
      if (revoked === null) return null
      for (const [secretHash, token] of byHash) {
        if (token.enrolmentTokenId === id) byHash.delete(secretHash)
      }
      for (const listener of revocationListeners) listener(id)
      return revoked
    },

    onRevoked(listener: (id: EnrolmentTokenId) => void): void {
      revocationListeners.push(listener)
    },

    /** Registers the token given at start, once; "revoked" when it was revoked since, and it stays so. */
    async registerGiven(secret: string): Promise<'known' | 'registered' | 'revoked'> {
      const secretHash = hashSecret(secret)
      if (byHash.has(secretHash)) return 'known'
      if (knownHashes.has(secretHash)) return 'revoked'
      byHash.set(
        secretHash,
        await store.create({ name: 'start', createdBy: 'console', secretHash }),
      )
      return 'registered'
    },

    /** Writes down when tokens were used; what fails is tried again with the next call. */
    async saveUse(): Promise<void> {
      const batch = new Map(used)
      await store.touch(batch)
      for (const [id, at] of batch) if (used.get(id) === at) used.delete(id)
    },
  }
}
