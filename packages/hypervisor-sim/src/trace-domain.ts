import type { DomainSpec } from './domain.ts'
import { hash32 } from './random.ts'
import { invariant } from './result.ts'
import { BIN_MS, sampleTrace, type Trace, type TraceSample } from './trace.ts'
import { MIB, pagesOf } from './units.ts'

export interface TraceDomainOptions {
  readonly domainId: string
  /** Key under which hosts know the trace. */
  readonly traceId: string
  /** 1 = real time. */
  readonly speed: number
  readonly offsetMs: number
  readonly seed: number
  readonly network: string
  readonly storage: string
}

/** Page writes per CPU-second to the hot set. Assumption, see `domainSpecFromTrace`. */
const HOT_WRITES_PER_CPU_SECOND = 4000

/**
 * A PV Linux domain that replays VM `vmIndex` of a trace. Name `bb-0042` after the file's VM number.
 *
 * GWA-T-12 has no dirty rates, so they are derived, and every number from them is a model: half of the
 * mean active memory is writable, a tenth of that is hot; a busy vCPU writes 4,000 hot pages a second
 * (16 MB/s, between an idle server and SPECweb99 in Clark et al., NSDI 2005, fig. 2) and each byte read
 * from network or disk lands once in a cold page (a buffer of 4 KiB is one page write).
 *
 * @throws when the trace has no such VM
 */
export function domainSpecFromTrace(
  trace: Trace,
  vmIndex: number,
  options: TraceDomainOptions,
): DomainSpec {
  const vmId = trace.vmIds[vmIndex]
  invariant(vmId !== undefined, `The trace has ${trace.vmCount} VMs, there is no index ${vmIndex}`)
  const memMaxBytes = Math.max(64, Math.ceil(trace.memCapacityMib[vmIndex] ?? 0)) * MIB
  const writablePages = Math.min(pagesOf(memMaxBytes), pagesOf(meanActiveBytes(trace, vmIndex) / 2))
  const hotPages = Math.max(16, Math.floor(writablePages / 10))
  const name = `bb-${String(vmId).padStart(4, '0')}`
  return {
    domainId: options.domainId,
    name,
    kind: 'pv',
    guestArchitecture: 'x86_64',
    os: { family: 'linux', name: 'Linux' },
    vcpuCount: trace.cores[vmIndex] ?? 1,
    memMinBytes: memMaxBytes,
    memTargetBytes: memMaxBytes,
    memMaxBytes,
    schedWeight: 256,
    schedCapPercent: 0,
    vifs: [{ vifId: 'vif0', mac: macOf(options.seed, vmIndex), network: options.network }],
    vbds: [{ vbdId: 'xvda', device: 'xvda', sizeBytes: 20 * 1024 * MIB, storage: options.storage }],
    requiredCpuFeatures: [],
    labels: {},
    application: null,
    migratable: true,
    workload: {
      kind: 'trace',
      traceId: options.traceId,
      vmIndex,
      speed: options.speed,
      offsetMs: options.offsetMs,
      hotPages,
      coldPages: Math.max(0, writablePages - hotPages),
      hotWritesPerCpuSecond: HOT_WRITES_PER_CPU_SECOND,
      coldWritesPerIoByte: 1 / 4096,
    },
    seed: hash32(options.seed, vmIndex),
  }
}

function meanActiveBytes(trace: Trace, vmIndex: number): number {
  const sample: TraceSample = {
    cpuVcpus: 0,
    memUsedBytes: 0,
    diskReadBytesPerSec: 0,
    diskWriteBytesPerSec: 0,
    netRxBytesPerSec: 0,
    netTxBytesPerSec: 0,
  }
  const bins = trace.durationMs / BIN_MS
  let sum = 0
  for (let bin = 0; bin < bins; bin++) {
    sampleTrace(trace, vmIndex, bin * BIN_MS, sample)
    sum += sample.memUsedBytes
  }
  return sum / bins
}

/** 00:16:3e is the prefix registered for Xen. */
function macOf(seed: number, vmIndex: number): string {
  const h = hash32(seed, vmIndex, 31)
  const byte = (shift: number) => ((h >>> shift) & 255).toString(16).padStart(2, '0')
  return `00:16:3e:${byte(16)}:${byte(8)}:${byte(0)}`
}
