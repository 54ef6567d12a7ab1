import type { Refusal } from '@drover/api-schema/errors.ts'
import type { DomainId, HostId } from '@drover/api-schema/ids.ts'

/**
 * In which order moves that were decided together can be made, so that no step overflows a host or breaks a rule.
 *
 * A live migration holds memory on both hosts until it has ended: a step needs room on its destination before it begins, and
 * gives back room at its source after. Among moves with one final placement that fits, the order alone decides whether all
 * get there; a cycle of full hosts has no order at all, and then one domain has to wait on a third host.
 *
 * The search goes depth first over the steps that are possible next, remembers the placements it has failed from, and
 * allows no detour at first, then one, then two, up to `mostDetours`. So the answer has the fewest detours, and "there is none" is a
 * proof, within that many detours, unless the budget ran out before.
 */
export type OrderProblem = {
  /** Free for incoming domains before the first step, bytes; hosts left out take nothing. */
  readonly freeBytes: ReadonlyMap<HostId, number>
  readonly moves: readonly OrderMove[]
  /** Why, memory apart, the domain may not come to the host while every other one is where `hostOf` says; empty when it may. */
  readonly refusals: (
    domainId: DomainId,
    hostId: HostId,
    hostOf: (domainId: DomainId) => HostId | null,
  ) => readonly Refusal[]
  /** Hosts that a detour may use, best first; left out: none. */
  readonly detours?: readonly HostId[]
}
export type OrderMove = {
  readonly domainId: DomainId
  readonly fromHostId: HostId
  readonly toHostId: HostId
  readonly memBytes: number
}
export type OrderedStep = {
  readonly domainId: DomainId
  readonly fromHostId: HostId
  readonly toHostId: HostId
  readonly memBytes: number
  /** It will leave that host again later in the same order. */
  readonly isDetour: boolean
}
/** Why a move cannot be made where the search got farthest. */
export type Obstacle = {
  readonly move: OrderMove
  /** Null when there is room. */
  readonly room: { readonly neededBytes: number; readonly freeBytes: number } | null
  readonly refusals: readonly Refusal[]
}
export type Ordered =
  | { readonly kind: 'ordered'; readonly steps: readonly OrderedStep[] }
  /** No order exists; `obstacles` are those of the longest beginning that does. */
  | { readonly kind: 'impossible'; readonly obstacles: readonly Obstacle[] }
  /** The budget ran out first. */
  | { readonly kind: 'undecided'; readonly obstacles: readonly Obstacle[] }

const mostDetours = 3
/** Placements looked at, in all. */
const defaultBudget = 20_000

export function orderMoves(problem: OrderProblem, budget: number = defaultBudget): Ordered {
  const search = new OrderSearch(problem, budget)
  const most = (problem.detours ?? []).length === 0 ? 0 : mostDetours
  for (let detours = 0; detours <= most; detours++) {
    const steps = search.within(detours)
    if (steps !== null) return { kind: 'ordered', steps }
    if (search.isExhausted) return { kind: 'undecided', obstacles: search.obstacles }
  }
  return { kind: 'impossible', obstacles: search.obstacles }
}

/** A move and where its domain is at the moment. */
type Pending = { readonly move: OrderMove; at: HostId; isDone: boolean }

class OrderSearch {
  readonly #problem: OrderProblem
  readonly #pending: readonly Pending[]
  readonly #byDomain: ReadonlyMap<DomainId, Pending>
  readonly #free: Map<HostId, number>
  readonly #steps: OrderedStep[] = []
  readonly #failed = new Set<string>()
  #left: number
  #mostDone = -1
  #farthest: {
    readonly waiting: readonly OrderMove[]
    readonly free: ReadonlyMap<HostId, number>
    readonly at: ReadonlyMap<DomainId, HostId>
  } = { waiting: [], free: new Map(), at: new Map() }

  constructor(problem: OrderProblem, budget: number) {
    this.#problem = problem
    this.#left = budget
    this.#free = new Map(problem.freeBytes)
    this.#pending = problem.moves
      .filter(({ fromHostId, toHostId }) => fromHostId !== toHostId)
      .map((move) => ({ move, at: move.fromHostId, isDone: false }))
    this.#byDomain = new Map(this.#pending.map((one) => [one.move.domainId, one]))
  }

  get isExhausted(): boolean {
    return this.#left <= 0
  }

  within(detours: number): OrderedStep[] | null {
    this.#failed.clear()
    return this.#descend(detours) ? [...this.#steps] : null
  }

  #descend(detours: number): boolean {
    const waiting = this.#pending.filter(({ isDone }) => !isDone)
    if (waiting.length === 0) return true
    const key = `${detours} ${this.#pending.map(({ at, isDone }) => (isDone ? '' : at)).join()}`
    if (this.#left <= 0 || this.#failed.has(key)) return false
    this.#left--
    this.#remember(waiting)
    for (const one of this.#likely(waiting)) {
      // Asked only when its turn has come: what rules say costs more than everything else here.
      if (!this.#isAllowed(one, one.move.toHostId)) continue
      if (this.#try(one, one.move.toHostId, detours)) return true
    }
    if (detours > 0) {
      for (const one of waiting) {
        for (const hostId of this.#problem.detours ?? []) {
          if (!this.#isDetour(one, hostId)) continue
          if (this.#try(one, hostId, detours - 1)) return true
        }
      }
    }
    this.#failed.add(key)
    return false
  }

  /**
   * What there is room for now, the likeliest first: what leaves a host that more is waiting for than it has room for, and goes to one
   * with room for all.
   */
  #likely(waiting: readonly Pending[]): Pending[] {
    const wanted = new Map<HostId, number>()
    for (const { move } of waiting) {
      wanted.set(move.toHostId, (wanted.get(move.toHostId) ?? 0) + move.memBytes)
    }
    const lack = (hostId: HostId) => (wanted.get(hostId) ?? 0) - (this.#free.get(hostId) ?? 0)
    return waiting
      .filter((one) => this.#hasRoom(one, one.move.toHostId))
      .map((one) => ({ one, gain: lack(one.at) - lack(one.move.toHostId) }))
      .sort((a, b) => b.gain - a.gain)
      .map(({ one }) => one)
  }

  #isDetour(one: Pending, hostId: HostId): boolean {
    const { toHostId, fromHostId } = one.move
    if (hostId === toHostId || hostId === one.at || hostId === fromHostId) return false
    return one.at === fromHostId && this.#hasRoom(one, hostId) && this.#isAllowed(one, hostId)
  }

  #hasRoom({ move }: Pending, hostId: HostId): boolean {
    return (this.#free.get(hostId) ?? 0) >= move.memBytes
  }

  #isAllowed({ move }: Pending, hostId: HostId): boolean {
    return this.#problem.refusals(move.domainId, hostId, this.#hostOf).length === 0
  }

  readonly #hostOf = (domainId: DomainId): HostId | null => this.#byDomain.get(domainId)?.at ?? null

  /** Makes the step, goes on from there, and takes it back when that leads nowhere. */
  #try(one: Pending, hostId: HostId, detours: number): boolean {
    const { domainId, memBytes, toHostId } = one.move
    const from = one.at
    this.#shift(from, hostId, memBytes)
    one.at = hostId
    one.isDone = hostId === toHostId
    const isDetour = !one.isDone
    this.#steps.push({ domainId, fromHostId: from, toHostId: hostId, memBytes, isDetour })
    if (this.#descend(detours)) return true
    this.#steps.pop()
    one.at = from
    one.isDone = false
    this.#shift(hostId, from, memBytes)
    return false
  }

  #shift(from: HostId, to: HostId, bytes: number): void {
    const { freeBytes } = this.#problem
    if (freeBytes.has(from)) this.#free.set(from, (this.#free.get(from) ?? 0) + bytes)
    if (freeBytes.has(to)) this.#free.set(to, (this.#free.get(to) ?? 0) - bytes)
  }

  #remember(waiting: readonly Pending[]): void {
    const done = this.#pending.length - waiting.length
    if (done <= this.#mostDone) return
    this.#mostDone = done
    this.#farthest = {
      waiting: waiting.map(({ move }) => move),
      free: new Map(this.#free),
      at: new Map(this.#pending.map(({ move, at }) => [move.domainId, at])),
    }
  }

  /** What stands in the way where the search got farthest. */
  get obstacles(): Obstacle[] {
    const { waiting, free, at } = this.#farthest
    return waiting.map((move) => {
      const freeBytes = free.get(move.toHostId) ?? 0
      const hasRoom = freeBytes >= move.memBytes
      return {
        move,
        room: hasRoom ? null : { neededBytes: move.memBytes, freeBytes },
        refusals: this.#problem.refusals(
          move.domainId,
          move.toHostId,
          (domainId) => at.get(domainId) ?? null,
        ),
      }
    })
  }
}
