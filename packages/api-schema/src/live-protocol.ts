import { z } from 'zod'
import { domainSchema } from './domain.ts'
import { hostSchema } from './host.ts'
import {
  domainIdSchema,
  draftIdSchema,
  hostIdSchema,
  migrationIdSchema,
  planIdSchema,
} from './ids.ts'
import { migrationProgressSchema, migrationSchema } from './migration.ts'
import { defaultMigrationSettings, migrationSettingsSchema } from './migration-settings.ts'
import { draftSchema, planSchema, planStepSchema } from './plan.ts'
import { violationSchema } from './policy.ts'
import {
  maxViolationsShown,
  noPolicies,
  noViolationCounts,
  policySetSchema,
  violationCountsSchema,
} from './policy-set.ts'
import { err, ok, type Result } from './result.ts'
import { momentSchema, textSchema } from './scalars.ts'
import { metricSchema } from './telemetry.ts'

/**
 * The socket between the console and a browser, at `liveSocketPath`; the session cookie and the Origin are checked
 * in the HTTP upgrade. After `hello` the console sends `welcome` and a `snapshot`; every change after it is a `patch`
 * whose generation is one higher. A patch that is not newer is dropped; a gap is answered with `resync`.
 * Samples are subscribed by host and arrive as binary frames: latest wins, nothing is resent.
 */
export const liveSocketPath = '/ws/live'
export const liveProtocolVersions = [1] as const

export const liveLimits = {
  maxFrameBytes: 256 * 1024,
  helloTimeoutMs: 10_000,
  heartbeatMs: 10_000,
  missedHeartbeats: 3,
  maxSubscribedHosts: 5000,
  /** Above this the console merges samples; above the hard limit it closes with `slow-consumer`. */
  softBufferedBytes: 512 * 1024,
  hardBufferedBytes: 8 * 1024 * 1024,
} as const

export const changeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('host-upserted'), host: hostSchema }),
  z.object({ kind: z.literal('host-removed'), hostId: hostIdSchema }),
  z.object({ kind: z.literal('domain-upserted'), domain: domainSchema }),
  z.object({ kind: z.literal('domain-removed'), domainId: domainIdSchema }),
  z.object({ kind: z.literal('migration-upserted'), migration: migrationSchema }),
  z.object({ kind: z.literal('migration-settings-changed'), settings: migrationSettingsSchema }),
  /** All rules anew: there are few, they change seldom, and one may mean nothing without the others. */
  z.object({ kind: z.literal('policies-changed'), policies: policySetSchema }),
  z.object({ kind: z.literal('violation-upserted'), violation: violationSchema }),
  z.object({ kind: z.literal('violation-removed'), violationKey: textSchema.min(1).max(300) }),
  z.object({ kind: z.literal('violation-counts-changed'), counts: violationCountsSchema }),
  z.object({ kind: z.literal('draft-upserted'), draft: draftSchema }),
  /** Thrown away, or committed: then there is a plan of the same id. */
  z.object({ kind: z.literal('draft-removed'), draftId: draftIdSchema }),
  z.object({ kind: z.literal('plan-upserted'), plan: planSchema }),
  /** A plan has hundreds of steps and each changes a few times: only that one is sent. */
  z.object({
    kind: z.literal('plan-step-changed'),
    planId: planIdSchema,
    stepIndex: z.int().min(0),
    step: planStepSchema,
  }),
])
export type Change = z.infer<typeof changeSchema>

/** Everything a browser holds: all hosts and domains, open migrations and the recently ended ones, how they are limited, and rules. */
export const fleetSchema = z.object({
  /** Changes when the console restarts: generations of different epochs do not compare. */
  epoch: z.uuid(),
  generation: z.int().min(0),
  hosts: z.array(hostSchema),
  domains: z.array(domainSchema),
  migrations: z.array(migrationSchema),
  /** Limits and what is set for pools; consoles before it came had the defaults built in. */
  migrationSettings: migrationSettingsSchema.default(defaultMigrationSettings),
  // The defaults of what follows are for consoles before there were rules.
  policies: policySetSchema.default(noPolicies),
  /** Broken rules; when there are more than these, the endpoint `listViolations` has them all. */
  violations: z.array(violationSchema).max(maxViolationsShown).default([]),
  violationCounts: violationCountsSchema.default(noViolationCounts),
  // The defaults of what follows are for consoles before there were drafts.
  drafts: z.array(draftSchema).default([]),
  /** Those that have not ended, and the last ones that have. */
  plans: z.array(planSchema).default([]),
})
export type Fleet = z.infer<typeof fleetSchema>

export const liveUpFrameSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    versions: z.array(z.int().min(1).max(10_000)).min(1).max(50),
  }),
  z.object({ type: z.literal('heartbeat') }),
  z.object({ type: z.literal('resync') }),
  /** Replaces the earlier subscription. */
  z.object({
    type: z.literal('subscribe-samples'),
    hostIds: z.array(hostIdSchema).max(liveLimits.maxSubscribedHosts),
  }),
])
export type LiveUpFrame = z.infer<typeof liveUpFrameSchema>

export const liveDownFrameSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('welcome'),
    version: z.int().min(1),
    now: momentSchema,
    consoleVersion: z.string(),
  }),
  z.object({ type: z.literal('snapshot'), fleet: fleetSchema }),
  z.object({
    type: z.literal('patch'),
    generation: z.int().min(1),
    changes: z.array(changeSchema),
  }),
  z.object({
    type: z.literal('migration-progressed'),
    migrationId: migrationIdSchema,
    progress: migrationProgressSchema,
  }),
  /** Names the series of the samples of one host; `slot` stands for the host in binary frames of this socket. */
  z.object({
    type: z.literal('roster'),
    slot: z.int().min(0).max(32_767),
    hostId: hostIdSchema,
    rosterId: z.int().min(0).max(65_535),
    hostMetrics: z.array(metricSchema),
    domainMetrics: z.array(metricSchema),
    domainIds: z.array(domainIdSchema),
  }),
  z.object({ type: z.literal('heartbeat') }),
])
export type LiveDownFrame = z.infer<typeof liveDownFrameSchema>

/**
 * A binary frame is a run of entries, little endian: u16 slot, u16 length, then a telemetry batch
 * (`telemetry-frame.ts`). The newest readings are the agent's own bytes; the console does not encode them again.
 * The highest bit of the slot marks a reading of the past: a few of the last minutes, oldest first, are sent when
 * a host is subscribed to, so that its lines need not begin empty.
 */
export type SampleEntry = {
  readonly slot: number
  readonly batch: Uint8Array
  readonly isPast: boolean
}

const pastFlag = 0x8000
export const maxSampleSlot = pastFlag - 1

export function encodeSamples(entries: readonly SampleEntry[]): Uint8Array<ArrayBuffer> {
  let length = 0
  for (const entry of entries) length += 4 + entry.batch.byteLength
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  let offset = 0
  for (const entry of entries) {
    view.setUint16(offset, entry.isPast ? entry.slot | pastFlag : entry.slot, true)
    view.setUint16(offset + 2, entry.batch.byteLength, true)
    bytes.set(entry.batch, offset + 4)
    offset += 4 + entry.batch.byteLength
  }
  return bytes
}

/** The largest batch that fits the u16 length; a batch above it is not forwarded. */
export const maxForwardedBatchBytes = 65_535

export function decodeSamples(frame: Uint8Array): Result<SampleEntry[], 'truncated'> {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  const entries: SampleEntry[] = []
  let offset = 0
  while (offset < frame.byteLength) {
    if (offset + 4 > frame.byteLength) return err('truncated')
    const end = offset + 4 + view.getUint16(offset + 2, true)
    if (end > frame.byteLength) return err('truncated')
    const head = view.getUint16(offset, true)
    entries.push({
      slot: head & maxSampleSlot,
      isPast: (head & pastFlag) !== 0,
      batch: frame.subarray(offset + 4, end),
    })
    offset = end
  }
  return ok(entries)
}
