import { z } from 'zod'
import { refusalSchema } from './errors.ts'
import {
  domainIdSchema,
  hostIdSchema,
  migrationIdSchema,
  policyRuleIdSchema,
  userIdSchema,
} from './ids.ts'
import {
  bandwidthLimitSchema,
  migrationPrioritySchema,
  retryPolicySchema,
} from './migration-terms.ts'
import {
  bytesPerSecSchema,
  bytesSchema,
  displayNameSchema,
  durationMsSchema,
  generationSchema,
  machineNameSchema,
  momentSchema,
  pagesSchema,
  textSchema,
} from './scalars.ts'

/** The order of phases; every migration walks a prefix of it and then ends, nearly all without the last one. */
export const migrationPhases = [
  'queued',
  'preflight',
  'preparing',
  'pre-copy',
  'stop-and-copy',
  'activating',
  'post-copy',
] as const
export const migrationPhaseSchema = z.enum(migrationPhases)
export type MigrationPhase = z.infer<typeof migrationPhaseSchema>

export const migrationEndings = ['completed', 'failed', 'cancelled'] as const
export type MigrationEnding = (typeof migrationEndings)[number]

/**
 * When to stop pre-copying. `xen-3.0`, `nsdi-2005` and `xen-4` are the published algorithms; `downtime-target`
 * goes on while the predicted pause exceeds the limit and rounds still shrink it, then takes the last resort.
 */
export const migrationProfileSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('xen-3.0') }),
  z.object({ kind: z.literal('nsdi-2005') }),
  z.object({ kind: z.literal('xen-4') }),
  z.object({
    kind: z.literal('downtime-target'),
    downtimeLimitMs: z.number().min(1).max(60_000),
    lastResort: z.discriminatedUnion('kind', [
      /** Throttle the guest step by step until a round fits. */
      z.object({ kind: z.literal('auto-converge') }),
      z.object({
        kind: z.literal('longer-pause'),
        downtimeLimitMs: z.number().min(1).max(600_000),
      }),
      z.object({ kind: z.literal('give-up') }),
      /** Run it on the destination at once, its pages following: hosts that lose power meanwhile lose the domain. */
      z.object({ kind: z.literal('post-copy') }),
    ]),
  }),
])
export type MigrationProfile = z.infer<typeof migrationProfileSchema>

export const defaultMigrationProfile: MigrationProfile = {
  kind: 'downtime-target',
  downtimeLimitMs: 300,
  lastResort: { kind: 'auto-converge' },
}

export const stopReasonSchema = z.enum([
  'few-pages-left',
  'round-limit',
  'sent-limit',
  'sent-grew-at-full-rate',
  'downtime-reached',
  'no-progress',
  'longer-pause-accepted',
  'not-running',
  'asked-to-pause',
  'asked-for-post-copy',
])
export type StopReason = z.infer<typeof stopReasonSchema>

/** One pass: round 0 sends all pages, round n what round n-1 left dirty. */
export const precopyRoundSchema = z.object({
  roundIndex: z.int().min(0).max(100_000),
  sentPages: pagesSchema,
  /** Dirtied again before their turn came, so left for the next round. */
  skippedPages: pagesSchema,
  /** Dirty at the end of the round: what the next one must send. */
  dirtyPages: pagesSchema,
  durationMs: durationMsSchema,
  bytes: bytesSchema,
})
export type PrecopyRound = z.infer<typeof precopyRoundSchema>

/** What post-copy has cost, by the destination's measure. */
export const postCopyCostSchema = z.object({
  /** That followed the domain. */
  pages: pagesSchema,
  /** Of these, touched by the guest before they came, so fetched on demand. */
  demandedPages: pagesSchema,
  /** How long the guest stood still for them. */
  waitedMs: durationMsSchema,
  /** From the domain's start on the destination to its last page. */
  durationMs: durationMsSchema,
})
export type PostCopyCost = z.infer<typeof postCopyCostSchema>

/** Where a running copy is, several times a second; droppable, the next one replaces it. */
export const migrationProgressSchema = z.object({
  roundIndex: z.int().min(0),
  roundSentPages: pagesSchema,
  roundPages: pagesSchema,
  totalBytes: bytesSchema,
  bytesPerSec: bytesPerSecSchema,
  /** Unknown until the second fetch of the dirty bitmap. */
  dirtyPagesPerSec: z.number().min(0).nullable(),
  throttleRatio: z.number().min(0).max(1),
  /** No byte moved for 5 s. */
  isStalled: z.boolean(),
  predictedRemainingMs: durationMsSchema.nullable(),
  predictedDowntimeMs: durationMsSchema.nullable(),
  /** While the domain runs on the destination and its pages follow; then the destination tells the progress. */
  postCopy: z
    .object({
      missingPages: pagesSchema,
      demandedPages: pagesSchema,
      waitedMs: durationMsSchema,
      /** The guest stands still until a page has come. */
      isWaiting: z.boolean(),
      /** False while the hosts cannot reach each other: no page comes. */
      isConnected: z.boolean(),
    })
    .optional(),
})
export type MigrationProgress = z.infer<typeof migrationProgressSchema>

const likelyMs = z.object({ low: durationMsSchema, high: durationMsSchema })
const likelyCount = z.object({ low: bytesSchema, high: bytesSchema })

/**
 * What was expected when the migration was accepted; shown as predicted, beside what was measured. The optional fields came
 * later: records of earlier consoles have none of them.
 */
export const migrationPredictionSchema = z.object({
  totalMs: durationMsSchema,
  downtimeMs: durationMsSchema,
  bytes: bytesSchema,
  /** With the last one, which is sent while the domain is paused. */
  rounds: z.int().min(1).optional(),
  /** Four times out of five the measured figure lies within these, ends included. */
  likely: z
    .object({
      totalMs: likelyMs,
      downtimeMs: likelyMs,
      bytes: likelyCount,
      rounds: z.object({ low: z.int().min(1), high: z.int().min(1) }),
    })
    .optional(),
  /** Whether the guest's writing was measured before, by earlier migrations, or an ordinary guest was assumed. */
  basis: z.enum(['measured', 'assumed']).optional(),
  /** Factors learned from earlier migrations that the figures above were multiplied by. */
  calibration: z
    .object({ total: z.number().positive(), downtime: z.number().positive() })
    .optional(),
})
export type MigrationPrediction = z.infer<typeof migrationPredictionSchema>

const copied = {
  rounds: z.array(precopyRoundSchema).max(1000),
  totalBytes: bytesSchema,
}

/**
 * The state of a migration. Each phase has only its own fields. `activating` with `inDoubt` means: the source
 * has handed over and stays paused, the destination has not been heard; nothing resumes until it has been asked.
 */
export const migrationStateSchema = z.discriminatedUnion('phase', [
  z.object({ phase: z.literal('queued') }),
  z.object({ phase: z.literal('preflight') }),
  z.object({ phase: z.literal('preparing'), startedAt: momentSchema }),
  z.object({ phase: z.literal('pre-copy'), startedAt: momentSchema, ...copied }),
  z.object({
    phase: z.literal('stop-and-copy'),
    startedAt: momentSchema,
    pausedAt: momentSchema,
    ...copied,
  }),
  z.object({
    phase: z.literal('activating'),
    startedAt: momentSchema,
    pausedAt: momentSchema,
    inDoubt: z
      .object({ sinceAt: momentSchema, waitingFor: z.enum(['source', 'destination']) })
      .nullable(),
    /** The source keeps pages that the destination has not got. */
    isPostCopy: z.boolean().optional(),
    ...copied,
  }),
  /** The domain runs on the destination; the source keeps its memory as it was paused, only to send what is missing. */
  z.object({
    phase: z.literal('post-copy'),
    startedAt: momentSchema,
    pausedAt: momentSchema,
    activatedAt: momentSchema,
    ...copied,
  }),
  z.object({
    phase: z.literal('completed'),
    startedAt: momentSchema,
    endedAt: momentSchema,
    totalMs: durationMsSchema,
    downtimeMs: durationMsSchema.nullable(),
    stopReason: stopReasonSchema.nullable(),
    /** Of the whole memory image at the pause, equal on both sides: before activation, in post-copy with the last page. */
    digest: textSchema.max(64).nullable(),
    postCopy: postCopyCostSchema.optional(),
    ...copied,
  }),
  z.object({
    phase: z.literal('failed'),
    startedAt: momentSchema.nullable(),
    endedAt: momentSchema,
    failedIn: migrationPhaseSchema,
    refusal: refusalSchema,
    ...copied,
  }),
  z.object({
    phase: z.literal('cancelled'),
    startedAt: momentSchema.nullable(),
    endedAt: momentSchema,
    cancelledIn: migrationPhaseSchema,
    ...copied,
  }),
])
export type MigrationState = z.infer<typeof migrationStateSchema>

/** What can be asked of a copy that runs. */
export const steeringSchema = z.object({
  /** At most this much of the link, bytes a second; null: as much as the hosts allow. */
  bandwidthBytesPerSec: bandwidthLimitSchema,
  /** After this round the domain is paused and the rest is sent, however long that pause is. */
  pausesNext: z.boolean(),
  /** Now the domain goes over and its memory follows; absent from those who know nothing of it. */
  goesPostCopy: z.boolean().optional(),
})
export type Steering = z.infer<typeof steeringSchema>

/** Who wants a move: a person, the balancer, or whoever empties a host. */
export const movePurposeSchema = z.enum(['manual', 'automatic', 'maintenance'])

/** Why an administrator moves a domain although required rules are against it. Never against what the hypervisor cannot do. */
export const overrideSchema = z.object({ reason: textSchema.trim().min(1).max(500) })
export type Override = z.infer<typeof overrideSchema>

export const migrationSchema = z.object({
  migrationId: migrationIdSchema,
  /** Several domains dropped together share one; of the steps of a plan it is the plan's id. */
  groupId: z.uuid().nullable(),
  domainId: domainIdSchema,
  domainName: machineNameSchema,
  sourceHostId: hostIdSchema,
  sourceHostName: machineNameSchema,
  destinationHostId: hostIdSchema,
  destinationHostName: machineNameSchema,
  /** The ownership generation the destination copy will have. */
  generation: generationSchema.min(1),
  profile: migrationProfileSchema,
  memBytes: bytesSchema,
  predicted: migrationPredictionSchema.nullable(),
  requestedBy: z.object({ userId: userIdSchema, name: displayNameSchema }),
  requestedAt: momentSchema,
  cancelRequestedBy: displayNameSchema.nullable(),
  /** What was asked of the copy while it ran; absent when nothing was. */
  steered: steeringSchema.extend({ by: displayNameSchema }).optional(),
  /** What a person decided while it was in doubt; absent when nobody had to. */
  resolved: z
    .object({
      by: displayNameSchema,
      at: momentSchema,
      /** `resume`: the source runs its copy again; `release`: the source gives it up. */
      resolution: z.enum(['resume', 'release']),
    })
    .optional(),
  /** Absent when no rule was overridden. */
  overridden: overrideSchema
    .extend({ by: displayNameSchema, ruleIds: z.array(policyRuleIdSchema) })
    .optional(),
  /** Absent: a person asked for this one. Rules bind the balancer more, and least of all whoever empties a host. */
  purpose: movePurposeSchema.optional(),
  // The defaults of what follows are for records of earlier consoles, which have none of it.
  priority: migrationPrioritySchema.default('normal'),
  /** At most this much of the links, as asked for; the limits of its hosts may leave it less. Null: no limit of its own. */
  bandwidthBytesPerSec: bandwidthLimitSchema.default(null),
  retry: retryPolicySchema.default({ kind: 'none' }),
  /** 1 for the first; each retry is a migration of its own and one higher. */
  attempt: z.int().min(1).default(1),
  /** The failed migration that this one tries again; null for a first attempt. */
  retryOf: migrationIdSchema.nullable().default(null),
  /** The migration that tries this failed one again; null: none. */
  retriedBy: migrationIdSchema.nullable().default(null),
  /** It stays queued until this moment: the pause before a retry. Null: it may go at once. */
  notBeforeAt: momentSchema.nullable().default(null),
  state: migrationStateSchema,
})
export type Migration = z.infer<typeof migrationSchema>

const endings: readonly string[] = migrationEndings

/** True once nothing more will happen to the migration. */
export function isEnded(state: MigrationState): boolean {
  return endings.includes(state.phase)
}
