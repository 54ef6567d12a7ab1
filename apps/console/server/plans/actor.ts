import type { Plan } from '@drover/api-schema/plan.ts'

/** One plan in the driver's hands. */
export type PlanActor = {
  plan: Plan
  /** What the database has, and what people see. */
  saved: Plan
  /** Whatever is done with it is done one after the other. */
  turn: Promise<unknown>
  /** A look is due: one is enough however many things have changed. */
  isLookDue: boolean
  stopLook: (() => void) | null
  stopIdle: (() => void) | null
  stopRetry: (() => void) | null
}

export function newPlanActor(plan: Plan): PlanActor {
  return {
    plan,
    saved: plan,
    turn: Promise.resolve(),
    isLookDue: false,
    stopLook: null,
    stopIdle: null,
    stopRetry: null,
  }
}

export function stopPlanTimers(actor: PlanActor): void {
  actor.stopLook?.()
  actor.stopIdle?.()
  actor.stopRetry?.()
  actor.stopLook = null
  actor.stopIdle = null
  actor.stopRetry = null
}
