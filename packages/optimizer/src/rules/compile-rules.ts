import type { Host } from '@drover/api-schema/host.ts'
import type { GroupBy, LicenceUnit, PlacementLevel, PolicyRule } from '@drover/api-schema/policy.ts'
import { assertNever, err, ok, type Result } from '@drover/api-schema/result.ts'
import { domainColumns, hostColumns, maskOfSelector } from '../selector/mask.ts'
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
  /** The text of a field or label of each domain, by number. */
  readonly valueOf: (ref: ValueRef) => (domain: number) => string | null
}
type ValueRef =
  | { readonly kind: 'field'; readonly name: 'app' }
  | { readonly kind: 'label'; readonly key: string }

/** Rules often share selectors; each is answered once, and each field is read once for all. */
function maskMaker({ hosts, domains, hostOf, isPlaced }: Snapshot): Masks {
  const ofHosts = hostColumns(hosts)
  const ofDomains = domainColumns(domains, hostOf, ofHosts)
  const known = new Map<string, Result<Mask, Unreadable>>()
  const answer = (part: Unreadable['part'], selector: string): Result<Mask, Unreadable> => {
    const isOfHosts = part === 'hosts'
    const parsed = parseSelector(selector, isOfHosts ? 'host' : 'domain')
    if (!parsed.ok) return err({ part, diagnostic: parsed.error })
    if (isOfHosts) return ok(maskOfSelector(parsed.value, ofHosts, hosts.length))
    const matching = maskOfSelector(parsed.value, ofDomains, domains.length)
    return ok(matching.map((one, index) => (isPlaced[index] === 1 ? one : 0)))
  }
  const once = (part: Unreadable['part']) => (selector: string) => {
    const key = `${part} ${selector}`
    const made = known.get(key) ?? answer(part, selector)
    known.set(key, made)
    return made
  }
  return {
    domains: once('domains'),
    hosts: once('hosts'),
    valueOf: (ref) => {
      const column = ofDomains({ ...ref, scope: 'own', span: { start: 0, end: 0 } })
      return (domain) => {
        const value = column[domain]
        return typeof value === 'string' ? value : null
      }
    },
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
      const applicationOf = masks.valueOf({ kind: 'field', name: 'app' })
      // Capitals make no difference, as in selectors.
      const application = rule.application.toLowerCase()
      const members = snapshot.isPlaced.map((isPlaced, index) =>
        isPlaced === 1 && applicationOf(index)?.toLowerCase() !== application ? 1 : 0,
      )
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
        ...setsOf(members, keysOf(rule.groupBy, masks), { rule, snapshot }),
      }))
    case 'keep-apart':
      return map(masks.domains(rule.domains), (members) => ({
        form: 'apart',
        rule,
        ...setsOf(members, keysOf(rule.groupBy, masks), { rule, snapshot }),
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
  keyOf: (domain: number) => string | null,
  {
    rule,
    snapshot,
  }: { readonly rule: { readonly level: PlacementLevel }; readonly snapshot: Snapshot },
): Sets {
  const sets: number[][] = []
  const byKey = new Map<string, number>()
  const setOf = new Int32Array(members.length).fill(-1)
  members.forEach((isMember, index) => {
    const key = isMember === 1 ? keyOf(index) : null
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

/** What tells the sets apart; null: in none. */
function keysOf(groupBy: GroupBy | undefined, masks: Masks): (domain: number) => string | null {
  if (groupBy === undefined) return () => ''
  switch (groupBy.by) {
    case 'application':
      return masks.valueOf({ kind: 'field', name: 'app' })
    case 'label':
      return masks.valueOf({ kind: 'label', key: groupBy.key })
    default:
      return assertNever(groupBy)
  }
}
