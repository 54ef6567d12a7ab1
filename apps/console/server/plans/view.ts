import { createHash } from 'node:crypto'
import { type MigrationId, migrationIdSchema, type PlanId } from '@drover/api-schema/ids.ts'
import type { Plan } from '@drover/api-schema/plan.ts'
import type { PlanView } from '@drover/optimizer/plan/begin.ts'
import { judgePlacement, type Placement } from '@drover/optimizer/plan/placement.ts'
import { planFleetOf, purposeOf } from './plan-fleet-view.ts'
import type { PlanPorts } from './ports.ts'

/** The fleet of this moment, as far as the steps of a plan depend on it. */
export function planViewOf(
  plan: Plan,
  ports: Pick<PlanPorts, 'fleet' | 'rules' | 'compiled' | 'migrations' | 'clock'>,
): PlanView {
  const { fleet, migrations, clock } = ports
  let judged: Placement | null = null
  // Laying rules on thousands of domains takes time that a plan without rules need not spend.
  const placement = (): Placement => {
    judged ??= judgePlacement(planFleetOf(ports), [], purposeOf(plan.origin))
    return judged
  }
  return {
    at: clock.now(),
    host: (hostId) => fleet.host(hostId),
    domain: (domainId) => fleet.domain(domainId),
    freeBytes(hostId) {
      const host = fleet.host(hostId)
      if (host === null) return 0
      return host.memFreeBytes - migrations.promised(hostId).memBytes
    },
    ruled: (domainId, to, hostOf) => placement().refusals(domainId, to, hostOf),
    isRuled: (domainId, to) => ports.rules().length > 0 && placement().isRuled(domainId, to),
    migrationId: (stepIndex, attempt) => idOfStep(plan.planId, stepIndex, attempt),
  }
}

/**
 * The id of the migration of one attempt at one step: always the same one, so that a step that was asked for before a restart
 * is not asked for a second time under another. A UUID of version 8 (RFC 9562), made of a hash.
 */
export function idOfStep(planId: PlanId, stepIndex: number, attempt: number): MigrationId {
  const hash = createHash('sha256').update(`${planId} ${stepIndex} ${attempt}`).digest('hex')
  const uuid = [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ]
  return migrationIdSchema.parse(uuid.join('-'))
}
