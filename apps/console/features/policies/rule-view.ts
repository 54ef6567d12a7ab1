import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { HostId, PolicyRuleId } from '@drover/api-schema/ids.ts'
import type { PolicyRule, Violation } from '@drover/api-schema/policy.ts'
import { compileDomainSelector, compileHostSelector } from '@drover/optimizer/selector/compile.ts'
import { parseSelector } from '@drover/optimizer/selector/parse.ts'
import { ruleSentence } from './rule-sentence.ts'

/** How many domains and hosts the selectors of a rule match; null: it has none of them, or it cannot be read. */
export type Matches = { readonly domains: number | null; readonly hosts: number | null }

/** Asked for every rule at once; rules often share selectors, and each is counted once. */
export function matchesOf(
  rules: readonly PolicyRule[],
  hosts: ReadonlyMap<HostId, Host>,
  domains: Iterable<Domain>,
): ReadonlyMap<PolicyRuleId, Matches> {
  const all = [...domains]
  const domainCount = counter((selector) => {
    const parsed = parseSelector(selector, 'domain')
    if (!parsed.ok) return null
    const matches = compileDomainSelector(parsed.value)
    return all.filter((domain) => matches(domain, hosts.get(domain.hostId) ?? null)).length
  })
  const hostCount = counter((selector) => {
    const parsed = parseSelector(selector, 'host')
    if (!parsed.ok) return null
    return [...hosts.values()].filter(compileHostSelector(parsed.value)).length
  })
  return new Map(
    rules.map((rule) => [
      rule.ruleId,
      {
        domains: 'domains' in rule ? domainCount(rule.domains) : null,
        hosts: 'hosts' in rule ? hostCount(rule.hosts) : null,
      },
    ]),
  )
}

function counter(count: (selector: string) => number | null) {
  const known = new Map<string, number | null>()
  return (selector: string): number | null => {
    if (!known.has(selector)) known.set(selector, count(selector))
    return known.get(selector) ?? null
  }
}

export function matchesSearch(rule: PolicyRule, text: string): boolean {
  const wanted = text.trim().toLowerCase()
  if (wanted === '') return true
  return [rule.name, rule.description, rule.owner, ruleSentence(rule)].some((words) =>
    words.toLowerCase().includes(wanted),
  )
}

/** Required rules first, then what has lasted longest. */
export function inOrder(violations: readonly Violation[]): Violation[] {
  const rank = ({ strength }: Violation) =>
    strength.kind === 'required' ? 0 : 1000 - strength.weight
  return [...violations].sort((a, b) => rank(a) - rank(b) || a.sinceAt - b.sinceAt)
}

export function countByRule(violations: readonly Violation[]): ReadonlyMap<PolicyRuleId, number> {
  const counts = new Map<PolicyRuleId, number>()
  for (const { ruleId } of violations) counts.set(ruleId, (counts.get(ruleId) ?? 0) + 1)
  return counts
}

/** Required above preferred, heavy above light; for sorting. */
export function strengthRank({ strength }: PolicyRule): number {
  return strength.kind === 'required' ? 1000 : strength.weight
}
