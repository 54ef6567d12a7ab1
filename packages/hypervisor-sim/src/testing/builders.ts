import type { DomainSpec } from '../domain.ts'
import type { HostSpec } from '../host-spec.ts'
import { hashText } from '../random.ts'
import type { Result } from '../result.ts'
import { GIB, MIB } from '../units.ts'
import type { LoadProfile, WorkloadSpec } from '../workload.ts'
import { createXenHost, type XenHost, type XenHostOptions } from '../xen-host.ts'

/** Definitions for tests: ordinary in everything a test does not name. */
export function aHostSpec(changes: Partial<HostSpec> = {}): HostSpec {
  return {
    name: 'xen-01',
    xenVersion: '4.17.2',
    architecture: 'x86_64',
    virtualisation: 'vt-x',
    cpuFeatures: ['sse2', 'sse4_2', 'avx'],
    cpuModel: 'Intel Xeon',
    cpuMhz: 2600,
    sockets: 1,
    pcpuCount: 4,
    memTotalBytes: 16 * GIB,
    nicBytesPerSec: 125_000_000,
    diskBytesPerSec: 400_000_000,
    dom0: { memBytes: 1 * GIB, vcpuCount: 2, schedWeight: 512 },
    ...changes,
  }
}

export function aLoad(changes: Partial<LoadProfile> = {}): LoadProfile {
  return {
    cpuVcpus: 0.5,
    netRxBytesPerSec: 1_000_000,
    netTxBytesPerSec: 2_000_000,
    diskReadBytesPerSec: 500_000,
    diskWriteBytesPerSec: 250_000,
    memUsedBytes: 64 * MIB,
    hotPages: 200,
    hotWritesPerSec: 2000,
    coldPages: 2000,
    coldWritesPerSec: 100,
    ...changes,
  }
}

export function aSteadyLoad(changes: Partial<LoadProfile> = {}): WorkloadSpec {
  return { kind: 'steady', load: aLoad(changes), jitterRatio: 0 }
}

export function aDomainSpec(name: string, changes: Partial<DomainSpec> = {}): DomainSpec {
  return {
    domainId: `id-of-${name}`,
    name,
    kind: 'pv',
    guestArchitecture: 'x86_64',
    os: { family: 'linux', name: 'Debian 12' },
    vcpuCount: 2,
    memMinBytes: 64 * MIB,
    memTargetBytes: 128 * MIB,
    memMaxBytes: 256 * MIB,
    schedWeight: 256,
    schedCapPercent: 0,
    vifs: [{ vifId: 'vif0', mac: '00:16:3e:00:00:01', network: 'lan' }],
    vbds: [{ vbdId: 'xvda', device: 'xvda', sizeBytes: 10 * GIB, storage: 'san' }],
    requiredCpuFeatures: [],
    labels: {},
    application: null,
    migratable: true,
    workload: aSteadyLoad(),
    seed: hashText(name),
    ...changes,
  }
}

export function aHost(changes: Partial<HostSpec> = {}, options: XenHostOptions = {}): XenHost {
  return must(createXenHost(aHostSpec(changes), 1, options))
}

/** A host with these domains defined and started. */
export function aHostWith(specs: readonly DomainSpec[], changes: Partial<HostSpec> = {}): XenHost {
  const host = aHost(changes)
  for (const spec of specs) {
    must(host.createDomain(spec))
    must(host.startDomain(spec.domainId))
  }
  return host
}

/** The value, or an error that shows the refusal. */
export function must<T, E>(result: Result<T, E>): T {
  if (!result.ok) throw new Error(`Refused: ${JSON.stringify(result.error)}`)
  return result.value
}

/** The code of a refusal, or `none`. */
export function codeOf<T, E extends { readonly code: string }>(result: Result<T, E>): string {
  return result.ok ? 'none' : result.error.code
}
