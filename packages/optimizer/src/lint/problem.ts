import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { CompiledPolicies, CompiledRule, Mask } from '../rules/compiled.ts'
import type { Snapshot } from '../rules/snapshot.ts'
import { memoryToPlace, refusalsOfCapability, refusalsOfDomain } from '../verdict.ts'

/** What a placement of the whole fleet has to respect before any rule is looked at. */

/**
 * The built-in constraints by what they come from, so that a proof can name those it needs. `machines`: architecture, CPU
 * features, virtualisation, Xen versions, pools. `immovable`: domains that cannot migrate live. `closed`: hosts in
 * maintenance, not connected or without an address take nothing new.
 */
export const builtIns = ['memory', 'machines', 'immovable', 'closed'] as const
export type BuiltIn = (typeof builtIns)[number]

export type Problem = {
  readonly snapshot: Snapshot
  /** All as if they were required, by number. */
  readonly rules: readonly CompiledRule[]
  /** Domains to be placed, by their number in the snapshot; those that are shut off or on no known host are not. */
  readonly placed: readonly number[]
  readonly hostCount: number
  /** Hosts each domain could run on for all their machines know; the same array for domains that are alike. */
  readonly machines: readonly Mask[]
  readonly isImmovable: Uint8Array
  /** 1 for a host that takes nothing new. */
  readonly isClosed: Mask
  /** By domain. */
  readonly memOf: Float64Array
  /** By host: free and held by domains. */
  readonly memLimit: Float64Array
  /** By domain, pCPUs; 0 where not known. */
  readonly cpuOf: Float64Array
  /** By host, pCPUs that are used by nothing that could move; NaN where not known. */
  readonly cpuBase: Float64Array
}

export function problemOf({ snapshot, rules }: CompiledPolicies): Problem {
  const { hosts, domains, hostOf } = snapshot
  const placed = domains.flatMap((_, index) =>
    snapshot.isPlaced[index] === 1 && (hostOf[index] ?? -1) >= 0 ? [index] : [],
  )
  const memOf = Float64Array.from(domains, memoryToPlace)
  const cpuOf = Float64Array.from(domains, (_, index) => snapshot.cpuOfDomain(index) || 0)
  const memLimit = Float64Array.from(hosts, ({ memFreeBytes }) => memFreeBytes)
  const cpuBase = Float64Array.from(hosts, (_, index) => snapshot.cpuOfHost(index))
  for (const domain of placed) {
    const host = hostOf[domain] ?? -1
    memLimit[host] = (memLimit[host] ?? 0) + (memOf[domain] ?? 0)
    cpuBase[host] = (cpuBase[host] ?? 0) - (cpuOf[domain] ?? 0)
  }
  return {
    snapshot,
    rules,
    placed,
    hostCount: hosts.length,
    machines: machineMasks(snapshot),
    isImmovable: Uint8Array.from(domains, (domain, index) => {
      const source = hosts[hostOf[index] ?? -1]
      return source === undefined || isImmovable(domain, source) ? 1 : 0
    }),
    isClosed: Uint8Array.from(hosts, (host) => (isClosed(host) ? 1 : 0)),
    memOf,
    memLimit,
    cpuOf,
    cpuBase,
  }
}

/** One that migrates now will have arrived; all else that keeps it on its host stays so. */
function isImmovable(domain: Domain, source: Host): boolean {
  return refusalsOfDomain({ ...domain, migrationId: null }, source).length > 0
}

function isClosed(host: Host): boolean {
  return host.isInMaintenance || host.connection.status !== 'online' || host.peerUrl === null
}

/** Whole fleets are of a few kinds; each kind is compared with each host once. */
function machineMasks({ hosts, domains, hostOf }: Snapshot): Mask[] {
  const known = new Map<string, Mask>()
  const nowhere = new Uint8Array(hosts.length)
  return domains.map((domain, index) => {
    const source = hosts[hostOf[index] ?? -1]
    if (source === undefined) return nowhere
    const { kind, guestArchitecture, vcpuCount, requiredCpuFeatures } = domain
    const { pool, hypervisor } = source
    const needs = [pool, hypervisor.version, kind, guestArchitecture, vcpuCount]
    const key = [...needs, ...requiredCpuFeatures].join('|')
    const made =
      known.get(key) ??
      Uint8Array.from(hosts, (host) => {
        const isOpenTo = host.pool === pool
        return isOpenTo && refusalsOfCapability({ domain, source }, host).length === 0 ? 1 : 0
      })
    known.set(key, made)
    return made
  })
}
