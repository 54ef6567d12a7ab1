import type { Violation } from '@drover/api-schema/policy.ts'
import { maxViolationsShown, type ViolationCounts } from '@drover/api-schema/policy-set.ts'
import type { CompiledPolicies } from '@drover/optimizer/rules/compiled.ts'
import { violationsOf } from '@drover/optimizer/rules/violations.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { ViolationStore } from '../store/violations.ts'

export type Violations = Awaited<ReturnType<typeof loadViolations>>

/** Changes are collected this long; looking takes at most a twentieth of the time, however large the fleet is. */
const leastPauseMs = 1_000
const pausePerMs = 20
/** CPU in use changes without any fact that changes: rules on it are looked at this often. */
const loadLookMs = 5_000
/** After a start nobody knows the loads for a moment: what was broken before is not forgotten so soon. */
const startGraceMs = 120_000

/**
 * Where rules do not hold, with since when: looked at soon after something has changed, kept in memory, its beginnings in the
 * database, written late. A database that is away delays that and nothing else.
 */
export async function loadViolations(ports: {
  readonly compiled: () => CompiledPolicies
  readonly store: ViolationStore
  readonly clock: Clock
  readonly log: Pick<Log, 'warn'>
  /** What browsers are shown. */
  readonly show: (violations: readonly Violation[], counts: ViolationCounts) => void
}) {
  const { clock, store, log } = ports
  /** What the database has. */
  const stored = await store.load()
  const sinceAts = new Map(stored)
  const startedAtMs = clock.monotonicMs()
  let current: readonly Violation[] = []
  let cancelTimer: (() => void) | null = null
  let isDirty = false
  let notBeforeMs = Number.NEGATIVE_INFINITY
  let writing: Promise<void> | null = null
  let isStopped = false

  const schedule = (inMs: number): void => {
    if (cancelTimer !== null || isStopped) return
    cancelTimer = clock.setTimer(inMs, () => {
      cancelTimer = null
      look()
    })
  }

  const look = (): void => {
    const startMs = performance.now()
    isDirty = false
    const compiled = ports.compiled()
    const now = clock.now()
    current = inOrder(
      violationsOf(compiled).map((found) => {
        const sinceAt = sinceAts.get(found.violationKey) ?? now
        sinceAts.set(found.violationKey, sinceAt)
        return { ...found, sinceAt }
      }),
    )
    forgetMended()
    ports.show(current.slice(0, maxViolationsShown), countsOf(current))
    writing ??= write().finally(() => {
      writing = null
    })
    const tookMs = performance.now() - startMs
    notBeforeMs = clock.monotonicMs() + Math.max(leastPauseMs, tookMs * pausePerMs)
    if (restOnLoads(compiled)) schedule(Math.max(loadLookMs, tookMs * pausePerMs))
  }

  const forgetMended = (): void => {
    const broken = new Set(current.map(({ violationKey }) => violationKey))
    const isFresh = clock.monotonicMs() - startedAtMs < startGraceMs
    for (const key of sinceAts.keys()) {
      if (broken.has(key) || (isFresh && stored.has(key))) continue
      sinceAts.delete(key)
    }
  }

  /** What is not written now is written after the next look. */
  const write = async (): Promise<void> => {
    const begun = [...sinceAts].filter(([key]) => !stored.has(key))
    const endedKeys = [...stored.keys()].filter((key) => !sinceAts.has(key))
    if (begun.length + endedKeys.length === 0) return
    try {
      await store.save(
        begun.map(([key, sinceAt]) => ({ key, sinceAt })),
        endedKeys,
      )
      for (const [key, sinceAt] of begun) stored.set(key, sinceAt)
      for (const key of endedKeys) stored.delete(key)
    } catch (error) {
      log.warn('Since when rules are broken cannot be written; trying again.', { error })
      schedule(loadLookMs)
    }
  }

  return {
    /** Hosts, domains or rules are others than they were. */
    changed(): void {
      if (isDirty) return
      isDirty = true
      cancelTimer?.()
      cancelTimer = null
      schedule(Math.max(0, notBeforeMs - clock.monotonicMs()))
    },

    /** Required rules first, then the oldest. */
    list: (): readonly Violation[] => current,
    counts: (): ViolationCounts => countsOf(current),
    find: (violationKey: string): Violation | null =>
      current.find((one) => one.violationKey === violationKey) ?? null,

    async stop(): Promise<void> {
      isStopped = true
      cancelTimer?.()
      await writing
      await write()
    },
  }
}

function inOrder(violations: Violation[]): Violation[] {
  const rank = ({ strength }: Violation) => (strength.kind === 'required' ? 0 : 1)
  return violations.sort((a, b) => rank(a) - rank(b) || a.sinceAt - b.sinceAt)
}

function countsOf(violations: readonly Violation[]): ViolationCounts {
  const required = violations.filter(({ strength }) => strength.kind === 'required').length
  return { required, preferred: violations.length - required }
}

/** Whether a rule asks for CPU that is free by measured load. */
function restOnLoads({ rules }: CompiledPolicies): boolean {
  return rules.some((compiled) => compiled.form === 'headroom' && compiled.rule.keep.cpuRatio > 0)
}
