import { aDomain, aHost, hostId, migrationId } from '@drover/api-schema/testing/builders.ts'
import { GIB } from '@drover/api-schema/units.ts'
import { describe, expect, it } from 'vitest'
import { groupVerdicts } from './group-verdict.ts'

const source = aHost()
const destination = aHost({ hostId: hostId(2), name: 'xen-02', memFreeBytes: 10 * GIB })
const domain = (name: string, gib: number, more = {}) =>
  aDomain({ name, memCurrentBytes: gib * GIB, memTargetBytes: gib * GIB, ...more })
const sentences = (refusals: readonly { message: string }[]) =>
  refusals.map(({ message }) => message)

function judge(domains: readonly ReturnType<typeof aDomain>[], to = destination, memBytes = 0) {
  return groupVerdicts(domains.map((one) => ({ domain: one, source })))(to, {
    memBytes,
    vcpuCount: 0,
  })
}

describe('domains that come together', () => {
  it('fit to the byte, and then not', () => {
    const three = [domain('a', 3), domain('b', 3), domain('c', 4)]
    expect(judge(three).kind).toBe('allowed')
    expect(judge(three, destination, 1).kind).toBe('refused')
  })

  it('are told the true free memory and their sum', () => {
    const to = { ...destination, memFreeBytes: 1.4 * GIB }
    const verdict = judge([domain('a', 1.25), domain('b', 1.25), domain('c', 1)], to)
    expect(sentences(verdict.ofHost)).toEqual([
      'xen-02 has 1.4 GiB free; the 3 domains need 3.5 GiB together. Free 2.1 GiB there or pick another host.',
    ])
  })

  it('do not count what cannot come anyway', () => {
    const migrating = domain('b', 9, { migrationId: migrationId(1) })
    const verdict = judge([domain('a', 5), migrating, domain('c', 5)])
    expect(sentences(verdict.ofDomains)).toEqual([
      'b is being migrated already; cancel that first.',
    ])
    expect(verdict.ofHost).toEqual([])
    expect(sentences(judge([domain('a', 5), migrating, domain('c', 6)]).ofHost)).toEqual([
      'xen-02 has 10 GiB free; the other 2 domains need 11 GiB together. Free 1 GiB there or pick another host.',
    ])
  })

  it('are one sum also when one of them does not fit alone', () => {
    const verdict = judge([domain('small', 9), domain('large', 12)])
    expect(sentences(verdict.ofHost)).toEqual([
      'xen-02 has 10 GiB free; the 2 domains need 21 GiB together. Free 11 GiB there or pick another host.',
    ])
  })

  it('leave one to be named when the others cannot come anyway', () => {
    const hvm = domain('hvm', 1, { kind: 'hvm' })
    const to = { ...destination, cpu: { ...destination.cpu, virtualisation: 'none' as const } }
    expect(sentences(judge([hvm, domain('large', 12)], to).ofHost)).toEqual([
      'xen-02 has no VT-x or AMD-V; hvm is HVM and needs it.',
      'xen-02 has 10 GiB free; large needs 12 GiB. Free 2 GiB there or pick another host.',
    ])
  })

  it('hear a reason of the host once', () => {
    const to = { ...destination, isInMaintenance: true }
    expect(judge([domain('a', 1), domain('b', 1)], to).ofHost).toHaveLength(1)
  })

  it('are warned with the sum of their vCPUs', () => {
    const verdict = judge([domain('a', 1, { vcpuCount: 10 }), domain('b', 1, { vcpuCount: 8 })])
    expect(verdict.kind).toBe('warning')
    expect(sentences(verdict.warnings)).toEqual([
      'The 2 domains have 18 vCPUs; xen-02 has 16 pCPUs.',
    ])
  })

  it('of one domain says all of its reasons, about itself and about the host', () => {
    const verdict = judge([domain('a', 12, { isMigratable: false })])
    expect(sentences(verdict.ofDomains)).toEqual(['a is marked as not migratable.'])
    expect(sentences(verdict.ofHost)[0]).toContain('a needs 12 GiB')
  })

  it('leave a promise to others alone', () => {
    expect(sentences(judge([domain('a', 1)], destination, 9.5 * GIB).ofHost)[0]).toContain(
      'xen-02 has 512 MiB free; a needs 1 GiB.',
    )
  })
})
