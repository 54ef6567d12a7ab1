import { arrivals, type Carried, type Judge, listedDomains, type Said } from './carried.ts'
import type { ApartRule, Sets, TogetherRule } from './compiled.ts'
import { reasonOf } from './reason.ts'
import type { Snapshot } from './snapshot.ts'
import { counted, listedOf, quotedFirst } from './words.ts'

/** Keep together, keep apart: what is picked up is counted with what stays behind and what is there. */

/** One set of the rule of which something is picked up. */
type Touched = {
  readonly carried: readonly number[]
  /** Members that are not picked up, by place; those on their way count where they are going. */
  readonly staying: ReadonlyMap<number, readonly number[]>
  /** Where what is picked up is now, by place. */
  readonly leaving: ReadonlyMap<number, readonly number[]>
  /** Of what is picked up, what would come to a host. */
  readonly arriving: (host: number) => readonly number[]
}

function touchedSets(compiled: Sets, { domains, snapshot }: Carried): Touched[] {
  const isCarried = new Set(domains)
  const touched = new Set(domains.map((domain) => compiled.setOf[domain] ?? -1))
  return [...touched].flatMap((set) => {
    const members = compiled.sets[set]
    if (members === undefined) return []
    const carried = members.filter((member) => isCarried.has(member))
    const others = members.filter((member) => !isCarried.has(member))
    return [
      {
        carried,
        staying: byPlace(others, compiled, snapshot),
        leaving: byPlace(carried, compiled, snapshot),
        arriving: arrivals(carried, snapshot),
      },
    ]
  })
}

function byPlace(
  members: readonly number[],
  { placeOf }: Sets,
  { headedFor }: Snapshot,
): Map<number, number[]> {
  const places = new Map<number, number[]>()
  for (const member of members) {
    const host = headedFor[member] ?? -1
    if (host < 0) continue
    const place = placeOf[host] ?? -1
    const there = places.get(place)
    if (there === undefined) places.set(place, [member])
    else there.push(member)
  }
  return places
}

export function judgeTogether(compiled: TogetherRule, carried: Carried): Judge | null {
  const touched = touchedSets(compiled, carried)
  if (touched.length === 0) return null
  return (host) => ({
    said: touched.flatMap((set) => saidOfTogether(compiled, set, { host, carried })),
  })
}

type At = { readonly host: number; readonly carried: Carried }

function saidOfTogether(compiled: TogetherRule, set: Touched, { host, carried }: At): Said[] {
  const { snapshot } = carried
  const { rule } = compiled
  if (set.arriving(host).length === 0) return []
  const place = compiled.placeOf[host] ?? -1
  const elsewhere = [...set.staying].filter(([other]) => other !== place)
  if (elsewhere.length === 0) return []
  const before = new Set([...set.staying.keys(), ...set.leaving.keys()]).size
  const after = elsewhere.length + 1
  const names = listedDomains(set.carried, snapshot)
  const left = elsewhere.flatMap(([, members]) => members)
  const where = [...new Set(left.map((member) => snapshot.headedFor[member] ?? -1))]
  const whereNames = listedOf(where, (other) => snapshot.hosts[other]?.name ?? '')
  const message = `${quotedFirst(rule)} keeps ${names} on one ${rule.level} with ${listedDomains(left, snapshot)}, which ${left.length === 1 ? 'is' : 'are'} on ${whereNames}.`
  return [
    {
      reason: reasonOf(rule, 'policy-keep-together', message),
      isLessBroken: after < before,
    },
  ]
}

export function judgeApart(compiled: ApartRule, carried: Carried): Judge | null {
  const touched = touchedSets(compiled, carried)
  if (touched.length === 0) return null
  return (host) => ({
    said: touched.flatMap((set) => saidOfApart(compiled, set, { host, carried })),
  })
}

function saidOfApart(compiled: ApartRule, set: Touched, { host, carried }: At): Said[] {
  const { snapshot } = carried
  const { rule } = compiled
  if (set.arriving(host).length === 0) return []
  const place = compiled.placeOf[host] ?? -1
  const there = set.staying.get(place) ?? []
  if (set.carried.length + there.length <= rule.atMost) return []
  const before = there.length + (set.leaving.get(place)?.length ?? 0)
  const after = there.length + set.carried.length
  const hostThere = snapshot.hosts[host]?.name ?? ''
  const name =
    rule.level === 'host' ? hostThere : `rack ${snapshot.rackNames[place] ?? ''} of ${hostThere}`
  const has =
    there.length === 0
      ? `${counted(after, 'of them', 'of them')} would come`
      : `${listedDomains(there, snapshot)} ${there.length === 1 ? 'is' : 'are'} there, so it would have ${after}`
  const message = `${quotedFirst(rule)} allows ${rule.atMost} of ${listedDomains(set.carried, snapshot)} and others like ${set.carried.length === 1 ? 'it' : 'them'} on one ${rule.level}; ${name}: ${has}.`
  return [
    {
      reason: reasonOf(rule, 'policy-keep-apart', message),
      // Moved inside a rack that has too many: the rack has no more than before.
      isLessBroken: after <= before,
    },
  ]
}
