import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { MigrationId } from '@drover/api-schema/ids.ts'
import { isEnded, type Migration } from '@drover/api-schema/migration.ts'
import type { Plan, PlanState, PlanStep, PlanStepState } from '@drover/api-schema/plan.ts'
import { refusePause, refuseResume, refuseStop } from '@drover/api-schema/plan-capabilities.ts'
import { assertNever, ok, type Result } from '@drover/api-schema/result.ts'
import { endOf, reasonOfSkip } from './sentences.ts'

/**
 * The life of a plan, without clocks, hosts and databases.
 *
 *     running ──asked, a step failed, stuck──► paused ──resume──► running
 *        │                                       │
 *        └───────────── stop ────────────────────┴──► stopping ──none runs──► ended(stopped)
 *     running, every step done or left out ──► ended(done | failed)
 *
 * Promises: a step begins only while the plan is running (`begin.ts`); a step that failed pauses the plan before another
 * begins; pausing and stopping let running migrations end unless they are to be cancelled; an ended plan never changes.
 */
export type PlanEvent =
  | { readonly type: 'migration-ended'; readonly at: number; readonly migration: Migration }
  /** The step was asked for and there will be no migration. */
  | {
      readonly type: 'request-refused'
      readonly at: number
      readonly stepIndex: number
      readonly refusals: readonly Refusal[]
    }
  /** The step was asked for and could not be taken down: it waits again. */
  | { readonly type: 'request-deferred'; readonly at: number; readonly stepIndex: number }
  | { readonly type: 'pause-asked'; readonly at: number; readonly by: string }
  | {
      readonly type: 'resume-asked'
      readonly at: number
      readonly by: string
      readonly failedSteps: 'try-again' | 'leave-out'
    }
  | {
      readonly type: 'stop-asked'
      readonly at: number
      readonly by: string
      readonly runningSteps: 'finish' | 'cancel'
    }
  | { readonly type: 'stuck'; readonly at: number; readonly sentence: string }

export type PlanStepped = {
  readonly plan: Plan
  /** Migrations to cancel. */
  readonly cancel: readonly MigrationId[]
}

export function stepPlan(plan: Plan, event: PlanEvent): Result<PlanStepped, Refusal> {
  switch (event.type) {
    case 'migration-ended':
      return done(afterMigration(plan, event))
    case 'request-refused':
      return done(afterRefusal(plan, event))
    case 'request-deferred':
      return done(ended(deferred(plan, event.stepIndex), event.at))
    case 'pause-asked': {
      const refused = refusePause(plan)
      if (refused !== null) return { ok: false, error: refused }
      return done(paused(plan, event.at, { kind: 'asked', by: event.by }))
    }
    case 'resume-asked': {
      const refused = refuseResume(plan)
      if (refused !== null) return { ok: false, error: refused }
      return done(ended(resumed(plan, event), event.at))
    }
    case 'stop-asked': {
      const refused = refuseStop(plan)
      if (refused !== null) return { ok: false, error: refused }
      return ok(stopped(plan, event))
    }
    case 'stuck':
      if (plan.state.kind !== 'running') return done(plan)
      return done(paused(plan, event.at, { kind: 'stuck', sentence: event.sentence }))
    default:
      return assertNever(event)
  }
}

function done(plan: Plan) {
  return ok({ plan, cancel: [] })
}

/** The step that this migration belongs to and that waits for it. */
export function stepOf(plan: Plan, migrationId: MigrationId): number {
  return plan.steps.findIndex(
    ({ state }) => state.kind === 'running' && state.migrationId === migrationId,
  )
}

function afterMigration(
  plan: Plan,
  { at, migration }: Extract<PlanEvent, { type: 'migration-ended' }>,
): Plan {
  const { state, migrationId } = migration
  const index = stepOf(plan, migrationId)
  if (index < 0 || !isEnded(state)) return plan
  switch (state.phase) {
    case 'completed': {
      const { totalMs, downtimeMs, totalBytes: bytes, endedAt } = state
      const arrived = { kind: 'done', migrationId, endedAt, totalMs, downtimeMs, bytes } as const
      return ended(withStep(plan, index, arrived), at)
    }
    case 'failed': {
      const { refusal: why, endedAt } = state
      return failed(plan, index, { kind: 'failed', migrationId, endedAt, refusal: why }, at)
    }
    case 'cancelled': {
      const why = refusal('cancelled-by-administrator', sentenceOfCancel(migration))
      const { endedAt } = state
      return failed(plan, index, { kind: 'failed', migrationId, endedAt, refusal: why }, at)
    }
    default:
      return plan
  }
}

function sentenceOfCancel({ domainName, cancelRequestedBy }: Migration): string {
  return `The migration of ${domainName} was cancelled${cancelRequestedBy === null ? '' : ` by ${cancelRequestedBy}`}.`
}

function afterRefusal(
  plan: Plan,
  { at, stepIndex, refusals }: Extract<PlanEvent, { type: 'request-refused' }>,
): Plan {
  const [first = refusal('wrong-state')] = refusals
  const message = refusals.map((one) => one.message).join(' ')
  const why = { ...refusal(first.code, message || first.message) }
  return failed(
    plan,
    stepIndex,
    { kind: 'failed', migrationId: null, endedAt: at, refusal: why },
    at,
  )
}

/** That attempt never was: the next one has its number. */
function deferred(plan: Plan, stepIndex: number): Plan {
  const steps = plan.steps.map(
    (step, index): PlanStep =>
      index === stepIndex && step.state.kind === 'running'
        ? {
            ...step,
            attempts: Math.max(0, step.attempts - 1),
            state: { kind: 'waiting', why: null },
          }
        : step,
  )
  return { ...plan, steps }
}

/** A failure stops nothing that runs; what has not begun waits for a person. */
export function failed(plan: Plan, stepIndex: number, state: PlanStepState, at: number): Plan {
  const next = withStep(plan, stepIndex, state)
  switch (plan.state.kind) {
    case 'running':
    case 'paused':
      return paused(next, at, { kind: 'step-failed', stepIndex })
    case 'stopping':
      return ended(next, at)
    case 'ended':
      return next
  }
}

function paused(
  plan: Plan,
  at: number,
  reason: Extract<PlanState, { kind: 'paused' }>['reason'],
): Plan {
  return { ...plan, state: { kind: 'paused', at, reason } }
}

function resumed(
  plan: Plan,
  { at, by, failedSteps }: Extract<PlanEvent, { type: 'resume-asked' }>,
): Plan {
  const left = new Set<PlanStep['domainId']>()
  const steps = plan.steps.map((step): PlanStep => {
    const { state, domainId } = step
    if (state.kind === 'failed') {
      if (failedSteps === 'try-again') return { ...step, state: { kind: 'waiting', why: null } }
      left.add(domainId)
      const reason = `${by} left it out: ${state.refusal.message}`
      return { ...step, state: skippedState(at, reason) }
    }
    if (state.kind === 'waiting' && left.has(domainId)) {
      return {
        ...step,
        state: skippedState(at, `The step of ${step.domainName} before it was left out.`),
      }
    }
    return step
  })
  return { ...plan, state: { kind: 'running' }, steps }
}

function skippedState(endedAt: number, reason: string): PlanStepState {
  return { kind: 'skipped', endedAt, reason: reason.slice(0, 500) }
}

function stopped(
  plan: Plan,
  { at, by, runningSteps }: Extract<PlanEvent, { type: 'stop-asked' }>,
): PlanStepped {
  const stopping: Plan =
    plan.state.kind === 'stopping' ? plan : { ...plan, state: { kind: 'stopping', at, by } }
  const running = plan.steps.flatMap(({ state }) =>
    state.kind === 'running' ? [state.migrationId] : [],
  )
  return { plan: ended(stopping, at), cancel: runningSteps === 'cancel' ? running : [] }
}

/** The plan, ended when nothing is left to do or to wait for. */
export function ended(plan: Plan, at: number): Plan {
  const { state, steps } = plan
  const has = (kind: PlanStepState['kind']) => steps.some((step) => step.state.kind === kind)
  if (state.kind === 'ended' || has('running')) return plan
  if (state.kind === 'stopping') {
    const reason = reasonOfSkip(state.by)
    const closed = steps.map((step) =>
      step.state.kind === 'waiting' ? { ...step, state: skippedState(at, reason) } : step,
    )
    return withEnd({ ...plan, steps: closed }, at, 'stopped', state.by)
  }
  if (has('waiting') || has('failed')) return plan
  return withEnd(plan, at, has('skipped') ? 'failed' : 'done', null)
}

function withEnd(
  plan: Plan,
  at: number,
  outcome: Extract<PlanState, { kind: 'ended' }>['outcome'],
  by: string | null,
): Plan {
  return { ...plan, state: { kind: 'ended', at, outcome, sentence: endOf(plan, outcome, by) } }
}

export function withStep(plan: Plan, stepIndex: number, state: PlanStepState): Plan {
  return {
    ...plan,
    steps: plan.steps.map((step, index) => (index === stepIndex ? { ...step, state } : step)),
  }
}
