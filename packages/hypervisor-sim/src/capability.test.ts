import { describe, expect, it } from 'vitest'
import { checkCanArrive, checkCanLeave, checkCanRun, checkDomainSpec } from './capability.ts'
import type { DomainSpec } from './domain.ts'
import { checkHostSpec, compareVersions, type HostSpec } from './host-spec.ts'
import { aDomainSpec, aHostSpec, codeOf, must } from './testing/builders.ts'
import { GIB, MIB } from './units.ts'

const old: Partial<HostSpec> = { xenVersion: '3.0.4' }
const pae: Partial<HostSpec> = { architecture: 'x86_32-pae' }
const hvm: Partial<DomainSpec> = { kind: 'hvm', guestArchitecture: 'x86_32' }

describe('what a host can run', () => {
  it.each<[string, Partial<HostSpec>, Partial<DomainSpec>, string]>([
    ['a 64-bit PV guest on a 64-bit host', {}, {}, 'none'],
    ['a PAE PV guest on a 64-bit Xen 4', {}, { guestArchitecture: 'x86_32-pae' }, 'none'],
    [
      'a PAE PV guest on a 64-bit Xen 3.0',
      old,
      { guestArchitecture: 'x86_32-pae' },
      'architecture-mismatch',
    ],
    ['a 64-bit guest on a PAE host', pae, {}, 'architecture-mismatch'],
    ['an HVM guest of 32 bit on a 64-bit host', {}, hvm, 'none'],
    ['an HVM guest without VT-x', { virtualisation: 'none' }, hvm, 'no-hardware-virtualisation'],
    ['a PVH guest on Xen 3.0', old, { kind: 'pvh' }, 'pvh-unsupported'],
    ['32 vCPUs on Xen 3.0', old, { vcpuCount: 32 }, 'none'],
    ['33 vCPUs on Xen 3.0', old, { vcpuCount: 33 }, 'too-many-vcpus'],
    ['33 vCPUs on Xen 4', {}, { vcpuCount: 33 }, 'none'],
    [
      'a guest that has seen AVX-512',
      {},
      { requiredCpuFeatures: ['avx', 'avx512f'] },
      'cpu-features-missing',
    ],
  ])('%s', (_, host, domain, code) => {
    expect(codeOf(checkCanRun(aHostSpec(host), aDomainSpec('a', domain)))).toBe(code)
  })

  it('names the missing CPU features', () => {
    const spec = aDomainSpec('a', { requiredCpuFeatures: ['avx', 'avx2', 'avx512f'] })
    expect(checkCanRun(aHostSpec(), spec)).toEqual({
      ok: false,
      error: { code: 'cpu-features-missing', missing: ['avx2', 'avx512f'] },
    })
  })
})

describe('what may migrate', () => {
  it('is nothing marked as not migratable, and no HVM guest of Xen 3.0', () => {
    expect(codeOf(checkCanLeave(aHostSpec(), aDomainSpec('a', { migratable: false })))).toBe(
      'not-migratable',
    )
    expect(codeOf(checkCanLeave(aHostSpec(old), aDomainSpec('a', hvm)))).toBe(
      'hvm-migration-unsupported',
    )
    expect(codeOf(checkCanLeave(aHostSpec({ xenVersion: '3.1.0' }), aDomainSpec('a', hvm)))).toBe(
      'none',
    )
  })

  it('never arrives on an older Xen', () => {
    expect(codeOf(checkCanArrive(aHostSpec(old), aDomainSpec('a'), '4.17.2'))).toBe(
      'xen-version-too-old',
    )
    expect(codeOf(checkCanArrive(aHostSpec(), aDomainSpec('a'), '3.0.4'))).toBe('none')
    expect(compareVersions('4.9.0', '4.17.2')).toBeLessThan(0)
  })
})

describe('definitions', () => {
  it.each<[string, Partial<DomainSpec>, string]>([
    ['a weight of 0', { schedWeight: 0 }, 'weight-out-of-range'],
    ['a weight of 65536', { schedWeight: 65_536 }, 'weight-out-of-range'],
    ['a cap above all vCPUs', { schedCapPercent: 201 }, 'cap-out-of-range'],
    ['a target above the maximum', { memTargetBytes: GIB }, 'mem-target-out-of-range'],
    ['a target below the minimum', { memTargetBytes: MIB }, 'mem-target-out-of-range'],
    ['no vCPU', { vcpuCount: 0 }, 'bad-spec'],
  ])('with %s are refused', (_, changes, code) => {
    expect(codeOf(checkDomainSpec(aDomainSpec('a', changes)))).toBe(code)
  })

  it('lose the memory their host cannot address', () => {
    const cut = (architecture: HostSpec['architecture']) =>
      must(checkHostSpec(aHostSpec({ architecture, memTotalBytes: 100 * GIB }))).memTotalBytes
    expect([cut('x86_32'), cut('x86_32-pae'), cut('x86_64')]).toEqual([
      4 * GIB,
      64 * GIB,
      100 * GIB,
    ])
    expect(codeOf(checkHostSpec(aHostSpec({ memTotalBytes: GIB })))).toBe('bad-host-spec')
  })
})
