import type { Domain } from '@drover/api-schema/domain.ts'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { DomainId, HostId, MigrationId } from '@drover/api-schema/ids.ts'
import type { Plan, PlanStep, StepWait } from '@drover/api-schema/plan.ts'
import { ended, failed, withStep } from './machine.ts'
import { nextSteps, type StepProgress } from './next-steps.ts'
import type { HostOf } from './placement.ts'

/** The fleet at the moment, as far as steps that may begin depend on it. */
export type PlanView = {
  readonly at: number
  readonly host: (hostId: HostId) => Host | null
  readonly domain: (domainId: DomainId) => Domain | null
  /** Free, less what is promised to migrations that the host does not count yet. */
  readonly freeBytes: (hostId: HostId) => number
  /** What rules say that look at where others are; `hostOf` for the domains of the plan. */
  readonly ruled: (domainId: DomainId, to: HostId, hostOf: HostOf) => readonly Refusal[]
  readonly isRuled: (domainId: DomainId, to: HostId) => boolean
  /** The id under which a step will be asked for: the same for the same step and attempt. */
  readonly migrationId: (stepIndex: number, attempt: number) => MigrationId
}

/**
 * Looks at a plan: which steps begin now and what the others wait for. A step that rules look at begins only when every earlier
 * such step has ended: so rules meet exactly the placements of which the search for the order has shown that they hold. The
 * others run beside each other as room allows (`next-steps.ts`). Only a running plan begins anything.
 */
export function beginSteps(
  plan: Plan,
  view: PlanView,
): { readonly plan: Plan; readonly begun: readonly number[] } {
  if (plan.state.kind !== 'running') return { plan, begun: [] }
  const looked = settled(plan, view)
  if (looked.state.kind !== 'running') return { plan: looked, begun: [] }
  const waits = looked.steps.map((step, index) =>
    step.state.kind === 'waiting' ? waitOf(looked, index, view) : null,
  )
  const room = new Set(
    nextSteps(
      looked.steps.map(({ sourceHostId, destinationHostId, ...step }) => ({
        ...step,
        fromHostId: sourceHostId,
        toHostId: destinationHostId,
      })),
      looked.steps.map(progressOf),
      { freeBytes: view.freeBytes, mayCome: () => true },
    ),
  )
  const begun: number[] = []
  const steps = looked.steps.map((step, index): PlanStep => {
    if (step.state.kind !== 'waiting') return step
    const lacksRoom: StepWait | null = room.has(index)
      ? null
      : { kind: 'room', hostId: step.destinationHostId }
    const why = waits[index] ?? lacksRoom
    if (why !== null) return { ...step, state: { kind: 'waiting', why } }
    begun.push(index)
    const migrationId = view.migrationId(index, step.attempts)
    return { ...step, attempts: step.attempts + 1, state: { kind: 'running', migrationId } }
  })
  return { plan: { ...looked, steps }, begun }
}

function progressOf({ state }: PlanStep): StepProgress {
  switch (state.kind) {
    case 'waiting':
      return 'waiting'
    case 'running':
    case 'failed':
      return 'running'
    case 'done':
    case 'skipped':
      return 'done'
  }
}

/** True for a plan that goes on only when something in the fleet changes. */
export function isIdle({ state, steps }: Plan): boolean {
  return (
    state.kind === 'running' &&
    steps.some((step) => step.state.kind === 'waiting') &&
    !steps.some((step) => step.state.kind === 'running')
  )
}

/** Steps whose domain is there already are done; one whose domain is elsewhere than the order had it fails. */
function settled(plan: Plan, view: PlanView): Plan {
  let next = plan
  for (const [index, step] of plan.steps.entries()) {
    if (step.state.kind !== 'waiting' || earlierOf(next, index) !== null) continue
    const { domainId, domainName } = step
    const domain = view.domain(domainId)
    if (domain === null) {
      const why = refusal('domain-not-found', `${domainName} is not in the fleet any more.`)
      return fail(next, index, why, view.at)
    }
    if (domain.migrationId !== null) continue
    if (domain.hostId === step.destinationHostId) {
      const there = {
        migrationId: null,
        endedAt: view.at,
        totalMs: null,
        downtimeMs: null,
        bytes: 0,
      }
      next = ended(withStep(next, index, { kind: 'done', ...there }), view.at)
    } else if (domain.hostId !== step.sourceHostId && !isOnItsWay(next, index, domain)) {
      const now = view.host(domain.hostId)?.name ?? 'another host'
      if (step.attempts === 0) {
        const sentence = `${domainName} is on ${now} now, not on ${step.sourceHostName}. Try again to move it from there.`
        return fail(withAttempt(next, index), index, refusal('wrong-state', sentence), view.at)
      }
      next = withSource(next, index, { hostId: domain.hostId, hostName: now })
    }
  }
  return next
}

/** Its earlier step has ended and the fact that it is there has not come yet. */
function isOnItsWay({ steps }: Plan, index: number, domain: Domain): boolean {
  return steps
    .slice(0, index)
    .some((step) => step.domainId === domain.domainId && step.sourceHostId === domain.hostId)
}

function fail(plan: Plan, stepIndex: number, why: Refusal, at: number): Plan {
  const state = { kind: 'failed', migrationId: null, endedAt: at, refusal: why } as const
  return failed(plan, stepIndex, state, at)
}

function withAttempt(plan: Plan, stepIndex: number): Plan {
  const steps = plan.steps.map((step, index) =>
    index === stepIndex ? { ...step, attempts: step.attempts + 1 } : step,
  )
  return { ...plan, steps }
}

function withSource(
  plan: Plan,
  stepIndex: number,
  { hostId, hostName }: { readonly hostId: HostId; readonly hostName: string },
): Plan {
  const steps = plan.steps.map((step, index) =>
    index === stepIndex ? { ...step, sourceHostId: hostId, sourceHostName: hostName } : step,
  )
  return { ...plan, steps }
}

/** The first earlier step of the same domain that is open; null: none. */
function earlierOf({ steps }: Plan, index: number): number | null {
  const domainId = steps[index]?.domainId
  const found = steps.findIndex(
    (step, at) => at < index && step.domainId === domainId && isOpen(step),
  )
  return found < 0 ? null : found
}

function isOpen({ state }: PlanStep): boolean {
  return state.kind === 'waiting' || state.kind === 'running' || state.kind === 'failed'
}

/** What a waiting step waits for, room apart; null: nothing. */
function waitOf(plan: Plan, index: number, view: PlanView): StepWait | null {
  const step = plan.steps[index]
  if (step === undefined) return null
  const before = earlierOf(plan, index)
  if (before !== null) return { kind: 'step', stepIndex: before }
  const domain = view.domain(step.domainId)
  if (domain !== null && domain.migrationId !== null) {
    return { kind: 'domain', migrationId: domain.migrationId }
  }
  for (const hostId of [step.sourceHostId, step.destinationHostId]) {
    if (view.host(hostId)?.connection.status !== 'online') return { kind: 'host', hostId }
  }
  if (domain !== null && domain.hostId !== step.sourceHostId) {
    const arriving = plan.steps.findLastIndex(
      (other, at) => at < index && other.domainId === step.domainId,
    )
    return { kind: 'step', stepIndex: Math.max(0, arriving) }
  }
  if (!view.isRuled(step.domainId, step.destinationHostId)) return null
  const ruledBefore = plan.steps.findIndex(
    (other, at) =>
      at < index && isOpen(other) && view.isRuled(other.domainId, other.destinationHostId),
  )
  if (ruledBefore >= 0) return { kind: 'step', stepIndex: ruledBefore }
  const [why] = view.ruled(step.domainId, step.destinationHostId, () => null)
  return why === undefined ? null : { kind: 'rule', message: why.message }
}
