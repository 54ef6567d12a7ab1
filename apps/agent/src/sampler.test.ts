import { domainMetrics, hostMetrics } from '@drover/api-schema/telemetry.ts'
import { decodeTelemetryBatch, decodeValue } from '@drover/api-schema/telemetry-frame.ts'
import { testMoment } from '@drover/api-schema/testing/builders.ts'
import { describe, expect, it } from 'vitest'
import { Sampler } from './sampler.ts'
import { bootHost } from './testing/boot-host.ts'
import { fastHost } from './testing/test-host.ts'

function host() {
  const steady = (name: string, cpu: number) => ({
    name,
    memMib: 512,
    os: { family: 'linux', name: 'Debian 12' } as const,
    workload: { cpu, rxMbit: 8, jitter: 0, memory: 0.5 },
  })
  return bootHost(fastHost('xen-a', [steady('one', 0.5), steady('two', 0.25)]))
}

function read(batch: Uint8Array) {
  const decoded = decodeTelemetryBatch(batch)
  if (!decoded.ok) throw new Error(decoded.error)
  const value = (index: number) => decodeValue(decoded.value.codes[index] ?? 0)
  return {
    ...decoded.value,
    host: Object.fromEntries(hostMetrics.map((metric, index) => [metric, value(index)])),
    domain: (position: number) =>
      Object.fromEntries(
        domainMetrics.map((metric, index) => [
          metric,
          value(hostMetrics.length + position * domainMetrics.length + index),
        ]),
      ),
  }
}

describe('samples', () => {
  it('have unknown rates at first and the averages of the interval from then on', () => {
    const hypervisor = host()
    const sampler = new Sampler(hypervisor)
    hypervisor.advance(1000)
    const first = read(sampler.take(testMoment).batch)
    expect(first.domain(0)).toMatchObject({ cpu: Number.NaN, 'net-rx': Number.NaN })
    expect(first.host.memory).toBeGreaterThan(1024 * 1024 * 1024)
    hypervisor.advance(3000)
    const second = read(sampler.take(testMoment + 3000).batch)
    // The encoding is exact to 2^-11; 8 Mbit/s are 1e6 bytes a second.
    expect(second.domain(0).cpu).toBeCloseTo(0.5, 3)
    expect(second.domain(1).cpu).toBeCloseTo(0.25, 3)
    expect(Math.abs((second.domain(0)['net-rx'] ?? 0) / 1e6 - 1)).toBeLessThan(0.001)
    expect((second.host.cpu ?? 0) * 32).toBeGreaterThan(0.75)
  })

  it('name their series once, and again when the domains change or a session begins', () => {
    const hypervisor = host()
    const sampler = new Sampler(hypervisor)
    const first = sampler.take(testMoment)
    expect(first.roster?.domainIds).toHaveLength(2)
    expect(sampler.take(testMoment).roster).toBeNull()
    sampler.forgetRoster()
    expect(sampler.take(testMoment).roster).toEqual(first.roster)
    const [one] = hypervisor.domains()
    hypervisor.xen.destroyDomain(one?.domainId ?? '')
    hypervisor.advance(1000)
    hypervisor.xen.removeDomain(one?.domainId ?? '')
    const changed = sampler.take(testMoment)
    expect(changed.roster?.domainIds).toHaveLength(1)
    expect(changed.roster?.rosterId).not.toBe(first.roster?.rosterId)
    expect(read(changed.batch).domainCount).toBe(1)
  })

  it('have unknown rates again after a domain has started anew', async () => {
    const hypervisor = host()
    const sampler = new Sampler(hypervisor)
    sampler.take(testMoment)
    hypervisor.advance(1000)
    expect(read(sampler.take(testMoment).batch).domain(0).cpu).toBeCloseTo(0.5, 3)
    await hypervisor.act(hypervisor.domains()[0]?.domainId ?? '', 'reboot')
    hypervisor.advance(6000)
    expect(read(sampler.take(testMoment).batch).domain(0).cpu).toBeNaN()
    hypervisor.advance(1000)
    expect(read(sampler.take(testMoment).batch).domain(0).cpu).toBeCloseTo(0.5, 3)
  })

  it('cost at most 16 bytes a domain with its seven metrics', () => {
    const hypervisor = host()
    const sampler = new Sampler(hypervisor)
    const with2 = sampler.take(testMoment).batch.length
    expect((with2 - 16 - 2 * hostMetrics.length) / 2).toBeLessThanOrEqual(16)
  })
})
