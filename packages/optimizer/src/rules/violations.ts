import type { Violation } from '@drover/api-schema/policy.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { toText } from '@drover/api-schema/scalars.ts'
import { describeBytes } from '@drover/api-schema/units.ts'
import type {
  ApartRule,
  CompiledPolicies,
  CompiledRule,
  HeadroomRule,
  LicenceRule,
  Sets,
  TogetherRule,
  WhereRule,
} from './compiled.ts'
import { lacking } from './hardware.ts'
import type { Snapshot } from './snapshot.ts'
import { condition, counted, listed, percent, quoted } from './words.ts'

/** A violation before the console has written down since when. */
export type FoundViolation = Omit<Violation, 'sinceAt'>

/** Where the enabled rules do not hold now, in the order of the rules. What is on its way counts where it still runs. */
export function violationsOf({ snapshot, rules }: CompiledPolicies): FoundViolation[] {
  return rules.flatMap((compiled) => violationsOfRule(compiled, snapshot))
}

export function violationsOfRule(compiled: CompiledRule, snapshot: Snapshot): FoundViolation[] {
  switch (compiled.form) {
    case 'where':
      return ofWhere(compiled, snapshot)
    case 'together':
      return ofTogether(compiled, snapshot)
    case 'apart':
      return ofApart(compiled, snapshot)
    case 'headroom':
      return ofHeadroom(compiled, snapshot)
    case 'licence':
      return ofLicence(compiled, snapshot)
    case 'move':
      return []
    default:
      return assertNever(compiled)
  }
}

type Found = {
  /** Tells the places of one rule apart. */
  readonly where: string
  readonly domains: readonly number[]
  readonly hosts: readonly number[]
  readonly sentence: string
}

function violation({ rule }: CompiledRule, snapshot: Snapshot, found: Found): FoundViolation {
  const { ruleId, name, strength } = rule
  return {
    violationKey: toText(`${ruleId}:${found.where}`, 300),
    ruleId,
    ruleName: name,
    strength,
    domainIds: found.domains.flatMap((index) => snapshot.domains[index]?.domainId ?? []),
    hostIds: found.hosts.flatMap((index) => snapshot.hosts[index]?.hostId ?? []),
    sentence: toText(found.sentence, 1000),
  }
}

function ofWhere(compiled: WhereRule, snapshot: Snapshot): FoundViolation[] {
  const { members, allowed } = compiled
  return snapshot.domains.flatMap((domain, index) => {
    const at = snapshot.hostOf[index] ?? -1
    const host = snapshot.hosts[at]
    if (members[index] !== 1 || host === undefined || allowed[at] === 1) return []
    const sentence = `${domain.name} runs on ${host.name}${whereEnding(compiled, at, snapshot)}`
    const where = domain.domainId
    return [violation(compiled, snapshot, { where, domains: [index], hosts: [at], sentence })]
  })
}

function whereEnding({ rule }: WhereRule, at: number, { hosts }: Snapshot): string {
  switch (rule.kind) {
    case 'run-on':
      return `; ${quoted(rule)} runs it on hosts with ${condition(rule.hosts)}.`
    case 'keep-off':
      return `; ${quoted(rule)} keeps it off hosts with ${condition(rule.hosts)}.`
    case 'hardware': {
      const host = hosts[at]
      const lacks = host === undefined ? [] : lacking(host, rule.needs)
      return `, which ${listed(lacks)}; ${quoted(rule)} asks for that.`
    }
    case 'reserve':
      return `, which ${quoted(rule)} reserves for ${rule.application}.`
    default:
      return assertNever(rule)
  }
}

/** Members of a set by the place where they run, places in order. */
function byPlace(set: readonly number[], { placeOf }: Sets, { hostOf }: Snapshot) {
  const places = new Map<number, number[]>()
  for (const domain of set) {
    const host = hostOf[domain] ?? -1
    if (host < 0) continue
    const place = placeOf[host] ?? -1
    const there = places.get(place)
    if (there === undefined) places.set(place, [domain])
    else there.push(domain)
  }
  return [...places].sort(([a], [b]) => a - b)
}

function placeName(level: 'host' | 'rack', place: number, snapshot: Snapshot): string {
  return level === 'host'
    ? (snapshot.hosts[place]?.name ?? '')
    : `rack ${snapshot.rackNames[place] ?? ''}`
}

function namesOf(domains: readonly number[], snapshot: Snapshot): string[] {
  return domains.map((index) => snapshot.domains[index]?.name ?? '')
}

function hostsOf(domains: readonly number[], { hostOf }: Snapshot): number[] {
  return [...new Set(domains.map((index) => hostOf[index] ?? -1))].filter((host) => host >= 0)
}

function ofTogether(compiled: TogetherRule, snapshot: Snapshot): FoundViolation[] {
  const { rule } = compiled
  return compiled.sets.flatMap((set, index) => {
    const places = byPlace(set, compiled, snapshot)
    if (places.length < 2) return []
    const shown = places
      .sort(([, a], [, b]) => b.length - a.length)
      .map(([place, there]) => `${placeName(rule.level, place, snapshot)} (${there.length})`)
    const domains = places.flatMap(([, there]) => there)
    const sentence = `${listed(namesOf(domains, snapshot))} run on ${counted(places.length, rule.level)}: ${listed(shown)}; ${quoted(rule)} keeps them on one.`
    return [
      violation(compiled, snapshot, {
        where: compiled.keys[index] ?? '',
        domains,
        hosts: hostsOf(domains, snapshot),
        sentence,
      }),
    ]
  })
}

function ofApart(compiled: ApartRule, snapshot: Snapshot): FoundViolation[] {
  const { rule } = compiled
  return compiled.sets.flatMap((set, index) =>
    byPlace(set, compiled, snapshot).flatMap(([place, there]) => {
      if (there.length <= rule.atMost) return []
      const both = there.length === 2 ? 'both run' : 'all run'
      const keeps =
        rule.atMost === 1
          ? `keeps them on different ${rule.level}s`
          : `keeps at most ${rule.atMost} of them on one ${rule.level}`
      const sentence = `${listed(namesOf(there, snapshot))} ${both} on ${placeName(rule.level, place, snapshot)}; ${quoted(rule)} ${keeps}.`
      const where = `${compiled.keys[index] ?? ''}:${placeName(rule.level, place, snapshot)}`
      const hosts = hostsOf(there, snapshot)
      return [violation(compiled, snapshot, { where, domains: there, hosts, sentence })]
    }),
  )
}

function ofHeadroom(compiled: HeadroomRule, snapshot: Snapshot): FoundViolation[] {
  const { rule, hosts } = compiled
  const { keep } = rule
  return snapshot.hosts.flatMap((host, index) => {
    if (hosts[index] !== 1) return []
    const short: string[] = []
    if (host.memFreeBytes < keep.memBytes) {
      short.push(
        `${describeBytes(host.memFreeBytes)} of memory free, not ${describeBytes(keep.memBytes)}`,
      )
    }
    const freeRatio = 1 - snapshot.cpuOfHost(index) / host.cpu.pcpuCount
    if (keep.cpuRatio > 0 && freeRatio < keep.cpuRatio) {
      short.push(
        `${percent(Math.max(0, freeRatio))} of its CPU free, not ${percent(keep.cpuRatio)}`,
      )
    }
    if (short.length === 0) return []
    const sentence = `${host.name} has ${short.join(', and ')}; ${quoted(rule)} keeps that free.`
    return [
      violation(compiled, snapshot, { where: host.hostId, domains: [], hosts: [index], sentence }),
    ]
  })
}

function ofLicence(compiled: LicenceRule, snapshot: Snapshot): FoundViolation[] {
  const { rule, members, costOf } = compiled
  const domains = [...members.keys()].filter(
    (index) => members[index] === 1 && (snapshot.hostOf[index] ?? -1) >= 0,
  )
  const hosts = hostsOf(domains, snapshot)
  const used = hosts.reduce((sum, host) => sum + (costOf[host] ?? 0), 0)
  if (used <= rule.count) return []
  const sentence = `${rule.product} runs on ${counted(hosts.length, 'host')} and takes ${counted(used, 'licence')}; ${quoted(rule)} has ${rule.count}, one per ${rule.per}.`
  return [violation(compiled, snapshot, { where: 'pool', domains, hosts, sentence })]
}
