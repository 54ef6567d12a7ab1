/** Work is counted, not timed, so that the same question has the same answer on every machine. */
export type Budget = {
  /** Steps left; a step is about one look at one host for one domain. */
  steps: number
}

/** Takes steps; false when they are used up. */
export function spend(budget: Budget, steps: number): boolean {
  budget.steps -= steps
  return budget.steps > 0
}

/** A part of the budget to be used up apart; what is left of it comes back with `giveBack`. */
export function setAside(budget: Budget, most: number): Budget {
  const steps = Math.max(0, Math.min(most, budget.steps))
  budget.steps -= steps
  return { steps }
}

export function giveBack(budget: Budget, part: Budget): void {
  budget.steps += Math.max(0, part.steps)
}
