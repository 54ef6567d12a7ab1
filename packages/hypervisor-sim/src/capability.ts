import type { Architecture, DomainSpec, Refusal } from './domain.ts'
import { compareVersions, type HostSpec, xenLimits } from './host-spec.ts'
import { ok, type Result, refuse } from './result.ts'
import { PAGE_BYTES } from './units.ts'

/** Checks a definition by itself and rounds its memory down to whole pages. */
export function checkDomainSpec(spec: DomainSpec): Result<DomainSpec, Refusal> {
  const bad = (field: string, problem: string) =>
    refuse({ code: 'bad-spec' as const, field, problem })
  if (spec.domainId === '') return bad('domainId', 'is empty')
  if (spec.name === '') return bad('name', 'is empty')
  if (!Number.isInteger(spec.vcpuCount) || spec.vcpuCount < 1) {
    return bad('vcpuCount', 'must be a whole number of at least 1')
  }
  const memMinBytes = wholePages(spec.memMinBytes)
  const memTargetBytes = wholePages(spec.memTargetBytes)
  const memMaxBytes = wholePages(spec.memMaxBytes)
  if (!(memMinBytes >= PAGE_BYTES)) return bad('memMinBytes', 'must be at least one page')
  if (memTargetBytes < memMinBytes || memTargetBytes > memMaxBytes) {
    return refuse({ code: 'mem-target-out-of-range', memTargetBytes, memMinBytes, memMaxBytes })
  }
  const schedule = checkSchedule(spec)
  if (!schedule.ok) return schedule
  return ok({ ...spec, memMinBytes, memTargetBytes, memMaxBytes })
}

/** Weight 1 … 65535; cap 0 or up to 100 % per vCPU. */
export function checkSchedule(spec: {
  readonly schedWeight: number
  readonly schedCapPercent: number
  readonly vcpuCount: number
}): Result<null, Refusal> {
  const { schedWeight, schedCapPercent, vcpuCount } = spec
  if (!Number.isInteger(schedWeight) || schedWeight < 1 || schedWeight > 65535) {
    return refuse({ code: 'weight-out-of-range', schedWeight })
  }
  const maxPercent = 100 * vcpuCount
  if (!(schedCapPercent >= 0 && schedCapPercent <= maxPercent)) {
    return refuse({ code: 'cap-out-of-range', schedCapPercent, maxPercent })
  }
  return ok(null)
}

/** May this hypervisor on this machine run the domain at all? Memory is asked elsewhere. */
export function checkCanRun(host: HostSpec, spec: DomainSpec): Result<null, Refusal> {
  const limits = xenLimits(host.xenVersion)
  if (limits === null) {
    return refuse({ code: 'bad-spec', field: 'xenVersion', problem: 'is not a version number' })
  }
  if (spec.kind === 'pvh' && !limits.hasPvh) {
    return refuse({ code: 'pvh-unsupported', xenVersion: host.xenVersion })
  }
  if (spec.kind !== 'pv' && host.virtualisation === 'none') {
    return refuse({ code: 'no-hardware-virtualisation', kind: spec.kind })
  }
  if (!runsArchitecture(host.architecture, spec, limits.runsPaeOn64)) {
    return refuse({
      code: 'architecture-mismatch',
      hostArchitecture: host.architecture,
      guestArchitecture: spec.guestArchitecture,
    })
  }
  const missing = spec.requiredCpuFeatures.filter((f) => !host.cpuFeatures.includes(f))
  if (missing.length > 0) return refuse({ code: 'cpu-features-missing', missing })
  const maxVcpuCount = limits.maxVcpuCount[spec.kind]
  if (spec.vcpuCount > maxVcpuCount) {
    return refuse({ code: 'too-many-vcpus', vcpuCount: spec.vcpuCount, maxVcpuCount })
  }
  return ok(null)
}

/**
 * A PV kernel is built for the page tables of its hypervisor: 32 bit, PAE and 64 bit must match, except
 * that a 64-bit Xen since 3.1 also runs PAE kernels. A hardware container runs anything not wider than
 * the hypervisor.
 */
function runsArchitecture(host: Architecture, spec: DomainSpec, runsPaeOn64: boolean): boolean {
  const guest = spec.guestArchitecture
  if (spec.kind === 'pv') {
    return guest === host || (host === 'x86_64' && guest === 'x86_32-pae' && runsPaeOn64)
  }
  return host === 'x86_64' || guest !== 'x86_64'
}

/** May a domain leave the host it is on, alive? (HVM checkpointing: Xen 3.1.) */
export function checkCanLeave(host: HostSpec, spec: DomainSpec): Result<null, Refusal> {
  if (!spec.migratable) return refuse({ code: 'not-migratable', domainId: spec.domainId })
  if (spec.kind !== 'pv' && xenLimits(host.xenVersion)?.canMigrateHvm !== true) {
    return refuse({ code: 'hvm-migration-unsupported', xenVersion: host.xenVersion })
  }
  return ok(null)
}

/** May a domain from a host with `sourceXenVersion` arrive here? Never on an older Xen. */
export function checkCanArrive(
  host: HostSpec,
  spec: DomainSpec,
  sourceXenVersion: string,
): Result<null, Refusal> {
  const leave = checkCanLeave(host, spec)
  if (!leave.ok) return leave
  if (compareVersions(host.xenVersion, sourceXenVersion) < 0) {
    return refuse({
      code: 'xen-version-too-old',
      sourceXenVersion,
      hostXenVersion: host.xenVersion,
    })
  }
  return checkCanRun(host, spec)
}

function wholePages(bytes: number): number {
  return Math.floor(bytes / PAGE_BYTES) * PAGE_BYTES
}
