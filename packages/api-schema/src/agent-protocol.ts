import { z } from 'zod'
import { domainFactsSchema } from './domain.ts'
import { refusalSchema } from './errors.ts'
import { hostFactsSchema } from './host.ts'
import {
  bootIdSchema,
  commandIdSchema,
  domainIdSchema,
  hostIdSchema,
  instanceIdSchema,
  migrationIdSchema,
} from './ids.ts'
import {
  migrationPhaseSchema,
  migrationProfileSchema,
  migrationProgressSchema,
  postCopyCostSchema,
  precopyRoundSchema,
  steeringSchema,
  stopReasonSchema,
} from './migration.ts'
import { bandwidthLimitSchema } from './migration-terms.ts'
import {
  bytesSchema,
  durationMsSchema,
  generationSchema,
  machineNameSchema,
  momentSchema,
  textSchema,
} from './scalars.ts'
import { metricSchema } from './telemetry.ts'

/**
 * The socket between an agent and the console, at `agentSocketPath`. The enrolment token travels in the HTTP
 * upgrade (`Authorization: Bearer …`), never in a frame. Text frames are the JSON below; binary frames are
 * telemetry batches (`telemetry-frame.ts`).
 *
 * Up, the first frame is `hello`. Facts carry `seq`, rising by one within an `instanceId`; the agent keeps them
 * until they are acknowledged and sends them again, in order, after a reconnect. Telemetry, rosters, progress and
 * heartbeats are not numbered and may be lost. Down, commands carry ids: at least once on the wire, once in effect.
 */
export const agentSocketPath = '/ws/agent'
export const agentProtocolVersions = [1] as const
export type AgentProtocolVersion = (typeof agentProtocolVersions)[number]

export const agentLimits = {
  /** The largest frame either side takes; before `hello` was accepted, `maxHelloBytes`. */
  maxFrameBytes: 4 * 1024 * 1024,
  maxHelloBytes: 64 * 1024,
  helloTimeoutMs: 10_000,
  heartbeatMs: 5_000,
  /** Missed heartbeats after which the other side counts as gone. */
  missedHeartbeats: 3,
  maxDomains: 4096,
  /** Rounds of one migration in a report, and migrations in an inventory. */
  maxRounds: 1000,
  maxMigrations: 1000,
  /** Unacknowledged facts an agent may have on the wire. */
  maxUnacknowledged: 1024,
} as const

/** Why a socket was closed. The reason text beside the code is a sentence for the log. Used by all three sockets. */
export const closeCodes = {
  malformed: 4400,
  'not-authenticated': 4401,
  forbidden: 4403,
  'no-common-version': 4406,
  'silent-too-long': 4408,
  'replaced-by-newer-session': 4409,
  'host-already-connected': 4423,
  'slow-consumer': 4429,
  'going-away': 1001,
} as const
export type CloseReason = keyof typeof closeCodes

const seqSchema = z.int().min(1)

// ── What an agent knows about a migration it takes part in ─────────────────────────────────────────────────────────

const copySoFar = {
  rounds: z.array(precopyRoundSchema).max(agentLimits.maxRounds),
  totalBytes: bytesSchema,
  startedAt: momentSchema,
}

/**
 * The source's truth. Up to `paused` the source may resume the guest by itself; `committed` is written to disk
 * before the destination is told to activate: from then on only an answer about the destination moves it.
 */
export const sourceStatusSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('connecting'), ...copySoFar }),
  z.object({ status: z.literal('copying'), ...copySoFar }),
  z.object({ status: z.literal('paused'), pausedAt: momentSchema, ...copySoFar }),
  z.object({
    status: z.literal('committed'),
    pausedAt: momentSchema,
    /** The destination has not got every page yet: until it has, the memory here must be kept. */
    isPostCopy: z.boolean().optional(),
    ...copySoFar,
  }),
  /** Post-copy: the destination runs the domain, and the memory here is kept as it was paused until all of it is there. */
  z.object({
    status: z.literal('serving'),
    pausedAt: momentSchema,
    activatedAt: momentSchema,
    ...copySoFar,
  }),
  /** The destination runs the domain and the copy here is destroyed. */
  z.object({
    status: z.literal('completed'),
    endedAt: momentSchema,
    totalMs: durationMsSchema,
    downtimeMs: durationMsSchema.nullable(),
    stopReason: stopReasonSchema.nullable(),
    digest: textSchema.max(64).nullable(),
    postCopy: postCopyCostSchema.optional(),
    ...copySoFar,
  }),
  /** The domain is here, as it was before (running, or stopped if that ended the migration). */
  z.object({
    status: z.literal('failed'),
    endedAt: momentSchema,
    failedIn: migrationPhaseSchema,
    refusal: refusalSchema,
    ...copySoFar,
  }),
  /** Post-copy: nothing is kept here any more. Whether the destination had it all only the destination can say. */
  z.object({
    status: z.literal('lost'),
    endedAt: momentSchema,
    refusal: refusalSchema,
    ...copySoFar,
  }),
])
export type SourceStatus = z.infer<typeof sourceStatusSchema>

/**
 * The destination's truth. `activated` is written to disk before the guest runs; `aborted` refuses for good. In post-copy it is
 * `filling` that is written before the guest runs; it becomes `activated` with the last page, or `lost` when pages cannot come
 * any more.
 */
export const destinationStatusSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('reserved') }),
  z.object({ status: z.literal('receiving') }),
  z.object({
    status: z.literal('ready'),
    digest: textSchema.max(64),
    isPostCopy: z.boolean().optional(),
  }),
  z.object({
    status: z.literal('activated'),
    activatedAt: momentSchema,
    digest: textSchema.max(64),
    postCopy: postCopyCostSchema.optional(),
  }),
  z.object({ status: z.literal('filling'), activatedAt: momentSchema }),
  z.object({ status: z.literal('lost'), endedAt: momentSchema, refusal: refusalSchema }),
  z.object({ status: z.literal('aborted'), endedAt: momentSchema, refusal: refusalSchema }),
])
export type DestinationStatus = z.infer<typeof destinationStatusSchema>

const reportHead = {
  migrationId: migrationIdSchema,
  domainId: domainIdSchema,
  generation: generationSchema,
}
export const migrationReportSchema = z.discriminatedUnion('role', [
  z.object({ role: z.literal('source'), ...reportHead, state: sourceStatusSchema }),
  z.object({ role: z.literal('destination'), ...reportHead, state: destinationStatusSchema }),
  /** Asked about a migration this agent has never heard of, or has forgotten after it ended. */
  z.object({ role: z.literal('none'), ...reportHead }),
])
export type MigrationReport = z.infer<typeof migrationReportSchema>

// ── Down: commands ─────────────────────────────────────────────────────────────────────────────────────────────────

export const domainActions = [
  'start',
  'pause',
  'unpause',
  'shut-down',
  'reboot',
  'destroy',
] as const
export const domainActionSchema = z.enum(domainActions)
export type DomainAction = z.infer<typeof domainActionSchema>

const peerUrlSchema = z
  .string()
  .max(300)
  .regex(/^wss?:\/\/\S+$/)

export const commandSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('domain-action'),
    domainId: domainIdSchema,
    action: domainActionSchema,
  }),
  /** To the destination: check, reserve memory and vCPUs, answer `prepared` with a one-time ticket. */
  z.object({
    kind: z.literal('prepare-incoming'),
    migrationId: migrationIdSchema,
    generation: generationSchema,
    sourceHostId: hostIdSchema,
    domain: domainFactsSchema,
  }),
  /** To the source: connect to the destination with the ticket and copy. */
  z.object({
    kind: z.literal('start-outgoing'),
    migrationId: migrationIdSchema,
    generation: generationSchema,
    domainId: domainIdSchema,
    destinationHostId: hostIdSchema,
    peerUrl: peerUrlSchema,
    ticket: textSchema.min(16).max(200),
    profile: migrationProfileSchema,
    /** What the rounds may take from the first byte on; left out or null: all that the link gives. */
    bandwidthBytesPerSec: bandwidthLimitSchema.optional(),
  }),
  /** To the source: give up before the point of no return; refused with `past-point-of-no-return` after it. */
  z.object({ kind: z.literal('cancel-outgoing'), migrationId: migrationIdSchema }),
  /** While it copies: the whole of what is wanted, not a change. */
  z.object({
    kind: z.literal('steer-outgoing'),
    migrationId: migrationIdSchema,
    steering: steeringSchema,
  }),
  /** To the destination: refuse this attempt for good, unless it is activated; the report says which. */
  z.object({
    kind: z.literal('abort-incoming'),
    migrationId: migrationIdSchema,
    generation: generationSchema,
    domainId: domainIdSchema,
  }),
  /**
   * To a source in `committed` or `serving`, once the destination has answered: take the guest back, let it go, or `lose` it,
   * when the destination has lost it with pages still here.
   */
  z.object({
    kind: z.literal('resolve-outgoing'),
    migrationId: migrationIdSchema,
    resolution: z.enum(['resume', 'release', 'lose']),
  }),
  /** To a source in post-copy: the destination's agent is at this address now. */
  z.object({
    kind: z.literal('reach-destination'),
    migrationId: migrationIdSchema,
    peerUrl: peerUrlSchema,
  }),
  /** To a destination in `filling`: what it misses is gone with the source. It stops the guest, unless it misses nothing. */
  z.object({
    kind: z.literal('lose-incoming'),
    migrationId: migrationIdSchema,
    generation: generationSchema,
    domainId: domainIdSchema,
  }),
  /** To either: say what is true about this migration. */
  z.object({
    kind: z.literal('report-migration'),
    migrationId: migrationIdSchema,
    domainId: domainIdSchema,
    generation: generationSchema,
  }),
])
export type Command = z.infer<typeof commandSchema>

export const commandResultSchema = z.discriminatedUnion('kind', [
  /** Done, or under way with facts to follow. */
  z.object({ kind: z.literal('done') }),
  z.object({
    kind: z.literal('prepared'),
    ticket: textSchema.min(16).max(200),
    peerUrl: textSchema.max(300),
  }),
  z.object({ kind: z.literal('report'), report: migrationReportSchema }),
  z.object({ kind: z.literal('rejected'), refusal: refusalSchema }),
])
export type CommandResult = z.infer<typeof commandResultSchema>

// ── Frames up ──────────────────────────────────────────────────────────────────────────────────────────────────────

export const helloFrameSchema = z.object({
  type: z.literal('hello'),
  versions: z.array(z.int().min(1).max(10_000)).min(1).max(50),
  agentVersion: textSchema.min(1).max(40),
  instanceId: instanceIdSchema,
  hostId: hostIdSchema,
  /** Made by the agent at its first start and kept; binds `hostId` to it. The console keeps a hash only. */
  hostKey: textSchema.min(32).max(200),
  name: machineNameSchema,
  bootId: bootIdSchema,
  /** The newest fact the agent knows the console has, in this instance; 0 for none. */
  acknowledgedSeq: z.int().min(0),
})
export type HelloFrame = z.infer<typeof helloFrameSchema>

const numbered = { seq: seqSchema }
const unnumberedUp = [
  z.object({ type: z.literal('heartbeat') }),
  /** Names the series of the telemetry batches that follow with this `rosterId`, in order. */
  z.object({
    type: z.literal('roster'),
    rosterId: z.int().min(0).max(65_535),
    hostMetrics: z.array(metricSchema).min(1).max(32),
    domainMetrics: z.array(metricSchema).min(1).max(32),
    domainIds: z.array(domainIdSchema).max(agentLimits.maxDomains),
  }),
  z.object({
    type: z.literal('migration-progressed'),
    migrationId: migrationIdSchema,
    progress: migrationProgressSchema,
  }),
] as const
const numberedUp = [
  /** The whole picture; first fact of every instance, and whenever the console asks to start over. */
  z.object({
    type: z.literal('inventory-reported'),
    ...numbered,
    host: hostFactsSchema,
    domains: z.array(domainFactsSchema).max(agentLimits.maxDomains),
    migrations: z.array(migrationReportSchema).max(agentLimits.maxMigrations),
  }),
  z.object({ type: z.literal('host-changed'), ...numbered, host: hostFactsSchema }),
  z.object({ type: z.literal('domain-changed'), ...numbered, domain: domainFactsSchema }),
  z.object({
    type: z.literal('domain-removed'),
    ...numbered,
    domainId: domainIdSchema,
    generation: generationSchema,
  }),
  z.object({ type: z.literal('migration-reported'), ...numbered, report: migrationReportSchema }),
  z.object({
    type: z.literal('command-answered'),
    ...numbered,
    commandId: commandIdSchema,
    result: commandResultSchema,
  }),
] as const

export const agentFactSchema = z.discriminatedUnion('type', [...numberedUp])
/** A numbered fact: kept by the agent until the console has acknowledged it. */
export type AgentFact = z.infer<typeof agentFactSchema>

export const agentUpFrameSchema = z.discriminatedUnion('type', [
  helloFrameSchema,
  ...unnumberedUp,
  ...numberedUp,
])
export type AgentUpFrame = z.infer<typeof agentUpFrameSchema>
export type RosterFrame = Extract<AgentUpFrame, { type: 'roster' }>

// ── Frames down ────────────────────────────────────────────────────────────────────────────────────────────────────

export const agentDownFrameSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('welcome'),
    version: z.int().min(1),
    sessionId: z.uuid(),
    /** Facts up to here are known in this instance: send what follows. Null: start with a whole inventory. */
    resumeAfterSeq: z.int().min(0).nullable(),
    settings: z.object({
      sampleIntervalMs: z.int().min(100).max(60_000),
      heartbeatMs: z.int().min(100).max(60_000),
      progressIntervalMs: z.int().min(50).max(10_000),
    }),
  }),
  z.object({ type: z.literal('acknowledged'), seq: seqSchema }),
  z.object({ type: z.literal('heartbeat') }),
  z.object({ type: z.literal('command'), commandId: commandIdSchema, command: commandSchema }),
])
export type AgentDownFrame = z.infer<typeof agentDownFrameSchema>

/** The newest version both sides speak; null when there is none. */
export function newestCommonVersion(
  ours: readonly number[],
  theirs: readonly number[],
): number | null {
  const common = ours.filter((version) => theirs.includes(version))
  return common.length === 0 ? null : Math.max(...common)
}
