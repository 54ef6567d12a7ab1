import type { PolicyDraft, PolicyRule } from '@drover/api-schema/policy.ts'
import type { PolicyImport, PolicySet } from '@drover/api-schema/policy-set.ts'
import { draftOf, isSameName } from '../draft.ts'
import { changedFields } from './fields.ts'

export type Difference = Pick<PolicyImport, 'added' | 'changed' | 'removed' | 'unchangedCount'>

/** What makes the rules that there are into the wanted ones; rules are told apart by their names. */
export function comparePolicies({ rules }: PolicySet, wanted: readonly PolicyDraft[]): Difference {
  const ruleOf = (draft: PolicyDraft): PolicyRule | undefined =>
    rules.find(({ name }) => isSameName(name, draft.name))
  const added = wanted.filter((draft) => ruleOf(draft) === undefined)
  const changed = wanted.flatMap((after) => {
    const before = ruleOf(after)
    const fields = before === undefined ? [] : changedFields(draftOf(before), after)
    return before === undefined || fields.length === 0 ? [] : [{ before, after, fields }]
  })
  const removed = rules.filter(({ name }) => !wanted.some((one) => isSameName(one.name, name)))
  return {
    added,
    changed,
    removed,
    unchangedCount: wanted.length - added.length - changed.length,
  }
}
