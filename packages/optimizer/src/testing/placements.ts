import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { PolicyRule } from '@drover/api-schema/policy.ts'
import { compileRules } from '../rules/compile-rules.ts'
import { type FleetFacts, snapshotOf } from '../rules/snapshot.ts'
import { violationsOfRule } from '../rules/violations.ts'
import { memoryToPlace, verdictFor } from '../verdict.ts'

/**
 * A judge of placements that shares nothing with the search for them: built-in constraints are what `verdictFor` says, rules
 * are what has no violation, memory is added up. A placement is the host of each domain, by number.
 */
export function judgeOfPlacements(facts: FleetFacts, rules: readonly PolicyRule[]) {
  const snapshot = snapshotOf(facts)
  const { hosts, domains } = facts
  const compiled = compileRules(rules, snapshot).rules
  const stays = domains.map((domain) => hosts.findIndex(({ hostId }) => hostId === domain.hostId))
  const mayMove = domains.map((domain, index) =>
    hosts.map(
      (host, at) => at === stays[index] || isPossible(domain, hosts[stays[index] ?? -1], host),
    ),
  )

  /** What is wrong with it, the first found; null when all is well. */
  return (placement: ArrayLike<number>, only: readonly number[] = [...rules.keys()]) => {
    const wrong = domains.find((_, index) => mayMove[index]?.[placement[index] ?? -1] !== true)
    if (wrong !== undefined) return `${wrong.name} cannot be there`
    const free = hosts.map(({ memFreeBytes }) => memFreeBytes)
    domains.forEach((domain, index) => {
      if (domain.state.status === 'shut-off') return
      const from = stays[index] ?? -1
      const to = placement[index] ?? -1
      free[from] = (free[from] ?? 0) + memoryToPlace(domain)
      free[to] = (free[to] ?? 0) - memoryToPlace(domain)
    })
    const full = free.findIndex((bytes) => bytes < 0)
    if (full >= 0) return `${hosts[full]?.name} is over its memory`
    const after = {
      ...snapshot,
      hostOf: Int32Array.from(placement),
      hosts: hosts.map((host, index) => ({ ...host, memFreeBytes: free[index] ?? 0 })),
    }
    for (const number of only) {
      const rule = compiled[number]
      if (rule === undefined) throw new Error(`rule ${number} cannot be read`)
      const [found] = violationsOfRule(rule, after)
      if (found !== undefined) return found.sentence
      const moved = domains.find(
        (_, index) =>
          rule.form === 'move' &&
          rule.rule.kind === 'never-move' &&
          rule.members[index] === 1 &&
          placement[index] !== stays[index],
      )
      if (moved !== undefined) return `${moved.name} never moves`
    }
    return null
  }
}

const endless = Number.MAX_SAFE_INTEGER

function isPossible(domain: Domain, source: Host | undefined, host: Host): boolean {
  if (source === undefined) return false
  return verdictFor(domain, source, { ...host, memFreeBytes: endless }).refusals.length === 0
}

/** Every placement there is, in order. */
export function* allPlacements(hostCount: number, domainCount: number): Generator<Int32Array> {
  const placement = new Int32Array(domainCount)
  for (;;) {
    yield placement
    let digit = 0
    while (digit < domainCount && placement[digit] === hostCount - 1) placement[digit++] = 0
    if (digit === domainCount) return
    placement[digit] = (placement[digit] ?? 0) + 1
  }
}
