import type { DomainFacts, DomainState } from '@drover/api-schema/domain.ts'
import type { HostFacts } from '@drover/api-schema/host.ts'
import type { Hypervisor, HypervisorDomain, HypervisorDomainState } from './hypervisor.ts'

/** The hypervisor's words to the contract's: pure and total, so that a new state does not compile before it is mapped. */
const stateToWire: Record<HypervisorDomainState, DomainState> = {
  running: { status: 'running' },
  // xentop's "b": up, with nothing to do at the moment.
  blocked: { status: 'running' },
  paused: { status: 'paused', by: 'administrator' },
  suspended: { status: 'paused', by: 'migration' },
  'shutting-down': { status: 'shutting-down' },
  'shut-off': { status: 'shut-off' },
  crashed: { status: 'crashed' },
  // Nothing executes any more; its memory is being scrubbed.
  dying: { status: 'shutting-down' },
}

export function domainStateToWire(state: HypervisorDomainState): DomainState {
  return stateToWire[state]
}

export function domainToWire(domain: HypervisorDomain, now: number): DomainFacts {
  const { state, uptimeMs, requiredCpuFeatures, domainId, ...same } = domain
  return {
    ...same,
    // The UUID was parsed when the domain was defined or arrived.
    domainId: domainId as DomainFacts['domainId'],
    memCurrentBytes: Math.round(same.memCurrentBytes),
    requiredCpuFeatures: [...requiredCpuFeatures],
    state: stateToWire[state],
    startedAt: uptimeMs === null ? null : Math.round(now - uptimeMs),
  }
}

export type HostIdentity = Pick<
  HostFacts,
  'hostId' | 'name' | 'pool' | 'labels' | 'bootId' | 'bootedAt' | 'peerUrl'
>

export function hostToWire(identity: HostIdentity, hypervisor: Hypervisor): HostFacts {
  const { host } = hypervisor
  return {
    ...identity,
    hypervisor: { product: 'xen', version: host.xenVersion, isSimulated: host.isSimulated },
    cpu: {
      model: host.cpuModel,
      mhz: host.cpuMhz,
      sockets: host.sockets,
      pcpuCount: host.pcpuCount,
      architecture: host.architecture,
      virtualisation: host.virtualisation,
      features: [...host.cpuFeatures],
    },
    memTotalBytes: host.memTotalBytes,
    memFreeBytes: Math.max(0, Math.floor(hypervisor.memFreeBytes())),
    dom0: { ...host.dom0 },
    nicBytesPerSec: host.nicBytesPerSec,
    diskBytesPerSec: host.diskBytesPerSec,
    capabilities: hypervisor.capabilities,
  }
}
