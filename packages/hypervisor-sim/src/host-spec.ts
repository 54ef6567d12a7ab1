import type { Architecture } from './domain.ts'
import { ok, type Result, refuse } from './result.ts'
import { GIB, MIB } from './units.ts'

export interface HostSpec {
  readonly name: string
  /** For example `4.17.2` or `3.0.4`; decides limits (see `xenLimits`). */
  readonly xenVersion: string
  readonly architecture: Architecture
  readonly virtualisation: 'vt-x' | 'amd-v' | 'none'
  readonly cpuFeatures: readonly string[]
  readonly cpuModel: string
  readonly cpuMhz: number
  readonly sockets: number
  readonly pcpuCount: number
  /** What Xen can use: more than the architecture addresses is cut off when the host is created. */
  readonly memTotalBytes: number
  readonly nicBytesPerSec: number
  readonly diskBytesPerSec: number
  readonly dom0: Dom0Spec
}

export interface Dom0Spec {
  readonly memBytes: number
  readonly vcpuCount: number
  readonly schedWeight: number
}

export type HostSpecError = {
  readonly code: 'bad-host-spec'
  readonly field: string
  readonly problem: string
}

/** What the hypervisor keeps for itself (heap, frame table). Assumption: a flat 128 MiB. */
export const XEN_RESERVED_BYTES = 128 * MIB

/** The most memory each architecture addresses. Xen 3.0 user manual; x86_64: SUPPORT.md, 12 TiB. */
export const ADDRESSABLE_BYTES: Readonly<Record<Architecture, number>> = {
  x86_32: 4 * GIB,
  'x86_32-pae': 64 * GIB,
  x86_64: 12 * 1024 * GIB,
}

/**
 * Checks a host and cuts its memory to what its architecture addresses (a 32-bit Xen without PAE on a
 * machine with 8 GiB boots and sees 4). Refuses what cannot boot at all.
 */
export function checkHostSpec(spec: HostSpec): Result<HostSpec, HostSpecError> {
  const bad = (field: string, problem: string) =>
    refuse({ code: 'bad-host-spec' as const, field, problem })
  if (xenLimits(spec.xenVersion) === null) return bad('xenVersion', 'is not a version number')
  for (const field of ['cpuMhz', 'nicBytesPerSec', 'diskBytesPerSec', 'memTotalBytes'] as const) {
    if (!(spec[field] > 0 && Number.isFinite(spec[field]))) return bad(field, 'must be above 0')
  }
  for (const field of ['pcpuCount', 'sockets'] as const) {
    if (!Number.isInteger(spec[field]) || spec[field] < 1) return bad(field, 'must be at least 1')
  }
  const memTotalBytes = Math.min(spec.memTotalBytes, ADDRESSABLE_BYTES[spec.architecture])
  if (spec.dom0.memBytes + XEN_RESERVED_BYTES > memTotalBytes) {
    return bad('dom0.memBytes', 'does not fit into the memory of the host')
  }
  if (spec.dom0.vcpuCount < 1) return bad('dom0.vcpuCount', 'must be at least 1')
  if (spec.dom0.schedWeight < 1 || spec.dom0.schedWeight > 65535) {
    return bad('dom0.schedWeight', 'must be 1 to 65535')
  }
  return ok({ ...spec, memTotalBytes })
}

export interface XenLimits {
  readonly maxVcpuCount: { readonly pv: number; readonly hvm: number; readonly pvh: number }
  readonly hasPvh: boolean
  /** Checkpointing HVM guests came with 3.1.0 (May 2007). */
  readonly canMigrateHvm: boolean
  /** 32-bit PAE PV guests on a 64-bit Xen came with 3.1 as well. */
  readonly runsPaeOn64: boolean
}

/** Limits by version: Xen 3.0 sources and SUPPORT.md of 4.21 (benchmarks F1, F2). Null: no version. */
export function xenLimits(xenVersion: string): XenLimits | null {
  const parts = versionParts(xenVersion)
  if (parts === null) return null
  const [major, minor] = parts
  const isSince = (a: number, b: number) => major > a || (major === a && minor >= b)
  const modern = major >= 4
  return {
    maxVcpuCount: modern ? { pv: 512, hvm: 128, pvh: 128 } : { pv: 32, hvm: 32, pvh: 32 },
    hasPvh: isSince(4, 10),
    canMigrateHvm: isSince(3, 1),
    runsPaeOn64: isSince(3, 1),
  }
}

/** Negative when `a` is older than `b`. */
export function compareVersions(a: string, b: string): number {
  const left = versionParts(a) ?? [0, 0, 0]
  const right = versionParts(b) ?? [0, 0, 0]
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2]
}

function versionParts(version: string): [number, number, number] | null {
  const match = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(version)
  return match === null ? null : [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)]
}
