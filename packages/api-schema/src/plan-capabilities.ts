import { type Refusal, refusal } from './errors.ts'
import type { Draft, Plan, PlanStep } from './plan.ts'
import type { User } from './user.ts'

/** What may be done with a draft or a plan now; the server decides and the browser enables its controls with the same. */

/** Null when this person may change, hand over, throw away or commit the draft. */
export function refuseDraftChange(
  draft: Pick<Draft, 'owner' | 'name'>,
  user: Pick<User, 'userId' | 'role'>,
): Refusal | null {
  if (draft.owner.userId === user.userId || user.role === 'admin') return null
  return refusal(
    'draft-not-yours',
    `${draft.name} belongs to ${draft.owner.name}, who can hand it over.`,
  )
}

export function refusePause({ name, state }: Plan): Refusal | null {
  switch (state.kind) {
    case 'running':
      return null
    case 'paused':
      return refusal('wrong-state', `${name} is paused already.`)
    case 'stopping':
      return refusal('wrong-state', `${name} is being stopped.`)
    case 'ended':
      return refusal('plan-ended', `${name} has ended already.`)
  }
}

export function refuseResume({ name, state }: Plan): Refusal | null {
  switch (state.kind) {
    case 'paused':
      return null
    case 'running':
      return refusal('wrong-state', `${name} is not paused.`)
    case 'stopping':
      return refusal('wrong-state', `${name} is being stopped.`)
    case 'ended':
      return refusal('plan-ended', `${name} has ended already.`)
  }
}

/** A plan that is being stopped may be stopped again: to cancel what still runs. */
export function refuseStop({ name, state }: Plan): Refusal | null {
  return state.kind === 'ended' ? refusal('plan-ended', `${name} has ended already.`) : null
}

/** Whether it has ended and moved anything; whether that can be put back is for the draft to say. */
export function refuseUndoPlan({ name, state, steps }: Plan): Refusal | null {
  if (state.kind !== 'ended') {
    return refusal('wrong-state', `${name} has not ended; stop it or wait for it.`)
  }
  return steps.some(hasMoved)
    ? null
    : refusal('nothing-to-undo', `${name} has moved nothing that could be put back.`)
}

/** The step has moved its domain. */
export function hasMoved({ state }: PlanStep): boolean {
  return state.kind === 'done' && state.migrationId !== null
}
