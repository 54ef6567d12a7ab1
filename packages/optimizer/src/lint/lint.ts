import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { DomainId, HostId, PolicyRuleId } from '@drover/api-schema/ids.ts'
import type { PolicyDraft, PolicyRule } from '@drover/api-schema/policy.ts'
import { assertNever, err, invariant, ok, type Result } from '@drover/api-schema/result.ts'
import { compileRules } from '../rules/compile-rules.ts'
import type { CompiledRule, UnreadableRule } from '../rules/compiled.ts'
import type { Snapshot } from '../rules/snapshot.ts'
import { type FoundViolation, violationsOfRule } from '../rules/violations.ts'
import type { Budget } from './budget.ts'
import { type Core, minimalCore } from './core.ts'
import { decide } from './decide.ts'
import { type Problem, problemOf } from './problem.ts'

/** What is said of a rule while it is typed. Pure: the same fleet and rules give the same answer. */
export type LintReport = {
  readonly matches: {
    readonly domainIds: readonly DomainId[]
    /** Of rules that speak of hosts. */
    readonly hostIds: readonly HostId[]
  }
  readonly violations: readonly FoundViolation[]
  readonly outcome: LintOutcome
}

export type LintMove = {
  readonly domainId: DomainId
  readonly fromHostId: HostId
  readonly toHostId: HostId
}

export type Conflict = {
  /** The other rules; the draft is one more when `hasDraft`. */
  readonly ruleIds: readonly PolicyRuleId[]
  readonly hasDraft: boolean
  readonly isMinimal: boolean
  readonly builtIns: Core['builtIns']
  readonly because: string
}

/**
 * Whether the draft and all enabled required rules can hold, the draft as if it were required. `satisfiable`: a placement was
 * found that respects them all and everything built in; the moves lead to it. `unsatisfiable`: one of the conflicts has the
 * draft, so that it can be saved as preferred or disabled only. `blocked`: the draft has no part in any conflict found, the
 * others alone cannot hold. `undecided`: neither was proved within the budget.
 */
export type LintOutcome =
  | { readonly kind: 'satisfiable'; readonly moves: readonly LintMove[] }
  | {
      readonly kind: 'unsatisfiable' | 'blocked' | 'undecided'
      readonly conflicts: readonly Conflict[]
    }

/** Enough for 200 hosts and 2,000 domains within 5 s on a slow core (bench:verdicts). */
export const lintSteps = 20_000_000

/** More conflicts than this are not sought: one is enough to act on. */
const maxConflicts = 5

type Request = {
  /** With the id of the rule it would replace; any other id when it is new. */
  readonly draft: PolicyDraft & { readonly ruleId: PolicyRuleId }
  /** All rules there are; the one with the draft's id is left out. */
  readonly rules: readonly PolicyRule[]
  readonly snapshot: Snapshot
  readonly steps?: number
  /** In place of `steps`, one that somebody else may use up too: that ends the search. */
  readonly budget?: Budget
}

/** The report, or the selector that cannot be read. */
export function lint({
  draft,
  rules,
  snapshot,
  steps = lintSteps,
  budget = { steps },
}: Request): Result<LintReport, UnreadableRule> {
  const others = rules.filter(
    ({ ruleId, isEnabled, strength }) =>
      ruleId !== draft.ruleId && isEnabled && strength.kind === 'required',
  )
  const compiledDraft = compileRules([{ ...draft, isEnabled: true }], snapshot)
  const [one] = compiledDraft.rules
  const [unreadable] = compiledDraft.unreadable
  if (one === undefined) {
    invariant(unreadable !== undefined, 'an enabled rule is compiled or unreadable')
    return err(unreadable)
  }
  const compiled = compileRules(others, snapshot)
  const all = { snapshot, rules: [one, ...compiled.rules], unreadable: [] }
  return ok({
    matches: matchesOf(one, snapshot),
    violations: violationsOfRule(one, snapshot),
    outcome: outcomeOf(problemOf(all), budget),
  })
}

/** Whether all enabled required rules can hold, without a draft: for the list of rules. */
export function lintAll(
  rules: readonly PolicyRule[],
  snapshot: Snapshot,
  budget: Budget = { steps: lintSteps },
): Exclude<LintOutcome, { kind: 'unsatisfiable' }> {
  const required = rules.filter(
    ({ isEnabled, strength }) => isEnabled && strength.kind === 'required',
  )
  const problem = problemOf(compileRules(required, snapshot))
  const outcome = searchConflicts(problem, budget, -1)
  return outcome.kind === 'unsatisfiable' ? { ...outcome, kind: 'blocked' } : outcome
}

/** The draft is rule 0. */
function outcomeOf(problem: Problem, budget: Budget): LintOutcome {
  return searchConflicts(problem, budget, 0)
}

/** Finds one conflict after the other: of each, the last rule that is not the draft is left out before the next is sought. */
function searchConflicts(problem: Problem, budget: Budget, draft: number): LintOutcome {
  let active = [...problem.rules.keys()]
  const conflicts: Conflict[] = []
  while (conflicts.length < maxConflicts) {
    const decision = decide(problem, active, budget)
    if (decision.kind === 'placement') {
      if (conflicts.length === 0)
        return { kind: 'satisfiable', moves: movesOf(problem, decision.hostOf) }
      break
    }
    if (decision.kind === 'undecided') {
      const isUnsatisfiable = conflicts.some(({ hasDraft }) => hasDraft)
      return { kind: isUnsatisfiable ? 'unsatisfiable' : 'undecided', conflicts }
    }
    const core = minimalCore(problem, decision, budget)
    conflicts.push(conflictOf(problem, core, draft))
    const last = core.rules.filter((rule) => rule !== draft).at(-1)
    if (last === undefined) break
    active = active.filter((rule) => rule !== last)
  }
  const hasDraft = conflicts.some((conflict) => conflict.hasDraft)
  return { kind: hasDraft ? 'unsatisfiable' : 'blocked', conflicts }
}

function conflictOf(problem: Problem, core: Core, draft: number): Conflict {
  const { isMinimal, builtIns, because } = core
  const others = core.rules.filter((rule) => rule !== draft)
  return {
    ruleIds: others.flatMap((rule) => problem.rules[rule]?.rule.ruleId ?? []),
    hasDraft: core.rules.includes(draft),
    isMinimal,
    builtIns,
    because,
  }
}

function movesOf({ snapshot, placed }: Problem, hostOf: Int32Array): LintMove[] {
  return placed.flatMap((index) => {
    const domain: Domain | undefined = snapshot.domains[index]
    const to: Host | undefined = snapshot.hosts[hostOf[index] ?? -1]
    if (domain === undefined || to === undefined || to.hostId === domain.hostId) return []
    return [{ domainId: domain.domainId, fromHostId: domain.hostId, toHostId: to.hostId }]
  })
}

function matchesOf(compiled: CompiledRule, { domains, hosts }: Snapshot): LintReport['matches'] {
  const domainIds = (isMeant: (index: number) => boolean) =>
    domains.flatMap(({ domainId }, index) => (isMeant(index) ? [domainId] : []))
  const hostIds = (isMeant: (index: number) => boolean) =>
    hosts.flatMap(({ hostId }, index) => (isMeant(index) ? [hostId] : []))
  switch (compiled.form) {
    case 'where': {
      const { rule, members, allowed } = compiled
      // What a reserve keeps out is everybody else; what it names are its hosts.
      const namesAllowed = rule.kind === 'run-on' || rule.kind === 'hardware'
      return {
        domainIds: domainIds((index) => members[index] === 1),
        hostIds: hostIds((index) => (allowed[index] === 1) === namesAllowed),
      }
    }
    case 'together':
    case 'apart':
      return { domainIds: domainIds((index) => compiled.setOf[index] !== -1), hostIds: [] }
    case 'headroom':
      return { domainIds: [], hostIds: hostIds((index) => compiled.hosts[index] === 1) }
    case 'licence':
    case 'move':
      return { domainIds: domainIds((index) => compiled.members[index] === 1), hostIds: [] }
    default:
      return assertNever(compiled)
  }
}
