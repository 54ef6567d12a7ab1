import type { Prisma } from './prisma.ts'

export type StoredFilter = {
  readonly id: string
  readonly ownerId: string
  readonly ownerName: string
  readonly name: string
  readonly subject: string
  readonly selector: string
  readonly isShared: boolean
  readonly updatedAt: Date
}
export type SavedFilterStore = ReturnType<typeof createSavedFilterStore>

export function createSavedFilterStore(prisma: Prisma) {
  return {
    /** Those of the user and those of everybody. */
    visibleTo: (ownerId: string): Promise<StoredFilter[]> =>
      prisma.savedFilter.findMany({ where: { OR: [{ ownerId }, { isShared: true }] } }),

    async save(filter: StoredFilter): Promise<void> {
      const { id, ...columns } = filter
      await prisma.savedFilter.upsert({ where: { id }, create: filter, update: columns })
    },

    async remove(id: string): Promise<void> {
      await prisma.savedFilter.deleteMany({ where: { id } })
    },

    /** What only its owner could see goes with him; what was shared stays. */
    async removePrivateOf(ownerId: string): Promise<void> {
      await prisma.savedFilter.deleteMany({ where: { ownerId, isShared: false } })
    },
  }
}
