import { listedDomains } from '../rules/carried.ts'
import { domainsOfUnits } from './impossible.ts'
import type { Instance } from './instance.ts'

/** A part of the fleet that is searched through by itself: if it has no placement, the whole has none. */
export type Part = {
  readonly units: readonly number[]
  /** All rules that say anything about it. */
  readonly rules: readonly number[]
  readonly because: string
}

/**
 * Parts worth searching, the small ones first: units that rules hold together, units that share few hosts, and all units when
 * they are few enough.
 */
export function alternatives(instance: Instance, maxUnits: number): Part[] {
  const sets = [
    ...instance.aparts.map(({ units }) => units),
    ...instance.racks.map(({ units }) => units),
    ...instance.licences.map(({ units }) => units),
  ]
  const whole = [...instance.units.keys()]
  const candidates = [...sets, ...connected(instance, sets), ...narrow(instance), whole]
  const seen = new Set<string>()
  return candidates
    .map((units) => [...units].sort((a, b) => a - b))
    .filter((units) => {
      const key = units.join(' ')
      const isNew = units.length > 0 && units.length <= maxUnits && !seen.has(key)
      seen.add(key)
      return isNew
    })
    .sort((a, b) => a.length - b.length)
    .map((units) => partOf(instance, units))
}

function partOf(instance: Instance, units: readonly number[]): Part {
  const isMeant = new Set(units)
  const meant = units.flatMap((unit) => instance.units[unit] ?? [])
  const touching = [...instance.aparts, ...instance.racks, ...instance.licences].filter((one) =>
    one.units.some((unit) => isMeant.has(unit)),
  )
  const rules = [
    ...meant.flatMap((unit) => unit.rules),
    ...touching.map(({ rule }) => rule),
    ...instance.headrooms,
  ]
  const names = listedDomains(domainsOfUnits(meant), instance.problem.snapshot)
  return {
    units,
    rules: [...new Set(rules)].sort((a, b) => a - b),
    because: `All ways to place ${names} were tried, and each breaks one of them.`,
  }
}

/** Sets that share units, together. */
function connected(instance: Instance, sets: readonly (readonly number[])[]): number[][] {
  const group = new Map<number, Set<number>>()
  for (const units of sets) {
    // A set of a thousand would only swallow the others and be too large itself.
    if (units.length > instance.units.length / 2 && instance.units.length > 40) continue
    const together = new Set(units)
    for (const unit of units) {
      for (const other of group.get(unit) ?? []) together.add(other)
    }
    for (const unit of together) group.set(unit, together)
  }
  return [...new Set(group.values())].map((units) => [...units])
}

/** Few enough hosts for whole domains to matter where sums do not. */
const maxNarrowHosts = 12

/** For each narrow choice of hosts, all units that have no other. */
function narrow({ units, problem }: Instance): number[][] {
  const masks = new Set(units.map(({ mask }) => mask))
  return [...masks].flatMap((mask) => {
    const count = mask.reduce((sum, one) => sum + one, 0)
    if (count > maxNarrowHosts || count === problem.hostCount) return []
    const inside = [...units.keys()].filter((unit) =>
      units[unit]?.mask.every((isAllowed, host) => isAllowed === 0 || mask[host] === 1),
    )
    return [inside]
  })
}
