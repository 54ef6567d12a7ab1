import type { Domain } from '@drover/api-schema/domain.ts'
import type { Refusal } from '@drover/api-schema/errors.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { LicenceNeed } from './rules/carried.ts'
import { noRules, type RuleJudgement } from './rules/judgement.ts'
import { byPrecedence, type Reason, withPrecedence } from './rules/reason.ts'
import {
  kindOf,
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

/** What a host says to domains that would come together; reasons strongest first. */
export type GroupVerdict = {
  readonly kind: Verdict['kind']
  /** Why some of them cannot leave their hosts: the same wherever they would go. */
  readonly ofDomains: readonly Reason[]
  /** Why this host cannot take them; each reason once. */
  readonly ofHost: readonly Reason[]
  readonly warnings: readonly Reason[]
  /** What pools of licences give or get back. */
  readonly licences: readonly LicenceNeed[]
  /** Of the preferred rules that would be broken, summed. */
  readonly brokenWeight: number
}

/**
 * May these domains migrate to a host together. Looks at them once; every host is then asked what differs there. Those that
 * are on the host already stay and are not counted. A domain that cannot come anyway takes no memory from the others.
 */
export function groupVerdicts(
  movers: readonly Mover[],
): (destination: Host, promised?: Promised, rules?: RuleJudgement) => GroupVerdict {
  const judged = movers.map((mover) => ({
    mover,
    needs: needsOf(mover),
    ofDomain: refusalsOfDomain(mover.domain, mover.source).map(withPrecedence),
  }))
  const sources = new Set(movers.map(({ source }) => source.hostId))
  return (destination, promised = nothingPromised, rules = noRules) => {
    const isSource = sources.has(destination.hostId)
    const coming = isSource
      ? judged.filter(({ mover }) => mover.source.hostId !== destination.hostId)
      : judged
    return verdictOn(destination, coming, { promised, rules, isAlone: coming.length === 1 })
  }
}

type Judged = {
  readonly mover: Mover
  readonly needs: string
  readonly ofDomain: readonly Reason[]
}
type Circumstances = {
  readonly promised: Promised
  readonly rules: RuleJudgement
  readonly isAlone: boolean
}

function verdictOn(
  destination: Host,
  coming: readonly Judged[],
  { promised, rules, isAlone }: Circumstances,
): GroupVerdict {
  const incapable = incapableOn(destination, coming)
  const able = coming.filter(
    ({ mover, ofDomain }) => isAlone || (ofDomain.length === 0 && !incapable.has(mover)),
  )
  const builtIn = [
    ...hostRefusals(destination, coming),
    ...distinct([...incapable.values()].flat()),
    ...refusalsOfMemory(domainsOf(able), destination, {
      memBytes: promised.memBytes,
      among: coming.length,
    }),
  ].map(withPrecedence)
  const leaving = distinct(coming.flatMap(({ ofDomain }) => ofDomain))
  const ofDomains = [...leaving, ...rules.ofDomains].sort(byPrecedence)
  const ofHost = [...builtIn, ...rules.ofHost].sort(byPrecedence)
  const warnings = [
    ...warningsOf(domainsOf(coming), destination, promised).map(withPrecedence),
    ...rules.warnings,
  ]
  return {
    kind: kindOf([...ofDomains, ...ofHost], warnings),
    ofDomains,
    ofHost,
    warnings,
    licences: rules.licences,
    brokenWeight: rules.brokenWeight,
  }
}

/** Of a source only its pool matters here, and a group has few. */
function hostRefusals(destination: Host, coming: readonly Judged[]): Refusal[] {
  const bySource = new Map(coming.map(({ mover }) => [mover.source.pool, mover.source]))
  return distinct([...bySource.values()].flatMap((source) => refusalsOfHost(destination, source)))
}

/** Those the host cannot run. What many have in common is compared once: a CPU has hundreds of features. */
function incapableOn(destination: Host, coming: readonly Judged[]): Map<Mover, Refusal[]> {
  const found = new Map<Mover, Refusal[]>()
  const isCapable = new Map<string, boolean>()
  for (const { mover, needs } of coming) {
    if (isCapable.get(needs) === true) continue
    const refusals = refusalsOfCapability(mover, destination)
    isCapable.set(needs, refusals.length === 0)
    if (refusals.length > 0) found.set(mover, refusals)
  }
  return found
}

/** Everything that `refusalsOfCapability` looks at, as one text. */
function needsOf({ domain, source }: Mover): string {
  const { kind, guestArchitecture, vcpuCount, requiredCpuFeatures } = domain
  const { version } = source.hypervisor
  return [kind, guestArchitecture, vcpuCount, version, ...requiredCpuFeatures].join(' ')
}

function domainsOf(judged: readonly Judged[]): Domain[] {
  return judged.map(({ mover }) => mover.domain)
}

function distinct<T extends Refusal>(refusals: readonly T[]): T[] {
  return refusals.length < 2
    ? [...refusals]
    : [...new Map(refusals.map((one) => [one.message, one])).values()]
}
