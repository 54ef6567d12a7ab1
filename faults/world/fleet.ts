import { defaultMigrationProfile, type MigrationProfile } from '@drover/api-schema/migration.ts'
import type { HostConfigInput } from '../../apps/agent/src/host-config.ts'
import type { HostRole } from '../schedule.ts'

type DomainInput = NonNullable<HostConfigInput['domains']>[number]

/** The two ends of the migration under test. */
export const roles = ['source', 'destination'] as const
export const hostNames: Record<HostRole | 'other', string> = {
  source: 'xen-01',
  destination: 'xen-02',
  other: 'xen-03',
}

/** What the migrations of a world come to. */
export type Course = 'pre-copy' | 'post-copy'

/**
 * The last resort of a guest that never converges: it writes most of its memory in each round. Two rounds show that, then a
 * part of it that was just sent is there, and the rest is missing, when it goes over.
 */
export const profileOf: Record<Course, MigrationProfile> = {
  'pre-copy': defaultMigrationProfile,
  'post-copy': {
    kind: 'downtime-target',
    downtimeLimitMs: 40,
    lastResort: { kind: 'post-copy' },
  },
}

const guestOf: Record<Course, Pick<DomainInput, 'memMib' | 'workload'>> = {
  'pre-copy': {
    memMib: 16,
    workload: { cpu: 0.4, hotMib: 1, hotMibPerSec: 4, coldMib: 4, coldMibPerSec: 1 },
  },
  'post-copy': {
    memMib: 16,
    workload: { shape: 'memory-writer', cpu: 0.4, regionMib: 14, writeMibPerSec: 300 },
  },
}

/** Small and slow enough that a migration has rounds and takes half a second: 4096 pages at 400 or 1200 Mbit/s. */
export function hostConfig(
  name: string,
  { course, domainCount }: { course: Course; domainCount: number },
): HostConfigInput {
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
    nicMbit: course === 'post-copy' ? 1200 : 400,
    diskMibPerSec: 200,
    dom0: { memMib: 128, vcpuCount: 2 },
    domains: Array.from({ length: domainCount }, (_, index) => ({
      name: `web-${index + 1}`,
      os: { family: 'linux' as const, name: 'Debian 12' },
      ...guestOf[course],
    })),
  }
}
