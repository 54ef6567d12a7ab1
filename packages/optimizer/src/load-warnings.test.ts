import { aHost } from '@drover/api-schema/testing/builders.ts'
import { GIB, MIB } from '@drover/api-schema/units.ts'
import { expect, it } from 'vitest'
import { type LoadAfter, loadWarnings } from './load-warnings.ts'

const calm: LoadAfter = {
  cpuRatio: 0.5,
  memFreeBytes: 20 * GIB,
  nicRatioNow: 0.1,
  nicRatio: 0.2,
}
const warnings = (after: Partial<LoadAfter>) => loadWarnings(aHost(), { ...calm, ...after })

it('is silent about a host that stays calm, and about what is not known', () => {
  expect(warnings({})).toEqual([])
  expect(warnings({ cpuRatio: Number.NaN, nicRatio: Number.NaN, nicRatioNow: Number.NaN })).toEqual(
    [],
  )
})

it('warns above 90 % of the CPU, and says when the domains would wait', () => {
  expect(warnings({ cpuRatio: 0.9 })).toEqual([])
  expect(warnings({ cpuRatio: 0.95 })).toEqual(['xen-01 would be at 95 % CPU.'])
  expect(warnings({ cpuRatio: 1.11 })).toEqual([
    'xen-01 would need 111 % of its CPU; its domains would wait.',
  ])
})

it('warns when next to no memory would be left: a hundredth of the host, at least 256 MiB', () => {
  expect(warnings({ memFreeBytes: 0.7 * GIB })).toEqual([])
  expect(warnings({ memFreeBytes: 0.5 * GIB })).toEqual(['xen-01 would have 512 MiB memory left.'])
  const small = aHost({ memTotalBytes: 4 * GIB })
  expect(loadWarnings(small, { ...calm, memFreeBytes: 300 * MIB })).toEqual([])
  expect(loadWarnings(small, { ...calm, memFreeBytes: 200 * MIB })).toHaveLength(1)
})

it('warns of a link that is full now or would be', () => {
  expect(warnings({ nicRatioNow: 0.97, nicRatio: 0.99 })).toEqual([
    'xen-01 has its network at 97 %; copying would be slow.',
  ])
  expect(warnings({ nicRatio: 0.93 })).toEqual(['xen-01 would have its network at 93 %.'])
})

it('gives every warning, not the first', () => {
  expect(warnings({ cpuRatio: 1, memFreeBytes: 0, nicRatioNow: 1 })).toHaveLength(3)
})
