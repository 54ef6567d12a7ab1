import type { AuditEntry } from '@drover/api-schema/user.ts'
import type { Prisma } from './prisma.ts'

export type NewAuditEntry = Omit<AuditEntry, 'auditEntryId'>
export type AuditStore = ReturnType<typeof createAuditStore>

export function createAuditStore(prisma: Prisma) {
  return {
    async append(entries: readonly NewAuditEntry[]): Promise<void> {
      await prisma.auditEntry.createMany({
        data: entries.map((entry) => ({ ...entry, at: new Date(entry.at) })),
      })
    },

    /** Newest first; `before` is an entry's id. */
    async list(
      limit: number,
      before?: number,
    ): Promise<{ entries: AuditEntry[]; nextBefore: number | null }> {
      const rows = await prisma.auditEntry.findMany({
        where: before === undefined ? {} : { id: { lt: before } },
        orderBy: { id: 'desc' },
        take: limit + 1,
      })
      const entries = rows.slice(0, limit).map((row) => ({
        auditEntryId: Number(row.id),
        at: row.at.getTime(),
        actor: row.actor,
        action: row.action,
        subject: row.subject,
        detail: row.detail,
      }))
      return {
        entries,
        nextBefore: rows.length > limit ? (entries.at(-1)?.auditEntryId ?? null) : null,
      }
    },
  }
}
