import type { Domain } from '@drover/api-schema/domain.ts'
import type { Refusal } from '@drover/api-schema/errors.ts'
import { refusal } from '@drover/api-schema/errors.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import type { DraftedMove } from '@drover/api-schema/plan.ts'
import { describeBytes } from '@drover/api-schema/units.ts'
import { memoryToPlace } from '../verdict.ts'
import { judgePlacement, type Placement } from './placement.ts'
import { freeOn, type PlanFleet } from './plan-fleet.ts'

export type Evacuation = {
  readonly moves: readonly DraftedMove[]
  /** What would stay on the host, and why no other takes it. */
  readonly staying: readonly { readonly domainId: DomainId; readonly refusals: Refusal[] }[]
}

/** Placements looked at before what was found so far has to do. */
const defaultBudget = 5_000
/** Reasons named of one domain: the first hosts speak for the others. */
const mostReasons = 5

/**
 * Where the domains of a host go when it is emptied: the largest first, each to the host that ranks best for it, taken back and
 * tried elsewhere when a later one finds no room. With no room for all, as many as the search has found at most; the rest
 * stays and says why. `host` itself takes nothing, whatever it says of itself.
 */
export function placeEvacuation(
  hostId: HostId,
  fleet: PlanFleet,
  budget: number = defaultBudget,
): Evacuation {
  const there = fleet.domains
    .filter((domain) => domain.hostId === hostId)
    .sort((a, b) => memoryToPlace(b) - memoryToPlace(a) || (a.name < b.name ? -1 : 1))
  const search = new EvacuationSearch(hostId, there, fleet, budget)
  const placed = search.best()
  const moves = there.flatMap(({ domainId }): DraftedMove[] => {
    const destinationHostId = placed.get(domainId)
    return destinationHostId === undefined ? [] : [{ domainId, destinationHostId }]
  })
  const staying = there
    .filter(({ domainId }) => !placed.has(domainId))
    .map((domain) => ({ domainId: domain.domainId, refusals: search.whyNot(domain, placed) }))
  return { moves, staying }
}

/** Why a domain stays on a host from which others are moved away by `moves`; empty when some host would take it. */
export function whyStaying(
  domain: Domain,
  moves: readonly DraftedMove[],
  fleet: PlanFleet,
): Refusal[] {
  const placed = new Map(moves.map((move) => [move.domainId, move.destinationHostId]))
  const movers = fleet.domains.filter(({ domainId }) => placed.has(domainId))
  const search = new EvacuationSearch(domain.hostId, [...movers, domain], fleet, 0)
  return search.whyNot(domain, placed)
}

type Placed = Map<DomainId, HostId>

class EvacuationSearch {
  readonly #hostId: HostId
  readonly #domains: readonly Domain[]
  readonly #hosts: readonly Host[]
  readonly #fleet: PlanFleet
  readonly #placement: Placement
  readonly #free: Map<HostId, number>
  readonly #placed: Placed = new Map()
  #most: Placed = new Map()
  #left: number

  constructor(hostId: HostId, domains: readonly Domain[], fleet: PlanFleet, budget: number) {
    this.#hostId = hostId
    this.#domains = domains
    this.#fleet = fleet
    this.#left = budget
    const pool = fleet.hosts.find((host) => host.hostId === hostId)?.pool
    this.#hosts = fleet.hosts.filter((host) => host.hostId !== hostId && host.pool === pool)
    this.#free = new Map(this.#hosts.map((host) => [host.hostId, freeOn(host, fleet)]))
    const ids = domains.map(({ domainId }) => domainId)
    this.#placement = judgePlacement(fleet, ids, 'maintenance')
  }

  best(): Placed {
    // What no host can ever take must not make the search go through everything else.
    const movable = this.#domains.filter((domain) => this.#able(domain).length > 0)
    this.#descend(movable, 0)
    return this.#most
  }

  /** True when all have a place. */
  #descend(domains: readonly Domain[], at: number): boolean {
    if (this.#placed.size > this.#most.size) this.#most = new Map(this.#placed)
    const domain = domains[at]
    if (domain === undefined) return this.#placed.size === domains.length
    const needed = memoryToPlace(domain)
    for (const host of this.#ranked(domain, needed)) {
      if (this.#left <= 0) return false
      this.#left--
      this.#take(domain.domainId, host.hostId, needed)
      if (this.#descend(domains, at + 1)) return true
      this.#giveBack(domain.domainId, host.hostId, needed)
    }
    // Without it: perhaps all the others find a place.
    if (this.#left <= 0 || this.#cannotBeat(domains, at + 1)) return false
    this.#left--
    this.#descend(domains, at + 1)
    return false
  }

  #cannotBeat(domains: readonly Domain[], at: number): boolean {
    return this.#placed.size + domains.length - at <= this.#most.size
  }

  #able(domain: Domain): Host[] {
    return this.#hosts.filter(
      (host) => this.#placement.never(domain.domainId, this.#hostId, host.hostId).length === 0,
    )
  }

  /** Fewest rules broken first, then without warnings, then the one with the largest share of its memory left. */
  #ranked(domain: Domain, needed: number): Host[] {
    const saidOn = this.#placement.warnings(domain.domainId, this.#hostOf)
    return this.#able(domain)
      .filter((host) => (this.#free.get(host.hostId) ?? 0) >= needed)
      .map((host) => {
        const said = saidOn(host.hostId)
        const left = ((this.#free.get(host.hostId) ?? 0) - needed) / host.memTotalBytes
        const required = said.warnings.filter(isRequired).length
        return { host, required, weight: said.brokenWeight, count: said.warnings.length, left }
      })
      .sort(
        (a, b) =>
          a.required - b.required || a.weight - b.weight || a.count - b.count || b.left - a.left,
      )
      .map(({ host }) => host)
  }

  readonly #hostOf = (domainId: DomainId): HostId | null => this.#placed.get(domainId) ?? null

  #take(domainId: DomainId, hostId: HostId, bytes: number): void {
    this.#placed.set(domainId, hostId)
    this.#free.set(hostId, (this.#free.get(hostId) ?? 0) - bytes)
  }

  #giveBack(domainId: DomainId, hostId: HostId, bytes: number): void {
    this.#placed.delete(domainId)
    this.#free.set(hostId, (this.#free.get(hostId) ?? 0) + bytes)
  }

  /** What each host of the pool says to it while the others are where they were placed. */
  whyNot(domain: Domain, placed: Placed): Refusal[] {
    const needed = memoryToPlace(domain)
    const taken = new Map<HostId, number>()
    for (const other of this.#domains) {
      const at = placed.get(other.domainId)
      if (at !== undefined) taken.set(at, (taken.get(at) ?? 0) + memoryToPlace(other))
    }
    const reasons: Refusal[] = []
    for (const host of this.#hosts) {
      const never = this.#placement.never(domain.domainId, this.#hostId, host.hostId)
      const free = Math.max(0, freeOn(host, this.#fleet) - (taken.get(host.hostId) ?? 0))
      if (never.length > 0) reasons.push(...never)
      else if (free < needed) reasons.push(noRoom(domain, host, free, needed))
      else return []
    }
    if (this.#hosts.length === 0) {
      reasons.push(refusal('host-not-found', 'No other host is in its pool.'))
    }
    return [...new Map(reasons.map((one) => [one.message, one])).values()].slice(0, mostReasons)
  }
}

function isRequired(one: Refusal): boolean {
  return 'precedence' in one && one.precedence === 'required'
}

function noRoom(domain: Domain, host: Host, free: number, needed: number): Refusal {
  return refusal(
    'not-enough-memory',
    `${host.name} would have ${describeBytes(free)} free; ${domain.name} needs ${describeBytes(needed)}.`,
  )
}
