import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import { hostId } from '@drover/api-schema/testing/builders.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodies, type Fleet, fleets } from '../testing/arbitrary-fleets.ts'
import { policiesOn } from '../testing/fleets.ts'
import { memoryToPlace, nothingPromised } from '../verdict.ts'
import type { MovePurpose } from './carried.ts'
import { pickUp } from './pick-up.ts'
import { type FoundViolation, violationsOf } from './violations.ts'

const seed = 20_261_122
const numRuns = 3000

/** The fleet after the domains have moved: their hosts, and the free memory of those. */
function moved(fleet: Fleet, carried: readonly Domain[], to: Host): Fleet {
  const freed = (host: Host) =>
    carried.reduce((sum, domain) => {
      const left = domain.hostId === host.hostId ? memoryToPlace(domain) : 0
      return sum + left - (host.hostId === to.hostId ? memoryToPlace(domain) : 0)
    }, 0)
  return {
    hosts: fleet.hosts.map((host) => ({ ...host, memFreeBytes: host.memFreeBytes + freed(host) })),
    domains: fleet.domains.map((one) =>
      carried.includes(one) ? { ...one, hostId: to.hostId } : one,
    ),
  }
}

const isAbout = (violation: FoundViolation, coming: readonly Domain[], to: Host) =>
  violation.domainIds.length === 0
    ? violation.hostIds.includes(to.hostId)
    : violation.domainIds.some((id) => coming.some(({ domainId }) => domainId === id))

describe('the verdict of a rule on a move', () => {
  const cases = fc.record({
    fleet: fleets,
    body: bodies,
    which: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
    to: fc.nat(4),
  })

  function judged({
    fleet,
    body,
    which,
    to,
  }: typeof cases extends fc.Arbitrary<infer T> ? T : never) {
    const destination = fleet.hosts[to % fleet.hosts.length]!
    const carried = fleet.domains.filter((_, index) => which[index])
    const coming = carried.filter((domain) => domain.hostId !== destination.hostId)
    const on = (purpose: MovePurpose) =>
      pickUp(
        policiesOn(fleet, body),
        carried.map(({ domainId }) => domainId),
        { purpose, minuteOfWeek: () => 0, promisedOn: () => nothingPromised },
      ).on(destination.hostId)
    const after = violationsOf(policiesOn(moved(fleet, coming, destination), body))
    return { destination, coming, on, after }
  }

  it('speaks exactly when the rule is broken afterwards by what has come', () => {
    let spoke = 0
    fc.assert(
      fc.property(cases, (one) => {
        const { destination, coming, on, after } = judged(one)
        const { ofHost, warnings, licences } = on('manual')
        const isBroken = after.some((violation) => isAbout(violation, coming, destination))
        // A pool that is short is not the fault of who needs nothing new of it.
        const isFaultless = one.body.kind === 'licence' && (licences[0]?.newly ?? 0) === 0
        const speaks = ofHost.length + warnings.length > 0
        if (speaks) spoke += 1
        expect(speaks).toBe(coming.length > 0 && isBroken && !isFaultless)
      }),
      { seed, numRuns },
    )
    expect(spoke).toBeGreaterThan(numRuns / 10)
  })

  it('counts licences as they are afterwards', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { on, after } = judged(one)
        for (const { usedAfter, count } of on('manual').licences) {
          expect(after.length > 0).toBe(usedAfter > count)
        }
      }),
      { seed, numRuns },
    )
  })

  it('never refuses who empties a host, and warns of the same', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { on } = judged(one)
        const manual = on('manual')
        const maintenance = on('maintenance')
        expect(maintenance.ofHost).toEqual([])
        expect(maintenance.warnings).toHaveLength(manual.ofHost.length + manual.warnings.length)
      }),
      { seed, numRuns },
    )
  })

  it('says nothing of hosts that nobody knows', () => {
    const picked = pickUp(policiesOn({ hosts: [], domains: [] }), [], {
      purpose: 'manual',
      minuteOfWeek: () => 0,
      promisedOn: () => nothingPromised,
    })
    expect(picked.on(hostId(1))).toMatchObject({ ofHost: [], warnings: [] })
  })
})
