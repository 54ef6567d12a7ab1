import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import { applicationOf, labelOf } from '@drover/api-schema/labels.ts'
import type { GroupBy, LicenceUnit, PlacementLevel, PolicyRule } from '@drover/api-schema/policy.ts'
import { assertNever, err, ok, type Result } from '@drover/api-schema/result.ts'
import { compileDomainSelector, compileHostSelector } from '../selector/compile.ts'
import { parseSelector } from '../selector/parse.ts'
import type { CompiledPolicies, CompiledRule, Mask, Sets, UnreadableRule } from './compiled.ts'
import { lacking } from './hardware.ts'
import type { Snapshot } from './snapshot.ts'

/** Lays rules on a fleet; done once for a fleet, then asked often. Disabled rules are left out. */
export function compileRules(rules: readonly PolicyRule[], snapshot: Snapshot): CompiledPolicies {
  const compiled: CompiledRule[] = []
  const unreadable: UnreadableRule[] = []
  const masks = maskMaker(snapshot)
  for (const rule of rules) {
    if (!rule.isEnabled) continue
    const one = compileRule(rule, snapshot, masks)
    if (one.ok) compiled.push(one.value)
    else unreadable.push({ rule, ...one.error })
  }
  return { snapshot, rules: compiled, unreadable }
}

type Unreadable = Omit<UnreadableRule, 'rule'>
type Masks = {
  readonly domains: (selector: string) => Result<Mask, Unreadable>
  readonly hosts: (selector: string) => Result<Mask, Unreadable>
}

/** Rules often share selectors; each is answered once. */
function maskMaker(snapshot: Snapshot): Masks {
  const { hosts, domains, hostOf, isPlaced } = snapshot
  const known = new Map<string, Result<Mask, Unreadable>>()
  const once = (key: string, make: () => Result<Mask, Unreadable>) => {
    const made = known.get(key) ?? make()
    known.set(key, made)
    return made
  }
  return {
    domains: (selector) =>
      once(`d ${selector}`, () => {
        const parsed = parseSelector(selector, 'domain')
        if (!parsed.ok) return err({ part: 'domains', diagnostic: parsed.error })
        const matches = compileDomainSelector(parsed.value)
        return ok(
          Uint8Array.from(domains, (domain, index) => {
            const host = hosts[hostOf[index] ?? -1] ?? null
            return isPlaced[index] === 1 && matches(domain, host) ? 1 : 0
          }),
        )
      }),
    hosts: (selector) =>
      once(`h ${selector}`, () => {
        const parsed = parseSelector(selector, 'host')
        if (!parsed.ok) return err({ part: 'hosts', diagnostic: parsed.error })
        const matches = compileHostSelector(parsed.value)
        return ok(Uint8Array.from(hosts, (host) => (matches(host) ? 1 : 0)))
      }),
  }
}

function compileRule(
  rule: PolicyRule,
  snapshot: Snapshot,
  masks: Masks,
): Result<CompiledRule, Unreadable> {
  switch (rule.kind) {
    case 'run-on':
    case 'keep-off': {
      const isWanted = rule.kind === 'run-on'
      return both(masks.domains(rule.domains), masks.hosts(rule.hosts), (members, hosts) => ({
        form: 'where',
        rule,
        members,
        allowed: isWanted ? hosts : hosts.map((one) => 1 - one),
      }))
    }
    case 'hardware': {
      const allowed = maskOf(snapshot.hosts, (host) => lacking(host, rule.needs).length === 0)
      return map(masks.domains(rule.domains), (members) => ({
        form: 'where',
        rule,
        members,
        allowed,
      }))
    }
    case 'reserve': {
      const members = snapshot.isPlaced.map((isPlaced, index) => {
        const domain = snapshot.domains[index]
        const isOther = domain !== undefined && !isOfApplication(domain, rule.application)
        return isPlaced === 1 && isOther ? 1 : 0
      })
      return map(masks.hosts(rule.hosts), (hosts) => ({
        form: 'where',
        rule,
        members,
        allowed: hosts.map((one) => 1 - one),
      }))
    }
    case 'keep-together':
      return map(masks.domains(rule.domains), (members) => ({
        form: 'together',
        rule,
        ...setsOf(members, rule, snapshot),
      }))
    case 'keep-apart':
      return map(masks.domains(rule.domains), (members) => ({
        form: 'apart',
        rule,
        ...setsOf(members, rule, snapshot),
      }))
    case 'headroom':
      return map(masks.hosts(rule.hosts), (hosts) => ({ form: 'headroom', rule, hosts }))
    case 'licence': {
      const costOf = Int32Array.from(snapshot.hosts, (host) => licenceCost(host, rule.per))
      return map(masks.domains(rule.domains), (members) => ({
        form: 'licence',
        rule,
        members,
        costOf,
      }))
    }
    case 'never-move':
    case 'move-window':
      return map(masks.domains(rule.domains), (members) => ({ form: 'move', rule, members }))
    default:
      return assertNever(rule)
  }
}

function map<T, U, E>(result: Result<T, E>, make: (value: T) => U): Result<U, E> {
  return result.ok ? ok(make(result.value)) : result
}

function both<T, U, E>(
  first: Result<T, E>,
  second: Result<T, E>,
  make: (first: T, second: T) => U,
): Result<U, E> {
  if (!first.ok) return first
  return second.ok ? ok(make(first.value, second.value)) : second
}

function maskOf<T>(things: readonly T[], isMeant: (thing: T) => boolean): Mask {
  return Uint8Array.from(things, (thing) => (isMeant(thing) ? 1 : 0))
}

/** Capitals make no difference, as in selectors. */
function isOfApplication(domain: Domain, application: string): boolean {
  return applicationOf(domain)?.toLowerCase() === application.toLowerCase()
}

export function licenceCost(host: Host, per: LicenceUnit): number {
  switch (per) {
    case 'host':
      return 1
    case 'socket':
      return host.cpu.sockets
    case 'core':
      return host.cpu.pcpuCount
    default:
      return assertNever(per)
  }
}

/** The members as one set, or by application or label; a set of one is as good as none but counts for "at most". */
function setsOf(
  members: Mask,
  rule: { readonly level: PlacementLevel; readonly groupBy?: GroupBy | undefined },
  snapshot: Snapshot,
): Sets {
  const sets: number[][] = []
  const byKey = new Map<string, number>()
  const setOf = new Int32Array(members.length).fill(-1)
  snapshot.domains.forEach((domain, index) => {
    if (members[index] !== 1) return
    const key = keyOf(domain, rule.groupBy)
    if (key === null) return
    const known = byKey.get(key) ?? sets.push([]) - 1
    byKey.set(key, known)
    sets[known]?.push(index)
    setOf[index] = known
  })
  const isRack = rule.level === 'rack'
  return {
    sets,
    keys: [...byKey.keys()],
    setOf,
    placeOf: isRack ? snapshot.rackOf : Int32Array.from(snapshot.hosts, (_, host) => host),
    placeCount: isRack ? snapshot.rackNames.length : snapshot.hosts.length,
  }
}

function keyOf(domain: Domain, groupBy: GroupBy | undefined): string | null {
  if (groupBy === undefined) return ''
  switch (groupBy.by) {
    case 'application':
      return applicationOf(domain)
    case 'label':
      return labelOf(domain, groupBy.key)
    default:
      return assertNever(groupBy)
  }
}
