import { type Budget, spend } from './budget.ts'
import type { Instance } from './instance.ts'
import { Loads } from './loads.ts'
import { seeded } from './seeded.ts'

/**
 * Looks for a placement by mending the present one: as long as something does not hold, the best move of a domain that takes
 * part in it is made, even if it is for the worse; what resists weighs more and more (the breakout method, Morris 1993), and
 * a domain does not go straight back (tabu). Finds placements quickly and proves nothing when it finds none.
 *
 * Returns the host of each unit, or null.
 */
export function repair(instance: Instance, budget: Budget, seed = 1): Int32Array | null {
  const { problem } = instance
  const loads = new Loads(instance)
  const random = seeded(seed)
  const candidates = candidatesOf(instance)
  if (candidates.some((hosts) => hosts.length === 0)) return null
  startAtHome(instance, loads, candidates)
  const tabuUntil = new Map<number, number>()
  const key = (unit: number, host: number) => unit * problem.hostCount + host
  for (let turn = 1; loads.brokenCount > 0; turn += 1) {
    if (!spend(budget, 1)) return null
    const broken = loads.brokenAt(random.below(loads.brokenCount))
    const culprits = sample(loads.culpritsOf(broken), maxCulprits, random.below)
    let best: { unit: number; host: number; gain: number } | null = null
    let ties = 0
    for (const unit of culprits) {
      const hosts = candidates[unit] ?? []
      if (!spend(budget, hosts.length)) return null
      for (const host of hosts) {
        if (host === loads.hostOf[unit]) continue
        if ((tabuUntil.get(key(unit, host)) ?? 0) > turn) continue
        const gain = loads.gainOf(unit, host)
        if (best === null || gain > best.gain) {
          best = { unit, host, gain }
          ties = 1
        } else if (gain === best.gain) {
          ties += 1
          if (random.below(ties) === 0) best = { unit, host, gain }
        }
      }
    }
    if (best === null || best.gain <= 0) loads.weighBroken()
    if (best === null) continue
    const from = loads.hostOf[best.unit] ?? -1
    loads.move(best.unit, best.host)
    tabuUntil.set(key(best.unit, from), turn + 8 + random.below(8))
  }
  goHome(instance, loads, budget)
  return Int32Array.from(loads.hostOf)
}

/** Units looked at for one broken constraint in one turn. */
const maxCulprits = 12

function candidatesOf({ units, problem }: Instance): number[][] {
  const known = new Map<Uint8Array, number[]>()
  return units.map(({ mask }) => {
    const made =
      known.get(mask) ??
      Array.from({ length: problem.hostCount }, (_, host) => host).filter((h) => mask[h] === 1)
    known.set(mask, made)
    return made
  })
}

/** Where it is if it may be there; else where it disturbs least, the largest first. */
function startAtHome(
  { units }: Instance,
  loads: Loads,
  candidates: readonly (readonly number[])[],
): void {
  const homeless: number[] = []
  units.forEach((unit, index) => {
    if (unit.home >= 0 && unit.mask[unit.home] === 1) loads.move(index, unit.home)
    else homeless.push(index)
  })
  const memOf = (unit: number) => units[unit]?.mem ?? 0
  homeless.sort((a, b) => memOf(b) - memOf(a) || a - b)
  for (const unit of homeless) {
    let best = candidates[unit]?.[0] ?? -1
    let bestGain = Number.NEGATIVE_INFINITY
    for (const host of candidates[unit] ?? []) {
      const gain = loads.gainOf(unit, host)
      if (gain > bestGain) {
        best = host
        bestGain = gain
      }
    }
    loads.move(unit, best)
  }
}

/** What was moved in vain goes back: an administrator should not be shown moves that nothing needs. */
function goHome({ units }: Instance, loads: Loads, budget: Budget): void {
  for (let changed = true; changed; ) {
    changed = false
    for (const [index, { home, mask }] of units.entries()) {
      const host = loads.hostOf[index] ?? -1
      if (home < 0 || host === home || mask[home] !== 1) continue
      if (!spend(budget, 1)) return
      loads.move(index, home)
      if (loads.brokenCount === 0) changed = true
      else loads.move(index, host)
    }
  }
}

function sample(
  things: readonly number[],
  most: number,
  below: (below: number) => number,
): readonly number[] {
  if (things.length <= most) return things
  const start = below(things.length)
  const stride = 1 + below(things.length - 1)
  return Array.from({ length: most }, (_, n) => things[(start + n * stride) % things.length] ?? 0)
}
