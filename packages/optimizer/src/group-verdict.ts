import type { Domain } from '@drover/api-schema/domain.ts'
import type { Refusal } from '@drover/api-schema/errors.ts'
import type { Host } from '@drover/api-schema/host.ts'
import {
  type Mover,
  nothingPromised,
  type Promised,
  refusalsOfCapability,
  refusalsOfDomain,
  refusalsOfHost,
  refusalsOfMemory,
  type Verdict,
  warningsOf,
} from './verdict.ts'

/** What a host says to domains that would come together. */
export type GroupVerdict = {
  readonly kind: Verdict['kind']
  /** Why some of them cannot leave their hosts: the same wherever they would go. */
  readonly ofDomains: readonly Refusal[]
  /** Why this host cannot take them; each reason once. */
  readonly ofHost: readonly Refusal[]
  readonly warnings: readonly Refusal[]
}

/**
 * May these domains, none of which is there, migrate to `destination` together. A domain that cannot come anyway takes no
 * memory from the others.
 */
export function groupVerdictFor(
  movers: readonly Mover[],
  destination: Host,
  promised: Promised = nothingPromised,
): GroupVerdict {
  const judged = movers.map((mover) => ({
    ...mover,
    ofDomain: refusalsOfDomain(mover.domain, mover.source),
    ofCapability: refusalsOfCapability(mover, destination),
  }))
  const able = judged.filter(
    ({ ofDomain, ofCapability }) =>
      movers.length === 1 || ofDomain.length + ofCapability.length === 0,
  )
  const ofDomains = distinct(judged.flatMap(({ ofDomain }) => ofDomain))
  const ofHost = [
    ...distinct(judged.flatMap(({ source }) => refusalsOfHost(destination, source))),
    ...distinct(judged.flatMap(({ ofCapability }) => ofCapability)),
    ...refusalsOfMemory(domainsOf(able), destination, {
      memBytes: promised.memBytes,
      among: movers.length,
    }),
  ]
  const warnings = warningsOf(domainsOf(movers), destination, promised)
  const isRefused = ofDomains.length + ofHost.length > 0
  return {
    kind: isRefused ? 'refused' : warnings.length > 0 ? 'warning' : 'allowed',
    ofDomains,
    ofHost,
    warnings,
  }
}

function domainsOf(movers: readonly Mover[]): Domain[] {
  return movers.map(({ domain }) => domain)
}

function distinct(refusals: readonly Refusal[]): Refusal[] {
  return [...new Map(refusals.map((one) => [one.message, one])).values()]
}
