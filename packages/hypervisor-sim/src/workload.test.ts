import { describe, expect, it } from 'vitest'
import { aLoad } from './testing/builders.ts'
import { evaluateWorkload, noDemand, type WorkloadSpec, workingSet } from './workload.ts'

function cpuAt(spec: WorkloadSpec, atMs: number, seed = 1): number {
  const out = noDemand()
  evaluateWorkload(spec, seed, atMs, null, out)
  return out.cpuVcpus
}

const load = aLoad({ cpuVcpus: 2 })

describe('workload', () => {
  it('steady without jitter asks always for the same', () => {
    const spec = { kind: 'steady', load, jitterRatio: 0 } as const
    expect(cpuAt(spec, 500)).toBe(2)
    expect(cpuAt(spec, 86_400_000)).toBe(2)
  })

  it('jitter stays within its ratio, has the right mean and repeats with the seed', () => {
    const spec = { kind: 'steady', load, jitterRatio: 0.4 } as const
    let sum = 0
    for (let s = 0; s < 4000; s++) {
      const cpu = cpuAt(spec, s * 1000)
      expect(cpu).toBeGreaterThanOrEqual(2 * 0.6)
      expect(cpu).toBeLessThanOrEqual(2 * 1.4)
      expect(cpuAt(spec, s * 1000)).toBe(cpu)
      sum += cpu
    }
    expect(sum / 4000).toBeCloseTo(2, 0)
    expect(cpuAt(spec, 1000, 2)).not.toBe(cpuAt(spec, 1000, 1))
  })

  it('diurnal is highest at its peak and lowest half a period later', () => {
    const spec = {
      kind: 'diurnal',
      load,
      jitterRatio: 0,
      lowRatio: 0.25,
      periodMs: 1000,
      peakAtMs: 300,
    } as const
    expect(cpuAt(spec, 300)).toBeCloseTo(2)
    expect(cpuAt(spec, 1300)).toBeCloseTo(2)
    expect(cpuAt(spec, 800)).toBeCloseTo(0.5)
  })

  it('bursty bursts in about its share of the slots', () => {
    const spec = {
      kind: 'bursty',
      load,
      jitterRatio: 0,
      slotMs: 100,
      burstRatio: 0.2,
      burstFactor: 3,
    } as const
    const slots = Array.from({ length: 2000 }, (_, i) => cpuAt(spec, i * 100 + 50))
    expect(slots.every((cpu) => cpu === 2 || cpu === 6)).toBe(true)
    expect(slots.filter((cpu) => cpu === 6).length / 2000).toBeCloseTo(0.2, 1)
  })

  it('batch works in its window and idles outside', () => {
    const spec = {
      kind: 'batch',
      load,
      jitterRatio: 0,
      periodMs: 1000,
      activeMs: 200,
      startAtMs: 900,
      idleRatio: 0.1,
    } as const
    expect([899, 900, 1050, 1101].map((t) => cpuAt(spec, t))).toEqual([0.2, 2, 2, 0.2])
  })

  it('memory-writer has one hot region and nothing else', () => {
    const spec = {
      kind: 'memory-writer',
      cpuVcpus: 1,
      regionPages: 65_536,
      writesPerSec: 40_000,
      memUsedBytes: 1,
    } as const
    expect(workingSet(spec)).toEqual({ hotPages: 65_536, coldPages: 0 })
    expect(cpuAt(spec, 0)).toBe(1)
  })
})
