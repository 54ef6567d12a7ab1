import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { PolicyRule } from '@drover/api-schema/policy.ts'
import type { Linter } from './linter/linter.ts'

/**
 * A rule that cannot hold beside the others is saved as preferred or disabled only. What nobody can tell in time may be saved:
 * a doubt is no reason to keep an administrator from his work.
 */
export async function refuseUnsatisfiable(
  linter: Pick<Linter, 'ask'>,
  rules: readonly PolicyRule[],
  changed: PolicyRule,
): Promise<Refusal | null> {
  if (!changed.isEnabled || changed.strength.kind !== 'required') return null
  const answer = await linter.ask({ kind: 'satisfiable', rules, changedId: changed.ruleId })
  if (!answer.ok || answer.value === null) return null
  return refusal(
    'policy-unsatisfiable',
    `${changed.name} cannot be required: ${answer.value} Save it as preferred or disabled.`,
  )
}

/** Of all rules at once. Rules that cannot hold because the fleet has changed must not keep others from being changed. */
export async function refuseUnsatisfiableSet(
  linter: Pick<Linter, 'ask'>,
  rules: readonly PolicyRule[],
  before: readonly PolicyRule[],
): Promise<Refusal | null> {
  const answer = await linter.ask({ kind: 'satisfiable', rules, changedId: null })
  if (!answer.ok || answer.value === null) return null
  const earlier = await linter.ask({ kind: 'satisfiable', rules: before, changedId: null })
  if (!earlier.ok || earlier.value !== null) return null
  return refusal(
    'policy-unsatisfiable',
    `The required rules of the text cannot all hold: ${answer.value} Make some preferred or disable them.`,
  )
}
