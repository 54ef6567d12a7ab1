import type { HostConfigInput } from '../../apps/agent/src/host-config.ts'

type DomainInput = NonNullable<HostConfigInput['domains']>[number]

/** A domain that takes `memMib * 8 / nicMbit` seconds to move, and a little more. */
export function smallDomain(name: string, changes: Partial<DomainInput> = {}): DomainInput {
  return {
    name,
    os: { family: 'linux', name: 'Debian 12' },
    vcpuCount: 1,
    memMib: 64,
    workload: { cpu: 0.3, rxMbit: 1, txMbit: 1, hotMib: 2, hotMibPerSec: 1, coldMib: 4 },
    ...changes,
  }
}

/** A host of a lab: everything can go everywhere unless it is changed. */
export function smallHost(
  name: string,
  domains: readonly DomainInput[],
  changes: Partial<HostConfigInput> = {},
): HostConfigInput {
  return {
    name,
    xenVersion: '4.17.2',
    cpu: {
      model: 'Xeon E5-2650 v2',
      mhz: 2600,
      pcpuCount: 8,
      virtualisation: 'vt-x',
      features: ['sse2', 'sse4_2'],
    },
    memMib: 4096,
    nicMbit: 100,
    diskMibPerSec: 200,
    dom0: { memMib: 512, vcpuCount: 2 },
    domains: [...domains],
    ...changes,
  }
}

/** By name, as the harness takes them. */
export function labOf(...hosts: readonly HostConfigInput[]) {
  return {
    agents: hosts.map(({ name }) => name),
    configs: Object.fromEntries(hosts.map((host) => [host.name, host])),
  }
}
