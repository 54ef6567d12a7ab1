import type { AgentUpFrame, RosterFrame } from '@drover/api-schema/agent-protocol.ts'
import { agentProtocolVersions } from '@drover/api-schema/agent-protocol.ts'
import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import { hostMetrics, type Metric } from '@drover/api-schema/telemetry.ts'
import { someDomainFacts, someHostFacts, uuid } from '@drover/api-schema/testing/builders.ts'

/** Six of the seven domain metrics: the figure that vCenter's maximum is compared with names six. */
export const sixMetrics = [
  'cpu',
  'memory',
  'net-rx',
  'net-tx',
  'disk-read',
  'disk-write',
] as const satisfies readonly Metric[]

// Ids are branded UUIDs; a made-up fleet is one of the places where they come from.
export const hostIdOf = (host: number) => uuid(0x1_0000_0000 + host) as HostId
export const domainIdOf = (host: number, domain: number) =>
  uuid(0x2_0000_0000 + host * 4096 + domain) as DomainId

type Hello = Extract<AgentUpFrame, { type: 'hello' }>
type Inventory = Extract<AgentUpFrame, { type: 'inventory-reported' }>

const bootIdOf = (host: number) => uuid(0x3_0000_0000 + host) as Hello['bootId']
const nameOf = (host: number) => `bench-${String(host).padStart(4, '0')}`

export function helloOf(host: number): Hello {
  return {
    type: 'hello',
    versions: [...agentProtocolVersions],
    agentVersion: 'bench',
    // Branded like the others.
    instanceId: uuid(0x4_0000_0000 + host) as Hello['instanceId'],
    hostId: hostIdOf(host),
    hostKey: `bench-key-of-host-${String(host).padStart(32, '0')}`,
    name: nameOf(host),
    bootId: bootIdOf(host),
    acknowledgedSeq: 0,
  }
}

/** Complete facts, as an agent sends them; no two domains of the fleet share an id or a name. */
export function inventoryOf(host: number, domains: number): Inventory {
  return {
    type: 'inventory-reported',
    seq: 1,
    host: someHostFacts({ hostId: hostIdOf(host), name: nameOf(host), bootId: bootIdOf(host) }),
    domains: Array.from({ length: domains }, (_, domain) =>
      someDomainFacts({
        domainId: domainIdOf(host, domain),
        name: `guest-${host}-${domain}`,
        domid: domain + 1,
      }),
    ),
    migrations: [],
  }
}

export function rosterOf(host: number, domains: number): RosterFrame {
  return {
    type: 'roster',
    rosterId: 1,
    hostMetrics: [...hostMetrics],
    domainMetrics: [...sixMetrics],
    domainIds: Array.from({ length: domains }, (_, domain) => domainIdOf(host, domain)),
  }
}
