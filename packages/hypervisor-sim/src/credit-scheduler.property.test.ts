import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CpuClaim, cpuLimit, shareCpu } from './credit-scheduler.ts'

const claims = fc.array(
  fc.record<CpuClaim>({
    wantedCpus: fc.double({ min: 0, max: 8, noNaN: true }),
    vcpuCount: fc.integer({ min: 1, max: 8 }),
    schedWeight: fc.integer({ min: 1, max: 65535 }),
    schedCapPercent: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 800 })),
  }),
  { minLength: 1, maxLength: 24 },
)
const pcpus = fc.integer({ min: 1, max: 64 })
const limitOf = (c: CpuClaim) => cpuLimit(c.wantedCpus, c.vcpuCount, c.schedCapPercent)

describe('credit scheduler', () => {
  it('conserves work: it gives all there is, or all that is wanted', () => {
    fc.assert(
      fc.property(claims, pcpus, (all, pcpuCount) => {
        const given = shareCpu(all, pcpuCount, 1000).reduce((sum, s) => sum + s.cpuSeconds, 0)
        const wanted = all.reduce((sum, c) => sum + limitOf(c), 0)
        return Math.abs(given - Math.min(pcpuCount, wanted)) < 1e-9 * (1 + pcpuCount)
      }),
      { seed: 201, numRuns: 300 },
    )
  })

  it('never gives a domain more than its demand, its vCPUs or its cap', () => {
    fc.assert(
      fc.property(claims, pcpus, (all, pcpuCount) =>
        shareCpu(all, pcpuCount, 1000).every((s, i) => s.cpuSeconds <= limitOf(all[i]!) + 1e-9),
      ),
      { seed: 202, numRuns: 300 },
    )
  })

  it('divides in proportion to weight among domains that do not get what they could use', () => {
    fc.assert(
      fc.property(claims, pcpus, (all, pcpuCount) => {
        const perWeight = shareCpu(all, pcpuCount, 1000).flatMap((s, i) =>
          s.cpuSeconds < limitOf(all[i]!) - 1e-9 ? [s.cpuSeconds / all[i]!.schedWeight] : [],
        )
        return perWeight.length < 2 || Math.max(...perWeight) <= 1.02 * Math.min(...perWeight)
      }),
      { seed: 203, numRuns: 300 },
    )
  })

  it('gives a domain of twice the weight twice the time', () => {
    const claim = { wantedCpus: 4, vcpuCount: 4, schedCapPercent: 0 }
    const [a, b] = shareCpu(
      [
        { ...claim, schedWeight: 512 },
        { ...claim, schedWeight: 256 },
      ],
      3,
      1000,
    )
    expect(a!.cpuSeconds).toBeCloseTo(2)
    expect(b!.cpuSeconds).toBeCloseTo(1)
  })

  it('reports what was wanted and not got as runnable wait', () => {
    const [share] = shareCpu(
      [{ wantedCpus: 2, vcpuCount: 2, schedWeight: 256, schedCapPercent: 50 }],
      4,
      2000,
    )
    expect(share).toEqual({ cpuSeconds: 1, stealMs: 3000 })
  })
})
