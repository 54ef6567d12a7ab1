import { describe, expect, it } from 'vitest'
import { SCRUB_MS, SHUT_DOWN_MS } from './host-lifecycle.ts'
import { aDomainSpec, aHost, aHostWith, aSteadyLoad, codeOf, must } from './testing/builders.ts'
import { GIB, MIB } from './units.ts'

const web = aDomainSpec('web')
const id = web.domainId
const stateIn = (host: ReturnType<typeof aHost>) => host.findDomain(id)?.state

describe('life of a domain', () => {
  it('starts, pauses, unpauses, shuts down and can be removed', () => {
    const host = aHost()
    must(host.createDomain(web))
    expect(stateIn(host)).toBe('shut-off')
    must(host.startDomain(id))
    host.tick(1000)
    expect(stateIn(host)).toBe('running')
    must(host.pauseDomain(id))
    expect([stateIn(host), host.isExecuting(id)]).toEqual(['paused', false])
    must(host.unpauseDomain(id))
    must(host.shutDownDomain(id))
    host.tick(SHUT_DOWN_MS - 1)
    expect([stateIn(host), host.findDomain(id)?.pending]).toEqual(['running', 'shut-down'])
    host.tick(1)
    expect(stateIn(host)).toBe('dying')
    host.tick(SCRUB_MS)
    expect(host.findDomain(id)).toMatchObject({ state: 'shut-off', domid: null })
    must(host.removeDomain(id))
    expect(host.listDomains()).toEqual([])
  })

  it('shows a guest with nothing to do as blocked', () => {
    const host = aHostWith([{ ...web, workload: aSteadyLoad({ cpuVcpus: 0.001 }) }])
    host.tick(1000)
    expect(stateIn(host)).toBe('blocked')
    expect(host.isExecuting(id)).toBe(true)
  })

  it('gets a new domid and fresh counters with every start and reboot', () => {
    const host = aHostWith([web])
    host.tick(2000)
    must(host.rebootDomain(id))
    host.tick(5000)
    expect(host.findDomain(id)?.domid).toBe(2)
    expect(must(host.domainStats(id)).cpuTimeMs).toBe(0)
    must(host.destroyDomain(id))
    host.tick(1000)
    must(host.startDomain(id))
    expect(host.findDomain(id)?.domid).toBe(3)
  })

  it('keeps a crashed domain and its memory until it is destroyed', () => {
    const host = aHostWith([web])
    const free = host.memFreeBytes
    must(host.crashDomain(id))
    host.tick(5000)
    expect([stateIn(host), host.memFreeBytes]).toEqual(['crashed', free])
    must(host.destroyDomain(id))
    host.tick(SCRUB_MS)
    expect(host.memFreeBytes).toBe(free + 128 * MIB)
  })

  it('does not let a paused guest shut itself down', () => {
    const host = aHostWith([web])
    must(host.shutDownDomain(id))
    must(host.pauseDomain(id))
    host.tick(60_000)
    expect(stateIn(host)).toBe('paused')
    expect(codeOf(host.shutDownDomain(id))).toBe('wrong-state')
  })

  it('refuses with a code and the numbers', () => {
    const host = aHostWith([web])
    expect(codeOf(host.createDomain(web))).toBe('domain-exists')
    expect(codeOf(host.startDomain('nobody'))).toBe('no-such-domain')
    expect(host.startDomain(id)).toMatchObject({
      error: { code: 'wrong-state', state: 'blocked', allowedStates: ['shut-off'] },
    })
    const big = aDomainSpec('big', { memTargetBytes: 20 * GIB, memMaxBytes: 20 * GIB })
    must(host.createDomain(big))
    expect(host.startDomain(big.domainId)).toEqual({
      ok: false,
      error: {
        code: 'not-enough-memory',
        freeBytes: host.memFreeBytes,
        neededBytes: 20 * GIB,
      },
    })
    const lost = aDomainSpec('lost', {
      workload: {
        kind: 'trace',
        traceId: 'x',
        vmIndex: 0,
        speed: 1,
        offsetMs: 0,
        hotPages: 1,
        coldPages: 1,
        hotWritesPerCpuSecond: 1,
        coldWritesPerIoByte: 0,
      },
    })
    expect(codeOf(host.createDomain(lost))).toBe('unknown-trace')
  })
})

describe('balloon', () => {
  it('moves the memory held gradually to the target', () => {
    const host = aHostWith([aDomainSpec('web', { memMaxBytes: 4 * GIB })])
    must(host.setMemTarget(id, 2 * GIB))
    host.tick(1000)
    expect(must(host.domainStats(id)).memCurrentBytes).toBe((128 + 512) * MIB)
    host.tick(10_000)
    expect(must(host.domainStats(id)).memCurrentBytes).toBe(2 * GIB)
    must(host.setMemTarget(id, 64 * MIB))
    host.tick(10_000)
    expect(must(host.domainStats(id)).memCurrentBytes).toBe(64 * MIB)
  })

  it('refuses a target above the maximum, below the minimum or beyond free memory', () => {
    const host = aHostWith([aDomainSpec('web', { memMaxBytes: 64 * GIB })])
    expect(codeOf(host.setMemTarget(id, 65 * GIB))).toBe('mem-target-out-of-range')
    expect(codeOf(host.setMemTarget(id, 1 * MIB))).toBe('mem-target-out-of-range')
    expect(codeOf(host.setMemTarget(id, 40 * GIB))).toBe('not-enough-memory')
  })
})

describe('load', () => {
  it('counts what a domain alone on its host asks for', () => {
    const host = aHostWith([web])
    host.tick(10_000)
    expect(must(host.domainStats(id))).toMatchObject({
      stealMs: 0,
      netRxBytes: 10_000_000,
      netTxBytes: 20_000_000,
      diskReadBytes: 5_000_000,
      diskWriteBytes: 2_500_000,
      memUsedBytes: 64 * MIB,
    })
    expect(must(host.domainStats(id)).cpuTimeMs).toBeCloseTo(5000)
    expect(must(host.domainStats(id)).rates.cpus).toBeCloseTo(0.5)
    expect(host.hostStats().rates.cpuRatio).toBeGreaterThan(0.5 / 4)
  })

  it('shares a contended CPU by weight and slows the writes of the starved', () => {
    const hungry = aSteadyLoad({ cpuVcpus: 2, netRxBytesPerSec: 0, netTxBytesPerSec: 0 })
    const light = aDomainSpec('light', { workload: hungry })
    const heavy = aDomainSpec('heavy', { workload: hungry, schedWeight: 768 })
    const host = aHostWith([light, heavy], { pcpuCount: 2 })
    host.tick(10_000)
    const [a, b] = host.allDomainStats()
    expect(b!.cpuTimeMs / a!.cpuTimeMs).toBeCloseTo(3, 5)
    expect(a!.stealMs).toBeCloseTo(20_000 - a!.cpuTimeMs)
    expect(a!.rates.pageWritesPerSec).toBeCloseTo((2100 * a!.cpuTimeMs) / 20_000, 5)
    expect(host.hostStats().cpuTimeMs).toBeCloseTo(20_000)
    must(host.setSchedule(light.domainId, { schedWeight: 256, schedCapPercent: 10 }))
    host.tick(1000)
    expect(host.allDomainStats()[0]!.rates.cpus).toBeCloseTo(0.1)
  })

  it('stops while paused', () => {
    const host = aHostWith([web])
    host.tick(1500)
    must(host.pauseDomain(id))
    const before = must(host.domainStats(id)).cpuTimeMs
    host.tick(5000)
    expect(must(host.domainStats(id)).cpuTimeMs).toBe(before)
  })
})
