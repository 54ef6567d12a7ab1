import type { Refusal } from '@drover/api-schema/errors.ts'
import { refusal } from '@drover/api-schema/errors.ts'
import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import type { MovePurpose } from '../rules/carried.ts'
import { compileRules } from '../rules/compile-rules.ts'
import type { CompiledPolicies, CompiledRule } from '../rules/compiled.ts'
import { noRules, type RuleJudgement } from '../rules/judgement.ts'
import { type PickedUp, pickUp } from '../rules/pick-up.ts'
import { type Snapshot, snapshotOf } from '../rules/snapshot.ts'
import {
  memoryToPlace,
  nothingPromised,
  refusalsOfCapability,
  refusalsOfDomain,
  refusalsOfHost,
  warningsOf,
} from '../verdict.ts'
import type { PlanFleet } from './plan-fleet.ts'

/** Where the domains of a draft are at some point of an order; null: where the fleet says. */
export type HostOf = (domainId: DomainId) => HostId | null

export type Placement = {
  /** Why, whatever the order and memory apart, the domain may never come from one host to the other. */
  readonly never: (domainId: DomainId, from: HostId, to: HostId) => readonly Refusal[]
  /** Why, memory apart, it may not come to the host while the others are where `hostOf` says. */
  readonly refusals: (domainId: DomainId, to: HostId, hostOf: HostOf) => readonly Refusal[]
  /** What nothing forbids and an administrator should know; `brokenWeight` of the rules that would be broken. */
  readonly warnings: (
    domainId: DomainId,
    hostOf: HostOf,
  ) => (to: HostId) => { readonly warnings: readonly Refusal[]; readonly brokenWeight: number }
  /** Whether what rules say of this step depends on where others are. */
  readonly isRuled: (domainId: DomainId, to: HostId) => boolean
}

/**
 * May a domain come to a host at some point of an order: the built-in constraints and the required rules, on a fleet in which
 * the domains of the draft (`movers`) are elsewhere than now. What cannot change along an order is judged once and kept.
 */
export function judgePlacement(
  fleet: PlanFleet,
  movers: readonly DomainId[],
  purpose: MovePurpose,
): Placement {
  const { snapshot: base, rules } = fleet.compiled ?? compileRules(fleet.rules, snapshotOf(fleet))
  // Made once by whoever has it; what is changed here is a copy.
  const trial: Snapshot = {
    ...base,
    hostOf: base.hostOf.slice(),
    headedFor: base.headedFor.slice(),
  }
  for (const [index, { domainId, migrationId }] of base.domains.entries()) {
    const goesTo = migrationId === null ? null : (fleet.destinationOf?.(domainId) ?? null)
    if (goesTo !== null) trial.headedFor[index] = base.hostIndex.get(goesTo) ?? -1
  }
  const laid = (some: CompiledRule[]) => ({ snapshot: trial, rules: some, unreadable: [] })
  const all = laid([...rules])
  const fixed = laid(rules.filter(isFixed))
  const moving = laid(rules.filter((rule) => !isFixed(rule)))
  const hosts = new Map(fleet.hosts.map((host) => [host.hostId, host]))
  const fixedOf = new Map<DomainId, PickedUp>()
  const taken = new Map<HostId, number>()
  const known = new Map<string, readonly Refusal[]>()
  const members = movers.flatMap((domainId) => {
    const index = base.domainIndex.get(domainId)
    const domain = index === undefined ? undefined : base.domains[index]
    return index === undefined || domain === undefined ? [] : [{ domainId, index, domain }]
  })

  /** Lays the placement that is asked about on the trial fleet. */
  function place(hostOf: HostOf): void {
    taken.clear()
    for (const { domainId, index, domain } of members) {
      const hostId = hostOf(domainId) ?? domain.hostId
      const host = base.hostIndex.get(hostId) ?? -1
      trial.hostOf[index] = host
      trial.headedFor[index] = host
      if (hostId === domain.hostId) continue
      const bytes = memoryToPlace(domain)
      taken.set(hostId, (taken.get(hostId) ?? 0) + bytes)
      taken.set(domain.hostId, (taken.get(domain.hostId) ?? 0) - bytes)
    }
  }

  function picked(policies: CompiledPolicies, domainId: DomainId): PickedUp {
    return pickUp(policies, [domainId], {
      purpose,
      minuteOfWeek: fleet.minuteOfWeek,
      promisedOn: (hostId) => ({
        memBytes: fleet.promisedOn(hostId).memBytes + (taken.get(hostId) ?? 0),
        vcpuCount: 0,
      }),
    })
  }

  /** Once for a domain: every host is answered from it. */
  function fixedRules(domainId: DomainId, to: HostId): RuleJudgement {
    if (fixed.rules.length === 0) return noRules
    const known = fixedOf.get(domainId) ?? picked(fixed, domainId)
    fixedOf.set(domainId, known)
    return known.on(to)
  }

  function builtIn(domainId: DomainId, from: HostId, to: HostId): Refusal[] {
    const domain = base.domains[base.domainIndex.get(domainId) ?? -1]
    const source = hosts.get(from)
    const destination = hosts.get(to)
    if (domain === undefined) return [refusal('domain-not-found')]
    if (source === undefined || destination === undefined) return [refusal('host-not-found')]
    return [
      ...refusalsOfDomain(domain, source),
      ...refusalsOfHost(destination, source),
      ...refusalsOfCapability({ domain, source }, destination),
    ]
  }

  const never: Placement['never'] = (domainId, from, to) => {
    const key = `${domainId} ${from} ${to}`
    const before = known.get(key)
    if (before !== undefined) return before
    const { ofDomains, ofHost } = fixedRules(domainId, to)
    const found = [...builtIn(domainId, from, to), ...ofDomains, ...ofHost]
    known.set(key, found)
    return found
  }
  const fromOf = (domainId: DomainId, hostOf: HostOf): HostId | null =>
    hostOf(domainId) ?? base.domains[base.domainIndex.get(domainId) ?? -1]?.hostId ?? null
  const isRuled: Placement['isRuled'] = (domainId, to) => {
    const domain = base.domainIndex.get(domainId)
    const host = base.hostIndex.get(to)
    if (domain === undefined || host === undefined) return false
    return moving.rules.some(
      (rule) => rule.rule.strength.kind === 'required' && touches(rule, domain, host),
    )
  }

  return {
    never,
    isRuled,
    refusals(domainId, to, hostOf) {
      const from = fromOf(domainId, hostOf)
      if (from === null) return [refusal('domain-not-found')]
      const found = never(domainId, from, to)
      if (found.length > 0 || !isRuled(domainId, to)) return found
      place(hostOf)
      const { ofDomains, ofHost } = picked(moving, domainId).on(to)
      return [...ofDomains, ...ofHost]
    },
    warnings(domainId, hostOf) {
      place(hostOf)
      const domain = base.domains[base.domainIndex.get(domainId) ?? -1]
      const inHand = all.rules.length === 0 ? null : picked(all, domainId)
      return (to) => {
        const { warnings, brokenWeight } = inHand?.on(to) ?? noRules
        const host = hosts.get(to)
        const own =
          domain === undefined || host === undefined
            ? []
            : warningsOf([domain], host, nothingPromised)
        return { warnings: [...own, ...warnings], brokenWeight }
      }
    },
  }
}

/** Says the same of a domain and a host wherever the others are. */
function isFixed({ form }: CompiledRule): boolean {
  switch (form) {
    case 'where':
    case 'move':
      return true
    case 'together':
    case 'apart':
    case 'headroom':
    case 'licence':
      return false
  }
}

function touches(rule: CompiledRule, domain: number, host: number): boolean {
  switch (rule.form) {
    case 'where':
    case 'move':
      return false
    case 'together':
    case 'apart':
      return (rule.setOf[domain] ?? -1) >= 0
    case 'licence':
      return rule.members[domain] === 1
    case 'headroom':
      return rule.hosts[host] === 1
  }
}
