import { proveImpossible } from './bounds.ts'
import { type Budget, giveBack, setAside } from './budget.ts'
import type { Impossible } from './impossible.ts'
import { type Instance, instanceOf } from './instance.ts'
import { alternatives } from './parts.ts'
import type { BuiltIn, Problem } from './problem.ts'
import { repair } from './repair.ts'
import { searchAll } from './search-all.ts'

/** Whether rules can all hold on a fleet. */
export type Decision =
  /** By domain of the snapshot, the number of its host; -1 for those that are nowhere. */
  | { readonly kind: 'placement'; readonly hostOf: Int32Array }
  | ({ readonly kind: 'impossible' } & Impossible)
  /** Neither was found within the budget. */
  | { readonly kind: 'undecided' }

/** Up to here all placements may be tried; with more units the tree is too wide to end. */
const maxUnitsSearched = 80
/** For each part that is searched by itself. */
const stepsOfPart = 1_500_000
/** The first try to mend what is there; most fleets need no more. */
const stepsOfFirstRepair = 600_000
const repairSeeds = [2, 3, 5] as const

/**
 * First what is quick: counting, then mending the present placement. Then parts of the fleet that many rules hold together are
 * searched through, where nothing found proves that there is nothing. At last mending again with other chances, and for small
 * fleets all placements.
 */
export function decide(
  problem: Problem,
  active: readonly number[],
  budget: Budget,
  without: ReadonlySet<BuiltIn> = new Set(),
): Decision {
  const instance = instanceOf(problem, active, without)
  const counted = proveImpossible(instance)
  if (counted !== null) return { kind: 'impossible', ...counted }
  const mended = tryRepair(instance, budget, stepsOfFirstRepair, 1)
  if (mended !== null) return placementOf(instance, mended)
  for (const part of alternatives(instance, maxUnitsSearched)) {
    const own = setAside(budget, stepsOfPart)
    const outcome = searchAll(instance, part.units, own)
    giveBack(budget, own)
    if (outcome.kind === 'none') {
      return { kind: 'impossible', rules: part.rules, because: part.because }
    }
    // All units at once: what was found is a placement of everything.
    if (outcome.kind === 'found' && part.units.length === instance.units.length) {
      return placementOf(instance, outcome.hostOf)
    }
  }
  for (const seed of repairSeeds) {
    const again = tryRepair(instance, budget, budget.steps / 2, seed)
    if (again !== null) return placementOf(instance, again)
  }
  return { kind: 'undecided' }
}

function tryRepair(
  instance: Instance,
  budget: Budget,
  most: number,
  seed: number,
): Int32Array | null {
  const own = setAside(budget, most)
  const found = repair(instance, own, seed)
  giveBack(budget, own)
  return found
}

function placementOf({ problem, units }: Instance, hostOfUnit: Int32Array): Decision {
  const hostOf = new Int32Array(problem.snapshot.domains.length).fill(-1)
  units.forEach(({ domains }, unit) => {
    for (const domain of domains) hostOf[domain] = hostOfUnit[unit] ?? -1
  })
  return { kind: 'placement', hostOf }
}
