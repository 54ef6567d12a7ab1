import type { Prisma as Sql } from './generated/client.ts'
import type { Prisma } from './prisma.ts'

export type StoredSetting = {
  readonly key: string
  readonly document: unknown
  readonly updatedAt: number
  readonly updatedBy: string
}
export type SettingStore = ReturnType<typeof createSettingStore>

/** Documents by key, as they were written; their owners know how to read them. */
export function createSettingStore(prisma: Prisma) {
  return {
    async list(): Promise<StoredSetting[]> {
      const rows = await prisma.setting.findMany()
      return rows.map(({ updatedAt, ...row }) => ({ ...row, updatedAt: updatedAt.getTime() }))
    },

    async save(setting: {
      key: string
      document: object
      updatedAt: number
      updatedBy: string
    }): Promise<void> {
      const columns = {
        // A plain JSON document by its schema; Prisma's type for that has no room for readonly ones.
        document: setting.document as Sql.InputJsonValue,
        updatedAt: new Date(setting.updatedAt),
        updatedBy: setting.updatedBy,
      }
      await prisma.setting.upsert({
        where: { key: setting.key },
        create: { key: setting.key, ...columns },
        update: columns,
      })
    },
  }
}
