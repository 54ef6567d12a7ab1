import type { PolicyRuleId } from '@drover/api-schema/ids.ts'
import type { PolicyDraft, PolicyRule, Violation } from '@drover/api-schema/policy.ts'
import type {
  Fix,
  PolicyLint,
  ProposedMove,
  SelectorProblem,
} from '@drover/api-schema/policy-set.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { toText } from '@drover/api-schema/scalars.ts'
import { minuteOfWeek } from '@drover/api-schema/week-time.ts'
import type { Budget } from '@drover/optimizer/lint/budget.ts'
import {
  type Conflict,
  type LintMove,
  type LintOutcome,
  lint,
  lintAll,
} from '@drover/optimizer/lint/lint.ts'
import { orderDraft } from '@drover/optimizer/plan/draft-order.ts'
import { type PlanFleet, projectFleet } from '@drover/optimizer/plan/plan-fleet.ts'
import { compileRules } from '@drover/optimizer/rules/compile-rules.ts'
import { snapshotOf } from '@drover/optimizer/rules/snapshot.ts'
import { violationsOf } from '@drover/optimizer/rules/violations.ts'
import type { Diagnostic } from '@drover/optimizer/selector/ast.ts'
import { checkSelector } from '@drover/optimizer/selector/check.ts'
import { vocabularyOf } from '@drover/optimizer/selector/vocabulary.ts'
import { nothingPromised } from '@drover/optimizer/verdict.ts'
import type { AnswerOf, Facts, Question } from './questions.ts'

/** Of a rule that is not stored yet: no rule of the store has it. */
// A well-formed UUID that nobody makes.
const draftId = '00000000-0000-4000-8000-000000000000' as PolicyRuleId
const maxViolations = 200
const maxSentence = 1000

/** What is asked, answered from the facts alone. Cut short when the budget is used up, and then it says so. */
export function answer<Q extends Question>(
  question: Q,
  facts: Facts,
  budget: Budget,
): AnswerOf[Q['kind']]
export function answer(
  question: Question,
  facts: Facts,
  budget: Budget,
): AnswerOf[Question['kind']] {
  switch (question.kind) {
    case 'lint':
      return lintOf(question, facts, budget)
    case 'fix':
      return fixOf(question.violation, facts, budget)
    case 'satisfiable':
      return whyNot(question, facts, budget)
    default:
      return assertNever(question)
  }
}

function fleetOf(facts: Facts, rules: readonly PolicyRule[]): PlanFleet {
  const { loads, now } = facts
  return {
    hosts: [...facts.hosts.values()],
    domains: [...facts.domains.values()],
    cpuOfHost: (hostId) => loads.hosts.get(hostId) ?? Number.NaN,
    cpuOfDomain: (domainId) => loads.domains.get(domainId) ?? Number.NaN,
    rules,
    minuteOfWeek: (timeZone) => minuteOfWeek(now, timeZone),
    promisedOn: () => nothingPromised,
  }
}

// ── A rule while it is typed ──

function lintOf(
  { draft, ruleId }: Extract<Question, { kind: 'lint' }>,
  facts: Facts,
  budget: Budget,
): PolicyLint {
  const startedAt = performance.now()
  const fleet = fleetOf(facts, facts.rules)
  const problems = problemsOf(draft, fleet)
  const rule: PolicyRule = { ...draft, ruleId: ruleId ?? draftId }
  const found = lint({ draft: rule, rules: facts.rules, snapshot: snapshotOf(fleet), budget })
  const tookMs = () => performance.now() - startedAt
  if (!found.ok) return { ...unreadable, problems, tookMs: tookMs() }
  const { matches, violations, outcome } = found.value
  const names = new Map(facts.rules.map(({ ruleId, name }) => [ruleId, name]))
  return {
    problems,
    matchedDomainIds: [...matches.domainIds],
    matchedHostIds: [...matches.hostIds],
    violations: violations
      .slice(0, maxViolations)
      .map((violation) => ({ ...violation, sinceAt: facts.now })),
    violationCount: violations.length,
    fix: fixBy(rule, outcome, fleet),
    conflicts: conflictsOf(outcome).map((conflict) => said(conflict, names)),
    satisfiability: {
      verdict: outcome.kind,
      sentence: cut(satisfiabilitySentence(outcome)),
    },
    tookMs: tookMs(),
  }
}

const unreadable: Omit<PolicyLint, 'problems' | 'tookMs'> = {
  matchedDomainIds: [],
  matchedHostIds: [],
  violations: [],
  violationCount: 0,
  fix: { outcome: 'none', sentence: 'A selector cannot be read.' },
  conflicts: [],
  satisfiability: { verdict: 'undecided', sentence: 'A selector cannot be read.' },
}

function problemsOf(draft: PolicyDraft, fleet: PlanFleet): SelectorProblem[] {
  const vocabulary = vocabularyOf(fleet.hosts, fleet.domains)
  const look = (field: SelectorProblem['field'], text: string): SelectorProblem[] => {
    const checked = checkSelector(text, field === 'domains' ? 'domain' : 'host', vocabulary)
    const diagnostics = checked.ok ? checked.value.warnings : [checked.error]
    return diagnostics.map((one) => problemOf(field, one))
  }
  return [
    ...('domains' in draft ? look('domains', draft.domains) : []),
    ...('hosts' in draft ? look('hosts', draft.hosts) : []),
  ]
}

function problemOf(
  field: SelectorProblem['field'],
  { severity, span, message, suggestion }: Diagnostic,
): SelectorProblem {
  return {
    field,
    severity,
    span: { start: span.start, end: span.end },
    message: cut(message),
    suggestion: suggestion === null ? null : cut(suggestion),
  }
}

function conflictsOf(outcome: LintOutcome): readonly Conflict[] {
  return outcome.kind === 'satisfiable' ? [] : outcome.conflicts
}

function said(
  { ruleIds, hasDraft, because }: Conflict,
  names: ReadonlyMap<PolicyRuleId, string>,
): PolicyLint['conflicts'][number] {
  return {
    ruleIds: [...ruleIds],
    ruleNames: ruleIds.flatMap((ruleId) => names.get(ruleId) ?? []),
    hasDraft,
    sentence: cut(because),
  }
}

function satisfiabilitySentence(outcome: LintOutcome): string {
  switch (outcome.kind) {
    case 'satisfiable':
      return 'This rule and all required ones can hold at once.'
    case 'unsatisfiable':
      return 'This rule and required ones cannot all hold; it can be saved as preferred or disabled.'
    case 'blocked':
      return 'The required rules cannot all hold even without this one.'
    case 'undecided':
      return 'Whether this rule and all required ones can hold at once was not found out in time.'
    default:
      return assertNever(outcome)
  }
}

// ── Moves ──

/** The moves of the outcome in an order that can be made, if there is one. */
function fixBy(rule: PolicyRule, outcome: LintOutcome, fleet: PlanFleet): Fix {
  const [conflict] = conflictsOf(outcome)
  if (outcome.kind === 'satisfiable') return movesToFix(rule, outcome.moves, fleet)
  const why = conflict?.because ?? satisfiabilitySentence(outcome)
  return { outcome: 'none', sentence: cut(why) }
}

function movesToFix(rule: PolicyRule, moves: readonly LintMove[], fleet: PlanFleet): Fix {
  if (moves.length === 0)
    return { outcome: 'holds', sentence: cut(`“${rule.name}” holds already.`) }
  const wanted = moves.map(({ domainId, toHostId }) => ({
    domainId,
    destinationHostId: toHostId,
  }))
  const { ordered } = orderDraft(withRule(fleet, rule), wanted, 'manual')
  const count = moves.length === 1 ? 'One move makes' : `${moves.length} moves make`
  const holds = `${count} “${rule.name}” hold, with all required rules.`
  if (ordered.kind !== 'ordered') {
    const sentence = `${holds} No order was found in which each of them is allowed when its turn comes.`
    return { outcome: 'moves', moves: wanted, sentence: cut(sentence) }
  }
  const steps = ordered.steps.map(
    ({ domainId, toHostId }): ProposedMove => ({ domainId, destinationHostId: toHostId }),
  )
  return { outcome: 'moves', moves: steps, sentence: cut(holds) }
}

/** The rule in its place among the others, required: that is what is to be reached. */
function withRule(fleet: PlanFleet, rule: PolicyRule): PlanFleet {
  const others = fleet.rules.filter(({ ruleId }) => ruleId !== rule.ruleId)
  const wanted: PolicyRule = { ...rule, isEnabled: true, strength: { kind: 'required' } }
  return { ...fleet, rules: [...others, wanted] }
}

/** As few moves as mend it: those of the domains it is about, if they suffice and break nothing else. */
function fixOf(violation: Violation, facts: Facts, budget: Budget): Fix {
  const rule = facts.rules.find(({ ruleId }) => ruleId === violation.ruleId)
  const fleet = fleetOf(facts, facts.rules)
  if (rule === undefined) return { outcome: 'holds', sentence: 'The rule is not there any more.' }
  const found = lint({ draft: rule, rules: facts.rules, snapshot: snapshotOf(fleet), budget })
  if (!found.ok) return unreadable.fix
  if (found.value.violations.every(({ violationKey }) => violationKey !== violation.violationKey)) {
    return { outcome: 'holds', sentence: cut(`“${rule.name}” holds there again.`) }
  }
  const { outcome } = found.value
  if (outcome.kind !== 'satisfiable') return fixBy(rule, outcome, fleet)
  const own = outcome.moves.filter(
    ({ domainId, fromHostId }) =>
      violation.domainIds.includes(domainId) || violation.hostIds.includes(fromHostId),
  )
  const suffice = mends(own, violation, withRule(fleet, rule))
  return movesToFix(rule, suffice ? own : outcome.moves, fleet)
}

function mends(moves: readonly LintMove[], violation: Violation, fleet: PlanFleet): boolean {
  const required = (of: PlanFleet) =>
    violationsOf(compileRules(of.rules, snapshotOf(of)))
      .filter(({ strength }) => strength.kind === 'required')
      .map(({ violationKey }) => violationKey)
  const before = new Set(required(fleet))
  const after = required(
    projectFleet(
      fleet,
      moves.map(({ domainId, toHostId }) => ({ domainId, destinationHostId: toHostId })),
    ),
  )
  return after.every((key) => key !== violation.violationKey && before.has(key))
}

// ── Whether a rule may be saved ──

function whyNot(
  { rules, changedId }: Extract<Question, { kind: 'satisfiable' }>,
  facts: Facts,
  budget: Budget,
): string | null {
  const snapshot = snapshotOf(fleetOf(facts, rules))
  const changed = rules.find(({ ruleId }) => ruleId === changedId)
  if (changed === undefined) {
    const outcome = lintAll(rules, snapshot, budget)
    return outcome.kind === 'blocked' ? (outcome.conflicts[0]?.because ?? null) : null
  }
  const found = lint({ draft: changed, rules, snapshot, budget })
  if (!found.ok || found.value.outcome.kind !== 'unsatisfiable') return null
  return found.value.outcome.conflicts.find(({ hasDraft }) => hasDraft)?.because ?? null
}

function cut(text: string): string {
  return toText(text, maxSentence)
}
