import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { uuid } from '@drover/api-schema/testing/builders.ts'
import { describe, expect, it } from 'vitest'
import { generateHost } from './generated-host.ts'
import { type HostConfig, parseHostConfig } from './host-config.ts'
import { bootSimHypervisor } from './sim-hypervisor.ts'

const demo = path.join(import.meta.dirname, '..', 'demo')

function bootWith(config: HostConfig) {
  let count = 1
  return bootSimHypervisor(config, {
    seed: 1,
    bootId: uuid(0),
    newId: () => uuid(count++),
    hasRealPages: false,
    trace: null,
  })
}

function demoHosts(): HostConfig[] {
  return readdirSync(demo)
    .toSorted()
    .map((file) => {
      const parsed = parseHostConfig(JSON.parse(readFileSync(path.join(demo, file), 'utf8')))
      if (!parsed.ok) throw new Error(`${file}: ${parsed.error}`)
      return parsed.value
    })
}

describe('the demo pool', () => {
  it('is six hosts that boot, with about forty domains of different names', () => {
    const hosts = demoHosts()
    expect(hosts.map(({ name }) => name)).toEqual([
      'xen-01',
      'xen-02',
      'xen-03',
      'xen-04',
      'xen-05',
      'xen-06',
    ])
    for (const host of hosts) expect(bootWith(host)).toMatchObject({ ok: true })
    const names = hosts.flatMap((host) => host.domains.map(({ name }) => name))
    expect(names.length).toBeGreaterThanOrEqual(38)
    expect(new Set(names).size).toBe(names.length)
  })

  it('has a hot host and a nearly idle one', () => {
    const busy = demoHosts().map((host) => {
      const booted = bootWith(host)
      if (!booted.ok) throw new Error(booted.error)
      booted.value.advance(1000)
      const before = booted.value.readCounters().host.cpuTimeMs
      booted.value.advance(10_000)
      return (booted.value.readCounters().host.cpuTimeMs - before) / 10_000 / host.cpu.pcpuCount
    })
    expect(Math.max(...busy)).toBeGreaterThan(0.85)
    expect(Math.min(...busy)).toBeLessThan(0.15)
  })
})

describe('a configuration', () => {
  it.each([
    [{}, 'name'],
    [{ name: 'x', xenVersion: 'four' }, 'xenVersion'],
    [undefined, 'the file'],
  ])('%j is refused with the place of the fault', (json, words) => {
    const parsed = parseHostConfig(json)
    expect(parsed.ok ? '' : parsed.error).toContain(words)
  })

  it('with a misspelt key is refused', () => {
    const [first] = demoHosts()
    const file = JSON.parse(readFileSync(path.join(demo, 'xen-01.json'), 'utf8')) as object // our own file
    const parsed = parseHostConfig({ ...file, memoryMib: 1 })
    expect(parsed.ok ? first?.name : parsed.error).toContain('memoryMib')
  })
})

describe('generated hosts', () => {
  it('are the same for the same seed, different otherwise, and all boot', () => {
    for (let index = 0; index < 50; index += 1) {
      const options = { name: `xen-${index}`, seed: 3, index, domainCount: null }
      const host = generateHost(options)
      expect(generateHost(options)).toEqual(host)
      expect(generateHost({ ...options, seed: 4 })).not.toEqual(host)
      expect(bootWith(host)).toMatchObject({ ok: true })
    }
  })

  it('have as many domains as they were asked for', () => {
    expect(generateHost({ name: 'x', seed: 1, index: 0, domainCount: 16 }).domains).toHaveLength(16)
  })
})
