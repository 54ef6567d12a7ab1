import { describeBytes } from '@drover/api-schema/units.ts'
import { listedDomains } from '../rules/carried.ts'
import { counted } from '../rules/words.ts'
import { cpuAir, distinct, domainsOfUnits, fits, type Impossible, rulesOf } from './impossible.ts'
import type { Instance, Licence, RackSet, Unit } from './instance.ts'
import { sizesOf, tooLarge, tooMany, tooMuch } from './shortage.ts'

/** Proofs that no placement exists, each by counting. What they cannot prove may still be impossible. */

export function proveImpossible(instance: Instance): Impossible | null {
  return (
    owing(instance) ??
    first(instance.units, (unit) => nowhere(instance, unit)) ??
    first(instance.aparts, (apart) => tooMany(instance, apart)) ??
    first(instance.racks, (set) => noRack(instance, set)) ??
    first(instance.licences, (licence) => tooFewLicences(instance, licence)) ??
    tooMuch(instance, 'mem') ??
    tooMuch(instance, 'cpu') ??
    first(sizesOf(instance), (size) => tooLarge(instance, size))
  )
}

function first<T>(things: readonly T[], prove: (thing: T) => Impossible | null): Impossible | null {
  for (const thing of things) {
    const proof = prove(thing)
    if (proof !== null) return proof
  }
  return null
}

/** A host that has less than is to be kept free even with nothing on it. */
function owing({ problem, memLimit, cpuLimit, headrooms }: Instance): Impossible | null {
  const host = [...memLimit.keys()].find(
    (one) => (memLimit[one] ?? 0) < 0 || (cpuLimit[one] ?? 0) < -cpuAir,
  )
  if (host === undefined) return null
  const name = problem.snapshot.hosts[host]?.name ?? ''
  return { rules: headrooms, because: `${name} has not that much to keep free even when empty.` }
}

/** No host at all for one unit; its own weight may be too much for "at most". */
function nowhere(instance: Instance, unit: Unit): Impossible | null {
  const { snapshot } = instance.problem
  const names = listedDomains(unit.domains, snapshot)
  if (!unit.mask.includes(1)) {
    const together = unit.domains.length > 1 ? ' together' : ''
    return { rules: distinct(unit.rules), because: `No host is left for ${names}${together}.` }
  }
  const number = instance.units.indexOf(unit)
  for (const index of unit.aparts) {
    const apart = instance.aparts[index]
    const weight = apart?.weightOf.get(number) ?? 0
    if (apart === undefined || weight <= apart.atMost) continue
    return {
      rules: distinct([...unit.rules, apart.rule]),
      because: `${names} have to be on one host, and at most ${apart.atMost} of them may.`,
    }
  }
  if (unit.mask.some((_, host) => fits(instance, unit, host))) return null
  return {
    rules: distinct([...unit.rules, ...instance.headrooms]),
    because: `${names} needs ${describeBytes(unit.mem)}, more than any host it may run on has beside what is kept free.`,
  }
}

function noRack(instance: Instance, set: RackSet): Impossible | null {
  const { snapshot } = instance.problem
  const units = set.units.flatMap((unit) => instance.units[unit] ?? [])
  const needed = units.reduce((all, { mem }) => all + mem, 0)
  const isPossible = snapshot.rackNames.some((_, rack) => {
    let room = 0
    snapshot.rackOf.forEach((itsRack, host) => {
      const isUseful = itsRack === rack && units.some(({ mask }) => mask[host] === 1)
      if (isUseful) room += Math.max(0, instance.memLimit[host] ?? 0)
    })
    const hasAll = units.every((unit) =>
      unit.mask.some((_, host) => snapshot.rackOf[host] === rack && fits(instance, unit, host)),
    )
    return hasAll && room >= needed
  })
  if (isPossible) return null
  return {
    rules: distinct([...rulesOf(units), ...instance.headrooms, set.rule]),
    because: `No rack can take ${listedDomains(domainsOfUnits(units), snapshot)} together, ${describeBytes(needed)} in all.`,
  }
}

/** What the cheapest hosts that could hold all of the pool's units would cost. */
function tooFewLicences(instance: Instance, licence: Licence): Impossible | null {
  const units = licence.units.flatMap((unit) => instance.units[unit] ?? [])
  if (units.length === 0) return null
  const hosts = [...instance.memLimit.keys()].filter((host) =>
    units.some((unit) => fits(instance, unit, host)),
  )
  const costs = hosts.map((host) => licence.costOf[host] ?? 0).sort((a, b) => a - b)
  const forMemory = costToHold(instance, licence, hosts, units)
  const because = (what: string, cost: number) =>
    `${what} of ${counted(domainsOfUnits(units).length, 'domain')} take ${counted(cost, 'licence')} at least, and there are ${licence.count}.`
  if (forMemory > licence.count) {
    return {
      rules: distinct([...rulesOf(units), ...instance.headrooms, licence.rule]),
      because: because('The hosts', forMemory),
    }
  }
  for (const apart of instance.aparts) {
    if (apart.isRack) continue
    const inPool = new Set(licence.units)
    const weight = apart.units.reduce(
      (all, unit) => all + (inPool.has(unit) ? (apart.weightOf.get(unit) ?? 0) : 0),
      0,
    )
    const cost = costs.slice(0, Math.ceil(weight / apart.atMost)).reduce((all, one) => all + one, 0)
    if (cost <= licence.count) continue
    return {
      rules: distinct([...rulesOf(units), ...instance.headrooms, licence.rule, apart.rule]),
      because: because('The different hosts', cost),
    }
  }
  return null
}

/** At least one host, and by memory as if the cheapest memory could be bought by the byte. */
function costToHold(
  { memLimit }: Instance,
  { costOf }: Licence,
  hosts: readonly number[],
  units: readonly Unit[],
): number {
  let needed = units.reduce((all, { mem }) => all + mem, 0)
  if (hosts.some((host) => memLimit[host] === Number.POSITIVE_INFINITY)) needed = 1
  const byPrice = [...hosts].sort(
    (a, b) => (costOf[a] ?? 0) / (memLimit[a] ?? 1) - (costOf[b] ?? 0) / (memLimit[b] ?? 1),
  )
  let cost = 0
  for (const host of byPrice) {
    if (needed <= 0) break
    const room = memLimit[host] ?? 0
    cost += (costOf[host] ?? 0) * Math.min(1, needed / room)
    needed -= room
  }
  const least = Math.min(...hosts.map((host) => costOf[host] ?? 0))
  // A price by the byte is a fraction; the air keeps rounding from making it one licence more.
  return Math.max(least, Math.ceil(cost - 1e-9))
}
