import type { DraftId, PlanId } from '@drover/api-schema/ids.ts'
import {
  type Draft,
  draftSchema,
  isPlanEnded,
  type Plan,
  planSchema,
} from '@drover/api-schema/plan.ts'
import type { Prisma as Sql } from './generated/client.ts'
import type { Prisma } from './prisma.ts'

export type PlanStore = ReturnType<typeof createPlanStore>

/** Drafts and plans as documents. Every function rejects when the database refuses. */
export function createPlanStore(prisma: Prisma) {
  return {
    /** Those that cannot be read are left out and counted: a draft has started nothing. */
    async listDrafts(): Promise<{ drafts: Draft[]; unreadable: string[] }> {
      const rows = await prisma.draft.findMany({ orderBy: { updatedAt: 'asc' } })
      const drafts: Draft[] = []
      const unreadable: string[] = []
      for (const { id, document } of rows) {
        const read = draftSchema.safeParse(document)
        if (read.success) drafts.push(read.data)
        else unreadable.push(id)
      }
      return { drafts, unreadable }
    },

    async saveDraft(draft: Draft): Promise<void> {
      const columns = {
        revision: draft.revision,
        document: json(draft),
        updatedAt: new Date(draft.updatedAt),
      }
      await prisma.draft.upsert({
        where: { id: draft.draftId },
        create: { id: draft.draftId, ...columns },
        update: columns,
      })
    },

    async removeDraft(draftId: DraftId): Promise<void> {
      await prisma.draft.deleteMany({ where: { id: draftId } })
    },

    /** The draft becomes the plan, or nothing happens. */
    async commit(plan: Plan): Promise<void> {
      await prisma.$transaction([
        prisma.draft.deleteMany({ where: { id: plan.planId } }),
        prisma.plan.create({ data: { id: plan.planId, ...columnsOf(plan) } }),
      ])
    },

    async savePlan(plan: Plan): Promise<void> {
      await prisma.plan.update({
        where: { id: plan.planId },
        data: columnsOf(plan),
        select: { id: true },
      })
    },

    async findPlan(planId: PlanId): Promise<Plan | null> {
      const row = await prisma.plan.findUnique({ where: { id: planId } })
      return row === null ? null : planSchema.parse(row.document)
    },

    /** One that does not parse is a bug or a hand's work in the database: better no start than a plan forgotten. */
    async listOpenPlans(): Promise<Plan[]> {
      const rows = await prisma.plan.findMany({
        where: { endedAt: null },
        orderBy: [{ requestedAt: 'asc' }, { id: 'asc' }],
      })
      return rows.map(({ document }) => planSchema.parse(document))
    },

    /** The last ones to end, oldest end first. */
    async listEndedPlans(limit: number): Promise<Plan[]> {
      const rows = await prisma.plan.findMany({
        where: { endedAt: { not: null } },
        orderBy: [{ endedAt: 'desc' }, { id: 'desc' }],
        take: limit,
      })
      return rows.toReversed().flatMap(({ document }) => planSchema.safeParse(document).data ?? [])
    },

    /** Newest request first; those of the same millisecond as the last one come with it. */
    async listPlans(
      limit: number,
      before: number | undefined,
    ): Promise<{ plans: Plan[]; nextBefore: number | null }> {
      const order = [{ requestedAt: 'desc' as const }, { id: 'desc' as const }]
      const rows = await prisma.plan.findMany({
        where: before === undefined ? {} : { requestedAt: { lt: new Date(before) } },
        orderBy: order,
        take: limit + 1,
      })
      const page = rows.slice(0, limit)
      const lastAt = page.at(-1)?.requestedAt
      const hasMore = rows.length > limit && lastAt !== undefined
      const ties = hasMore
        ? await prisma.plan.findMany({
            where: { requestedAt: lastAt, id: { notIn: page.map(({ id }) => id) } },
            orderBy: order,
          })
        : []
      return {
        plans: [...page, ...ties].map(({ document }) => planSchema.parse(document)),
        nextBefore: hasMore ? lastAt.getTime() : null,
      }
    },
  }
}

function columnsOf(plan: Plan) {
  return {
    requestedAt: new Date(plan.requestedAt),
    endedAt: isPlanEnded(plan) && plan.state.kind === 'ended' ? new Date(plan.state.at) : null,
    document: json(plan),
  }
}

/** A plain JSON document by its schema; Prisma's type for that has no room for readonly ones. */
function json(document: object): Sql.InputJsonValue {
  return document as Sql.InputJsonValue
}
