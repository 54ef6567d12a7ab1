import { z } from 'zod'
import { refusalSchema } from './errors.ts'
import {
  domainIdSchema,
  draftIdSchema,
  hostIdSchema,
  migrationIdSchema,
  planIdSchema,
  userIdSchema,
} from './ids.ts'
import { migrationPredictionSchema, migrationProfileSchema } from './migration.ts'
import { bandwidthLimitSchema, migrationPrioritySchema } from './migration-terms.ts'
import { violationSchema } from './policy.ts'
import {
  bytesSchema,
  displayNameSchema,
  durationMsSchema,
  generationSchema,
  machineNameSchema,
  momentSchema,
  textSchema,
} from './scalars.ts'

/**
 * Moves that are decided together. A **draft** collects them and starts nothing; committed, it becomes a **plan** of the same
 * id, whose steps are migrations in an order that holds at every moment. What is guaranteed is in docs/plans.md.
 */

/** More would be neither read nor checked by a person. */
export const maxDraftMoves = 500
/** Each move and its detour. */
export const maxPlanSteps = 2 * maxDraftMoves

const personSchema = z.object({ userId: userIdSchema, name: displayNameSchema })
const host = { hostId: hostIdSchema, hostName: machineNameSchema }

/** Moves after which a rule holds again. */
export const fixOriginSchema = z.object({
  kind: z.literal('fix'),
  violationKey: textSchema.min(1).max(300),
  ruleName: displayNameSchema,
})

/** Why the moves were collected. */
export const planOriginSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('by-hand') }),
  z.object({
    kind: z.literal('undo-of-migration'),
    migrationId: migrationIdSchema,
    domainName: machineNameSchema,
  }),
  /** Domains that were dropped together. */
  z.object({ kind: z.literal('undo-of-group'), groupId: z.uuid() }),
  z.object({ kind: z.literal('undo-of-plan'), planId: planIdSchema, planName: displayNameSchema }),
  z.object({ kind: z.literal('evacuation'), ...host }),
  fixOriginSchema,
])
export type PlanOrigin = z.infer<typeof planOriginSchema>

// ── Drafts ──

/** What is asked for. A domain is in a draft once at most; where it is dropped last is where it goes. */
export const draftedMoveSchema = z.object({
  domainId: domainIdSchema,
  destinationHostId: hostIdSchema,
})
export type DraftedMove = z.infer<typeof draftedMoveSchema>

/** A move of a draft, and what its domain was like when it was drafted or last rebased: the fleet may move under it. */
export const draftMoveSchema = draftedMoveSchema.extend({
  domainName: machineNameSchema,
  destinationHostName: machineNameSchema,
  basis: z.object({
    ...host,
    /** What a host had to find for it. */
    memBytes: bytesSchema,
    vcpuCount: z.int().min(1),
    generation: generationSchema,
    at: momentSchema,
  }),
})
export type DraftMove = z.infer<typeof draftMoveSchema>

export const draftSchema = z.object({
  draftId: draftIdSchema,
  name: displayNameSchema,
  origin: planOriginSchema,
  /** Whoever may change and commit it, beside administrators. */
  owner: personSchema,
  /** One higher with every change; a change names the one it was made on. */
  revision: z.int().min(1),
  moves: z.array(draftMoveSchema).max(maxDraftMoves),
  /**
   * What the commit does to a host before the first step: an evacuation puts it into maintenance, so that nothing new comes;
   * putting everything back takes it out again. Null: nothing.
   */
  maintenance: z.object({ ...host, isInMaintenance: z.boolean() }).nullable(),
  createdAt: momentSchema,
  updatedAt: momentSchema,
})
export type Draft = z.infer<typeof draftSchema>

/** What has become of a drafted move while the draft lay there. */
export const moveStandingSchema = z.discriminatedUnion('kind', [
  /** As it was drafted. */
  z.object({ kind: z.literal('unchanged') }),
  /** The domain is on its destination already. */
  z.object({ kind: z.literal('done') }),
  /** The domain is on another host than when it was drafted, or is not what it was; it can be moved still. */
  z.object({ kind: z.literal('changed'), sentence: textSchema.max(500) }),
  /** It cannot be made whatever the order: the domain or the host is gone, is stopped, or cannot run it. */
  z.object({ kind: z.literal('impossible'), refusals: z.array(refusalSchema).min(1) }),
])
export type MoveStanding = z.infer<typeof moveStandingSchema>

/** Sums over the steps of a plan; what no prediction could be made for is left out and counted. */
export const planTotalsSchema = z.object({
  stepCount: z.int().min(0),
  detourCount: z.int().min(0),
  /** From the first step's start to the last one's end, as the limits of the queue let them run beside each other. */
  totalMs: durationMsSchema,
  bytes: bytesSchema,
  /** All pauses, one after the other. */
  downtimeMs: durationMsSchema,
  longestDowntimeMs: durationMsSchema,
  unpredictedCount: z.int().min(0),
})
export type PlanTotals = z.infer<typeof planTotalsSchema>

const stepHead = {
  domainId: domainIdSchema,
  domainName: machineNameSchema,
  sourceHostId: hostIdSchema,
  sourceHostName: machineNameSchema,
  destinationHostId: hostIdSchema,
  destinationHostName: machineNameSchema,
  memBytes: bytesSchema,
  /** The domain waits there only until there is room where it goes. */
  isDetour: z.boolean(),
  predicted: migrationPredictionSchema.nullable(),
}

export const plannedStepSchema = z.object(stepHead)
export type PlannedStep = z.infer<typeof plannedStepSchema>

/** Why a move has no place in an order: what it lacks where the search got farthest, or forever. */
export const moveObstacleSchema = z.object({
  domainId: domainIdSchema,
  domainName: machineNameSchema,
  destinationHostId: hostIdSchema,
  refusals: z.array(refusalSchema).min(1),
})
export type MoveObstacle = z.infer<typeof moveObstacleSchema>

/** In which order the moves can be made. */
export const planOrderSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('ordered'),
    steps: z.array(plannedStepSchema).max(maxPlanSteps),
    totals: planTotalsSchema,
  }),
  /** None exists: proven, within three detours. */
  z.object({ kind: z.literal('impossible'), obstacles: z.array(moveObstacleSchema).min(1) }),
  /** None was found in the time there was. */
  z.object({ kind: z.literal('undecided'), obstacles: z.array(moveObstacleSchema).min(1) }),
])
export type PlanOrder = z.infer<typeof planOrderSchema>

const foundViolationSchema = violationSchema.omit({ sinceAt: true })

/** What the console says of a draft, on the fleet as it is now. */
export const draftCheckSchema = z.object({
  draftId: draftIdSchema,
  /** Of the draft that was looked at. */
  revision: z.int().min(1),
  /** Some move is not as it was drafted: rebase it. */
  isOutdated: z.boolean(),
  /** In the order of the draft. */
  moves: z.array(
    z.object({
      domainId: domainIdSchema,
      standing: moveStandingSchema,
      /** Of the fleet after all moves: what an administrator should know although nothing forbids it. */
      warnings: z.array(refusalSchema),
    }),
  ),
  order: planOrderSchema,
  /** Of an evacuation: what would stay on the host, and why. Empty otherwise. */
  staying: z.array(
    z.object({
      domainId: domainIdSchema,
      domainName: machineNameSchema,
      refusals: z.array(refusalSchema).min(1),
    }),
  ),
  /** Where rules do not hold after all moves that hold now, and the reverse. */
  newViolations: z.array(foundViolationSchema),
  mendedViolations: z.array(foundViolationSchema),
})
export type DraftCheck = z.infer<typeof draftCheckSchema>

// ── Plans ──

/** What a step waits for; null: its turn in the queue of the plan has not been looked at yet. */
export const stepWaitSchema = z.discriminatedUnion('kind', [
  /** Memory on its destination, or what an earlier step will take there. */
  z.object({ kind: z.literal('room'), hostId: hostIdSchema }),
  z.object({ kind: z.literal('rule'), message: textSchema.max(1000) }),
  /** An earlier step of the same domain, or one that the same rules look at. */
  z.object({ kind: z.literal('step'), stepIndex: z.int().min(0) }),
  /** A host that is away. */
  z.object({ kind: z.literal('host'), hostId: hostIdSchema }),
  /** The domain is being migrated by somebody else. */
  z.object({ kind: z.literal('domain'), migrationId: migrationIdSchema }),
])
export type StepWait = z.infer<typeof stepWaitSchema>

export const planStepStateSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('waiting'), why: stepWaitSchema.nullable() }),
  /** Asked for under this id: in the queue of migrations, or copying. */
  z.object({ kind: z.literal('running'), migrationId: migrationIdSchema }),
  z.object({
    kind: z.literal('done'),
    /** Null: the domain was there already. */
    migrationId: migrationIdSchema.nullable(),
    endedAt: momentSchema,
    /** Measured; null when not. */
    totalMs: durationMsSchema.nullable(),
    downtimeMs: durationMsSchema.nullable(),
    bytes: bytesSchema,
  }),
  z.object({
    kind: z.literal('failed'),
    /** Null: it was refused before there was a migration. */
    migrationId: migrationIdSchema.nullable(),
    endedAt: momentSchema,
    refusal: refusalSchema,
  }),
  z.object({ kind: z.literal('skipped'), endedAt: momentSchema, reason: textSchema.max(500) }),
])
export type PlanStepState = z.infer<typeof planStepStateSchema>

export const planStepSchema = z.object({
  ...stepHead,
  state: planStepStateSchema,
  /** How often it was asked for: one more with each "try again". */
  attempts: z.int().min(0),
})
export type PlanStep = z.infer<typeof planStepSchema>

export const pauseReasonSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('asked'), by: displayNameSchema }),
  z.object({ kind: z.literal('step-failed'), stepIndex: z.int().min(0) }),
  /** Nothing runs and no step can begin. */
  z.object({ kind: z.literal('stuck'), sentence: textSchema.max(1000) }),
])
export type PauseReason = z.infer<typeof pauseReasonSchema>

/** While a plan is paused no step begins; those that run go on to their end. */
export const planStateSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('running') }),
  z.object({ kind: z.literal('paused'), at: momentSchema, reason: pauseReasonSchema }),
  /** No step begins any more; it ends as soon as none runs. */
  z.object({ kind: z.literal('stopping'), at: momentSchema, by: displayNameSchema }),
  z.object({
    kind: z.literal('ended'),
    at: momentSchema,
    /** `done`: every move arrived. `failed`: some did not. `stopped`: a person stopped it. */
    outcome: z.enum(['done', 'stopped', 'failed']),
    sentence: textSchema.max(1000),
  }),
])
export type PlanState = z.infer<typeof planStateSchema>

/** What the migrations of a plan are asked for with. */
export const planTermsSchema = z.object({
  /** Left out: as set for the pool. */
  profile: migrationProfileSchema.optional(),
  priority: migrationPrioritySchema.optional(),
  /** For each one of them; null or left out: no limit of its own. */
  bandwidthBytesPerSec: bandwidthLimitSchema.optional(),
})
export type PlanTerms = z.infer<typeof planTermsSchema>

/** Its migrations have its id as their `groupId`. */
export const planSchema = z.object({
  /** The id of the draft it was. */
  planId: planIdSchema,
  name: displayNameSchema,
  origin: planOriginSchema,
  requestedBy: personSchema,
  requestedAt: momentSchema,
  terms: planTermsSchema,
  /** What the commit did to a host before the first step. */
  maintenance: draftSchema.shape.maintenance,
  state: planStateSchema,
  /** In the order that was found; which of them run beside each other is decided as they go. */
  steps: z.array(planStepSchema).min(1).max(maxPlanSteps),
  /** Of the commit. */
  predicted: planTotalsSchema,
})
export type Plan = z.infer<typeof planSchema>

/** What can be put back at once: somebody's last action that has ended. */
export const undoableSchema = z.object({
  target: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('migration'), migrationId: migrationIdSchema }),
    z.object({ kind: z.literal('group'), groupId: z.uuid() }),
    z.object({ kind: z.literal('plan'), planId: planIdSchema }),
  ]),
  /** "web-7 from xen-01 to xen-02". */
  sentence: textSchema.max(500),
  endedAt: momentSchema,
})
export type Undoable = z.infer<typeof undoableSchema>

/** Somebody's own actions can be undone with one key for this long. */
export const undoWithinMs = 3_600_000

/** True once nothing more will happen in the plan. */
export function isPlanEnded({ state }: Pick<Plan, 'state'>): boolean {
  return state.kind === 'ended'
}
