import { randomUUID } from 'node:crypto'
import type { EnrolmentTokenId } from '@drover/api-schema/ids.ts'
import type { EnrolmentToken } from '@drover/api-schema/user.ts'
import type { Prisma } from './prisma.ts'

type Row = {
  id: string
  name: string
  createdBy: string
  createdAt: Date
  lastUsedAt: Date | null
  revokedAt: Date | null
}
export type StoredToken = { readonly token: EnrolmentToken; readonly secretHash: string }
export type EnrolmentTokenStore = ReturnType<typeof createEnrolmentTokenStore>

export function createEnrolmentTokenStore(prisma: Prisma) {
  return {
    async list(): Promise<StoredToken[]> {
      const rows = await prisma.enrolmentToken.findMany({ orderBy: { createdAt: 'asc' } })
      return rows.map((row) => ({ token: toToken(row), secretHash: row.secretHash }))
    },

    async create(input: {
      name: string
      createdBy: string
      secretHash: string
    }): Promise<EnrolmentToken> {
      return toToken(await prisma.enrolmentToken.create({ data: { id: randomUUID(), ...input } }))
    },

    /** Null when there is none that is not revoked already. */
    async revoke(id: EnrolmentTokenId, at: number): Promise<EnrolmentToken | null> {
      const changed = await prisma.enrolmentToken.updateMany({
        where: { id, revokedAt: null },
        data: { revokedAt: new Date(at) },
      })
      if (changed.count === 0) return null
      return toToken(await prisma.enrolmentToken.findUniqueOrThrow({ where: { id } }))
    },

    async touch(used: ReadonlyMap<EnrolmentTokenId, number>): Promise<void> {
      for (const [id, at] of used) {
        await prisma.enrolmentToken.updateMany({
          where: { id },
          data: { lastUsedAt: new Date(at) },
        })
      }
    },
  }
}

function toToken(row: Row): EnrolmentToken {
  return {
    // A column of type uuid that only this store writes.
    enrolmentTokenId: row.id as EnrolmentTokenId,
    name: row.name,
    createdBy: row.createdBy,
    createdAt: row.createdAt.getTime(),
    lastUsedAt: row.lastUsedAt?.getTime() ?? null,
    revokedAt: row.revokedAt?.getTime() ?? null,
  }
}
