import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aDomainSpec, aHost, aHostWith, aLoad, must } from './testing/builders.ts'
import { GIB, MIB } from './units.ts'
import type { WorkloadSpec } from './workload.ts'
import { restoreXenHost, type XenHost } from './xen-host.ts'

const noisy = (cpuVcpus: number): WorkloadSpec => ({
  kind: 'bursty',
  load: aLoad({ cpuVcpus }),
  jitterRatio: 0.5,
  slotMs: 7000,
  burstRatio: 0.3,
  burstFactor: 3,
})

const fleet = [0, 1, 2, 3, 4].map((i) =>
  aDomainSpec(`d${i}`, { workload: noisy(0.4 + i / 3), memMaxBytes: 2 * GIB }),
)

function readings(host: XenHost): number[] {
  return host
    .allDomainStats()
    .flatMap((s) => [
      s.cpuTimeMs,
      s.stealMs,
      s.netRxBytes,
      s.diskWriteBytes,
      s.memCurrentBytes,
      s.memUsedBytes,
    ])
}

function expectSame(a: readonly number[], b: readonly number[]): void {
  expect(a.length).toBe(b.length)
  for (const [i, value] of a.entries()) {
    expect(Math.abs(value - b[i]!)).toBeLessThanOrEqual(1 + 1e-6 * Math.abs(value))
  }
}

describe('virtual time', () => {
  it('gives the same counters whether it passes in ticks of 1 s, 50 ms or anything else', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3000 }), { maxLength: 40 }), (ticks) => {
        const cut = aHostWith(fleet)
        const whole = aHostWith(fleet)
        for (const host of [cut, whole]) {
          must(host.setMemTarget('id-of-d0', GIB))
          must(host.shutDownDomain('id-of-d1'))
          must(host.rebootDomain('id-of-d2'))
        }
        for (const tick of ticks) cut.tick(tick)
        whole.tick(ticks.reduce((a, b) => a + b, 0))
        expectSame(readings(cut), readings(whole))
      }),
      { seed: 601, numRuns: 40 },
    )
    const fine = aHostWith(fleet)
    const coarse = aHostWith(fleet)
    for (let i = 0; i < 1200; i++) fine.tick(50)
    for (let i = 0; i < 60; i++) coarse.tick(1000)
    expectSame(readings(fine), readings(coarse))
  })
})

describe('memory of a host', () => {
  it('is never overcommitted, whatever is started, ballooned and stopped', () => {
    const step = fc.record({
      domain: fc.integer({ min: 0, max: 4 }),
      what: fc.constantFrom('start', 'destroy', 'reboot', 'target', 'crash'),
      mib: fc.integer({ min: 64, max: 2048 }),
      ms: fc.integer({ min: 0, max: 6000 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const host = aHost({ memTotalBytes: 4 * GIB })
        for (const spec of fleet) must(host.createDomain(spec))
        for (const { domain, what, mib, ms } of steps) {
          const id = fleet[domain]!.domainId
          if (what === 'start') host.startDomain(id)
          if (what === 'destroy') host.destroyDomain(id)
          if (what === 'reboot') host.rebootDomain(id)
          if (what === 'crash') host.crashDomain(id)
          if (what === 'target') host.setMemTarget(id, mib * MIB)
          host.tick(ms)
          if (host.memFreeBytes < 0) return false
          for (const s of host.allDomainStats()) {
            if (s.state !== 'shut-off' && s.memCurrentBytes > s.memMaxBytes) return false
          }
        }
        return true
      }),
      { seed: 602, numRuns: 100 },
    )
  })
})

describe('snapshot', () => {
  it('goes through JSON and continues as if the agent had never died', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 20_000 }),
        fc.integer({ min: 1, max: 20_000 }),
        (before, after) => {
          const host = aHostWith(fleet)
          must(host.shutDownDomain('id-of-d1'))
          must(host.setMemTarget('id-of-d0', GIB))
          host.tick(before)
          const text = JSON.stringify(host.snapshot())
          expect(text.length).toBeLessThan(2500 * fleet.length)
          const again = must(restoreXenHost(JSON.parse(text)))
          host.tick(after)
          again.tick(after)
          expectSame(readings(again), readings(host))
          const strip = (h: XenHost) => h.listDomains().map((d) => ({ ...d, memCurrentBytes: 0 }))
          expect(strip(again)).toEqual(strip(host))
          expect([again.bootId, again.clockMs]).toEqual([host.bootId, host.clockMs])
        },
      ),
      { seed: 603, numRuns: 40 },
    )
  })

  it('refuses another version', () => {
    const snapshot = { ...aHost().snapshot(), version: 2 as unknown as 1 }
    expect(restoreXenHost(snapshot)).toMatchObject({ error: { code: 'bad-snapshot' } })
  })
})
