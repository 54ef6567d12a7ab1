import type { HostConfigInput } from '../../apps/agent/src/host-config.ts'
import type { HostRole } from '../schedule.ts'

/** The two ends of the migration under test. */
export const roles = ['source', 'destination'] as const
export const hostNames: Record<HostRole | 'other', string> = {
  source: 'xen-01',
  destination: 'xen-02',
  other: 'xen-03',
}

/** Small and slow enough that a migration has rounds and takes half a second: 4096 pages at 400 Mbit/s. */
export function hostConfig(name: string, domainCount: number): HostConfigInput {
  return {
    name,
    xenVersion: '4.17.2',
    cpu: {
      model: 'Simulated',
      mhz: 2600,
      pcpuCount: 4,
      virtualisation: 'vt-x',
      features: ['sse2'],
    },
    memMib: 512,
    nicMbit: 400,
    diskMibPerSec: 200,
    dom0: { memMib: 128, vcpuCount: 2 },
    domains: Array.from({ length: domainCount }, (_, index) => ({
      name: `web-${index + 1}`,
      memMib: 16,
      os: { family: 'linux' as const, name: 'Debian 12' },
      workload: { cpu: 0.4, hotMib: 1, hotMibPerSec: 4, coldMib: 4, coldMibPerSec: 1 },
    })),
  }
}
