import { refusal } from '@drover/api-schema/errors.ts'
import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import { describe, expect, it } from 'vitest'
import { type OrderMove, type OrderProblem, orderMoves } from './order.ts'

const host = (name: string) => name as HostId // any text will do here
const domain = (name: string) => name as DomainId // likewise

function move(name: string, from: string, to: string, memBytes = 4): OrderMove {
  return { domainId: domain(name), fromHostId: host(from), toHostId: host(to), memBytes }
}
function problem(
  free: Record<string, number>,
  moves: OrderMove[],
  more: Partial<OrderProblem> = {},
): OrderProblem {
  const freeBytes = new Map(Object.entries(free).map(([name, bytes]) => [host(name), bytes]))
  return { freeBytes, moves, refusals: () => [], ...more }
}
function stepsOf(asked: OrderProblem): string[] {
  const ordered = orderMoves(asked)
  if (ordered.kind !== 'ordered') throw new Error(ordered.kind)
  return ordered.steps.map(({ domainId, toHostId }) => `${domainId}→${toHostId}`)
}

describe('the order of moves', () => {
  it('lets first go what makes room for the next, whichever way they were given', () => {
    const chain = [move('a', 'h1', 'h2'), move('b', 'h2', 'h3'), move('c', 'h3', 'h4')]
    const free = { h1: 0, h2: 0, h3: 0, h4: 4 }
    expect(stepsOf(problem(free, chain))).toEqual(['c→h4', 'b→h3', 'a→h2'])
    expect(stepsOf(problem(free, chain.toReversed()))).toEqual(['c→h4', 'b→h3', 'a→h2'])
  })

  it('leaves the last room of a host to the move that others wait for', () => {
    // Both d and f fit on b now; with d first, f and e would wait for each other.
    const moves = [move('d', 'a', 'b'), move('e', 'b', 'c'), move('f', 'c', 'b')]
    expect(stepsOf(problem({ a: 0, b: 4, c: 0 }, moves))).toEqual(['f→b', 'e→c', 'd→b'])
  })

  it('swaps two domains directly when one of the hosts has room for both', () => {
    const swap = [move('a', 'h1', 'h2', 4), move('b', 'h2', 'h1', 2)]
    expect(stepsOf(problem({ h1: 2, h2: 2 }, swap))).toEqual(['b→h1', 'a→h2'])
  })

  it('swaps two domains of full hosts by way of a third, with one detour', () => {
    const swap = [move('a', 'h1', 'h2', 4), move('b', 'h2', 'h1', 4)]
    const free = { h1: 0, h2: 0, h3: 5 }
    const ordered = orderMoves(problem(free, swap, { detours: [host('h3')] }))
    expect(ordered).toMatchObject({
      kind: 'ordered',
      steps: [
        { domainId: 'a', fromHostId: 'h1', toHostId: 'h3', isDetour: true },
        { domainId: 'b', toHostId: 'h1', isDetour: false },
        { domainId: 'a', fromHostId: 'h3', toHostId: 'h2', isDetour: false },
      ],
    })
  })

  it('says that there is none, and what stands in the way of each move', () => {
    const swap = [move('a', 'h1', 'h2', 4), move('b', 'h2', 'h1', 4)]
    const asked = problem({ h1: 1, h2: 3, h3: 3 }, swap, { detours: [host('h3')] })
    expect(orderMoves(asked)).toEqual({
      kind: 'impossible',
      obstacles: [
        { move: swap[0], room: { neededBytes: 4, freeBytes: 3 }, refusals: [] },
        { move: swap[1], room: { neededBytes: 4, freeBytes: 1 }, refusals: [] },
      ],
    })
  })

  it('keeps rules at every step: who may not meet leaves before the other comes', () => {
    const moves = [move('a', 'h1', 'h2'), move('b', 'h2', 'h3')]
    const apart: OrderProblem['refusals'] = (domainId, hostId, hostOf) => {
      const other = domain(domainId === 'a' ? 'b' : 'a')
      return hostOf(other) === hostId ? [refusal('policy-keep-apart')] : []
    }
    const free = { h1: 100, h2: 100, h3: 100 }
    expect(stepsOf(problem(free, moves, { refusals: apart }))).toEqual(['b→h3', 'a→h2'])
  })

  it('names the rule when it is the rule that leaves no way', () => {
    const usedUp = refusal('policy-licence', 'The licences are used up.')
    const asked = problem({ h1: 9, h2: 9 }, [move('a', 'h1', 'h2')], {
      refusals: () => [usedUp],
    })
    expect(orderMoves(asked)).toMatchObject({
      kind: 'impossible',
      obstacles: [{ room: null, refusals: [usedUp] }],
    })
  })

  it('does not claim a proof that the budget has cut short', () => {
    const moves = Array.from({ length: 12 }, (_, k) => move(`d${k}`, `h${k}`, `h${(k + 1) % 12}`))
    const free = Object.fromEntries(moves.map((_, k) => [`h${k}`, 0]))
    const asked = problem({ ...free, x: 3 }, moves, { detours: [host('x')] })
    expect(orderMoves(asked, 1).kind).toBe('undecided')
    expect(orderMoves(asked).kind).toBe('impossible')
  })

  it('needs no step for a domain that is there already', () => {
    expect(orderMoves(problem({ h1: 0 }, [move('a', 'h1', 'h1')]))).toEqual({
      kind: 'ordered',
      steps: [],
    })
  })
})
