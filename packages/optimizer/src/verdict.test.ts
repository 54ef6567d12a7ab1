import type { Domain } from '@drover/api-schema/domain.ts'
import { type ErrorCode, refusalSchema } from '@drover/api-schema/errors.ts'
import type { Architecture, Host } from '@drover/api-schema/host.ts'
import {
  aDomain,
  aHost,
  hostId,
  migrationId,
  testMoment,
} from '@drover/api-schema/testing/builders.ts'
import { GIB } from '@drover/api-schema/units.ts'
import { describe, expect, it } from 'vitest'
import { memoryToPlace, verdictFor } from './verdict.ts'

const source = aHost()
const destination = aHost({ hostId: hostId(2), name: 'xen-02' })
const host = (overrides: Partial<Host>): Host => ({ ...destination, ...overrides })
const cpu = (overrides: Partial<Host['cpu']>): Host =>
  host({ cpu: { ...destination.cpu, ...overrides } })
const xen = (of: Host, version: string): Host => ({
  ...of,
  hypervisor: { ...of.hypervisor, version },
})

function codes(domain: Domain, from: Host = source, to: Host = destination): ErrorCode[] {
  return verdictFor(domain, from, to).refusals.map(({ code }) => code)
}

describe('a domain and a host that suit each other', () => {
  it('are allowed without a word', () => {
    expect(verdictFor(aDomain(), source, destination)).toEqual({
      kind: 'allowed',
      refusals: [],
      warnings: [],
    })
  })
})

describe('every refusal names the thing, the number and the way out', () => {
  const lost = { status: 'lost', lastSeenAt: testMoment } as const
  const cases: [ErrorCode, Domain, Host, Host, string][] = [
    ['same-host', aDomain(), source, source, 'web-7 is on xen-01 already.'],
    [
      'domain-migrating',
      aDomain({ migrationId: migrationId(1) }),
      source,
      destination,
      'web-7 is being migrated already; cancel that first.',
    ],
    [
      'wrong-state',
      aDomain({ state: { status: 'shut-off' } }),
      source,
      destination,
      'web-7 is not running; only running domains migrate live.',
    ],
    [
      'not-migratable',
      aDomain({ isMigratable: false }),
      source,
      destination,
      'web-7 is marked as not migratable.',
    ],
    [
      'host-not-online',
      aDomain(),
      { ...source, connection: lost },
      destination,
      'xen-01 is not connected, so web-7 cannot leave it.',
    ],
    ['host-not-online', aDomain(), source, host({ connection: lost }), 'xen-02 is not connected.'],
    [
      'host-in-maintenance',
      aDomain(),
      source,
      host({ isInMaintenance: true }),
      'xen-02 is in maintenance and takes no new domains.',
    ],
    [
      'other-pool',
      aDomain(),
      source,
      host({ pool: 'pool-b' }),
      'xen-02 is in pool-b; domains migrate within pool-a only.',
    ],
    [
      'no-peer-address',
      aDomain(),
      source,
      host({ peerUrl: null }),
      'xen-02 takes no migrations: its agent offers no address for them.',
    ],
    [
      'no-hardware-virtualisation',
      aDomain({ kind: 'hvm' }),
      source,
      cpu({ virtualisation: 'none' }),
      'xen-02 has no VT-x or AMD-V; web-7 is HVM and needs it.',
    ],
    [
      'architecture-mismatch',
      aDomain(),
      source,
      cpu({ architecture: 'x86_32-pae' }),
      'xen-02 is 32-bit with PAE; web-7 is 64-bit.',
    ],
    [
      'missing-cpu-features',
      aDomain({ requiredCpuFeatures: ['sse2', 'avx512f', 'sha_ni'] }),
      source,
      destination,
      'xen-02 lacks CPU features web-7 uses: avx512f, sha_ni.',
    ],
    [
      'too-many-vcpus',
      aDomain({ vcpuCount: 33 }),
      xen(source, '3.4.0'),
      xen(destination, '3.4.0'),
      'web-7 has 33 vCPUs; Xen 3.4.0 runs at most 32 in a PV guest.',
    ],
    [
      'too-many-vcpus',
      aDomain({ kind: 'hvm', vcpuCount: 129 }),
      source,
      destination,
      'web-7 has 129 vCPUs; Xen 4.17.2 runs at most 128 in a HVM guest.',
    ],
    [
      'older-hypervisor',
      aDomain(),
      source,
      xen(destination, '4.16.9'),
      'xen-02 runs Xen 4.16.9, older than 4.17.2 on xen-01; domains never migrate back.',
    ],
    [
      'hvm-migration-unsupported',
      aDomain({ kind: 'hvm' }),
      xen(source, '3.0.4'),
      destination,
      'xen-01 runs Xen 3.0.4, which cannot migrate HVM domains live; 3.1 can.',
    ],
    [
      'not-enough-memory',
      aDomain(),
      source,
      host({ memFreeBytes: 2.1 * GIB }),
      'xen-02 has 2.1 GiB free; web-7 needs 4 GiB. Free 1.9 GiB there or pick another host.',
    ],
  ]
  it.each(cases)('%s', (code, domain, from, to, sentence) => {
    const verdict = verdictFor(domain, from, to)
    expect(verdict.kind).toBe('refused')
    const precedence = code === 'host-in-maintenance' ? 'maintenance' : 'built-in'
    expect(verdict.refusals).toEqual([{ code, message: sentence, precedence }])
  })

  it('gives all reasons at once', () => {
    const to = host({ pool: 'pool-b', isInMaintenance: true, memFreeBytes: 0 })
    expect(codes(aDomain({ isMigratable: false }), source, to)).toEqual([
      'not-migratable',
      'other-pool',
      'not-enough-memory',
      'host-in-maintenance',
    ])
  })

  it('stays within the contract however many features are missing', () => {
    const requiredCpuFeatures = Array.from(
      { length: 512 },
      (_, index) => `feature-${index}-${'x'.repeat(25)}`,
    )
    const [refusal] = verdictFor(aDomain({ requiredCpuFeatures }), source, destination).refusals
    expect(refusalSchema.safeParse(refusal).success).toBe(true)
    expect(refusal?.message).toMatch(/and 504 more\.$/)
  })

  it.each(['paused', 'shutting-down', 'crashed'] as const)(
    'a domain that is %s does not migrate live',
    (status) => {
      const state = status === 'paused' ? { status, by: 'administrator' as const } : { status }
      expect(codes(aDomain({ state }))).toEqual(['wrong-state'])
    },
  )
})

describe('memory', () => {
  it('is what the guest holds or is about to hold, not its ceiling', () => {
    const ballooned = { memCurrentBytes: 2 * GIB, memTargetBytes: 3 * GIB, memMaxBytes: 64 * GIB }
    expect(memoryToPlace(aDomain(ballooned))).toBe(3 * GIB)
    expect(memoryToPlace(aDomain({ ...ballooned, memTargetBytes: GIB }))).toBe(2 * GIB)
  })

  it('suffices when it fits to the byte, less what is promised to others', () => {
    const to = host({ memFreeBytes: 10 * GIB })
    const domain = aDomain()
    const kind = (memBytes: number) =>
      verdictFor(domain, source, to, { memBytes, vcpuCount: 0 }).kind
    expect(kind(6 * GIB)).toBe('allowed')
    expect(kind(6 * GIB + 1)).toBe('refused')
    expect(kind(100 * GIB)).toBe('refused')
  })
})

describe('32 and 64 bits, PV and HVM', () => {
  const runs = (domain: Partial<Domain>, architecture: Architecture, version = '4.17.2') =>
    !codes(aDomain(domain), xen(source, version), xen(cpu({ architecture }), version)).includes(
      'architecture-mismatch',
    )
  const rows: [Domain['kind'], Architecture, Architecture, boolean][] = [
    ['pv', 'x86_64', 'x86_64', true],
    ['pv', 'x86_64', 'x86_32-pae', false],
    ['pv', 'x86_64', 'x86_32', false],
    ['pv', 'x86_32-pae', 'x86_64', true],
    ['pv', 'x86_32-pae', 'x86_32-pae', true],
    ['pv', 'x86_32-pae', 'x86_32', false],
    ['pv', 'x86_32', 'x86_64', false],
    ['pv', 'x86_32', 'x86_32-pae', false],
    ['pv', 'x86_32', 'x86_32', true],
    ['hvm', 'x86_64', 'x86_32-pae', false],
    ['hvm', 'x86_32-pae', 'x86_64', true],
    ['hvm', 'x86_32', 'x86_64', true],
    ['hvm', 'x86_32', 'x86_32-pae', true],
    ['hvm', 'x86_32-pae', 'x86_32', false],
  ]
  it.each(rows)(
    'a %s guest of %s on a host of %s: %s',
    (kind, guestArchitecture, architecture, allowed) => {
      expect(runs({ kind, guestArchitecture }, architecture)).toBe(allowed)
    },
  )

  it('runs 32-bit PV guests on a 64-bit Xen from 3.1 on only', () => {
    const domain = { guestArchitecture: 'x86_32-pae' } as const
    expect(runs(domain, 'x86_64', '3.0.4')).toBe(false)
    expect(runs(domain, 'x86_64', '3.1.0')).toBe(true)
  })
})

describe('Xen versions', () => {
  it('lets PV domains migrate since 3.0, and to newer versions', () => {
    expect(codes(aDomain(), xen(source, '3.0.0'), xen(destination, '3.0.0'))).toEqual([])
    expect(codes(aDomain(), xen(source, '3.0.0'), xen(destination, '4.21.2'))).toEqual([])
  })

  it('lets HVM domains migrate from 3.1 on, whatever the destination', () => {
    const hvm = aDomain({ kind: 'hvm' })
    expect(codes(hvm, xen(source, '3.1.0'), xen(destination, '3.1.0'))).toEqual([])
    expect(codes(hvm, xen(source, '3.0.4'), xen(destination, '3.0.4'))).toEqual([
      'hvm-migration-unsupported',
    ])
  })

  it('compares numbers, not letters: 4.9 is older than 4.10', () => {
    expect(codes(aDomain(), xen(source, '4.9.0'), xen(destination, '4.10.0'))).toEqual([])
    expect(codes(aDomain(), xen(source, '4.10.0'), xen(destination, '4.9.0'))).toEqual([
      'older-hypervisor',
    ])
  })

  it('needs hardware virtualisation for PVH as for HVM, and not for PV', () => {
    const bare = cpu({ virtualisation: 'none' })
    expect(codes(aDomain({ kind: 'pvh' }), source, bare)).toEqual(['no-hardware-virtualisation'])
    expect(codes(aDomain({ kind: 'pv' }), source, bare)).toEqual([])
  })
})

describe('warnings', () => {
  it('tell of more vCPUs than pCPUs and do not refuse', () => {
    expect(verdictFor(aDomain({ vcpuCount: 17 }), source, destination)).toEqual({
      kind: 'warning',
      refusals: [],
      warnings: [
        {
          code: 'cpu-overcommit',
          message: 'web-7 has 17 vCPUs; xen-02 has 16 pCPUs.',
          precedence: 'built-in',
        },
      ],
    })
    expect(verdictFor(aDomain({ vcpuCount: 16 }), source, destination).kind).toBe('allowed')
  })

  it('count what is dropped together', () => {
    const verdict = verdictFor(aDomain({ vcpuCount: 10 }), source, destination, {
      memBytes: 0,
      vcpuCount: 7,
    })
    expect(verdict.warnings[0]?.message).toBe(
      'web-7 and what is on its way there have 17 vCPUs; xen-02 has 16 pCPUs.',
    )
  })

  it('stay beside a refusal', () => {
    const verdict = verdictFor(aDomain({ vcpuCount: 17 }), source, host({ pool: 'pool-b' }))
    expect(verdict.kind).toBe('refused')
    expect(verdict.warnings).toHaveLength(1)
  })
})
