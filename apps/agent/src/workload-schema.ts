import { z } from 'zod'

/** A load profile as the simulator takes it: from a configuration file, or from another agent with an arriving domain. */
const rate = z.number().min(0).max(1e13)
const durationMs = z.number().positive().max(1e12)
const load = z.object({
  cpuVcpus: rate,
  netRxBytesPerSec: rate,
  netTxBytesPerSec: rate,
  diskReadBytesPerSec: rate,
  diskWriteBytesPerSec: rate,
  memUsedBytes: rate,
  hotPages: rate,
  hotWritesPerSec: rate,
  coldPages: rate,
  coldWritesPerSec: rate,
})
const shaped = { load, jitterRatio: z.number().min(0).max(1) }

export const workloadSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('steady'), ...shaped }),
  z.object({
    kind: z.literal('diurnal'),
    ...shaped,
    lowRatio: z.number().min(0).max(1),
    periodMs: durationMs,
    peakAtMs: z.number(),
  }),
  z.object({
    kind: z.literal('bursty'),
    ...shaped,
    slotMs: durationMs,
    burstRatio: z.number().min(0).max(1),
    burstFactor: z.number().min(0).max(1000),
  }),
  z.object({
    kind: z.literal('batch'),
    ...shaped,
    periodMs: durationMs,
    activeMs: z.number().min(0),
    startAtMs: z.number(),
    idleRatio: z.number().min(0).max(1),
  }),
  z.object({
    kind: z.literal('memory-writer'),
    cpuVcpus: rate,
    regionPages: rate,
    writesPerSec: rate,
    memUsedBytes: rate,
  }),
  z.object({
    kind: z.literal('trace'),
    traceId: z.string().max(300),
    vmIndex: z.int().min(0),
    speed: z.number().positive(),
    offsetMs: z.number(),
    hotPages: rate,
    coldPages: rate,
    hotWritesPerCpuSecond: rate,
    coldWritesPerIoByte: rate,
  }),
])
export type Workload = z.infer<typeof workloadSchema>
