import { areFields, type RuleFields } from './rule-fields.ts'

/** What is written and not saved stays in the tab, by rule, until it is saved or discarded: leaving the page loses nothing. */
const keyOf = (ruleId: string | null) => `drover.policy.${ruleId ?? 'new'}`

export function keptFields(ruleId: string | null): RuleFields | null {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(keyOf(ruleId)) ?? 'null')
    return areFields(kept) ? kept : null
  } catch {
    // Storage is off, or holds something else.
    return null
  }
}

export function keepFields(ruleId: string | null, fields: RuleFields | null): void {
  try {
    if (fields === null) sessionStorage.removeItem(keyOf(ruleId))
    else sessionStorage.setItem(keyOf(ruleId), JSON.stringify(fields))
  } catch {
    // Without storage only the question before the tab closes is left.
  }
}
