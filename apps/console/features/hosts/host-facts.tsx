import type { Host, HypervisorCapabilities } from '@drover/api-schema/host.ts'
import {
  formatBitRate,
  formatByteRate,
  formatGib,
  formatMoment,
  formatMomentWithZone,
  formatSize,
} from '../../lib/format.ts'
import { architectureText, virtualisationText } from '../../lib/text/common.ts'
import { hostsText } from '../../lib/text/hosts.ts'
import { type Fact, FactList } from '../../ui/fact-list.tsx'

/** Everything the agent said about its host. */
export function HostFacts({ host }: { host: Host }) {
  return (
    <div className="gap-x-8 px-4 pt-2 pb-1 md:columns-2 2xl:columns-3 *:pb-4">
      <FactList title={hostsText.factsHardware} facts={hardwareFacts(host)} />
      <FactList title={hostsText.factsHypervisor} facts={hypervisorFacts(host)} />
      <FactList title={hostsText.factsIdentity} facts={identityFacts(host)} />
    </div>
  )
}

function hardwareFacts(host: Host): Fact[] {
  const { cpu } = host
  return [
    { label: hostsText.model, value: cpu.model },
    { label: hostsText.cores, value: cpu.pcpuCount },
    { label: hostsText.sockets, value: cpu.sockets },
    { label: hostsText.clock, value: hostsText.mhz(cpu.mhz) },
    { label: hostsText.architecture, value: architectureText[cpu.architecture] },
    {
      label: hostsText.hardwareVirtualisation,
      value: virtualisationText[cpu.virtualisation].short,
    },
    { label: hostsText.memoryTotal, value: formatSize(host.memTotalBytes) },
    { label: hostsText.memFree, value: formatGib(host.memFreeBytes) },
    { label: hostsText.nic, value: formatBitRate(host.nicBytesPerSec) },
    { label: hostsText.diskSpeed, value: formatByteRate(host.diskBytesPerSec) },
    { label: hostsText.features, value: cpu.features.join(' '), isCode: true },
  ]
}

function hypervisorFacts(host: Host): Fact[] {
  const { hypervisor, dom0, capabilities } = host
  return [
    {
      label: hostsText.product,
      value: hypervisor.isSimulated
        ? hostsText.productSimulated(hypervisor.version)
        : hostsText.productReal(hypervisor.version),
    },
    {
      label: hostsText.bootedAt,
      value: (
        <time
          dateTime={new Date(host.bootedAt).toISOString()}
          title={formatMomentWithZone(host.bootedAt)}
        >
          {formatMoment(host.bootedAt)}
        </time>
      ),
    },
    { label: hostsText.memDom0, value: formatGib(dom0.memBytes) },
    { label: hostsText.dom0Vcpus, value: dom0.vcpuCount },
    { label: hostsText.peerUrl, value: host.peerUrl ?? hostsText.noPeer, isCode: true },
    { label: hostsText.capabilities, value: abilitiesOf(capabilities) },
  ]
}

const abilityNames: Record<keyof typeof hostsText.capabilityNames, string> =
  hostsText.capabilityNames

function abilitiesOf(capabilities: HypervisorCapabilities): string {
  // The keys of the table of words, which are boolean capabilities by its type.
  const keys = Object.keys(abilityNames) as (keyof typeof abilityNames)[]
  return keys
    .filter((key) => capabilities[key])
    .map((key) => abilityNames[key])
    .join(', ')
}

function identityFacts(host: Host): Fact[] {
  return [
    { label: hostsText.pool, value: host.pool },
    { label: hostsText.agentVersion, value: host.agentVersion },
    { label: hostsText.hostId, value: host.hostId, isCode: true },
    { label: hostsText.bootId, value: host.bootId, isCode: true },
  ]
}
