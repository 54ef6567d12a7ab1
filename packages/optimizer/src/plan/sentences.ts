import type { HostId } from '@drover/api-schema/ids.ts'
import type { Plan, PlanState, PlanStep, StepWait } from '@drover/api-schema/plan.ts'
import { assertNever } from '@drover/api-schema/result.ts'

/** What plans say of themselves. */

type Outcome = Extract<PlanState, { kind: 'ended' }>['outcome']

export function reasonOfSkip(by: string): string {
  return `${by} stopped the plan before it began.`
}

/** "Ada stopped it: 3 of 5 moves were made. web-7 waits on xen-03, where it was put for room." */
export function endOf(plan: Plan, outcome: Outcome, by: string | null): string {
  const moves = plan.steps.filter(({ isDetour }) => !isDetour)
  const made = moves.filter(({ state }) => state.kind === 'done').length
  const all = `${moves.length} ${moves.length === 1 ? 'move' : 'moves'}`
  const left = leftOnDetours(plan).map(
    (step) => ` ${step.domainName} is still on ${step.destinationHostName}, a detour.`,
  )
  switch (outcome) {
    case 'done':
      return `All of ${all} made.`
    case 'failed':
      return `${made} of ${all} made; the others were left out.${left.join('')}`.slice(0, 1000)
    case 'stopped':
      return `${by ?? 'Somebody'} stopped it: ${made} of ${all} made.${left.join('')}`.slice(
        0,
        1000,
      )
    default:
      return assertNever(outcome)
  }
}

function leftOnDetours({ steps }: Plan): PlanStep[] {
  return steps.filter(
    (step, index) =>
      step.isDetour &&
      step.state.kind === 'done' &&
      !steps
        .slice(index + 1)
        .some((later) => later.domainId === step.domainId && later.state.kind === 'done'),
  )
}

/** Why nothing goes on, for a pause that nobody asked for. */
export function sentenceOfStuck(plan: Plan, hostName: (hostId: HostId) => string): string {
  const waits = plan.steps.flatMap((step) =>
    step.state.kind === 'waiting' && step.state.why !== null ? [{ step, why: step.state.why }] : [],
  )
  const [first] = waits.filter(({ why }) => why.kind !== 'step')
  if (first === undefined) return 'No step can begin.'
  return `No step can begin. ${describeWait(first.step, first.why, hostName)}`.slice(0, 1000)
}

export function describeWait(
  { domainName, memBytes: _ }: PlanStep,
  why: StepWait,
  hostName: (hostId: HostId) => string,
): string {
  switch (why.kind) {
    case 'room':
      return `${domainName} waits for memory on ${hostName(why.hostId)}.`
    case 'rule':
      return `${domainName} waits for a rule: ${why.message}`
    case 'step':
      return `${domainName} waits for step ${why.stepIndex + 1}.`
    case 'host':
      return `${domainName} waits for ${hostName(why.hostId)}, which is not connected.`
    case 'domain':
      return `${domainName} is being migrated by somebody else.`
    default:
      return assertNever(why)
  }
}
