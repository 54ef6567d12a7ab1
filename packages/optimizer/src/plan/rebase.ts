import type { Domain } from '@drover/api-schema/domain.ts'
import { refusal } from '@drover/api-schema/errors.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { DraftMove, MoveStanding } from '@drover/api-schema/plan.ts'
import { describeBytes } from '@drover/api-schema/units.ts'
import type { MovePurpose } from '../rules/carried.ts'
import { memoryToPlace } from '../verdict.ts'
import { judgePlacement } from './placement.ts'
import type { PlanFleet } from './plan-fleet.ts'

/** What a domain is like now, for the basis of a move; `at` is the moment of drafting. */
export function basisOf(domain: Domain, host: Host, at: number): DraftMove['basis'] {
  return {
    hostId: host.hostId,
    hostName: host.name,
    memBytes: memoryToPlace(domain),
    vcpuCount: domain.vcpuCount,
    generation: domain.generation,
    at,
  }
}

/** What has become of each drafted move; one answer per move, in order. */
export function standingsOf(
  moves: readonly DraftMove[],
  fleet: PlanFleet,
  purpose: MovePurpose,
): MoveStanding[] {
  const domains = new Map(fleet.domains.map((domain) => [domain.domainId, domain]))
  const hosts = new Map(fleet.hosts.map((host) => [host.hostId, host]))
  const placement = judgePlacement(
    fleet,
    moves.map(({ domainId }) => domainId),
    purpose,
  )
  return moves.map((move): MoveStanding => {
    const { domainId, domainName, destinationHostId, destinationHostName } = move
    const domain = domains.get(domainId)
    if (domain === undefined) {
      return impossible(refusal('domain-not-found', `${domainName} is not in the fleet any more.`))
    }
    if (!hosts.has(destinationHostId)) {
      const sentence = `${destinationHostName} is not in the fleet any more.`
      return impossible(refusal('host-not-found', sentence))
    }
    if (domain.hostId === destinationHostId) return { kind: 'done' }
    const refusals = placement.never(domainId, domain.hostId, destinationHostId)
    if (refusals.length > 0) return { kind: 'impossible', refusals: [...refusals] }
    const sentence = whatChanged(move, domain, hosts.get(domain.hostId))
    return sentence === null ? { kind: 'unchanged' } : { kind: 'changed', sentence }
  })
}

/** Null when the domain is where it was and needs what it needed. */
function whatChanged({ basis }: DraftMove, domain: Domain, host: Host | undefined): string | null {
  if (domain.hostId !== basis.hostId) {
    return `${domain.name} was on ${basis.hostName} and is on ${host?.name ?? 'another host'} now.`
  }
  const memBytes = memoryToPlace(domain)
  if (memBytes > basis.memBytes) {
    return `${domain.name} had ${describeBytes(basis.memBytes)} and has ${describeBytes(memBytes)} now.`
  }
  if (domain.vcpuCount > basis.vcpuCount) {
    return `${domain.name} had ${basis.vcpuCount} vCPUs and has ${domain.vcpuCount} now.`
  }
  return null
}

/** Whether the fleet has moved under the draft so that somebody should look again. */
export function isOutdated(standings: readonly MoveStanding[]): boolean {
  return standings.some(({ kind }) => kind === 'changed' || kind === 'done')
}

/** The moves as they would be drafted now, and those that have no place in the draft any more. */
export function rebaseMoves(
  moves: readonly DraftMove[],
  fleet: PlanFleet,
  { purpose, at }: { readonly purpose: MovePurpose; readonly at: number },
): { readonly kept: DraftMove[]; readonly dropped: DraftMove[] } {
  const domains = new Map(fleet.domains.map((domain) => [domain.domainId, domain]))
  const hosts = new Map(fleet.hosts.map((host) => [host.hostId, host]))
  const kept: DraftMove[] = []
  const dropped: DraftMove[] = []
  for (const [index, standing] of standingsOf(moves, fleet, purpose).entries()) {
    const move = moves[index]
    if (move === undefined) continue
    const domain = domains.get(move.domainId)
    const host = domain && hosts.get(domain.hostId)
    const isOver = standing.kind === 'done' || standing.kind === 'impossible'
    if (isOver || domain === undefined || host === undefined) dropped.push(move)
    else if (standing.kind === 'unchanged') kept.push(move)
    else kept.push({ ...move, basis: basisOf(domain, host, at) })
  }
  return { kept, dropped }
}

function impossible(one: ReturnType<typeof refusal>): MoveStanding {
  return { kind: 'impossible', refusals: [one] }
}
