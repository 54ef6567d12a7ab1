import type { Move } from '@drover/api-schema/endpoints.ts'
import type { ErrorCode, Refusal } from '@drover/api-schema/errors.ts'
import type { DomainId, PolicyRuleId } from '@drover/api-schema/ids.ts'
import type { CompiledRule } from '@drover/optimizer/rules/compiled.ts'
import type { Bearing, ChangeAspect } from '../inventory/change-log.ts'
import type { RulesNow } from './rules.ts'

/** Which changes of a host, a domain or a rule can have led to a refusal of that code; of codes left out, any of the domain. */
const aspects: Partial<Record<ErrorCode, readonly ChangeAspect[]>> = {
  'host-in-maintenance': ['maintenance'],
  'host-not-online': ['connection'],
  'not-enough-memory': ['memory', 'placement', 'migration'],
  'policy-headroom': ['memory', 'placement', 'migration', 'rule', 'host-labels'],
  'policy-run-on': ['rule', 'host-labels', 'domain-labels'],
  'policy-keep-off': ['rule', 'host-labels', 'domain-labels'],
  'policy-hardware': ['rule', 'domain-labels'],
  'policy-reserved': ['rule', 'host-labels', 'domain-labels'],
  'policy-keep-together': ['rule', 'host-labels', 'domain-labels', 'placement', 'migration'],
  'policy-keep-apart': ['rule', 'host-labels', 'domain-labels', 'placement', 'migration'],
  'policy-licence': ['rule', 'domain-labels', 'placement', 'migration'],
  'policy-never-move': ['rule', 'domain-labels'],
  'policy-move-window': ['rule', 'domain-labels'],
  'domain-migrating': ['migration'],
}
const ofDomain: readonly ChangeAspect[] = ['domain', 'placement']

/** Says of a change whether it bears on these refusals of the move. */
export function bearsOn(
  { domainId, destinationHostId }: Move,
  refusals: readonly Refusal[],
  rules: RulesNow | null,
): Bearing {
  const wanted = new Set(refusals.flatMap(({ code }) => aspects[code] ?? ofDomain))
  const ruleIds = new Set(refusals.flatMap(({ ruleId }) => ruleId ?? []))
  const isMember = membersOf(rules, ruleIds)
  return (change) => {
    if (!wanted.has(change.aspect)) return false
    if (change.ruleId !== undefined) return ruleIds.has(change.ruleId)
    if (change.domainId === domainId) return true
    if (change.hostIds.includes(destinationHostId)) return true
    return change.domainId !== undefined && isMember(change.domainId)
  }
}

/** Whether rules among these see domains as one: what happens to any of them bears on the others. */
function membersOf(
  rules: RulesNow | null,
  ruleIds: ReadonlySet<PolicyRuleId>,
): (domainId: DomainId) => boolean {
  if (rules === null) return () => false
  const { snapshot } = rules.compiled
  const meant = rules.compiled.rules.filter(({ rule }) => ruleIds.has(rule.ruleId))
  return (domainId) => {
    const index = snapshot.domainIndex.get(domainId)
    return index !== undefined && meant.some((compiled) => isIn(compiled, index))
  }
}

function isIn(compiled: CompiledRule, domain: number): boolean {
  if (compiled.form === 'together' || compiled.form === 'apart')
    return compiled.setOf[domain] !== -1
  return compiled.form === 'licence' && compiled.members[domain] === 1
}

/** The refusal with what has changed since it was asked for. */
export function withChanges(refused: Refusal, changes: readonly string[]): Refusal {
  if (changes.length === 0) return refused
  const message = `${refused.message} Since it was asked for: ${changes.join(' ')}`
  return { ...refused, message: message.slice(0, 1000) }
}

export type ChangesSince = (
  since: { readonly epoch: string; readonly generation: number } | { readonly at: number },
  bears: Bearing,
) => string[]
