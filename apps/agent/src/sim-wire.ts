import {
  domainKindSchema,
  osFamilySchema,
  vbdSchema,
  vifSchema,
} from '@drover/api-schema/domain.ts'
import { architectureSchema } from '@drover/api-schema/host.ts'
import {
  bytesSchema,
  displayNameSchema,
  labelsSchema,
  machineNameSchema,
  pagesSchema,
  versionNumberSchema,
} from '@drover/api-schema/scalars.ts'
import { z } from 'zod'
import { workloadSchema } from './workload-schema.ts'

/**
 * What two simulated hypervisors tell each other during a migration, inside the texts that are opaque to the agents.
 * It comes from another machine, so it is parsed like everything that does.
 */
const uint32 = z.int().min(-0x8000_0000).max(0xffff_ffff)

const domainSpecSchema = z.object({
  domainId: z.uuid(),
  name: machineNameSchema,
  kind: domainKindSchema,
  guestArchitecture: architectureSchema,
  os: z.object({ family: osFamilySchema, name: displayNameSchema }),
  vcpuCount: z.int().min(1).max(512),
  memMinBytes: bytesSchema,
  memTargetBytes: bytesSchema,
  memMaxBytes: bytesSchema,
  schedWeight: z.int(),
  schedCapPercent: z.int(),
  vifs: z.array(vifSchema).max(32),
  vbds: z.array(vbdSchema).max(64),
  requiredCpuFeatures: z.array(z.string().max(40)).max(512),
  labels: labelsSchema,
  application: displayNameSchema.nullable(),
  migratable: z.boolean(),
  workload: workloadSchema,
  seed: z.number(),
})

/** Before the first page. */
export const arrivalSchema = z.object({
  spec: domainSpecSchema,
  pageCount: pagesSchema.min(1),
  memorySeed: uint32,
  sourceXenVersion: versionNumberSchema,
})

/** With the last one. */
export const handoverSchema = z.object({
  hotWrites: z.int().min(0),
  coldWrites: z.int().min(0),
  workloadTimeMs: z.number(),
  uptimeMs: z.number().min(0),
  isPaused: z.boolean(),
  pending: z
    .object({ kind: z.enum(['shut-down', 'reboot']), leftMs: z.number().min(0) })
    .nullable(),
})
