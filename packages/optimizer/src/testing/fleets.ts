import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { PolicyRule } from '@drover/api-schema/policy.ts'
import {
  aDomain,
  aHost,
  aRule,
  domainId,
  hostId,
  type RuleBody,
} from '@drover/api-schema/testing/builders.ts'
import { GIB } from '@drover/api-schema/units.ts'
import { compileRules } from '../rules/compile-rules.ts'
import type { CompiledPolicies } from '../rules/compiled.ts'
import { type FleetFacts, snapshotOf } from '../rules/snapshot.ts'

/** Small fleets by name, for tests of rules. */

/** "xen-01" and so on; the number is the id. */
export function hostNumber(number: number, overrides: Partial<Host> = {}): Host {
  const name = `xen-${String(number).padStart(2, '0')}`
  return aHost({ hostId: hostId(number), name, ...overrides })
}

/** One GiB on the host of that number. */
export function domainOn(
  host: number,
  number: number,
  name: string,
  overrides: Partial<Domain> = {},
): Domain {
  return aDomain({
    domainId: domainId(number),
    name,
    hostId: hostId(host),
    memCurrentBytes: GIB,
    memTargetBytes: GIB,
    memMinBytes: GIB,
    memMaxBytes: GIB,
    ...overrides,
  })
}

/** Rules numbered from 1 in the order given. */
export function rulesOf(...bodies: readonly RuleBody[]): PolicyRule[] {
  return bodies.map((body, index) => aRule(index + 1, body))
}

export function policiesOn(facts: FleetFacts, ...bodies: readonly RuleBody[]): CompiledPolicies {
  return compileRules(rulesOf(...bodies), snapshotOf(facts))
}
