import { refusal } from '@drover/api-schema/errors.ts'
import { err, ok } from '@drover/api-schema/result.ts'
import type { Plans } from '../plans/plans.ts'
import type { Handlers } from './handler.ts'

export type PlanRoutePorts = { readonly plans: Plans }

export function planRoutes({ plans }: PlanRoutePorts) {
  const { drafts, driver, undo } = plans
  return {
    listDrafts: () => ok({ drafts: drafts.list() }),

    getDraft({ params }) {
      const draft = drafts.find(params.draftId)
      return draft === null ? err(refusal('draft-not-found')) : ok(draft)
    },

    createDraft: ({ body: { moves, draftId, name, origin }, caller }) =>
      drafts.create(
        { draftId, name, origin: origin ?? { kind: 'by-hand' }, maintenance: null },
        moves,
        caller.user,
      ),

    updateDraft: ({ params, body, caller }) => drafts.update(params.draftId, body, caller.user),

    handOverDraft: ({ params, body, caller }) => drafts.handOver(params.draftId, body, caller.user),

    removeDraft: ({ params, caller }) => drafts.remove(params.draftId, caller.user),

    rebaseDraft: ({ params, body, caller }) =>
      drafts.rebase(params.draftId, body.revision, caller.user),

    checkDraft: ({ params }) => drafts.check(params.draftId),

    commitDraft: ({ params, body, caller }) => drafts.commit(params.draftId, body, caller.user),

    listColleagues: async () => ok({ colleagues: await plans.colleagues() }),

    listPlans: async ({ query }) => ok(await plans.list(query.limit, query.before)),

    async getPlan({ params }) {
      const plan = await driver.find(params.planId)
      return plan === null ? err(refusal('plan-not-found')) : ok(plan)
    },

    pausePlan: ({ params, caller }) => driver.pause(params.planId, caller.user),

    resumePlan: ({ params, body, caller }) =>
      driver.resume(params.planId, body.failedSteps, caller.user),

    stopPlan: ({ params, body, caller }) =>
      driver.stop(params.planId, body.runningSteps, caller.user),

    undoPlan: ({ params, caller }) => undo.ofPlan(params.planId, caller.user),

    undoMigration: ({ params, caller }) => undo.ofMigration(params.migrationId, caller.user),

    undoMigrationGroup: ({ params, caller }) => undo.ofGroup(params.groupId, caller.user),

    getUndoable: async ({ caller }) => ok({ undoable: await undo.lastOf(caller.user.userId) }),

    evacuateHost: ({ params, body, caller }) =>
      plans.evacuate(params.hostId, { ...body, by: caller.user }),
  } satisfies Partial<Handlers>
}
