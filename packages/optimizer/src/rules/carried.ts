import type { HostId, PolicyRuleId } from '@drover/api-schema/ids.ts'
import type { LicenceUnit } from '@drover/api-schema/policy.ts'
import type { Promised } from '../verdict.ts'
import type { Reason } from './reason.ts'
import type { Snapshot } from './snapshot.ts'
import { listedOf } from './words.ts'

/** Who wants the move: rules bind an administrator less than the balancer, and least of all who empties a host. */
export type MovePurpose = 'manual' | 'automatic' | 'maintenance'

/** What a pool gives or gets back when the domains move to a host. */
export type LicenceNeed = {
  readonly ruleId: PolicyRuleId
  readonly product: string
  readonly per: LicenceUnit
  /** Taken because none of the pool's domains runs there yet. */
  readonly newly: number
  /** Given back by hosts that none of them stays on. */
  readonly freed: number
  readonly usedAfter: number
  readonly count: number
}

/** Domains picked up together, as the rules of one kind see them. */
export type Carried = {
  readonly snapshot: Snapshot
  /** Their numbers, each once. */
  readonly domains: readonly number[]
  readonly purpose: MovePurpose
  /** Minute of the week now on the clocks of a zone (api-schema/week-time.ts). */
  readonly minuteOfWeek: (timeZone: string) => number
  readonly promisedOn: (hostId: HostId) => Promised
}

/** One thing a rule says of one host; `isLessBroken`: the rule does not hold there, but better than now. */
export type Said = {
  readonly reason: Reason
  readonly isOfDomains?: boolean
  readonly isLessBroken?: boolean
}
/** What a rule says of the host of that number; made once for what is picked up, asked for every host. */
export type Judge = (host: number) => {
  readonly said: readonly Said[]
  readonly licence?: LicenceNeed
}

/** Those of the domains that would come to a host: what is there already, or on its way there, stays. */
export function arrivals(
  domains: readonly number[],
  { headedFor }: Snapshot,
): (host: number) => readonly number[] {
  const sources = new Set(domains.map((domain) => headedFor[domain]))
  return (host) =>
    sources.has(host) ? domains.filter((domain) => headedFor[domain] !== host) : domains
}

/** Their names as in a sentence. */
export function listedDomains(domains: readonly number[], snapshot: Snapshot): string {
  return listedOf(domains, (domain) => snapshot.domains[domain]?.name ?? '')
}
