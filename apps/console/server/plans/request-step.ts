import type { Refusal } from '@drover/api-schema/errors.ts'
import type { Plan } from '@drover/api-schema/plan.ts'
import { purposeOf } from './plan-fleet-view.ts'
import type { PlanPorts } from './ports.ts'

export type Requested =
  | { readonly kind: 'asked' }
  | { readonly kind: 'refused'; readonly refusals: readonly Refusal[] }
  /** The console could not take it down; nothing was started. */
  | { readonly kind: 'not-written' }

/**
 * Asks for the migration of a step that was written as running, under the id it was written with. No retries of its own: a
 * failed step pauses the plan, and another destination would be another plan.
 */
export async function requestStep(
  plan: Plan,
  stepIndex: number,
  migrations: Pick<PlanPorts['migrations'], 'request'>,
): Promise<Requested> {
  const step = plan.steps[stepIndex]
  if (step?.state.kind !== 'running') return { kind: 'asked' }
  const { domainId, destinationHostId, state } = step
  const { profile, priority, bandwidthBytesPerSec } = plan.terms
  const [outcome] = await migrations.request({
    moves: [{ domainId, destinationHostId, migrationId: state.migrationId }],
    groupId: plan.planId,
    profile,
    priority,
    bandwidthBytesPerSec,
    retry: { kind: 'none' },
    purpose: purposeOf(plan.origin),
    requestedBy: plan.requestedBy,
  })
  if (outcome === undefined || outcome.outcome === 'accepted') return { kind: 'asked' }
  const { refusals } = outcome
  return refusals.every(({ code }) => code === 'unavailable')
    ? { kind: 'not-written' }
    : { kind: 'refused', refusals }
}
