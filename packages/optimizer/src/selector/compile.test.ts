import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import { aDomain, aHost } from '@drover/api-schema/testing/builders.ts'
import { bitsToBytesPerSec, GIB } from '@drover/api-schema/units.ts'
import { describe, expect, it } from 'vitest'
import { compileDomainSelector, compileHostSelector } from './compile.ts'
import { parseSelector } from './parse.ts'

function domainMatches(text: string, domain: Partial<Domain> = {}, host: Host | null = aHost()) {
  const parsed = parseSelector(text, 'domain')
  if (!parsed.ok) throw new Error(parsed.error.message)
  return compileDomainSelector(parsed.value)(aDomain(domain), host)
}

function hostMatches(text: string, host: Partial<Host> = {}) {
  const parsed = parseSelector(text, 'host')
  if (!parsed.ok) throw new Error(parsed.error.message)
  return compileHostSelector(parsed.value)(aHost(host))
}

describe('a domain', () => {
  it.each<[string, Partial<Domain>, boolean]>([
    ['name = WEB-7', {}, true],
    ['name ~ eb', {}, true],
    ['name ~ web-?', {}, true],
    ['name ~ eb-*', {}, false],
    ['os = linux', {}, true],
    ['os = windows', { labels: { os: 'Windows' } }, true],
    ['os = linux', { labels: { os: 'windows' } }, false],
    ['app = shop', { application: 'Shop' }, true],
    ['app = shop', { application: 'shop', consoleApplication: null }, false],
    ['has app', { application: null }, false],
    ['app != shop', { application: null }, true],
    ['tier = gold', { labels: { tier: 'tin' }, consoleLabels: { tier: 'gold' } }, true],
    ['tier != gold', {}, true],
    ['tier not in (gold, tin)', {}, true],
    ['gen >= 3', { labels: { gen: '10' } }, true],
    ['gen >= 3', { labels: { gen: 'new' } }, false],
    ['gen < 3', {}, false],
    ['memory > 3.5GiB', {}, true],
    ['memory > 4GiB', {}, false],
    ['memory > 4GiB', { memTargetBytes: 5 * GIB }, true],
    ['vcpus in (1, 2)', {}, true],
    ['type = hvm or migratable', { isMigratable: false }, false],
    ['state = running and not has constructor', {}, true],
    ['os.name ~ "debian 1"', {}, true],
  ])('%s of %j is %s', (text, domain, expected) => {
    expect(domainMatches(text, domain)).toBe(expected)
  })

  it('is asked about its host', () => {
    const host = aHost({ labels: { rack: 'r1' }, isInMaintenance: true })
    for (const text of [
      'host.cores >= 16',
      'host = xen-01',
      'pool = pool-a',
      'host.rack = r1',
      'host.maintenance',
    ]) {
      expect({ text, is: domainMatches(text, {}, host) }).toEqual({ text, is: true })
      expect({ text, is: domainMatches(text, {}, null) }).toEqual({ text, is: false })
    }
    expect(domainMatches('host.cores > 16', {}, host)).toBe(false)
  })
})

describe('a host', () => {
  it.each<[string, Partial<Host>, boolean]>([
    ['cores = 16 and sockets = 2', {}, true],
    ['memory >= 64GiB and free < 41GiB', {}, true],
    ['nic >= 1Gbit/s', {}, true],
    ['nic >= 10Gbit/s', { nicBytesPerSec: bitsToBytesPerSec(10e9) }, true],
    ['nic > 1000Mbit/s', {}, false],
    ['vt', {}, true],
    ['virtualisation = amd-v', {}, false],
    ['xen >= 4.2', {}, true],
    ['xen = 4.17', {}, false],
    ['xen = 4.17.2.0', {}, true],
    ['xen ~ 4.17.*', {}, true],
    ['features = avx', {}, true],
    ['features in (avx2, sse2)', {}, true],
    ['features != avx2', {}, true],
    ['features ~ sse', {}, true],
    ['maintenance = no and connection = online', {}, true],
    ['has rack', {}, false],
  ])('%s of %j is %s', (text, host, expected) => {
    expect(hostMatches(text, host)).toBe(expected)
  })
})
