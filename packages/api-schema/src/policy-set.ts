import { z } from 'zod'
import { domainIdSchema, hostIdSchema, policyRuleIdSchema } from './ids.ts'
import { policyDraftSchema, policyRuleSchema, violationSchema } from './policy.ts'
import { displayNameSchema, textSchema } from './scalars.ts'

/** Rules as a set: stored, shown to browsers, looked at while one is written, brought in and out as text. */

export const maxPolicyRules = 200
/** Characters of YAML that are taken: some ten times what as many rules need. */
export const maxPolicyTextLength = 200_000

export const policySetSchema = z.object({
  /** One higher with every change to any rule. */
  revision: z.int().min(0),
  /** By name. */
  rules: z.array(policyRuleSchema).max(maxPolicyRules),
})
export type PolicySet = z.infer<typeof policySetSchema>
export const noPolicies: PolicySet = { revision: 0, rules: [] }

/** Browsers are shown so many places where rules do not hold, required ones first; all are counted. */
export const maxViolationsShown = 1_000
export const violationCountsSchema = z.object({
  required: z.int().min(0),
  preferred: z.int().min(0),
})
export type ViolationCounts = z.infer<typeof violationCountsSchema>
export const noViolationCounts: ViolationCounts = { required: 0, preferred: 0 }

export const proposedMoveSchema = z.object({
  domainId: domainIdSchema,
  destinationHostId: hostIdSchema,
})
export type ProposedMove = z.infer<typeof proposedMoveSchema>

/** Moves after which the rule holds, in the order they can be made, or why there are none. */
export const fixSchema = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('moves'),
    moves: z.array(proposedMoveSchema).min(1),
    sentence: textSchema.max(1000),
  }),
  z.object({ outcome: z.literal('holds'), sentence: textSchema.max(1000) }),
  z.object({ outcome: z.literal('none'), sentence: textSchema.max(1000) }),
])
export type Fix = z.infer<typeof fixSchema>

/** A part of a selector that is wrong, or that nothing in the fleet is like. */
export const selectorProblemSchema = z.object({
  field: z.enum(['domains', 'hosts']),
  severity: z.enum(['error', 'warning']),
  span: z.object({ start: z.int().min(0), end: z.int().min(0) }),
  message: textSchema.max(1000),
  suggestion: textSchema.max(1000).nullable(),
})
export type SelectorProblem = z.infer<typeof selectorProblemSchema>

/** What a rule would mean in the fleet as it is, beside the rules there are. */
export const policyLintSchema = z.object({
  problems: z.array(selectorProblemSchema),
  matchedDomainIds: z.array(domainIdSchema),
  matchedHostIds: z.array(hostIdSchema),
  /** Where it would not hold now; the first of `violationCount`. */
  violations: z.array(violationSchema).max(200),
  violationCount: z.int().min(0),
  fix: fixSchema,
  /** Rules that cannot hold together, each with why; `hasDraft`: this one is among them. */
  conflicts: z.array(
    z.object({
      ruleIds: z.array(policyRuleIdSchema),
      ruleNames: z.array(displayNameSchema),
      hasDraft: z.boolean(),
      sentence: textSchema.max(1000),
    }),
  ),
  /**
   * Whether this rule, as if it were required, and all required ones can hold at once. `blocked`: the others cannot without
   * it; `undecided`: the time for it was not enough.
   */
  satisfiability: z.object({
    verdict: z.enum(['satisfiable', 'unsatisfiable', 'blocked', 'undecided']),
    sentence: textSchema.max(1000),
  }),
  /** How long looking took, in ms. */
  tookMs: z.number().min(0),
})
export type PolicyLint = z.infer<typeof policyLintSchema>

/** Something in a text of rules that cannot be read; lines and columns from 1. */
export const textProblemSchema = z.object({
  line: z.int().min(1),
  column: z.int().min(1),
  message: textSchema.max(1000),
})
export type TextProblem = z.infer<typeof textProblemSchema>

/**
 * What bringing in a text would do. Rules are told apart by name: one whose name is not in the text goes. With problems nothing
 * is compared.
 */
export const policyImportSchema = z.object({
  /** Compared with the rules of this revision. */
  revision: z.int().min(0),
  problems: z.array(textProblemSchema).max(100),
  added: z.array(policyDraftSchema),
  changed: z.array(
    z.object({
      before: policyRuleSchema,
      after: policyDraftSchema,
      /** What is different, by its name in the rule. */
      fields: z.array(textSchema.max(40)).min(1),
    }),
  ),
  removed: z.array(policyRuleSchema),
  unchangedCount: z.int().min(0),
})
export type PolicyImport = z.infer<typeof policyImportSchema>
