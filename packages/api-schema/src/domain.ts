import { z } from 'zod'
import { architectureSchema } from './host.ts'
import { domainIdSchema, hostIdSchema, migrationIdSchema } from './ids.ts'
import {
  bytesSchema,
  displayNameSchema,
  generationSchema,
  labelsSchema,
  machineNameSchema,
  momentSchema,
  textSchema,
} from './scalars.ts'

/** Paravirtualised, fully virtualised (needs VT-x or AMD-V), or PV in a hardware container. */
export const domainKindSchema = z.enum(['pv', 'hvm', 'pvh'])
export type DomainKind = z.infer<typeof domainKindSchema>

export const osFamilySchema = z.enum(['linux', 'windows', 'bsd', 'solaris', 'other'])
export type OsFamily = z.infer<typeof osFamilySchema>

/**
 * What one copy of a domain is doing. Only `running` and `shutting-down` execute. `paused` says who paused it:
 * a domain paused for migration is resumed or released by the migration, never by hand.
 */
export const domainStateSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('running') }),
  z.object({ status: z.literal('paused'), by: z.enum(['administrator', 'migration']) }),
  z.object({ status: z.literal('shutting-down') }),
  z.object({ status: z.literal('shut-off') }),
  z.object({ status: z.literal('crashed') }),
])
export type DomainState = z.infer<typeof domainStateSchema>
export type DomainStatus = DomainState['status']

export const vifSchema = z.object({
  vifId: textSchema.min(1).max(60),
  mac: z.string().regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/),
  network: displayNameSchema,
})
export type Vif = z.infer<typeof vifSchema>

export const vbdSchema = z.object({
  vbdId: textSchema.min(1).max(60),
  device: textSchema.min(1).max(20),
  sizeBytes: bytesSchema,
  storage: displayNameSchema,
})
export type Vbd = z.infer<typeof vbdSchema>

/** What an agent says about a domain on its host. Load is telemetry, not a fact. */
export const domainFactsSchema = z.object({
  domainId: domainIdSchema,
  name: machineNameSchema,
  /** The hypervisor's small number; null while the domain has none (shut off). */
  domid: z.int().min(1).max(65_535).nullable(),
  kind: domainKindSchema,
  guestArchitecture: architectureSchema,
  os: z.object({ family: osFamilySchema, name: displayNameSchema }),
  vcpuCount: z.int().min(1).max(512),
  memMinBytes: bytesSchema,
  /** Balloon: target is asked, current is held, max is the ceiling and what a migration must move at most. */
  memTargetBytes: bytesSchema,
  memCurrentBytes: bytesSchema,
  memMaxBytes: bytesSchema,
  /** Credit scheduler: relative share, 1 to 65535, default 256. */
  schedWeight: z.int().min(1).max(65_535),
  /** Credit scheduler: percent of one pCPU, 0 = no cap. */
  schedCapPercent: z.int().min(0).max(51_200),
  vifs: z.array(vifSchema).max(32),
  vbds: z.array(vbdSchema).max(64),
  /** CPU features the running guest has seen and may rely on. */
  requiredCpuFeatures: z.array(textSchema.min(1).max(40)).max(512),
  /** From the agent's configuration; read with `labelsOf` and `applicationOf`, which know of the console's too. */
  labels: labelsSchema,
  application: displayNameSchema.nullable(),
  isMigratable: z.boolean(),
  state: domainStateSchema,
  startedAt: momentSchema.nullable(),
  /**
   * Ownership generation: raised by every migration attempt; the copy with the highest activated one is the
   * domain. A late message from an older attempt is refused by it.
   */
  generation: generationSchema,
})
export type DomainFacts = z.infer<typeof domainFactsSchema>

export const domainSchema = domainFactsSchema.extend({
  hostId: hostIdSchema,
  /** The open migration of this domain, if any. */
  migrationId: migrationIdSchema.nullable(),
  /** Set by administrators in the console; they win over the agent's (labels.ts). */
  consoleLabels: labelsSchema.optional(),
  /** Set in the console: a name, or null for "none whatever the agent says"; absent: the agent's word holds. */
  consoleApplication: displayNameSchema.nullable().optional(),
})
export type Domain = z.infer<typeof domainSchema>

/** What the agent says of a domain, without what the console knows beside it. */
export function factsOf(domain: Domain): DomainFacts {
  const {
    hostId: _host,
    migrationId: _migration,
    consoleLabels: _labels,
    consoleApplication: _application,
    ...facts
  } = domain
  return facts
}

/** True when the guest's instructions are being executed. */
export function isExecuting(state: DomainState): boolean {
  return state.status === 'running' || state.status === 'shutting-down'
}
