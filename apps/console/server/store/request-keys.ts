import type { Prisma as Sql } from './generated/client.ts'
import { isTaken, type Prisma } from './prisma.ts'

export type RequestKeyStore = ReturnType<typeof createRequestKeyStore>

export function createRequestKeyStore(prisma: Prisma) {
  return {
    async find(key: string, since: number): Promise<{ userId: string; response: unknown } | null> {
      const row = await prisma.requestKey.findUnique({ where: { key } })
      return row === null || row.createdAt.getTime() < since ? null : row
    },

    /** Keeps the answer; forgets those from before `since`. */
    async save(entry: {
      key: string
      userId: string
      response: object
      since: number
    }): Promise<void> {
      await prisma.requestKey.deleteMany({ where: { createdAt: { lt: new Date(entry.since) } } })
      // A plain JSON document by contract; Prisma's type for that has no room for our readonly one.
      const response = entry.response as Sql.InputJsonValue
      try {
        await prisma.requestKey.create({ data: { key: entry.key, userId: entry.userId, response } })
      } catch (error) {
        if (!isTaken(error)) throw error
      }
    },
  }
}
