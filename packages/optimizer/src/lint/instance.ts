import { assertNever } from '@drover/api-schema/result.ts'
import type { ApartRule, Mask, TogetherRule } from '../rules/compiled.ts'
import { maskMaker } from './masks.ts'
import type { BuiltIn, Problem } from './problem.ts'

/**
 * The problem under some of its rules: units to be put on hosts. A unit is a domain, or domains that have to be on one host.
 */
export type Instance = {
  readonly problem: Problem
  /** Numbers of the rules it is about. */
  readonly active: readonly number[]
  readonly units: readonly Unit[]
  readonly memLimit: Float64Array
  /** Infinite where no rule keeps CPU free, or load is not known. */
  readonly cpuLimit: Float64Array
  readonly aparts: readonly Apart[]
  readonly racks: readonly RackSet[]
  readonly licences: readonly Licence[]
  /** Rules that keep memory or CPU free. */
  readonly headrooms: readonly number[]
}

export type Unit = {
  readonly domains: readonly number[]
  readonly mem: number
  readonly cpu: number
  /** Where it may run; the same array for units that are alike. */
  readonly mask: Mask
  /** Rules that narrow its mask or made it one unit. */
  readonly rules: readonly number[]
  /** Its host now; -1 when its domains are on several. */
  readonly home: number
  /** What it is part of, by number in the lists of the instance. */
  readonly aparts: readonly number[]
  readonly racks: readonly number[]
  readonly licences: readonly number[]
}

/** At most `atMost` of the weights on one place. */
export type Apart = {
  readonly rule: number
  readonly atMost: number
  readonly placeOf: Int32Array
  readonly placeCount: number
  readonly isRack: boolean
  readonly units: readonly number[]
  /** How many members of the set each unit has, by unit number. */
  readonly weightOf: ReadonlyMap<number, number>
}

/** All in one rack. */
export type RackSet = { readonly rule: number; readonly units: readonly number[] }

/** The costs of all hosts with one of the units, summed, are at most `count`. */
export type Licence = {
  readonly rule: number
  readonly count: number
  readonly costOf: Int32Array
  readonly units: readonly number[]
}

export function instanceOf(
  problem: Problem,
  active: readonly number[],
  without: ReadonlySet<BuiltIn> = new Set(),
): Instance {
  const isActive = new Set(active)
  const merged = mergedDomains(problem, isActive)
  const parts: MutableParts = { aparts: [], racks: [], licences: [] }
  const unitOf = new Int32Array(problem.snapshot.domains.length).fill(-1)
  merged.groups.forEach((domains, unit) => {
    for (const domain of domains) unitOf[domain] = unit
  })
  for (const rule of active) addParts(problem, rule, unitOf, parts)
  const memberships = membershipsOf(merged.groups.length, parts)
  const masks = maskMaker(problem, active, without)
  const units = merged.groups.map((domains, unit): Unit => {
    const { mask, rules } = masks(domains)
    return {
      domains,
      mem: sum(domains, (domain) => problem.memOf[domain] ?? 0),
      cpu: sum(domains, (domain) => problem.cpuOf[domain] ?? 0),
      mask,
      rules: [...new Set([...rules, ...(merged.rulesOf.get(unit) ?? [])])],
      home: homeOf(domains, problem),
      aparts: memberships.aparts[unit] ?? [],
      racks: memberships.racks[unit] ?? [],
      licences: memberships.licences[unit] ?? [],
    }
  })
  return { problem, active, units, ...parts, ...limitsOf(problem, active, without) }
}

function sum(domains: readonly number[], of: (domain: number) => number): number {
  return domains.reduce((total, domain) => total + of(domain), 0)
}

function homeOf(domains: readonly number[], { snapshot }: Problem): number {
  const [first = -1] = domains
  const home = snapshot.hostOf[first] ?? -1
  return domains.every((domain) => snapshot.hostOf[domain] === home) ? home : -1
}

type Merged = {
  readonly groups: readonly (readonly number[])[]
  readonly rulesOf: ReadonlyMap<number, readonly number[]>
}

/** Sets that have to be on one host become one; overlapping ones grow together. */
function mergedDomains(
  { placed, rules, snapshot }: Problem,
  isActive: ReadonlySet<number>,
): Merged {
  const parent = new Int32Array(snapshot.domains.length).map((_, index) => index)
  const find = (domain: number): number => {
    let root = domain
    while (parent[root] !== root) root = parent[root] ?? root
    parent[domain] = root
    return root
  }
  const isPlaced = new Set(placed)
  const merging: { readonly rule: number; readonly member: number }[] = []
  rules.forEach((compiled, rule) => {
    if (!isActive.has(rule) || compiled.form !== 'together') return
    if (compiled.rule.level !== 'host') return
    for (const set of compiled.sets) {
      const members = set.filter((member) => isPlaced.has(member))
      const [first] = members
      if (first === undefined || members.length < 2) continue
      for (const member of members) parent[find(member)] = find(first)
      merging.push({ rule, member: first })
    }
  })
  const byRoot = new Map<number, number[]>()
  for (const domain of placed) {
    const root = find(domain)
    const group = byRoot.get(root)
    if (group === undefined) byRoot.set(root, [domain])
    else group.push(domain)
  }
  const roots = [...byRoot.keys()]
  const rulesOf = new Map<number, number[]>()
  for (const { rule, member } of merging) {
    const unit = roots.indexOf(find(member))
    rulesOf.set(unit, [...(rulesOf.get(unit) ?? []), rule])
  }
  return { groups: [...byRoot.values()], rulesOf }
}

type MutableParts = { aparts: Apart[]; racks: RackSet[]; licences: Licence[] }

function addParts({ rules }: Problem, rule: number, unitOf: Int32Array, parts: MutableParts): void {
  const compiled = rules[rule]
  if (compiled === undefined) return
  switch (compiled.form) {
    case 'apart':
      parts.aparts.push(...apartsOf(compiled, rule, unitOf))
      return
    case 'together':
      if (compiled.rule.level === 'rack') parts.racks.push(...rackSetsOf(compiled, rule, unitOf))
      return
    case 'licence': {
      const units = unitsOf(
        [...compiled.members.keys()].filter((d) => compiled.members[d]),
        unitOf,
      )
      const { costOf } = compiled
      parts.licences.push({ rule, count: compiled.rule.count, costOf, units })
      return
    }
    case 'where':
    case 'headroom':
    case 'move':
      return
    default:
      return assertNever(compiled)
  }
}

function unitsOf(domains: readonly number[], unitOf: Int32Array): number[] {
  return [...new Set(domains.map((domain) => unitOf[domain] ?? -1))].filter((unit) => unit >= 0)
}

function apartsOf(compiled: ApartRule, rule: number, unitOf: Int32Array): Apart[] {
  const { placeOf, placeCount } = compiled
  return compiled.sets.flatMap((set) => {
    const weightOf = new Map<number, number>()
    for (const domain of set) {
      const unit = unitOf[domain] ?? -1
      if (unit >= 0) weightOf.set(unit, (weightOf.get(unit) ?? 0) + 1)
    }
    const units = [...weightOf.keys()]
    const { atMost, level } = compiled.rule
    const isRack = level === 'rack'
    const total = [...weightOf.values()].reduce((all, weight) => all + weight, 0)
    return total <= atMost ? [] : [{ rule, atMost, placeOf, placeCount, isRack, units, weightOf }]
  })
}

function rackSetsOf(compiled: TogetherRule, rule: number, unitOf: Int32Array): RackSet[] {
  return compiled.sets.flatMap((set) => {
    const units = unitsOf(set, unitOf)
    return units.length < 2 ? [] : [{ rule, units }]
  })
}

function membershipsOf(unitCount: number, parts: MutableParts) {
  const of = (lists: readonly { readonly units: readonly number[] }[]) => {
    const found: number[][] = Array.from({ length: unitCount }, () => [])
    lists.forEach(({ units }, index) => {
      for (const unit of units) found[unit]?.push(index)
    })
    return found
  }
  return { aparts: of(parts.aparts), racks: of(parts.racks), licences: of(parts.licences) }
}

function limitsOf(problem: Problem, active: readonly number[], without: ReadonlySet<BuiltIn>) {
  const { rules, snapshot, cpuBase } = problem
  const memLimit = without.has('memory')
    ? new Float64Array(problem.hostCount).fill(Number.POSITIVE_INFINITY)
    : Float64Array.from(problem.memLimit)
  const keptMem = new Float64Array(problem.hostCount)
  const cpuLimit = new Float64Array(problem.hostCount).fill(Number.POSITIVE_INFINITY)
  const headrooms = active.filter((rule) => rules[rule]?.form === 'headroom')
  for (const rule of headrooms) {
    const compiled = rules[rule]
    if (compiled?.form !== 'headroom') continue
    const { memBytes, cpuRatio } = compiled.rule.keep
    snapshot.hosts.forEach((host, index) => {
      if (compiled.hosts[index] !== 1) return
      keptMem[index] = Math.max(keptMem[index] ?? 0, memBytes)
      const limit = host.cpu.pcpuCount * (1 - cpuRatio) - (cpuBase[index] ?? 0)
      if (cpuRatio > 0 && limit < (cpuLimit[index] ?? 0)) cpuLimit[index] = limit
    })
  }
  keptMem.forEach((kept, host) => {
    memLimit[host] = (memLimit[host] ?? 0) - kept
  })
  return { memLimit, cpuLimit, headrooms }
}
