import type { Instance, Unit } from './instance.ts'

/** What proofs of impossibility are made of. */

export type Impossible = {
  /** Rules that suffice for it; others may be among them. */
  readonly rules: readonly number[]
  /** What is counted, in a sentence. */
  readonly because: string
}

/** Load is measured, so sums of it are compared with a little air. */
export const cpuAir = 1e-6

export function domainsOfUnits(units: readonly Unit[]): number[] {
  return units.flatMap(({ domains }) => domains)
}

/** Rules that hold any of the units. */
export function rulesOf(units: readonly Unit[]): number[] {
  return units.flatMap(({ rules }) => rules)
}

/** As a set, ascending. */
export function distinct(rules: readonly number[]): number[] {
  return [...new Set(rules)].sort((a, b) => a - b)
}

/** Whether the host could run the unit with nothing else on it. */
export function fits({ memLimit, cpuLimit }: Instance, unit: Unit, host: number): boolean {
  return (
    unit.mask[host] === 1 &&
    unit.mem <= (memLimit[host] ?? 0) &&
    unit.cpu <= (cpuLimit[host] ?? 0) + cpuAir
  )
}
