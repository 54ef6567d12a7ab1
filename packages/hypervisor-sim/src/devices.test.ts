import { describe, expect, it } from 'vitest'
import { addFlow, createDevice, dom0CpuDemand, grantOf, shareDevice } from './devices.ts'

describe('device sharing', () => {
  it('gives two unlimited flows half each of what a small one leaves', () => {
    const nic = createDevice(100)
    addFlow(nic, 10)
    addFlow(nic, Number.POSITIVE_INFINITY)
    addFlow(nic, Number.POSITIVE_INFINITY)
    expect(shareDevice(nic)).toBeCloseTo(100)
    expect([0, 1, 2].map((flow) => grantOf(nic, flow))).toEqual([10, 45, 45])
  })

  it('grows beyond its first sixteen flows', () => {
    const nic = createDevice(100)
    for (let i = 0; i < 40; i++) addFlow(nic, 5)
    expect(shareDevice(nic)).toBeCloseTo(100)
    expect(grantOf(nic, 39)).toBeCloseTo(2.5)
  })

  it('costs dom0 about a core for 10 Gbit/s', () => {
    expect(dom0CpuDemand(1.25e9, 0) - dom0CpuDemand(0, 0)).toBeCloseTo(1)
  })
})
