import type { PlanOrigin } from '@drover/api-schema/plan.ts'
import { minuteOfWeek } from '@drover/api-schema/week-time.ts'
import type { PlanFleet } from '@drover/optimizer/plan/plan-fleet.ts'
import type { MovePurpose } from '@drover/optimizer/rules/carried.ts'
import type { PlanPorts } from './ports.ts'

/** The fleet of this moment, for the pure decisions. */
export function planFleetOf(
  ports: Pick<PlanPorts, 'fleet' | 'rules' | 'compiled' | 'migrations' | 'clock'>,
): PlanFleet {
  const { fleet, migrations, clock } = ports
  const compiled = ports.compiled()
  return {
    hosts: compiled.snapshot.hosts,
    domains: compiled.snapshot.domains,
    rules: ports.rules(),
    compiled,
    destinationOf(domainId) {
      const migrationId = fleet.domain(domainId)?.migrationId ?? null
      return migrationId === null ? null : (fleet.migration(migrationId)?.destinationHostId ?? null)
    },
    minuteOfWeek: (timeZone) => minuteOfWeek(clock.now(), timeZone),
    promisedOn: (hostId) => migrations.promised(hostId),
  }
}

/** Rules yield to who empties a host. */
export function purposeOf(origin: PlanOrigin): MovePurpose {
  return origin.kind === 'evacuation' ? 'maintenance' : 'manual'
}
