import { randomUUID } from 'node:crypto'
import type { Prisma } from './prisma.ts'

export type SetupLinkStore = ReturnType<typeof createSetupLinkStore>

export function createSetupLinkStore(prisma: Prisma) {
  return {
    /** The only good link from now on: earlier unused ones are gone. */
    async replace(secretHash: string): Promise<void> {
      await prisma.$transaction([
        prisma.setupLink.deleteMany({ where: { usedAt: null } }),
        prisma.setupLink.create({ data: { id: randomUUID(), secretHash } }),
      ])
    },

    async isUnused(secretHash: string): Promise<boolean> {
      return (await prisma.setupLink.count({ where: { secretHash, usedAt: null } })) === 1
    },
  }
}
