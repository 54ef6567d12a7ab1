import { describeBytes } from '@drover/api-schema/units.ts'
import { memoryToPlace } from '../verdict.ts'
import { arrivals, type Carried, type Judge, listedDomains } from './carried.ts'
import type { HeadroomRule, LicenceRule } from './compiled.ts'
import { reasonOf } from './reason.ts'
import type { Snapshot } from './snapshot.ts'
import { counted, percent, quoted } from './words.ts'

/** Headroom and licences: what a host, or a pool of licences, has left with all that would come. */

export function judgeHeadroom(compiled: HeadroomRule, carried: Carried): Judge | null {
  const { snapshot, domains, promisedOn } = carried
  const { rule, hosts } = compiled
  const { keep } = rule
  const arriving = arrivals(domains, snapshot)
  return (at) => {
    const host = snapshot.hosts[at]
    if (hosts[at] !== 1 || host === undefined) return { said: [] }
    const coming = arriving(at)
    if (coming.length === 0) return { said: [] }
    const promised = promisedOn(host.hostId).memBytes
    const free = host.memFreeBytes - promised - sum(coming, (one) => memoryOf(one, snapshot))
    const used = snapshot.cpuOfHost(at) + sum(coming, snapshot.cpuOfDomain)
    const freeRatio = 1 - used / host.cpu.pcpuCount
    const short = [
      ...(free < keep.memBytes
        ? [`${describeBytes(Math.max(0, free))} of memory free of ${describeBytes(keep.memBytes)}`]
        : []),
      // NaN is no load we know of, and compares as false.
      ...(keep.cpuRatio > 0 && freeRatio < keep.cpuRatio
        ? [`${percent(Math.max(0, freeRatio))} of its CPU free of ${percent(keep.cpuRatio)}`]
        : []),
    ]
    if (short.length === 0) return { said: [] }
    const message = `${host.name} would have ${short.join(', and ')} that ${quoted(rule)} keeps free.`
    return { said: [{ reason: reasonOf(rule, 'policy-headroom', message) }] }
  }
}

function sum(things: readonly number[], of: (thing: number) => number): number {
  return things.reduce((total, thing) => total + of(thing), 0)
}

function memoryOf(index: number, { domains }: Snapshot): number {
  const domain = domains[index]
  return domain === undefined ? 0 : memoryToPlace(domain)
}

export function judgeLicence(compiled: LicenceRule, carried: Carried): Judge | null {
  const { snapshot } = carried
  const { rule, members, costOf } = compiled
  const held = carried.domains.filter((domain) => members[domain] === 1)
  if (held.length === 0) return null
  const isHeld = new Set(held)
  const countOn = new Int32Array(snapshot.hosts.length)
  const stayingOn = new Int32Array(snapshot.hosts.length)
  for (const [domain, isMember] of members.entries()) {
    const host = snapshot.headedFor[domain] ?? -1
    if (isMember !== 1 || host < 0) continue
    countOn[host] = (countOn[host] ?? 0) + 1
    if (!isHeld.has(domain)) stayingOn[host] = (stayingOn[host] ?? 0) + 1
  }
  const used = costOf.reduce((total, cost, host) => total + (countOn[host] ? cost : 0), 0)
  const left = sum(
    [...countOn.keys()].filter((host) => (countOn[host] ?? 0) > 0 && stayingOn[host] === 0),
    (host) => costOf[host] ?? 0,
  )
  const arriving = arrivals(held, snapshot)
  return (at) => {
    const host = snapshot.hosts[at]
    const coming = arriving(at)
    if (host === undefined || coming.length === 0) return { said: [] }
    const cost = costOf[at] ?? 0
    const newly = countOn[at] === 0 ? cost : 0
    // A host from which all that need it are picked up gives its licences back, unless it is this one.
    const freed = left - (countOn[at] !== 0 && stayingOn[at] === 0 ? cost : 0)
    const usedAfter = used + newly - freed
    const { product, count, ruleId, per } = rule
    const licence = { ruleId, product, per, newly, freed, usedAfter, count }
    if (newly === 0 || usedAfter <= count) return { said: [], licence }
    const names = listedDomains(coming, snapshot)
    const message = `${names} on ${host.name} would take ${counted(newly, `${product} licence`)} more, ${usedAfter} in all; ${quoted(rule)} has ${count}, one per ${per}.`
    const reason = reasonOf(rule, 'policy-licence', message)
    return { said: [{ reason, isLessBroken: usedAfter < used }], licence }
  }
}
