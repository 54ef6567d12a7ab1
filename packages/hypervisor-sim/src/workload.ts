import { unitHash } from './random.ts'
import { assertNever } from './result.ts'
import { sampleTrace, type Trace, type TraceSample } from './trace.ts'
import { MIB } from './units.ts'

/** What a guest asks for at its mean (or, where a shape says so, its peak). */
export interface LoadProfile {
  /** vCPU-seconds wanted per second. */
  readonly cpuVcpus: number
  readonly netRxBytesPerSec: number
  readonly netTxBytesPerSec: number
  readonly diskReadBytesPerSec: number
  readonly diskWriteBytesPerSec: number
  readonly memUsedBytes: number
  /** Writable working set: pages written often, and how many page writes per second. */
  readonly hotPages: number
  readonly hotWritesPerSec: number
  /** Pages written rarely; the rest of the memory is never written. */
  readonly coldPages: number
  readonly coldWritesPerSec: number
}

/** `jitterRatio` 0 … 1: how far noise moves the demand around the shape. */
export type WorkloadSpec =
  | { readonly kind: 'steady'; readonly load: LoadProfile; readonly jitterRatio: number }
  | {
      /** A sine between `lowRatio` × load and load, highest at `peakAtMs` in each period. */
      readonly kind: 'diurnal'
      readonly load: LoadProfile
      readonly jitterRatio: number
      readonly lowRatio: number
      readonly periodMs: number
      readonly peakAtMs: number
    }
  | {
      /** Slots of `slotMs`; a share of `burstRatio` of them runs at `burstFactor` × load. */
      readonly kind: 'bursty'
      readonly load: LoadProfile
      readonly jitterRatio: number
      readonly slotMs: number
      readonly burstRatio: number
      readonly burstFactor: number
    }
  | {
      /** Full load for `activeMs` of each period, `idleRatio` × load otherwise. */
      readonly kind: 'batch'
      readonly load: LoadProfile
      readonly jitterRatio: number
      readonly periodMs: number
      readonly activeMs: number
      readonly startAtMs: number
      readonly idleRatio: number
    }
  /** Writes `regionPages` over and over (MMuncher of Clark et al.); no network, no disk, no noise. */
  | {
      readonly kind: 'memory-writer'
      readonly cpuVcpus: number
      readonly regionPages: number
      readonly writesPerSec: number
      readonly memUsedBytes: number
    }
  | TraceWorkloadSpec

export interface TraceWorkloadSpec {
  readonly kind: 'trace'
  /** Key of a trace the host was given (`XenHostOptions.traces`). */
  readonly traceId: string
  readonly vmIndex: number
  /** 1 = real time; 60 plays an hour in a minute. */
  readonly speed: number
  readonly offsetMs: number
  readonly hotPages: number
  readonly coldPages: number
  readonly hotWritesPerCpuSecond: number
  /** Extra cold page writes per byte received or read from disk (buffers being filled). */
  readonly coldWritesPerIoByte: number
}

/** Demand of a guest at a moment; one mutable record per domain, so that ticking allocates nothing. */
export interface Demand {
  cpuVcpus: number
  netRxBytesPerSec: number
  netTxBytesPerSec: number
  diskReadBytesPerSec: number
  diskWriteBytesPerSec: number
  memUsedBytes: number
  hotWritesPerSec: number
  coldWritesPerSec: number
}

export function noDemand(): Demand {
  return {
    cpuVcpus: 0,
    netRxBytesPerSec: 0,
    netTxBytesPerSec: 0,
    diskReadBytesPerSec: 0,
    diskWriteBytesPerSec: 0,
    memUsedBytes: 0,
    hotWritesPerSec: 0,
    coldWritesPerSec: 0,
  }
}

/** Demand is constant within a step of this length, so counters do not depend on the size of ticks. */
export const DEMAND_STEP_MS = 1000

/** Sizes of the hot and the cold set a workload asks for. */
export function workingSet(spec: WorkloadSpec): { hotPages: number; coldPages: number } {
  if (spec.kind === 'memory-writer') return { hotPages: spec.regionPages, coldPages: 0 }
  if (spec.kind === 'trace') return { hotPages: spec.hotPages, coldPages: spec.coldPages }
  return { hotPages: spec.load.hotPages, coldPages: spec.load.coldPages }
}

/**
 * Writes the demand at virtual time `atMs` (≥ 0) into `out`. A pure function of its arguments: noise is
 * a hash of seed and time bucket, never a state.
 */
export function evaluateWorkload(
  spec: WorkloadSpec,
  seed: number,
  atMs: number,
  trace: Trace | null,
  out: Demand,
): void {
  switch (spec.kind) {
    case 'memory-writer':
      Object.assign(out, NOTHING)
      out.cpuVcpus = spec.cpuVcpus
      out.memUsedBytes = spec.memUsedBytes
      out.hotWritesPerSec = spec.writesPerSec
      break
    case 'trace':
      playTrace(spec, atMs, trace, out)
      break
    default:
      scaleLoad(spec.load, shapeFactor(spec, seed, atMs), spec.jitterRatio, seed, atMs, out)
  }
}

type ShapedWorkload = Exclude<WorkloadSpec, { kind: 'memory-writer' | 'trace' }>

/** The shape of a load over time, 1 = the load profile as it stands. */
function shapeFactor(spec: ShapedWorkload, seed: number, atMs: number): number {
  switch (spec.kind) {
    case 'steady':
      return 1
    case 'diurnal': {
      const phase = (2 * Math.PI * (atMs - spec.peakAtMs)) / spec.periodMs
      return spec.lowRatio + ((1 - spec.lowRatio) * (1 + Math.cos(phase))) / 2
    }
    case 'bursty': {
      const slot = Math.floor(atMs / spec.slotMs)
      return unitHash(seed, slot, 21) < spec.burstRatio ? spec.burstFactor : 1
    }
    case 'batch': {
      const into = modulo(atMs - spec.startAtMs, spec.periodMs)
      return into < spec.activeMs ? 1 : spec.idleRatio
    }
    default:
      return assertNever(spec)
  }
}

const NOTHING: Readonly<Demand> = noDemand()

function scaleLoad(
  load: LoadProfile,
  factor: number,
  jitterRatio: number,
  seed: number,
  atMs: number,
  out: Demand,
): void {
  const work = factor * noise(seed, 1, atMs, jitterRatio)
  const traffic = factor * noise(seed, 2, atMs, jitterRatio)
  const storage = factor * noise(seed, 3, atMs, jitterRatio)
  out.cpuVcpus = load.cpuVcpus * work
  out.netRxBytesPerSec = load.netRxBytesPerSec * traffic
  out.netTxBytesPerSec = load.netTxBytesPerSec * traffic
  out.diskReadBytesPerSec = load.diskReadBytesPerSec * storage
  out.diskWriteBytesPerSec = load.diskWriteBytesPerSec * storage
  // Memory follows load only a little: caches stay full when requests stop coming.
  out.memUsedBytes = load.memUsedBytes * (0.9 + 0.1 * Math.min(1, factor))
  out.hotWritesPerSec = load.hotWritesPerSec * work
  out.coldWritesPerSec = load.coldWritesPerSec * work
}

const SLOW_NOISE_MS = 20_000

/**
 * Factor around 1: half of it changes every second, half drifts over 20 s (interpolated value noise),
 * which looks like load rather than like static. Its mean is 1.
 */
function noise(seed: number, stream: number, atMs: number, jitterRatio: number): number {
  if (jitterRatio === 0) return 1
  const fast = 2 * unitHash(seed, Math.floor(atMs / DEMAND_STEP_MS), stream, 22) - 1
  const position = atMs / SLOW_NOISE_MS
  const bucket = Math.floor(position)
  const before = unitHash(seed, bucket, stream, 23)
  const after = unitHash(seed, bucket + 1, stream, 23)
  const slow = 2 * (before + (after - before) * (position - bucket)) - 1
  return Math.max(0, 1 + jitterRatio * (fast + slow) * 0.5)
}

const sample: TraceSample = {
  cpuVcpus: 0,
  memUsedBytes: 0,
  diskReadBytesPerSec: 0,
  diskWriteBytesPerSec: 0,
  netRxBytesPerSec: 0,
  netTxBytesPerSec: 0,
}

function playTrace(spec: TraceWorkloadSpec, atMs: number, trace: Trace | null, out: Demand): void {
  if (trace === null) {
    Object.assign(out, NOTHING)
    return
  }
  sampleTrace(trace, spec.vmIndex, atMs * spec.speed + spec.offsetMs, sample)
  out.cpuVcpus = sample.cpuVcpus
  out.netRxBytesPerSec = sample.netRxBytesPerSec
  out.netTxBytesPerSec = sample.netTxBytesPerSec
  out.diskReadBytesPerSec = sample.diskReadBytesPerSec
  out.diskWriteBytesPerSec = sample.diskWriteBytesPerSec
  // "Memory usage" of GWA-T-12 is active memory; a guest also holds its kernel.
  out.memUsedBytes = sample.memUsedBytes + 64 * MIB
  out.hotWritesPerSec = sample.cpuVcpus * spec.hotWritesPerCpuSecond
  out.coldWritesPerSec =
    (sample.netRxBytesPerSec + sample.diskReadBytesPerSec) * spec.coldWritesPerIoByte
}

function modulo(value: number, period: number): number {
  return ((value % period) + period) % period
}
