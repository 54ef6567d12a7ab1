import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { PolicyRule } from '@drover/api-schema/policy.ts'
import {
  aDomain,
  aHost,
  aRule,
  domainId,
  hostId,
  type RuleBody,
} from '@drover/api-schema/testing/builders.ts'
import { GIB } from '@drover/api-schema/units.ts'
import { type BenchFleet, benchFleet } from './fleet.ts'

/** Fleets with rules of which it is known, by how they are made, whether they can all hold. The first rule is the draft. */
export type LintCase = {
  readonly name: string
  readonly truth: 'satisfiable' | 'unsatisfiable'
  readonly fleet: BenchFleet
  readonly rules: readonly PolicyRule[]
}

export function lintCases(hosts: number, domains: number): LintCase[] {
  const fleet = benchFleet(hosts, domains)
  const full = packed(fleet, 0.06)
  const holding = holdingRules()
  const on = (name: string, more: readonly RuleBody[], where = fleet): LintCase => ({
    name,
    truth: 'unsatisfiable',
    fleet: where,
    rules: numbered([...more, ...holding]),
  })
  return [
    { name: 'as it is', truth: 'satisfiable', fleet, rules: numbered(holding) },
    { name: 'scrambled', truth: 'satisfiable', fleet: scrambled(fleet), rules: numbered(holding) },
    {
      name: 'scrambled, 94 % full',
      truth: 'satisfiable',
      fleet: scrambled(full),
      rules: numbered(holding),
    },
    on('no host is left', [
      { kind: 'run-on', domains: 'cluster = c7', hosts: 'zone = north' },
      { kind: 'keep-off', domains: 'tier = db', hosts: 'zone = north' },
    ]),
    on('more clusters than hosts', [
      { kind: 'keep-apart', domains: 'cluster in (c1, c2, c3)', level: 'host', atMost: 1 },
      { kind: 'run-on', domains: 'cluster in (c1, c2, c3)', hosts: 'rack in (r0, r1)' },
    ]),
    on(
      'too much for a rack',
      [{ kind: 'run-on', domains: 'tier in (web, db)', hosts: 'rack in (r3, r4)' }],
      full,
    ),
    on('together and apart', [
      { kind: 'keep-together', domains: 'cluster = c5', level: 'host' },
      { kind: 'keep-apart', domains: 'cluster = c5', level: 'rack', atMost: 2 },
    ]),
    on('licences for few hosts', [
      { kind: 'licence', product: 'SQL', domains: 'cluster = c9', per: 'socket', count: 8 },
      { kind: 'keep-apart', domains: 'cluster = c9', level: 'host', atMost: 2 },
    ]),
    on(
      'headroom nobody has',
      [{ kind: 'headroom', hosts: 'all', keep: { cpuRatio: 0, memBytes: 12 * GIB } }],
      full,
    ),
    on('five that may not meet, on four hosts', puzzle()),
    on('three rules, no two of them', [
      { kind: 'keep-apart', domains: 'cluster = c3', level: 'host', atMost: 1 },
      { kind: 'run-on', domains: 'cluster = c3', hosts: 'rack = r2' },
      { kind: 'reserve', hosts: 'rack = r2 and zone = north', application: 'application-59' },
    ]),
    { name: 'whole domains fit in pieces only', truth: 'unsatisfiable', ...inPieces(hosts) },
  ]
}

/**
 * On a host with 24 GiB there is room for one domain of 15 or two of 10. Half as many large ones as hosts leave the other half,
 * and there are more small ones than go there; neither sums nor counts of sizes show it, and all ways are too many.
 */
function inPieces(count: number): Pick<LintCase, 'fleet' | 'rules'> {
  const large = count / 2
  const small = Math.round(count * 1.1)
  const hosts = Array.from({ length: count }, (_, n) =>
    aHost({ hostId: hostId(n + 1), name: `xen-${n + 1}`, memFreeBytes: 0 }),
  )
  const domains = Array.from({ length: large + small }, (_, n) => {
    const memory = (n < large ? 15 : 10) * GIB
    return aDomain({
      domainId: domainId(n + 1),
      name: `guest-${n + 1}`,
      hostId: hostId((n % count) + 1),
      memCurrentBytes: memory,
      memTargetBytes: memory,
    })
  })
  const held = heldBy(domains)
  const free = (host: Host) => 40 * GIB - (held.get(host.hostId) ?? 0)
  return {
    fleet: { domains, hosts: hosts.map((host) => ({ ...host, memFreeBytes: free(host) })) },
    rules: numbered([
      { kind: 'headroom', hosts: 'all', keep: { cpuRatio: 0, memBytes: 16 * GIB } },
    ]),
  }
}

const numbered = (bodies: readonly RuleBody[]) =>
  bodies.map((body, index) => aRule(index + 1, body))

/**
 * Rules that hold on the fleet as it is made: domain n is on host n mod hosts, in cluster n mod 150, in application n mod 60,
 * and hosts with odd numbers are north. Pools and places are given no more than they use.
 */
function holdingRules(): RuleBody[] {
  const many = (count: number, make: (index: number) => RuleBody) =>
    Array.from({ length: count }, (_, index) => make(index))
  return [
    ...many(30, (n) => ({
      kind: 'keep-apart',
      domains: `cluster = c${20 + n}`,
      level: 'host',
      atMost: 4,
    })),
    ...many(6, (n) => ({
      kind: 'keep-apart',
      domains: `app = application-${n}`,
      level: 'rack',
      atMost: 4,
    })),
    ...many(8, (n) => ({
      kind: 'keep-together',
      domains: `name in (guest-${n + 1}, guest-${n + 201}, guest-${n + 401})`,
      level: 'host',
    })),
    { kind: 'run-on', domains: 'name ~ *2 or name ~ *4', hosts: 'zone = north' },
    { kind: 'keep-off', domains: 'name ~ *5', hosts: 'zone = north' },
    { kind: 'hardware', domains: 'all', needs: { virtualisation: 'any' } },
    { kind: 'licence', product: 'DB', domains: 'app = application-59', per: 'host', count: 10 },
    { kind: 'headroom', hosts: 'all', keep: { cpuRatio: 0, memBytes: GIB } },
  ]
}

/** Ten pairs in six rules; each rule alone has room on four hosts, and all pairs together are five hosts. */
function puzzle(): RuleBody[] {
  const sets = ['10, 11, 12', '12, 13, 14', '10, 13', '11, 14', '10, 14', '11, 13']
  const named = (numbers: string) => `name in (${numbers.replaceAll(/(\d+)/g, 'guest-$1')})`
  return [
    {
      kind: 'run-on',
      domains: named('10, 11, 12, 13, 14'),
      hosts: 'name in (xen-050, xen-051, xen-052, xen-053)',
    },
    ...sets.map(
      (set): RuleBody => ({
        kind: 'keep-apart',
        domains: named(set),
        level: 'host',
        atMost: 1,
      }),
    ),
  ]
}

/** Every host with `free` of what it holds left free, and one GiB to keep. */
function packed({ hosts, domains }: BenchFleet, free: number): BenchFleet {
  const held = heldBy(domains)
  return {
    domains,
    hosts: hosts.map((host) => {
      const its = held.get(host.hostId) ?? 0
      const memFreeBytes = Math.ceil(its * free) + 2 * GIB
      return { ...host, memTotalBytes: its + memFreeBytes + 2 * GIB, memFreeBytes }
    }),
  }
}

function heldBy(domains: readonly Domain[]): Map<Host['hostId'], number> {
  const held = new Map<Host['hostId'], number>()
  for (const { hostId, memCurrentBytes } of domains) {
    held.set(hostId, (held.get(hostId) ?? 0) + memCurrentBytes)
  }
  return held
}

/** Every domain changes places with another of its size: memory fits as before, and rules are broken everywhere. */
function scrambled({ hosts, domains }: BenchFleet): BenchFleet {
  const bySize = new Map<number, number[]>()
  domains.forEach(({ memCurrentBytes }, index) => {
    bySize.set(memCurrentBytes, [...(bySize.get(memCurrentBytes) ?? []), index])
  })
  const moved = [...domains]
  for (const alike of bySize.values()) {
    // A stride that shares no factor with the length visits each once.
    const stride = alike.length % 97 === 0 ? 89 : 97
    alike.forEach((index, at) => {
      const domain = domains[index]
      const place = domains[alike[(at * stride + 7) % alike.length] ?? -1]
      if (domain !== undefined && place !== undefined) {
        moved[index] = { ...domain, hostId: place.hostId }
      }
    })
  }
  return { hosts, domains: moved }
}
