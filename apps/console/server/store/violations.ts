import type { Prisma } from './prisma.ts'

export type ViolationStore = ReturnType<typeof createViolationStore>

/** Since when rules do not hold, by the key of the violation. */
export function createViolationStore(prisma: Prisma) {
  return {
    async load(): Promise<Map<string, number>> {
      const rows = await prisma.violation.findMany()
      return new Map(rows.map(({ key, sinceAt }) => [key, sinceAt.getTime()]))
    },

    /** Those that began and those that ended; one that is there already keeps its moment. */
    async save(
      begun: readonly { readonly key: string; readonly sinceAt: number }[],
      endedKeys: readonly string[],
    ): Promise<void> {
      await prisma.$transaction([
        prisma.violation.deleteMany({ where: { key: { in: [...endedKeys] } } }),
        prisma.violation.createMany({
          data: begun.map(({ key, sinceAt }) => ({ key, sinceAt: new Date(sinceAt) })),
          skipDuplicates: true,
        }),
      ])
    },
  }
}
