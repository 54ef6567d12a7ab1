import type { Refusal } from '@drover/api-schema/errors.ts'
import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import type { DraftedMove } from '@drover/api-schema/plan.ts'
import { describeBytes } from '@drover/api-schema/units.ts'
import type { MovePurpose } from '../rules/carried.ts'
import { memoryToPlace } from '../verdict.ts'
import { type Obstacle, type Ordered, type OrderMove, orderMoves } from './order.ts'
import { judgePlacement, type Placement } from './placement.ts'
import { freeOn, type PlanFleet } from './plan-fleet.ts'

/** A detour tries so many hosts, the emptiest first: each one more multiplies the search. */
const mostDetourHosts = 8

/** In which order the moves of a draft can be made on the fleet as it is. Moves that are done need no step. */
export function orderDraft(
  fleet: PlanFleet,
  moves: readonly DraftedMove[],
  purpose: MovePurpose,
): { readonly ordered: Ordered; readonly placement: Placement } {
  const domains = new Map(fleet.domains.map((domain) => [domain.domainId, domain]))
  const wanted = moves.flatMap(({ domainId, destinationHostId }): OrderMove[] => {
    const domain = domains.get(domainId)
    if (domain === undefined) return []
    const { hostId: fromHostId } = domain
    return [{ domainId, fromHostId, toHostId: destinationHostId, memBytes: memoryToPlace(domain) }]
  })
  const placement = judgePlacement(
    fleet,
    wanted.map(({ domainId }) => domainId),
    purpose,
  )
  const ordered = orderMoves({
    moves: wanted,
    freeBytes: new Map(fleet.hosts.map((host) => [host.hostId, freeOn(host, fleet)])),
    refusals: placement.refusals,
    detours: detourHosts(fleet, wanted),
  })
  return { ordered, placement }
}

function detourHosts(fleet: PlanFleet, moves: readonly OrderMove[]): HostId[] {
  const sources = new Set(moves.map(({ fromHostId }) => fromHostId))
  const pools = new Set(fleet.hosts.filter(({ hostId }) => sources.has(hostId)).map((h) => h.pool))
  return fleet.hosts
    .filter(
      ({ connection, isInMaintenance, pool }) =>
        connection.status === 'online' && !isInMaintenance && pools.has(pool),
    )
    .sort((a, b) => freeOn(b, fleet) - freeOn(a, fleet))
    .slice(0, mostDetourHosts)
    .map(({ hostId }) => hostId)
}

/** What stands in the way of a move, in sentences with names and numbers. */
export function refusalsOfObstacle(
  { move, room, refusals }: Obstacle,
  nameOf: (id: DomainId | HostId) => string,
): Refusal[] {
  if (room === null) return [...refusals]
  const { neededBytes, freeBytes } = room
  const free = Math.max(0, freeBytes)
  const host = nameOf(move.toHostId)
  const said: Refusal = {
    code: 'not-enough-memory',
    message: `${host} would have ${describeBytes(free)} free when ${nameOf(move.domainId)} needs ${describeBytes(neededBytes)}. Free ${describeBytes(neededBytes - free)} there, or on a third host for a detour.`,
  }
  return [said, ...refusals]
}
