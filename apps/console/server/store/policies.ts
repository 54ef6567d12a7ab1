import type { Prisma as Sql } from './generated/client.ts'
import type { Prisma } from './prisma.ts'

export type StoredRule = { readonly ruleId: string; readonly document: unknown }
export type PolicyStore = ReturnType<typeof createPolicyStore>

const revisionKey = 'policy-revision'

/** Rules as they were written, and the revision of the set; their owner knows how to read them. */
export function createPolicyStore(prisma: Prisma) {
  return {
    async load(): Promise<{ revision: number; rules: StoredRule[] }> {
      const [rows, setting] = await prisma.$transaction([
        prisma.policyRule.findMany(),
        prisma.setting.findUnique({ where: { key: revisionKey } }),
      ])
      const written = Math.max(0, ...rows.map(({ revision }) => revision))
      return {
        revision: Math.max(written, readRevision(setting?.document)),
        rules: rows.map(({ id, document }) => ({ ruleId: id, document })),
      }
    },

    /** All or nothing, as one step from the revision before to `revision`. */
    async save(change: {
      readonly revision: number
      readonly written: readonly { readonly ruleId: string; readonly [field: string]: unknown }[]
      readonly removedIds: readonly string[]
      readonly at: number
      readonly by: string
    }): Promise<void> {
      const { revision, by } = change
      const updatedAt = new Date(change.at)
      const document = { revision }
      await prisma.$transaction([
        prisma.policyRule.deleteMany({ where: { id: { in: [...change.removedIds] } } }),
        ...change.written.map((rule) => {
          const columns = {
            revision,
            // A plain JSON document by its schema; Prisma's type for that has no room for readonly ones.
            document: rule as unknown as Sql.InputJsonValue,
            updatedAt,
            updatedBy: by,
          }
          return prisma.policyRule.upsert({
            where: { id: rule.ruleId },
            create: { id: rule.ruleId, ...columns },
            update: columns,
          })
        }),
        prisma.setting.upsert({
          where: { key: revisionKey },
          create: { key: revisionKey, document, updatedAt, updatedBy: by },
          update: { document, updatedAt, updatedBy: by },
        }),
      ])
    },
  }
}

function readRevision(document: unknown): number {
  if (typeof document !== 'object' || document === null || !('revision' in document)) return 0
  return typeof document.revision === 'number' ? document.revision : 0
}
