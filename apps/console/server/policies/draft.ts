import { type PolicyDraft, type PolicyRule, policyDraftSchema } from '@drover/api-schema/policy.ts'

/** What somebody has written of a rule, and nothing that the console keeps beside it. */
export function draftOf(rule: PolicyDraft | PolicyRule): PolicyDraft {
  return policyDraftSchema.parse(rule)
}

/** Capitals make no difference: two rules that differ by them only cannot be told apart in a sentence. */
export function isSameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
