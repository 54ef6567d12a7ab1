/**
 * Weighted max-min fairness ("water filling"): raise everybody's share in step with its weight; who
 * has what it wants stops, and what it leaves goes to the rest. CPU time, NIC and disk are all shared
 * by it, so two migrations over one NIC each get half of what the guests' traffic leaves.
 *
 * Writes into `granted` and allocates nothing: it runs in every accounting step of every host.
 *
 * @param capacity what there is to give, in any unit per second
 * @param wanted   what each of the first `count` entries could use; `Infinity` is allowed
 * @param weights  relative shares (> 0), or null for equal ones
 * @returns the sum granted: min(capacity, sum of wanted), within rounding
 */
export function fillShares(
  capacity: number,
  wanted: Float64Array,
  weights: Float64Array | null,
  granted: Float64Array,
  count: number,
): number {
  let left = Math.max(0, capacity)
  for (let i = 0; i < count; i++) granted[i] = -1
  for (;;) {
    let openWeight = 0
    for (let i = 0; i < count; i++) if (at(granted, i) < 0) openWeight += weightOf(weights, i)
    if (openWeight <= 0) break
    const perWeight = left / openWeight
    let satisfied = 0
    for (let i = 0; i < count; i++) {
      if (at(granted, i) >= 0) continue
      const wants = Math.max(0, at(wanted, i))
      if (wants > perWeight * weightOf(weights, i)) continue
      granted[i] = wants
      left -= wants
      satisfied++
    }
    if (satisfied > 0) {
      left = Math.max(0, left)
      continue
    }
    for (let i = 0; i < count; i++) {
      if (at(granted, i) < 0) granted[i] = perWeight * weightOf(weights, i)
    }
    break
  }
  let total = 0
  for (let i = 0; i < count; i++) total += at(granted, i)
  return total
}

function weightOf(weights: Float64Array | null, index: number): number {
  return weights === null ? 1 : (weights[index] ?? 0)
}

function at(array: Float64Array, index: number): number {
  return array[index] ?? 0
}
