import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type FlowNetwork, maxFlow } from './max-flow.ts'

const networks = fc.integer({ min: 2, max: 6 }).chain((nodeCount) =>
  fc.record({
    nodeCount: fc.constant(nodeCount),
    edges: fc.array(
      fc.record({
        from: fc.nat(nodeCount - 1),
        to: fc.nat(nodeCount - 1),
        capacity: fc.nat(9),
      }),
      { maxLength: 14 },
    ),
  }),
)

/** The least capacity out of any set of nodes with the source and without the sink. */
function leastCut({ nodeCount, edges }: FlowNetwork, source: number, sink: number): number {
  let least = Number.POSITIVE_INFINITY
  for (let set = 0; set < 1 << nodeCount; set += 1) {
    const isIn = (node: number) => (set >> node) % 2 === 1
    if (!isIn(source) || isIn(sink)) continue
    const out = edges.filter(({ from, to }) => isIn(from) && !isIn(to))
    least = Math.min(
      least,
      out.reduce((sum, { capacity }) => sum + capacity, 0),
    )
  }
  return least
}

describe('the most that can flow', () => {
  it('is the least cut, and the near side is one', () => {
    fc.assert(
      fc.property(networks, (network) => {
        const flow = maxFlow(network, 0, 1)
        expect(flow.value).toBe(leastCut(network, 0, 1))
        const across = network.edges.filter(({ from, to }) => flow.isNear(from) && !flow.isNear(to))
        expect(across.reduce((sum, { capacity }) => sum + capacity, 0)).toBe(flow.value)
        expect([flow.isNear(0), flow.isNear(1)]).toEqual([true, false])
      }),
      { seed: 20_261_122, numRuns: 1000 },
    )
  })
})
