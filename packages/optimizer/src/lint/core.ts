import type { Budget } from './budget.ts'
import { decide } from './decide.ts'
import type { Impossible } from './impossible.ts'
import { type BuiltIn, builtIns, type Problem } from './problem.ts'

/** Rules that cannot all hold, with what of the built-in constraints is needed for it. */
export type Core = {
  /** By number, ascending. */
  readonly rules: readonly number[]
  /** Without any one of the rules, a placement of the rest was found. Else some may be needless. */
  readonly isMinimal: boolean
  readonly builtIns: readonly BuiltIn[]
  readonly because: string
}

/**
 * Leaves out one rule after the other and keeps those without which a placement can be found: what remains cannot hold, and
 * any part of it can. Every proof names the rules that suffice for it, so that most are gone at once.
 */
export function minimalCore(problem: Problem, proof: Impossible, budget: Budget): Core {
  let rules = proof.rules
  let because = proof.because
  let isMinimal = true
  const kept = new Set<number>()
  for (;;) {
    const candidate = rules.find((rule) => !kept.has(rule))
    if (candidate === undefined) break
    const rest = rules.filter((rule) => rule !== candidate)
    const decision = decide(problem, rest, budget)
    if (decision.kind === 'impossible') {
      rules = decision.rules
      because = decision.because
      continue
    }
    if (decision.kind === 'undecided') isMinimal = false
    kept.add(candidate)
  }
  return { rules, isMinimal, because, builtIns: neededBuiltIns(problem, rules, budget) }
}

/** The built-in constraints without which the rules could hold, by the same leaving out. */
function neededBuiltIns(problem: Problem, rules: readonly number[], budget: Budget): BuiltIn[] {
  const without = new Set<BuiltIn>()
  for (const one of builtIns) {
    without.add(one)
    if (decide(problem, rules, budget, without).kind !== 'impossible') without.delete(one)
  }
  return builtIns.filter((one) => !without.has(one))
}
