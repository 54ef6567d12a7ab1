import { describe, expect, it } from 'vitest'
import { SWITCH_OVER_MS } from './host-outgoing.ts'
import {
  AUTO_CONVERGE,
  DOWNTIME_TARGET,
  firstRateLimit,
  NSDI_2005,
  XEN_3_0,
  XEN_4,
} from './precopy-profiles.ts'
import { PAGE_BYTES } from './units.ts'

const linuxSave = 'Xen 3.0.0, tools/libxc/xc_linux_save.c'
const adaptive = `${linuxSave}, ADAPTIVE_SAVE`
const clark = 'Clark et al., Live Migration of Virtual Machines, NSDI 2005, 5.3'
const srSave = 'Xen 4.21, xc_sr_save.c, simple_precopy_policy'
const qemu = 'QEMU, migration/options.c'
const mbit = (bytesPerSec: number) => (bytesPerSec * 8) / 1e6

/** The numbers are written out a second time on purpose: a change of one is a change of the algorithm. */
const constants: readonly (readonly [
  name: string,
  actual: number,
  expected: number,
  source: string,
])[] = [
  ['page size', PAGE_BYTES, 4096, linuxSave],
  ['xen-3.0: rounds before stop-and-copy', XEN_3_0.maxRounds, 29, `${linuxSave}, max_iters`],
  ['xen-3.0: sent + skipped of a round below', XEN_3_0.fewPages, 50, linuxSave],
  ['xen-3.0: total sent above x pages', XEN_3_0.maxSentFactor, 3, `${linuxSave}, max_factor`],
  ['xen-3.0: pages per peek', XEN_3_0.batchPages, 1024, 'xg_private.h, MAX_BATCH_SIZE'],
  ['nsdi-2005: first rate, Mbit/s', mbit(NSDI_2005.firstBytesPerSec), 100, adaptive],
  ['nsdi-2005: highest rate, Mbit/s', mbit(NSDI_2005.mostBytesPerSec), 500, adaptive],
  ['nsdi-2005: above the dirtying rate, Mbit/s', mbit(NSDI_2005.stepBytesPerSec), 50, clark],
  ['xen-4: rounds', XEN_4.maxRounds, 5, `${srSave}, SPP_MAX_ITERATIONS`],
  ['xen-4: dirty pages below', XEN_4.fewPages, 50, `${srSave}, SPP_TARGET_DIRTY_COUNT`],
  ['downtime-target: first throttle', AUTO_CONVERGE.firstRatio, 0.2, qemu],
  ['downtime-target: next throttle', AUTO_CONVERGE.stepRatio, 0.1, qemu],
  ['downtime-target: most throttle', AUTO_CONVERGE.mostRatio, 0.99, qemu],
  ['downtime-target: a round helps below', DOWNTIME_TARGET.shrinkRatio, 0.95, 'ours'],
  ['downtime-target: patience, rounds', DOWNTIME_TARGET.patienceRounds, 2, 'ours'],
  ['downtime-target: rounds at most', DOWNTIME_TARGET.maxRounds, 100, 'ours'],
  ['switch-over, ms', SWITCH_OVER_MS, 30, 'ours, within the 5 to 50 ms of real hosts'],
]

describe('constants of the profiles', () => {
  it.each(constants)('%s: %d, must be %d (%s)', (_name, actual, expected) => {
    expect(actual).toBe(expected)
  })

  it('has a first rate in nsdi-2005 only: the shipped versions send at full link speed', () => {
    expect(firstRateLimit({ kind: 'nsdi-2005' })).toBe(12_500_000)
    expect(firstRateLimit({ kind: 'xen-3.0' })).toBeNull()
    expect(firstRateLimit({ kind: 'xen-4' })).toBeNull()
  })
})
