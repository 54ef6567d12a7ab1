/** Most that can flow from a source to a sink (Dinic's algorithm), and which side of a least cut each node is on. */

export type FlowNetwork = {
  readonly nodeCount: number
  readonly edges: readonly {
    readonly from: number
    readonly to: number
    readonly capacity: number
  }[]
}

export type Flow = {
  readonly value: number
  /** Nodes that more could still reach from the source: the near side of a least cut. */
  readonly isNear: (node: number) => boolean
}

type Arcs = {
  readonly to: number[]
  readonly left: number[]
  readonly from: number[][]
}

export function maxFlow(network: FlowNetwork, source: number, sink: number): Flow {
  const arcs = arcsOf(network)
  let value = 0
  for (;;) {
    const level = levels(arcs, source)
    if ((level[sink] ?? -1) < 0) return { value, isNear: (node) => (level[node] ?? -1) >= 0 }
    const tried = new Int32Array(network.nodeCount)
    for (;;) {
      const pushed = push({ arcs, level, tried, sink }, source, Number.POSITIVE_INFINITY)
      if (pushed === 0) break
      value += pushed
    }
  }
}

/** Each edge and its reverse are neighbours: arc n and arc n ^ 1. */
function arcsOf({ nodeCount, edges }: FlowNetwork): Arcs {
  const arcs: Arcs = { to: [], left: [], from: Array.from({ length: nodeCount }, () => []) }
  for (const { from, to, capacity } of edges) {
    if (capacity <= 0) continue
    arcs.from[from]?.push(arcs.to.length)
    arcs.to.push(to)
    arcs.left.push(capacity)
    arcs.from[to]?.push(arcs.to.length)
    arcs.to.push(from)
    arcs.left.push(0)
  }
  return arcs
}

function levels({ to, left, from }: Arcs, source: number): Int32Array {
  const level = new Int32Array(from.length).fill(-1)
  level[source] = 0
  const queue = [source]
  for (const node of queue) {
    for (const arc of from[node] ?? []) {
      const next = to[arc] ?? 0
      if ((left[arc] ?? 0) <= 0 || (level[next] ?? 0) >= 0) continue
      level[next] = (level[node] ?? 0) + 1
      queue.push(next)
    }
  }
  return level
}

type Push = {
  readonly arcs: Arcs
  readonly level: Int32Array
  /** Arcs of each node that lead nowhere any more in this phase. */
  readonly tried: Int32Array
  readonly sink: number
}

/** As deep as there are levels: a source, groups, hosts, racks and the sink. */
function push(state: Push, node: number, most: number): number {
  if (node === state.sink) return most
  const { arcs, level, tried } = state
  const out = arcs.from[node] ?? []
  for (; (tried[node] ?? 0) < out.length; tried[node] = (tried[node] ?? 0) + 1) {
    const arc = out[tried[node] ?? 0] ?? 0
    const next = arcs.to[arc] ?? 0
    const left = arcs.left[arc] ?? 0
    if (left <= 0 || level[next] !== (level[node] ?? 0) + 1) continue
    const pushed = push(state, next, Math.min(most, left))
    if (pushed === 0) continue
    arcs.left[arc] = left - pushed
    arcs.left[arc ^ 1] = (arcs.left[arc ^ 1] ?? 0) + pushed
    return pushed
  }
  return 0
}
