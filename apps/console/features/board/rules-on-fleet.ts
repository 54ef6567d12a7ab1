import type { DomainId } from '@drover/api-schema/ids.ts'
import { minuteOfWeek } from '@drover/api-schema/week-time.ts'
import { compileRules } from '@drover/optimizer/rules/compile-rules.ts'
import type { CompiledPolicies } from '@drover/optimizer/rules/compiled.ts'
import { noRules } from '@drover/optimizer/rules/judgement.ts'
import { type PickedUp, pickUp } from '@drover/optimizer/rules/pick-up.ts'
import { snapshotOf } from '@drover/optimizer/rules/snapshot.ts'
import type { Promised } from '@drover/optimizer/verdict.ts'
import type { FleetIndex } from '../../client/fleet-index.ts'
import type { Readings } from './loads.ts'

/**
 * Rules laid on the fleet: with 50 rules and 4,000 domains that takes longer than a frame, so it is kept as long as nothing it
 * rests on has changed, and made beforehand, while nothing is in hand.
 */
type Kept = {
  readonly fleet: FleetIndex
  readonly readings: Readings
  readonly compiled: CompiledPolicies
}
let kept: Kept | null = null

function isKeptFor(fleet: FleetIndex, readings: Readings): boolean {
  return (
    kept !== null &&
    kept.readings === readings &&
    kept.fleet.fleet.policies === fleet.fleet.policies &&
    kept.fleet.hosts === fleet.hosts &&
    kept.fleet.domains === fleet.domains &&
    kept.fleet.openMigrations === fleet.openMigrations
  )
}

/** The rules on the fleet as it is. */
export function rulesOn(fleet: FleetIndex, readings: Readings): CompiledPolicies {
  if (kept !== null && isKeptFor(fleet, readings)) return kept.compiled
  const { hosts, domains, policies } = fleet.fleet
  const destinations = new Map(
    fleet.openMigrations.map(({ domainId, destinationHostId }) => [domainId, destinationHostId]),
  )
  const snapshot = snapshotOf({
    hosts,
    domains,
    destinationOf: (domainId) => destinations.get(domainId) ?? null,
    cpuOfDomain: (domainId) => readings.domain(domainId, 'cpu'),
    cpuOfHost: (hostId) =>
      readings.host(hostId, 'cpu') * (fleet.hosts.get(hostId)?.cpu.pcpuCount ?? Number.NaN),
  })
  const compiled = compileRules(policies.rules, snapshot)
  kept = { fleet, readings, compiled }
  return compiled
}

const nobody: PickedUp = { on: () => noRules }

/** What rules say of every host that would take these domains, moved by hand. */
export function rulesInHand(
  domainIds: readonly DomainId[],
  {
    fleet,
    readings,
    isHurried,
    promisedOn,
  }: {
    readonly fleet: FleetIndex
    readonly readings: Readings
    /** Take what was laid out before, if the rules are the same. */
    readonly isHurried: boolean
    readonly promisedOn: (host: Parameters<PickedUp['on']>[0]) => Promised
  },
): PickedUp {
  if (fleet.fleet.policies.rules.length === 0) return nobody
  const now = Date.now()
  const isReady = isHurried && kept?.fleet.fleet.policies === fleet.fleet.policies
  const compiled = isReady && kept !== null ? kept.compiled : rulesOn(fleet, readings)
  return pickUp(compiled, domainIds, {
    purpose: 'manual',
    minuteOfWeek: (timeZone) => minuteOfWeek(now, timeZone),
    promisedOn,
  })
}
