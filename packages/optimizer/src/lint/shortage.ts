import { describeBytes } from '@drover/api-schema/units.ts'
import { listedDomains } from '../rules/carried.ts'
import type { Mask } from '../rules/compiled.ts'
import { counted, listedOf } from '../rules/words.ts'
import { cpuAir, distinct, domainsOfUnits, type Impossible, rulesOf } from './impossible.ts'
import type { Apart, Instance, Unit } from './instance.ts'
import { maxFlow } from './max-flow.ts'

/** Proofs by Hall's theorem: some units need more than all places where they may be can give. */

type Group = { readonly mask: Mask; amount: number; readonly units: Unit[] }

/** Units that may run on the same hosts, with what they need summed. */
function groupsOf(units: readonly Unit[], amountOf: (unit: Unit) => number): Group[] {
  const groups = new Map<Mask, Group>()
  for (const unit of units) {
    const known = groups.get(unit.mask)
    if (known === undefined) {
      groups.set(unit.mask, { mask: unit.mask, amount: amountOf(unit), units: [unit] })
    } else {
      known.amount += amountOf(unit)
      known.units.push(unit)
    }
  }
  return [...groups.values()]
}

type Shortage = {
  /** They all have to be in the places, and the places have not enough for them. */
  readonly units: readonly Unit[]
  readonly places: readonly number[]
  readonly needed: number
}

/** Hall's theorem for amounts: some groups need more than all places they may be in have, or there is a flow. */
function shortageOf(
  groups: readonly Group[],
  placeOf: ArrayLike<number>,
  roomOf: ArrayLike<number>,
  air = 0,
): Shortage | null {
  const source = 0
  const sink = 1
  const groupNode = (group: number) => 2 + group
  const placeNode = (place: number) => 2 + groups.length + place
  const total = groups.reduce((all, { amount }) => all + amount, 0)
  const edges = groups.flatMap(({ mask, amount }, group) => {
    const places = new Set<number>()
    mask.forEach((isAllowed, host) => {
      if (isAllowed === 1) places.add(placeOf[host] ?? -1)
    })
    return [
      { from: source, to: groupNode(group), capacity: amount },
      ...[...places].map((place) => ({
        from: groupNode(group),
        to: placeNode(place),
        capacity: amount,
      })),
    ]
  })
  for (let place = 0; place < roomOf.length; place += 1) {
    const capacity = Math.min(total, Math.max(0, roomOf[place] ?? 0))
    edges.push({ from: placeNode(place), to: sink, capacity })
  }
  const network = { nodeCount: 2 + groups.length + roomOf.length, edges }
  const flow = maxFlow(network, source, sink)
  if (flow.value >= total - air * Math.max(1, total)) return null
  const short = groups.filter((_, group) => flow.isNear(groupNode(group)))
  const places = Array.from(roomOf, (_, place) => place).filter((place) =>
    flow.isNear(placeNode(place)),
  )
  return {
    units: short.flatMap(({ units }) => units),
    places,
    needed: short.reduce((all, { amount }) => all + amount, 0),
  }
}

export function tooMany(instance: Instance, apart: Apart): Impossible | null {
  const { snapshot } = instance.problem
  const units = apart.units.flatMap((unit) => instance.units[unit] ?? [])
  const weights = new Map(
    apart.units.map((unit) => [instance.units[unit], apart.weightOf.get(unit)]),
  )
  const groups = groupsOf(units, (unit) => weights.get(unit) ?? 0)
  const room = new Float64Array(apart.placeCount).fill(apart.atMost)
  const short = shortageOf(groups, apart.placeOf, room)
  if (short === null) return null
  const level = apart.isRack ? 'rack' : 'host'
  const places = counted(short.places.length, level)
  return {
    rules: distinct([...rulesOf(short.units), apart.rule]),
    because: `${listedDomains(domainsOfUnits(short.units), snapshot)} may run on ${places} only, at most ${apart.atMost} on each.`,
  }
}

/** Memory or CPU of all units against all hosts, as if domains could be split: what is impossible so is impossible. */
export function tooMuch(instance: Instance, what: 'mem' | 'cpu'): Impossible | null {
  const { problem, memLimit, cpuLimit, units, headrooms } = instance
  const limits = what === 'mem' ? memLimit : cpuLimit
  if (!limits.some(Number.isFinite)) return null
  const groups = groupsOf(units, (unit) => unit[what])
  const hosts = Int32Array.from(limits, (_, host) => host)
  const short = shortageOf(groups, hosts, limits, what === 'cpu' ? cpuAir : 0)
  if (short === null) return null
  const { snapshot } = problem
  const has = short.places.reduce((all, host) => all + Math.max(0, limits[host] ?? 0), 0)
  const amount = (value: number) =>
    what === 'mem' ? describeBytes(value) : `${value.toFixed(1)} pCPUs`
  const where = listedOf(short.places, (host) => snapshot.hosts[host]?.name ?? '')
  return {
    rules: distinct([...rulesOf(short.units), ...headrooms]),
    because: `${counted(domainsOfUnits(short.units).length, 'domain')} need ${amount(short.needed)}; ${where || 'the hosts'}, where they may run, can give ${amount(has)}.`,
  }
}

/** Sizes for which domains are counted; more would prove little more. */
const maxSizes = 8

export function sizesOf({ units }: Instance): number[] {
  const sizes = [...new Set(units.map(({ mem }) => mem))].sort((a, b) => a - b)
  const stride = Math.max(1, Math.ceil(sizes.length / maxSizes))
  return sizes.filter((size, index) => size > 0 && index % stride === 0)
}

/** Domains cannot be split: of those that need `size` or more, a host takes only so many. */
export function tooLarge(instance: Instance, size: number): Impossible | null {
  const { problem, memLimit, headrooms } = instance
  const units = instance.units.filter(({ mem }) => mem >= size)
  const room = memLimit.map((limit) => Math.floor(limit / size))
  if (!room.every(Number.isFinite)) return null
  const hosts = Int32Array.from(memLimit, (_, host) => host)
  const short = shortageOf(
    groupsOf(units, () => 1),
    hosts,
    room,
  )
  if (short === null) return null
  const has = short.places.reduce((all, host) => all + (room[host] ?? 0), 0)
  const where = listedOf(short.places, (host) => problem.snapshot.hosts[host]?.name ?? '')
  return {
    rules: distinct([...rulesOf(short.units), ...headrooms]),
    because: `${counted(short.needed, 'domain')} need ${describeBytes(size)} or more each; ${where || 'the hosts'}, where they may run, can take ${has} of that size.`,
  }
}
