import { type Budget, spend } from './budget.ts'
import { fits } from './impossible.ts'
import type { Instance } from './instance.ts'
import { Loads } from './loads.ts'

/**
 * Tries all placements of some units, leaving out what cannot become one: the unit with the fewest hosts left comes first, and
 * of hosts that are alike and empty only the first is tried. The other units are left out, so "none" proves that there is none
 * for all; a placement found here is one of these units only.
 */
export type SearchOutcome =
  | { readonly kind: 'none' }
  | { readonly kind: 'found'; readonly hostOf: Int32Array }
  | { readonly kind: 'budget' }

export function searchAll(
  instance: Instance,
  units: readonly number[],
  budget: Budget,
): SearchOutcome {
  const candidates = units.map((unit) => hostsFor(instance, unit))
  const search: Search = {
    instance,
    loads: new Loads(instance),
    units,
    candidates,
    alike: alikeHosts(instance, units, candidates),
    isUsed: new Int32Array(instance.problem.hostCount),
    budget,
  }
  // A host can owe more than it has before anything is placed: then nothing can be.
  if (search.loads.brokenCount > 0) return { kind: 'none' }
  const open = new Set(units.keys())
  const found = descend(search, open)
  if (found === 'found') return { kind: 'found', hostOf: Int32Array.from(search.loads.hostOf) }
  return { kind: found }
}

type Search = {
  readonly instance: Instance
  readonly loads: Loads
  readonly units: readonly number[]
  readonly candidates: readonly (readonly number[])[]
  /** Class of each host; those of one class differ in nothing that matters to these units. */
  readonly alike: Int32Array
  /** How many of the units are on each host. */
  readonly isUsed: Int32Array
  readonly budget: Budget
}

function hostsFor(instance: Instance, number: number): number[] {
  const unit = instance.units[number]
  if (unit === undefined) return []
  const hosts: number[] = []
  for (let host = 0; host < instance.problem.hostCount; host += 1) {
    if (fits(instance, unit, host)) hosts.push(host)
  }
  return hosts
}

function alikeHosts(
  { problem, memLimit, cpuLimit, aparts, racks, licences }: Instance,
  units: readonly number[],
  candidates: readonly (readonly number[])[],
): Int32Array {
  const isMeant = new Set(units)
  const touches = (list: { readonly units: readonly number[] }) =>
    list.units.some((unit) => isMeant.has(unit))
  const racksMatter = racks.some(touches) || aparts.some((one) => one.isRack && touches(one))
  const prices = licences.filter(touches)
  const columns: number[][] = Array.from({ length: problem.hostCount }, () => [])
  candidates.forEach((hosts, index) => {
    for (const host of hosts) columns[host]?.push(index)
  })
  const classes = new Map<string, number>()
  return Int32Array.from({ length: problem.hostCount }, (_, host) => {
    const rack = racksMatter ? problem.snapshot.rackOf[host] : ''
    const costs = prices.map(({ costOf }) => costOf[host])
    const key = `${memLimit[host]} ${cpuLimit[host]} ${rack} ${costs} ${columns[host]}`
    const known = classes.get(key) ?? classes.size
    classes.set(key, known)
    return known
  })
}

function descend(search: Search, open: Set<number>): SearchOutcome['kind'] {
  const next = narrowest(search, open)
  if (next === 'budget') return 'budget'
  if (next === null) return 'found'
  const { loads, isUsed, alike } = search
  const unit = search.units[next.index] ?? -1
  open.delete(next.index)
  const tried = new Set<number>()
  for (const host of next.hosts) {
    const isEmpty = isUsed[host] === 0
    if (isEmpty && tried.has(alike[host] ?? -1)) continue
    if (isEmpty) tried.add(alike[host] ?? -1)
    loads.move(unit, host)
    isUsed[host] = (isUsed[host] ?? 0) + 1
    const below = descend(search, open)
    if (below !== 'none') return below
    isUsed[host] = (isUsed[host] ?? 0) - 1
    loads.move(unit, -1)
  }
  open.add(next.index)
  return 'none'
}

type Next = { readonly index: number; readonly hosts: readonly number[] }

/** The open unit with the fewest hosts where nothing breaks; null when all are placed. Home is tried first. */
function narrowest(search: Search, open: ReadonlySet<number>): Next | 'budget' | null {
  const { loads, candidates, units, budget, instance } = search
  let best: Next | null = null
  for (const index of open) {
    const unit = units[index] ?? -1
    const hosts: number[] = []
    const most = best?.hosts.length ?? Number.POSITIVE_INFINITY
    const all = candidates[index] ?? []
    if (!spend(budget, all.length + 1)) return 'budget'
    for (const host of all) {
      // Nothing is broken yet, so a loss is a constraint that the unit would break.
      if (loads.gainOf(unit, host) >= 0) hosts.push(host)
      if (hosts.length >= most) break
    }
    if (hosts.length < most) best = { index, hosts }
    if (hosts.length === 0) break
  }
  if (best === null) return null
  const home = instance.units[units[best.index] ?? -1]?.home ?? -1
  const hosts = [...best.hosts].sort((a, b) => Number(b === home) - Number(a === home))
  return { index: best.index, hosts }
}
