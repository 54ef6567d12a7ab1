import { z } from 'zod'
import { bootIdSchema, hostIdSchema } from './ids.ts'
import { bandwidthLimitSchema } from './migration-terms.ts'
import {
  bytesPerSecSchema,
  bytesSchema,
  displayNameSchema,
  labelsSchema,
  machineNameSchema,
  momentSchema,
  textSchema,
  versionNumberSchema,
} from './scalars.ts'

/** What a CPU can address and run: 32-bit (4 GiB), 32-bit with PAE (64 GiB), 64-bit. */
export const architectureSchema = z.enum(['x86_32', 'x86_32-pae', 'x86_64'])
export type Architecture = z.infer<typeof architectureSchema>

export const virtualisationSchema = z.enum(['none', 'vt-x', 'amd-v'])
export type Virtualisation = z.infer<typeof virtualisationSchema>

/**
 * What the hypervisor behind an agent can and cannot do, as data, so that the screen follows it. Drivers for
 * real hypervisors differ in every one of these.
 */
export const hypervisorCapabilitiesSchema = z.object({
  /** How far a migration can be followed while it runs. */
  migrationProgress: z.enum(['rounds', 'bytes', 'fraction', 'elapsed-only']),
  canCancelMigration: z.boolean(),
  canChangeMigrationBandwidth: z.boolean(),
  hasPostCopy: z.boolean(),
  reportsDowntime: z.boolean(),
  /** `weight-cap`: the credit scheduler's knobs; `shares`: relative shares only. */
  cpuScheduling: z.enum(['weight-cap', 'shares']),
  /** `native`: the host reports its own CPU use; `summed`: only the sum of its domains is known. */
  hostCpu: z.enum(['native', 'summed']),
  canBalloon: z.boolean(),
})
export type HypervisorCapabilities = z.infer<typeof hypervisorCapabilitiesSchema>

/** What an agent says about its host. It changes rarely; readings that change every second are telemetry. */
export const hostFactsSchema = z.object({
  hostId: hostIdSchema,
  name: machineNameSchema,
  /** Hosts of one pool share storage and an L2 network; a domain migrates inside its pool only. */
  pool: displayNameSchema,
  /** From the agent's configuration; read with `labelsOf`, which knows of those set in the console too. */
  labels: labelsSchema,
  bootId: bootIdSchema,
  bootedAt: momentSchema,
  hypervisor: z.object({
    product: z.literal('xen'),
    version: versionNumberSchema,
    isSimulated: z.boolean(),
  }),
  cpu: z.object({
    model: displayNameSchema,
    mhz: z.number().positive().max(20_000),
    sockets: z.int().min(1).max(64),
    pcpuCount: z.int().min(1).max(4096),
    architecture: architectureSchema,
    virtualisation: virtualisationSchema,
    features: z.array(textSchema.min(1).max(40)).max(512),
  }),
  memTotalBytes: bytesSchema,
  /** Free for new domains now: total less dom0, the domains' reservations and incoming copies. */
  memFreeBytes: bytesSchema,
  dom0: z.object({ memBytes: bytesSchema, vcpuCount: z.int().min(1).max(4096) }),
  nicBytesPerSec: bytesPerSecSchema.positive(),
  diskBytesPerSec: bytesPerSecSchema.positive(),
  /** Where other agents reach this one for migrations; null when it takes none. */
  peerUrl: textSchema
    .max(300)
    .regex(/^wss?:\/\/\S+$/)
    .nullable(),
  capabilities: hypervisorCapabilitiesSchema,
})
export type HostFacts = z.infer<typeof hostFactsSchema>

/** How fresh the console's picture of a host is. Nothing acts on a host that is not online. */
export const hostConnectionSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('online'), sinceAt: momentSchema }),
  /** Three heartbeats missed, or the socket closed a moment ago. */
  z.object({ status: z.literal('stale'), lastSeenAt: momentSchema }),
  z.object({ status: z.literal('lost'), lastSeenAt: momentSchema }),
])
export type HostConnection = z.infer<typeof hostConnectionSchema>
export type HostConnectionStatus = HostConnection['status']

export const hostSchema = hostFactsSchema.extend({
  connection: hostConnectionSchema,
  agentVersion: textSchema.max(40),
  /** A host in maintenance takes no new domains. */
  isInMaintenance: z.boolean(),
  /** What migrations may send from it, and to it, bytes a second each way; null: no limit but its NIC. */
  migrationBytesPerSec: bandwidthLimitSchema.default(null),
  /** Set by administrators in the console; they win over the agent's (labels.ts). */
  consoleLabels: labelsSchema.optional(),
})
export type Host = z.infer<typeof hostSchema>
