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

/** A fleet with racks, tiers and applications, and rules of every kind on it. */

export const hostsPerRack = 20
export const tiers = ['web', 'app', 'db', 'cache', 'batch'] as const

export type BenchFleet = { readonly hosts: readonly Host[]; readonly domains: readonly Domain[] }

/** Domains go round the hosts, so each has as many as its neighbour; sizes repeat 1, 2, 4 GiB. */
export function benchFleet(hostCount: number, domainCount: number): BenchFleet {
  const perHost = Math.ceil(domainCount / hostCount)
  const domains = Array.from({ length: domainCount }, (_, index) => benchDomain(index, hostCount))
  const used = new Map<string, number>()
  for (const domain of domains) {
    used.set(domain.hostId, (used.get(domain.hostId) ?? 0) + domain.memCurrentBytes)
  }
  const hosts = Array.from({ length: hostCount }, (_, index) => {
    const memTotalBytes = (perHost * 4 + 8) * GIB
    return aHost({
      hostId: hostId(index + 1),
      name: `xen-${String(index + 1).padStart(3, '0')}`,
      labels: { rack: `r${Math.floor(index / hostsPerRack)}`, zone: index % 2 ? 'north' : 'south' },
      memTotalBytes,
      memFreeBytes: memTotalBytes - 2 * GIB - (used.get(hostId(index + 1)) ?? 0),
    })
  })
  return { hosts, domains }
}

function benchDomain(index: number, hostCount: number): Domain {
  const memory = [1, 2, 4][(index % 3) ^ (index % 7 > 3 ? 1 : 0)] ?? 2
  return aDomain({
    domainId: domainId(index + 1),
    name: `guest-${index + 1}`,
    hostId: hostId((index % hostCount) + 1),
    memCurrentBytes: memory * GIB,
    memTargetBytes: memory * GIB,
    memMaxBytes: memory * GIB,
    labels: { tier: tiers[index % tiers.length] ?? 'web', cluster: `c${index % 150}` },
    application: `application-${index % 60}`,
  })
}

/** As many rules as asked for, the kinds in turn, each on another part of the fleet. */
export function benchRules(count: number): PolicyRule[] {
  return Array.from({ length: count }, (_, index) => {
    const strength =
      index % 3 === 0
        ? ({ kind: 'preferred', weight: 5 } as const)
        : ({ kind: 'required' } as const)
    const body = bodies[index % bodies.length]?.(index)
    if (body === undefined) throw new Error('there are bodies')
    return aRule(index + 1, { ...body, strength })
  })
}

const bodies: readonly ((index: number) => RuleBody)[] = [
  (i) => ({ kind: 'keep-apart', domains: `cluster = c${i}`, level: 'host', atMost: 1 }),
  (i) => ({ kind: 'run-on', domains: `tier = db and vcpus < ${i}`, hosts: 'zone = north' }),
  (i) => ({
    kind: 'keep-apart',
    domains: `app = application-${i}`,
    level: 'rack',
    atMost: 4,
    groupBy: { by: 'label', key: 'tier' },
  }),
  (i) => ({ kind: 'keep-off', domains: `name ~ guest-${i}*`, hosts: `rack = r${i % 10}` }),
  (i) => ({ kind: 'keep-together', domains: `cluster = c${i}`, level: 'rack' }),
  () => ({ kind: 'hardware', domains: 'tier = app', needs: { virtualisation: 'any' } }),
  () => ({ kind: 'headroom', hosts: 'zone = south', keep: { cpuRatio: 0.1, memBytes: 4 * GIB } }),
  (i) => ({
    kind: 'licence',
    product: `product ${i}`,
    domains: `tier = db and app ~ ${i}`,
    per: 'socket',
    count: 40,
  }),
  (i) => ({ kind: 'reserve', hosts: `name = xen-0${10 + i}`, application: `application-${i}` }),
  () => ({ kind: 'never-move', domains: 'tier = batch and cluster ~ c1*' }),
]
