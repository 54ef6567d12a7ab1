import type { Domain } from '@drover/api-schema/domain.ts'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { Host } from '@drover/api-schema/host.ts'
import { describeBytes } from '@drover/api-schema/units.ts'
import {
  freeMemory,
  type Mover,
  memoryToPlace,
  nothingPromised,
  type Promised,
  refusalsOfDomain,
  refusalsOfPlacement,
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
 * May these domains, none of which is there, migrate to `destination` together. Memory is compared as a sum, against
 * what is truly free; a domain that cannot come anyway takes none of it.
 */
export function groupVerdictFor(
  movers: readonly Mover[],
  destination: Host,
  promised: Promised = nothingPromised,
): GroupVerdict {
  const judged = movers.map((mover) => ({
    domain: mover.domain,
    ofDomain: refusalsOfDomain(mover.domain, mover.source),
    ofPlacement: refusalsOfPlacement(mover, destination, promised),
  }))
  const able = judged
    .filter(({ ofDomain, ofPlacement }) => ofDomain.length + ofPlacement.length === 0)
    .map(({ domain }) => domain)
  const ofDomains = distinct(judged.flatMap(({ ofDomain }) => ofDomain))
  const ofHost = [
    ...distinct(judged.flatMap(({ ofPlacement }) => ofPlacement)),
    ...refusalsOfSum(able, movers.length, { destination, promised }),
  ]
  const warnings = warningsOf(
    movers.map(({ domain }) => domain),
    destination,
    promised,
  )
  const isRefused = ofDomains.length + ofHost.length > 0
  return {
    kind: isRefused ? 'refused' : warnings.length > 0 ? 'warning' : 'allowed',
    ofDomains,
    ofHost,
    warnings,
  }
}

/** Each fits alone, but do they fit together? */
function refusalsOfSum(
  domains: readonly Domain[],
  groupSize: number,
  { destination, promised }: { readonly destination: Host; readonly promised: Promised },
): Refusal[] {
  if (domains.length < 2) return []
  const needed = domains.reduce((sum, domain) => sum + memoryToPlace(domain), 0)
  const free = freeMemory(destination, promised)
  if (free >= needed) return []
  const who =
    domains.length === groupSize
      ? `the ${groupSize} domains need`
      : `the other ${domains.length} domains need`
  return [
    refusal(
      'not-enough-memory',
      `${destination.name} has ${describeBytes(free)} free; ${who} ${describeBytes(needed)} together. Free ${describeBytes(needed - free)} there or pick another host.`,
    ),
  ]
}

function distinct(refusals: readonly Refusal[]): Refusal[] {
  return [...new Map(refusals.map((one) => [one.message, one])).values()]
}
