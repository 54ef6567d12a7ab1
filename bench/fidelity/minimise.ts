export type Point = readonly [number, number, number]
type Vertex = { readonly point: Point; readonly value: number }

const startStep = 0.25
const smallestStep = 2e-3
const mostSteps = 120
const mostRestarts = 6

/**
 * Downhill simplex (Nelder & Mead, 1965) from the best few of the given starts: the cost comes out of a simulation, has no
 * derivative and more than one valley.
 */
export function minimise(cost: (point: Point) => number, starts: readonly Point[]): Vertex {
  const vertex = (point: Point): Vertex => ({ point, value: cost(point) })
  const found = starts
    .map(vertex)
    .sort(byValue)
    .slice(0, 5)
    .map((start) => restarted(vertex, start))
    .sort(byValue)[0]
  if (found === undefined) throw new Error('No point to start from.')
  return found
}

const byValue = (a: Vertex, b: Vertex): number => a.value - b.value

/** A simplex that has collapsed in a narrow valley finds further down from a fresh one at the same place. */
function restarted(vertex: (point: Point) => Vertex, start: Vertex): Vertex {
  let best = downhill(vertex, start)
  for (let again = 0; again < mostRestarts; again += 1) {
    const next = downhill(vertex, best)
    const hasGained = next.value < best.value - 1e-3
    best = next
    if (!hasGained) break
  }
  return best
}

function downhill(vertex: (point: Point) => Vertex, start: Vertex): Vertex {
  let simplex = [start, ...axes.map((axis) => vertex(along(start.point, axis, startStep)))].sort(
    byValue,
  )
  for (let step = 0; step < mostSteps; step += 1) {
    const [best, second, third, worst] = simplex
    // Four vertices always: three dimensions.
    if (best === undefined || second === undefined || third === undefined || worst === undefined)
      break
    if (spanOf(best.point, worst.point) < smallestStep) break
    const middle = meanOf(best.point, second.point, third.point)
    const mirrored = vertex(between(worst.point, middle, 2))
    let next = mirrored
    if (mirrored.value < best.value) {
      const further = vertex(between(worst.point, middle, 3))
      if (further.value < mirrored.value) next = further
    } else if (mirrored.value >= third.value) {
      next = vertex(between(worst.point, middle, mirrored.value < worst.value ? 1.5 : 0.5))
    }
    const others = [best, second, third]
    simplex =
      next.value < worst.value
        ? [...others, next].sort(byValue)
        : [
            best,
            ...[second, third, worst].map((v) => vertex(between(best.point, v.point, 0.5))),
          ].sort(byValue)
  }
  return simplex[0] ?? start
}

const axes: readonly Point[] = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
]

const along = (p: Point, axis: Point, by: number): Point => [
  p[0] + by * axis[0],
  p[1] + by * axis[1],
  p[2] + by * axis[2],
]

/** `a` at 0, `b` at 1. */
const between = (a: Point, b: Point, at: number): Point => [
  a[0] + at * (b[0] - a[0]),
  a[1] + at * (b[1] - a[1]),
  a[2] + at * (b[2] - a[2]),
]

const meanOf = (a: Point, b: Point, c: Point): Point => [
  (a[0] + b[0] + c[0]) / 3,
  (a[1] + b[1] + c[1]) / 3,
  (a[2] + b[2] + c[2]) / 3,
]

const spanOf = (a: Point, b: Point): number =>
  Math.max(Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1]), Math.abs(a[2] - b[2]))
