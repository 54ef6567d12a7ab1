import { performance } from 'node:perf_hooks'
import { lint } from '@drover/optimizer/lint/lint.ts'
import { snapshotOf } from '@drover/optimizer/rules/snapshot.ts'
import type { LintCase } from './lint-cases.ts'

export type LintFigure = {
  readonly name: string
  readonly truth: LintCase['truth']
  readonly answer: string
  readonly ms: number
  /** All threads. */
  readonly cpuMs: number
  /** Rules of the first conflict, the draft among them. */
  readonly coreSize: number | null
  readonly moves: number | null
  readonly because: string | null
}

/** Everything from the facts to the answer, as when a rule is typed: nothing is kept from one to the next. */
export function measureLint({ name, truth, fleet, rules }: LintCase): LintFigure {
  const [draft, ...others] = rules
  if (draft === undefined) throw new Error(`${name} has no rules`)
  const before = process.cpuUsage()
  const start = performance.now()
  const found = lint({ draft, rules: others, snapshot: snapshotOf(fleet) })
  const ms = performance.now() - start
  const { user, system } = process.cpuUsage(before)
  const cpuMs = (user + system) / 1000
  if (!found.ok) throw new Error(`${name}: ${found.error.diagnostic.message}`)
  const { outcome } = found.value
  if (outcome.kind === 'satisfiable') {
    const moves = outcome.moves.length
    return { name, truth, answer: 'satisfiable', ms, cpuMs, coreSize: null, moves, because: null }
  }
  const [conflict] = outcome.conflicts
  return {
    name,
    truth,
    answer: outcome.kind === 'undecided' ? 'undecided' : 'unsatisfiable',
    ms,
    cpuMs,
    coreSize: conflict === undefined ? null : conflict.ruleIds.length + (conflict.hasDraft ? 1 : 0),
    moves: null,
    because: conflict?.because ?? null,
  }
}
