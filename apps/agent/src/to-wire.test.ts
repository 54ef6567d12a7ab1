import { domainFactsSchema } from '@drover/api-schema/domain.ts'
import { hostFactsSchema } from '@drover/api-schema/host.ts'
import { hostId, testMoment, uuid } from '@drover/api-schema/testing/builders.ts'
import { describe, expect, it } from 'vitest'
import { hypervisorDomainStates } from './hypervisor.ts'
import { bootHost } from './testing/boot-host.ts'
import { busyGuest, fastHost } from './testing/test-host.ts'
import { domainStateToWire, domainToWire, hostToWire } from './to-wire.ts'

function boot() {
  return bootHost(fastHost('xen-a', [busyGuest('web-7')]))
}

describe('what the hypervisor says, on the wire', () => {
  it('is a valid fact for every domain and every state', () => {
    const [domain] = boot().domains()
    if (domain === undefined) throw new Error('no domain')
    for (const state of hypervisorDomainStates) {
      expect(
        domainFactsSchema.safeParse(domainToWire({ ...domain, state }, testMoment)).error,
      ).toBeUndefined()
    }
  })

  it('says who has paused a domain', () => {
    expect(domainStateToWire('paused')).toEqual({ status: 'paused', by: 'administrator' })
    expect(domainStateToWire('suspended')).toEqual({ status: 'paused', by: 'migration' })
  })

  it('is a valid fact for the host', () => {
    const facts = hostToWire(
      {
        hostId: hostId(1),
        name: 'xen-a',
        pool: 'pool-a',
        labels: {},
        bootId: uuid(1) as never,
        bootedAt: testMoment,
        peerUrl: 'ws://127.0.0.1:1/peer',
      },
      boot(),
    )
    expect(hostFactsSchema.safeParse(facts).error).toBeUndefined()
    expect(facts.memFreeBytes).toBeLessThan(facts.memTotalBytes - 256 * 1024 * 1024)
  })
})
