import type { Prisma } from './prisma.ts'

export type StoredAnnotation = { readonly thingId: string; readonly document: unknown }
export type AnnotationStore = ReturnType<typeof createAnnotationStore>

/** What administrators say of hosts and domains, as it was written; its owner knows how to read it. */
export function createAnnotationStore(prisma: Prisma) {
  return {
    async list(): Promise<StoredAnnotation[]> {
      return prisma.annotation.findMany({ select: { thingId: true, document: true } })
    },

    /** All or none; a document that is null goes. */
    async save(
      annotations: readonly { readonly thingId: string; readonly document: object | null }[],
      written: { readonly at: number; readonly by: string },
    ): Promise<void> {
      const gone = annotations.filter(({ document }) => document === null)
      const goneIds = gone.map(({ thingId }) => thingId)
      const rows = JSON.stringify(annotations.filter(({ document }) => document !== null))
      const at = new Date(written.at)
      await prisma.$transaction([
        prisma.annotation.deleteMany({ where: { thingId: { in: goneIds } } }),
        prisma.$executeRaw`
          INSERT INTO annotation ("thingId", document, "updatedAt", "updatedBy")
          SELECT "thingId", document, ${at}, ${written.by}
          FROM jsonb_to_recordset(${rows}::jsonb) AS r("thingId" uuid, document jsonb)
          ON CONFLICT ("thingId") DO UPDATE SET document = excluded.document,
            "updatedAt" = excluded."updatedAt", "updatedBy" = excluded."updatedBy"`,
      ])
    },
  }
}
