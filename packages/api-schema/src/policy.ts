import { z } from 'zod'
import { architectureSchema } from './host.ts'
import { domainIdSchema, hostIdSchema, policyRuleIdSchema } from './ids.ts'
import {
  bytesPerSecSchema,
  bytesSchema,
  displayNameSchema,
  labelKeySchema,
  momentSchema,
  textSchema,
} from './scalars.ts'
import { isTimeZone, minutesOfDay, weekdays } from './week-time.ts'

/** Rules on placement. What each means exactly is in docs/policies.md; the optimizer judges, nobody else. */

/** Text of the selector language; that it can be read is for the optimizer to say. */
export const maxSelectorLength = 2000
export const selectorTextSchema = textSchema.min(1).max(maxSelectorLength)

/** Where domains are together or apart: on one host, or on the hosts of one rack (label `rack`). */
export const placementLevelSchema = z.enum(['host', 'rack'])
export type PlacementLevel = z.infer<typeof placementLevelSchema>

/** Required: never broken by a move. Preferred: a warning, and its weight in the ranking. */
export const ruleStrengthSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('required') }),
  z.object({ kind: z.literal('preferred'), weight: z.int().min(1).max(100) }),
])
export type RuleStrength = z.infer<typeof ruleStrengthSchema>

/**
 * Absent: all domains that match are one set. Else they fall into sets by application or by the value of a label, each a
 * set of its own; domains without one are in none.
 */
export const groupBySchema = z.discriminatedUnion('by', [
  z.object({ by: z.literal('application') }),
  z.object({ by: z.literal('label'), key: labelKeySchema }),
])
export type GroupBy = z.infer<typeof groupBySchema>

const runOn = z.object({
  kind: z.literal('run-on'),
  domains: selectorTextSchema,
  hosts: selectorTextSchema,
})

const keepOff = z.object({
  kind: z.literal('keep-off'),
  domains: selectorTextSchema,
  hosts: selectorTextSchema,
})

const keepTogether = z.object({
  kind: z.literal('keep-together'),
  domains: selectorTextSchema,
  groupBy: groupBySchema.optional(),
  level: placementLevelSchema,
})

const keepApart = z.object({
  kind: z.literal('keep-apart'),
  domains: selectorTextSchema,
  groupBy: groupBySchema.optional(),
  level: placementLevelSchema,
  /** Per host or rack. */
  atMost: z.int().min(1).max(10_000),
})

/** All that are given must be met. */
export const hardwareNeedsSchema = z
  .object({
    /** `any`: VT-x or AMD-V. */
    virtualisation: z.enum(['any', 'vt-x', 'amd-v']).optional(),
    architecture: architectureSchema.optional(),
    cpuFeatures: z.array(textSchema.min(1).max(40)).min(1).max(64).optional(),
    nicAtLeastBytesPerSec: bytesPerSecSchema.positive().optional(),
  })
  .refine(
    (needs) => Object.values(needs).some((need) => need !== undefined),
    'at least one need must be given',
  )
export type HardwareNeeds = z.infer<typeof hardwareNeedsSchema>

const hardware = z.object({
  kind: z.literal('hardware'),
  domains: selectorTextSchema,
  needs: hardwareNeedsSchema,
})

/** What each of the hosts keeps free; 0 asks for nothing. */
export const keptFreeSchema = z
  .object({
    /** Of all pCPUs of the host, by measured load. */
    cpuRatio: z.number().min(0).max(0.95),
    memBytes: bytesSchema,
  })
  .refine(({ cpuRatio, memBytes }) => cpuRatio > 0 || memBytes > 0, 'CPU or memory must be given')
export type KeptFree = z.infer<typeof keptFreeSchema>

const headroom = z.object({
  kind: z.literal('headroom'),
  hosts: selectorTextSchema,
  keep: keptFreeSchema,
})

const reserve = z.object({
  kind: z.literal('reserve'),
  hosts: selectorTextSchema,
  /** Nothing but domains of this application may run there; it may run elsewhere too. */
  application: displayNameSchema,
})

/** What one host costs of a pool as soon as one of the domains runs there. A core is counted as a pCPU. */
export const licenceUnitSchema = z.enum(['host', 'socket', 'core'])
export type LicenceUnit = z.infer<typeof licenceUnitSchema>

const licence = z.object({
  kind: z.literal('licence'),
  product: displayNameSchema,
  /** The domains that need the product on their host. */
  domains: selectorTextSchema,
  per: licenceUnitSchema,
  count: z.int().min(0).max(1_000_000),
})

const neverMove = z.object({ kind: z.literal('never-move'), domains: selectorTextSchema })

/** From a minute of each of the days until another; not after `from`: on the next day. */
export const timeWindowSchema = z.object({
  days: z.array(z.enum(weekdays)).min(1).max(7),
  fromMinute: z
    .int()
    .min(0)
    .max(minutesOfDay - 1),
  untilMinute: z.int().min(1).max(minutesOfDay),
})
export type TimeWindow = z.infer<typeof timeWindowSchema>

const moveWindow = z.object({
  kind: z.literal('move-window'),
  domains: selectorTextSchema,
  /** IANA name; the windows are by its clocks, daylight saving included. */
  timeZone: textSchema.max(60).refine(isTimeZone, 'is not a time zone'),
  windows: z.array(timeWindowSchema).min(1).max(20),
})

/** What every rule has, whatever it asks. */
const head = {
  name: displayNameSchema,
  description: textSchema.max(1000),
  /** Whom to ask: a person or a team, in words. */
  owner: textSchema.max(120),
  isEnabled: z.boolean(),
  strength: ruleStrengthSchema,
}

const stored = {
  ...head,
  ruleId: policyRuleIdSchema,
  updatedAt: momentSchema.optional(),
  updatedBy: displayNameSchema.optional(),
  /** Of the whole set (policy-set.ts), when this rule was changed last. */
  revision: z.int().min(0).optional(),
}

/** A rule while it is written: it has no id yet. */
export const policyDraftSchema = z.discriminatedUnion('kind', [
  runOn.extend(head),
  keepOff.extend(head),
  keepTogether.extend(head),
  keepApart.extend(head),
  hardware.extend(head),
  headroom.extend(head),
  reserve.extend(head),
  licence.extend(head),
  neverMove.extend(head),
  moveWindow.extend(head),
])
export type PolicyDraft = z.infer<typeof policyDraftSchema>

export const policyRuleSchema = z.discriminatedUnion('kind', [
  runOn.extend(stored),
  keepOff.extend(stored),
  keepTogether.extend(stored),
  keepApart.extend(stored),
  hardware.extend(stored),
  headroom.extend(stored),
  reserve.extend(stored),
  licence.extend(stored),
  neverMove.extend(stored),
  moveWindow.extend(stored),
])
export type PolicyRule = z.infer<typeof policyRuleSchema>

export type PolicyKind = PolicyRule['kind']
export const policyKinds = [
  'run-on',
  'keep-off',
  'keep-together',
  'keep-apart',
  'hardware',
  'headroom',
  'reserve',
  'licence',
  'never-move',
  'move-window',
] as const satisfies readonly PolicyKind[]

/** The rule of one kind. */
export type PolicyOf<K extends PolicyKind> = Extract<PolicyRule, { kind: K }>

/**
 * Who yields to whom, strongest first: what the hypervisor cannot do; a host being emptied or kept empty; what rules require;
 * what they prefer.
 */
export const precedences = ['built-in', 'maintenance', 'required', 'preferred'] as const
export type Precedence = (typeof precedences)[number]

/** A place where a rule does not hold now. */
export const violationSchema = z.object({
  /** The same for the same rule broken at the same place, however many take part: `sinceAt` is kept under it. */
  violationKey: textSchema.min(1).max(300),
  ruleId: policyRuleIdSchema,
  ruleName: displayNameSchema,
  strength: ruleStrengthSchema,
  domainIds: z.array(domainIdSchema),
  hostIds: z.array(hostIdSchema),
  sentence: textSchema.min(1).max(1000),
  /** When the console first saw it. */
  sinceAt: momentSchema,
})
export type Violation = z.infer<typeof violationSchema>
