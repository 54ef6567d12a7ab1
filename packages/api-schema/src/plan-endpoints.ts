import { z } from 'zod'
import {
  draftIdSchema,
  hostIdSchema,
  migrationIdSchema,
  planIdSchema,
  userIdSchema,
} from './ids.ts'
import {
  draftCheckSchema,
  draftedMoveSchema,
  draftSchema,
  fixOriginSchema,
  maxDraftMoves,
  planSchema,
  planTermsSchema,
  undoableSchema,
} from './plan.ts'
import { displayNameSchema, momentSchema } from './scalars.ts'
import { roleSchema } from './user.ts'

/** Endpoints of drafts, plans and undo: a part of the table in endpoints.ts. */

const none = z.object({})
const ofDraft = z.object({ draftId: draftIdSchema })
const ofPlan = z.object({ planId: planIdSchema })
/** The revision of the draft that whoever asks has seen; it refuses with `draft-changed` when there is a newer one. */
const seen = { revision: z.int().min(1) }
const moves = z
  .array(draftedMoveSchema)
  .max(maxDraftMoves)
  .refine(
    (list) => new Set(list.map(({ domainId }) => domainId)).size === list.length,
    'must name each domain once',
  )
const changing = ['draft-not-found', 'draft-changed', 'draft-not-yours'] as const

export const planEndpoints = {
  // ── Drafts ──
  listDrafts: {
    method: 'GET',
    path: '/drafts',
    access: 'viewer',
    summary: 'All drafts, whoever they belong to',
    params: none,
    query: none,
    body: null,
    response: z.object({ drafts: z.array(draftSchema) }),
    errors: [],
  },
  getDraft: {
    method: 'GET',
    path: '/drafts/:draftId',
    access: 'viewer',
    summary: 'One draft; one that was committed is a plan of the same id',
    params: ofDraft,
    query: none,
    body: null,
    response: draftSchema,
    errors: ['draft-not-found'],
  },
  createDraft: {
    method: 'POST',
    path: '/drafts',
    access: 'operator',
    summary: 'Begin a draft; nothing is moved',
    params: none,
    query: none,
    body: z.object({
      /** Made by whoever asks: the same again is the same draft. */
      draftId: draftIdSchema.optional(),
      name: displayNameSchema,
      moves,
      /** Left out: collected by hand. Evacuations and undos have endpoints of their own. */
      origin: fixOriginSchema.optional(),
    }),
    response: draftSchema,
    errors: ['too-many', 'domain-not-found', 'host-not-found'],
  },
  updateDraft: {
    method: 'PATCH',
    path: '/drafts/:draftId',
    access: 'operator',
    summary:
      'Rename a draft or replace its moves; what each domain was like stays as when it was drafted',
    params: ofDraft,
    query: none,
    body: z.object({ ...seen, name: displayNameSchema.optional(), moves: moves.optional() }),
    response: draftSchema,
    errors: [...changing, 'domain-not-found', 'host-not-found'],
  },
  handOverDraft: {
    method: 'POST',
    path: '/drafts/:draftId/owner',
    access: 'operator',
    summary: 'Hand a draft to another operator or administrator',
    params: ofDraft,
    query: none,
    body: z.object({ ...seen, userId: userIdSchema }),
    response: draftSchema,
    errors: [...changing, 'not-found'],
  },
  removeDraft: {
    method: 'DELETE',
    path: '/drafts/:draftId',
    access: 'operator',
    summary: 'Throw a draft away',
    params: ofDraft,
    query: none,
    body: null,
    response: null,
    errors: ['draft-not-found', 'draft-not-yours'],
  },
  rebaseDraft: {
    method: 'POST',
    path: '/drafts/:draftId/rebase',
    access: 'operator',
    summary:
      'Take the fleet as it is now: moves that are done or impossible are dropped, the others start from where their domains are',
    params: ofDraft,
    query: none,
    body: z.object(seen),
    response: z.object({ draft: draftSchema, dropped: z.array(draftSchema.shape.moves.element) }),
    errors: [...changing],
  },
  checkDraft: {
    method: 'GET',
    path: '/drafts/:draftId/check',
    access: 'viewer',
    summary:
      'Whether a draft can be committed: the order of its moves, what they cost, what stands in the way',
    params: ofDraft,
    query: none,
    body: null,
    response: draftCheckSchema,
    errors: ['draft-not-found'],
  },
  commitDraft: {
    method: 'POST',
    path: '/drafts/:draftId/commit',
    access: 'operator',
    summary:
      'Make the moves of a draft, as one plan of the same id; asked again, it answers with that plan',
    params: ofDraft,
    query: none,
    body: z.object({ ...seen, terms: planTermsSchema.default({}) }),
    response: planSchema,
    errors: [...changing, 'draft-empty', 'draft-outdated', 'no-order'],
  },
  /** For handing over; `listUsers` is for administrators. */
  listColleagues: {
    method: 'GET',
    path: '/colleagues',
    access: 'operator',
    summary: 'Who may be handed a draft',
    params: none,
    query: none,
    body: null,
    response: z.object({
      colleagues: z.array(
        z.object({ userId: userIdSchema, name: displayNameSchema, role: roleSchema }),
      ),
    }),
    errors: [],
  },
  // ── Plans ──
  listPlans: {
    method: 'GET',
    path: '/plans',
    access: 'viewer',
    summary: 'Plans, the newest first',
    params: none,
    query: z.object({
      limit: z.coerce.number().int().min(1).max(100).default(20),
      before: z.coerce
        .number()
        .min(0)
        .max(7_258_118_400_000)
        .optional()
        .describe('For the next page: `nextBefore` of the last one.'),
    }),
    body: null,
    response: z.object({ plans: z.array(planSchema), nextBefore: momentSchema.nullable() }),
    errors: [],
  },
  getPlan: {
    method: 'GET',
    path: '/plans/:planId',
    access: 'viewer',
    summary: 'One plan',
    params: ofPlan,
    query: none,
    body: null,
    response: planSchema,
    errors: ['plan-not-found'],
  },
  pausePlan: {
    method: 'POST',
    path: '/plans/:planId/pause',
    access: 'operator',
    summary: 'Begin no further step; those that run go on',
    params: ofPlan,
    query: none,
    body: null,
    response: planSchema,
    errors: ['plan-not-found', 'plan-ended', 'wrong-state'],
  },
  resumePlan: {
    method: 'POST',
    path: '/plans/:planId/resume',
    access: 'operator',
    summary: 'Go on with a paused plan; steps that failed are tried again, or left out',
    params: ofPlan,
    query: none,
    body: z.object({ failedSteps: z.enum(['try-again', 'leave-out']).default('try-again') }),
    response: planSchema,
    errors: ['plan-not-found', 'plan-ended', 'wrong-state'],
  },
  stopPlan: {
    method: 'POST',
    path: '/plans/:planId/stop',
    access: 'operator',
    summary:
      'End a plan: no further step begins; those that run go on to their end, or are cancelled',
    params: ofPlan,
    query: none,
    body: z.object({ runningSteps: z.enum(['finish', 'cancel']).default('finish') }),
    response: planSchema,
    errors: ['plan-not-found', 'plan-ended'],
  },
  // ── Undo and evacuation: drafts with their own verdicts ──
  undoPlan: {
    method: 'POST',
    path: '/plans/:planId/undo',
    access: 'operator',
    summary: 'A draft that puts back what a plan has moved, the last step first',
    params: ofPlan,
    query: none,
    body: null,
    response: draftSchema,
    errors: ['plan-not-found', 'wrong-state', 'nothing-to-undo', 'too-many'],
  },
  undoMigration: {
    method: 'POST',
    path: '/migrations/:migrationId/undo',
    access: 'operator',
    summary: 'A draft that puts a migrated domain back',
    params: z.object({ migrationId: migrationIdSchema }),
    query: none,
    body: null,
    response: draftSchema,
    errors: ['migration-not-found', 'wrong-state', 'nothing-to-undo', 'too-many'],
  },
  undoMigrationGroup: {
    method: 'POST',
    path: '/migration-groups/:groupId/undo',
    access: 'operator',
    summary: 'A draft that puts back domains that were moved together',
    params: z.object({ groupId: z.uuid() }),
    query: none,
    body: null,
    response: draftSchema,
    errors: ['migration-not-found', 'wrong-state', 'nothing-to-undo', 'too-many'],
  },
  getUndoable: {
    method: 'GET',
    path: '/undoable',
    access: 'operator',
    summary:
      'Your own last move, group of moves or plan that ended within the hour and can be put back',
    params: none,
    query: none,
    body: null,
    response: z.object({ undoable: undoableSchema.nullable() }),
    errors: [],
  },
  evacuateHost: {
    method: 'POST',
    path: '/hosts/:hostId/evacuation',
    access: 'operator',
    summary: 'A draft that empties a host; its check names what would stay and why',
    params: z.object({ hostId: hostIdSchema }),
    query: none,
    body: z.object({
      /** The commit puts the host into maintenance, so that nothing new comes. */
      entersMaintenance: z.boolean().default(true),
    }),
    response: draftSchema,
    errors: ['host-not-found', 'too-many'],
  },
} as const
