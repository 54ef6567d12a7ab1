import { isDeepStrictEqual } from 'node:util'
import type { Change } from '@drover/api-schema/live-protocol.ts'
import type { Plan } from '@drover/api-schema/plan.ts'

/** What browsers are sent of a plan that is new or not what it was: the steps that are others, or all of it. */
export function planChanges(before: Plan | undefined, plan: Plan): Change[] {
  if (before === undefined || !isDeepStrictEqual(headOf(before), headOf(plan))) {
    return [{ kind: 'plan-upserted', plan }]
  }
  return plan.steps.flatMap((step, stepIndex): Change[] =>
    isDeepStrictEqual(before.steps[stepIndex], step)
      ? []
      : [{ kind: 'plan-step-changed', planId: plan.planId, stepIndex, step }],
  )
}

function headOf({ steps, ...head }: Plan) {
  return { ...head, stepCount: steps.length }
}
