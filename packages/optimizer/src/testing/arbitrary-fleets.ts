import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { RuleBody } from '@drover/api-schema/testing/builders.ts'
import { GIB } from '@drover/api-schema/units.ts'
import fc from 'fast-check'
import { domainOn, hostNumber } from './fleets.ts'

/** Small random fleets with racks, tiers and applications, and rules on them. */

export type Fleet = { readonly hosts: readonly Host[]; readonly domains: readonly Domain[] }

const tier = fc.constantFrom('a', 'b', 'c')
const hosts = fc
  .array(
    fc.record({ rack: fc.constantFrom('r1', 'r2', ''), sockets: fc.integer({ min: 1, max: 3 }) }),
    { minLength: 2, maxLength: 5 },
  )
  .map((drawn) =>
    drawn.map(({ rack, sockets }, index) =>
      hostNumber(index + 1, { labels: { rack }, cpu: { ...hostNumber(1).cpu, sockets } }),
    ),
  )
export const fleets = hosts.chain((some) =>
  fc.record({
    hosts: fc.constant(some),
    domains: fc
      .array(fc.record({ on: fc.integer({ min: 1, max: some.length }), tier, app: tier }), {
        minLength: 1,
        maxLength: 8,
      })
      .map((drawn) =>
        drawn.map(({ on, tier: label, app }, index) =>
          domainOn(on, index + 1, `d-${index + 1}`, { labels: { tier: label }, application: app }),
        ),
      ),
  }),
)
const domainSelectors = fc.constantFrom('all', 'tier = a', 'tier in (a, b)', 'not app = c')
const hostSelectors = fc.constantFrom('rack = r1', 'sockets > 1', 'name = xen-01', 'not rack = r2')
const levels = fc.constantFrom<'host' | 'rack'>('host', 'rack')
const groupBy = fc.option(
  fc.constantFrom({ by: 'application' } as const, { by: 'label', key: 'tier' } as const),
  { nil: undefined },
)
/** Rules on where things are, of all kinds that have violations. */
export const bodies: fc.Arbitrary<RuleBody> = fc.oneof(
  fc.record({ kind: fc.constant('run-on'), domains: domainSelectors, hosts: hostSelectors }),
  fc.record({ kind: fc.constant('keep-off'), domains: domainSelectors, hosts: hostSelectors }),
  fc.record({ kind: fc.constant('reserve'), hosts: hostSelectors, application: tier }),
  fc.record({
    kind: fc.constant('keep-together'),
    domains: domainSelectors,
    level: levels,
    groupBy,
  }),
  fc.record({
    kind: fc.constant('keep-apart'),
    domains: domainSelectors,
    level: levels,
    groupBy,
    atMost: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({
    kind: fc.constant('licence'),
    product: fc.constant('SQL'),
    domains: domainSelectors,
    per: fc.constantFrom<'host' | 'socket'>('host', 'socket'),
    count: fc.nat(6),
  }),
  fc.record({
    kind: fc.constant('headroom'),
    hosts: hostSelectors,
    keep: fc.constantFrom(...[38, 39, 40].map((gib) => ({ cpuRatio: 0, memBytes: gib * GIB }))),
  }),
)
