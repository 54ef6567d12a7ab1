import { domainKindSchema, osFamilySchema } from '@drover/api-schema/domain.ts'
import { architectureSchema, virtualisationSchema } from '@drover/api-schema/host.ts'
import { err, ok, type Result } from '@drover/api-schema/result.ts'
import {
  displayNameSchema,
  labelsSchema,
  machineNameSchema,
  versionNumberSchema,
} from '@drover/api-schema/scalars.ts'
import { bitsToBytesPerSec, GIB, MIB, PAGE_BYTES } from '@drover/api-schema/units.ts'
import { z } from 'zod'
import type { Workload } from './workload-schema.ts'

/**
 * The `--config` file: a simulated host and its domains, in the units an administrator thinks in. Unknown keys are
 * refused, so that a misspelt one is noticed.
 */
const amount = z.number().min(0).max(1e9)
const features = z.array(z.string().min(1).max(40)).max(512)

/** What a guest does. `cpu` is in vCPUs, `hotMib` is the memory it writes often, `hotMibPerSec` how fast. */
const workloadConfigSchema = z
  .strictObject({
    shape: z.enum(['steady', 'diurnal', 'bursty', 'batch']).default('steady'),
    cpu: amount,
    rxMbit: amount.default(0),
    txMbit: amount.default(0),
    readMib: amount.default(0),
    writeMib: amount.default(0),
    /** Share of its memory in use. */
    memory: z.number().min(0).max(1).default(0.6),
    hotMib: amount.default(8),
    hotMibPerSec: amount.default(2),
    coldMib: amount.default(64),
    coldMibPerSec: amount.default(0.5),
    jitter: z.number().min(0).max(1).default(0.3),
  })
  .or(
    z.strictObject({
      shape: z.literal('memory-writer'),
      cpu: amount,
      regionMib: amount,
      writeMibPerSec: amount,
    }),
  )

export const domainConfigSchema = z.strictObject({
  name: machineNameSchema,
  kind: domainKindSchema.default('pv'),
  guestArchitecture: architectureSchema.default('x86_64'),
  os: z.strictObject({ family: osFamilySchema, name: displayNameSchema }),
  vcpuCount: z.int().min(1).max(512).default(1),
  memMib: z.int().min(16),
  memMinMib: z.int().min(4).optional(),
  memMaxMib: z.int().min(16).optional(),
  schedWeight: z.int().min(1).max(65_535).default(256),
  schedCapPercent: z.int().min(0).max(51_200).default(0),
  networks: z.array(displayNameSchema).max(32).default(['lan']),
  disks: z
    .array(z.strictObject({ sizeGib: z.int().min(1), storage: displayNameSchema }))
    .max(64)
    .default([{ sizeGib: 20, storage: 'san-1' }]),
  requiredCpuFeatures: features.default([]),
  labels: labelsSchema.default({}),
  application: displayNameSchema.nullable().default(null),
  isMigratable: z.boolean().default(true),
  state: z.enum(['running', 'paused', 'shut-off']).default('running'),
  workload: workloadConfigSchema,
})

export const hostConfigSchema = z.strictObject({
  name: machineNameSchema,
  pool: displayNameSchema.default('pool-a'),
  labels: labelsSchema.default({}),
  xenVersion: versionNumberSchema,
  cpu: z.strictObject({
    model: displayNameSchema,
    mhz: z.number().positive().max(20_000),
    sockets: z.int().min(1).max(64).default(1),
    pcpuCount: z.int().min(1).max(4096),
    architecture: architectureSchema.default('x86_64'),
    virtualisation: virtualisationSchema,
    features,
  }),
  memMib: z.int().min(256),
  nicMbit: z.number().positive(),
  diskMibPerSec: z.number().positive(),
  dom0: z.strictObject({ memMib: z.int().min(64), vcpuCount: z.int().min(1) }),
  domains: z.array(domainConfigSchema).max(1000).default([]),
})
export type HostConfig = z.output<typeof hostConfigSchema>
export type HostConfigInput = z.input<typeof hostConfigSchema>
export type DomainConfig = HostConfig['domains'][number]

export function parseHostConfig(json: unknown): Result<HostConfig, string> {
  const parsed = hostConfigSchema.safeParse(json)
  if (parsed.success) return ok(parsed.data)
  const issue = parsed.error.issues[0]
  return err(`${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'is not valid'}`)
}

/** The simulator's definition of the host (met by shape; only `sim-hypervisor.ts` knows the simulator). */
export function hostSpecOf(config: HostConfig) {
  return {
    name: config.name,
    xenVersion: config.xenVersion,
    architecture: config.cpu.architecture,
    virtualisation: config.cpu.virtualisation,
    cpuFeatures: config.cpu.features,
    cpuModel: config.cpu.model,
    cpuMhz: config.cpu.mhz,
    sockets: config.cpu.sockets,
    pcpuCount: config.cpu.pcpuCount,
    memTotalBytes: config.memMib * MIB,
    nicBytesPerSec: bitsToBytesPerSec(config.nicMbit * 1e6),
    diskBytesPerSec: config.diskMibPerSec * MIB,
    dom0: {
      memBytes: config.dom0.memMib * MIB,
      vcpuCount: config.dom0.vcpuCount,
      schedWeight: 512,
    },
  }
}

/** The same for a domain. @param ids its UUID and the seed of its chance and its MAC addresses. */
export function domainSpecOf(
  config: DomainConfig,
  ids: { readonly domainId: string; readonly seed: number },
) {
  const { memMib, memMinMib, memMaxMib, networks, disks, workload, state: _, ...same } = config
  return {
    ...same,
    domainId: ids.domainId,
    memMinBytes: (memMinMib ?? Math.min(memMib, Math.max(64, Math.floor(memMib / 2)))) * MIB,
    memTargetBytes: memMib * MIB,
    memMaxBytes: (memMaxMib ?? memMib) * MIB,
    vifs: networks.map((network, index) => ({
      vifId: `vif${index}`,
      mac: macOf(ids.seed, index),
      network,
    })),
    vbds: disks.map(({ sizeGib, storage }, index) => {
      const device = `xvd${String.fromCharCode(97 + index)}`
      return { vbdId: device, device, sizeBytes: sizeGib * GIB, storage }
    }),
    migratable: config.isMigratable,
    workload: workloadOf(workload, memMib * MIB, ids.seed),
    seed: ids.seed,
  }
}

/** 00:16:3e is the prefix registered for Xen. */
function macOf(seed: number, index: number): string {
  const byte = (shift: number) => ((seed >>> shift) & 255).toString(16).padStart(2, '0')
  return `00:16:3e:${byte(16)}:${byte(8)}:${((seed + index) & 255).toString(16).padStart(2, '0')}`
}

const pagesOfMib = (mib: number) => Math.round((mib * MIB) / PAGE_BYTES)

function workloadOf(config: DomainConfig['workload'], memBytes: number, seed: number): Workload {
  if (config.shape === 'memory-writer') {
    return {
      kind: 'memory-writer',
      cpuVcpus: config.cpu,
      regionPages: pagesOfMib(config.regionMib),
      writesPerSec: pagesOfMib(config.writeMibPerSec),
      memUsedBytes: Math.round(memBytes * 0.8),
    }
  }
  const load = {
    cpuVcpus: config.cpu,
    netRxBytesPerSec: bitsToBytesPerSec(config.rxMbit * 1e6),
    netTxBytesPerSec: bitsToBytesPerSec(config.txMbit * 1e6),
    diskReadBytesPerSec: config.readMib * MIB,
    diskWriteBytesPerSec: config.writeMib * MIB,
    memUsedBytes: Math.round(memBytes * config.memory),
    hotPages: pagesOfMib(config.hotMib),
    hotWritesPerSec: pagesOfMib(config.hotMibPerSec),
    coldPages: pagesOfMib(config.coldMib),
    coldWritesPerSec: pagesOfMib(config.coldMibPerSec),
  }
  const jitterRatio = config.jitter
  switch (config.shape) {
    case 'steady':
      return { kind: 'steady', load, jitterRatio }
    case 'diurnal':
      // A "day" of ten minutes, so that somebody watching sees it rise and fall.
      return {
        kind: 'diurnal',
        load,
        jitterRatio,
        lowRatio: 0.25,
        periodMs: 600_000,
        peakAtMs: seed % 600_000,
      }
    case 'bursty':
      return { kind: 'bursty', load, jitterRatio, slotMs: 8_000, burstRatio: 0.2, burstFactor: 2.5 }
    case 'batch':
      return {
        kind: 'batch',
        load,
        jitterRatio,
        periodMs: 240_000,
        activeMs: 90_000,
        startAtMs: seed % 240_000,
        idleRatio: 0.05,
      }
  }
}
