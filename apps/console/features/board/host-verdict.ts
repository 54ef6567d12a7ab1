import type { Domain } from '@drover/api-schema/domain.ts'
import type { Refusal } from '@drover/api-schema/errors.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { HostId } from '@drover/api-schema/ids.ts'
import type { MigrationPrediction } from '@drover/api-schema/migration.ts'
import { type GroupVerdict, groupVerdicts } from '@drover/optimizer/group-verdict.ts'
import { loadWarnings } from '@drover/optimizer/load-warnings.ts'
import type { LicenceNeed } from '@drover/optimizer/rules/carried.ts'
import { memoryToPlace, nothingPromised, type Promised } from '@drover/optimizer/verdict.ts'
import type { FleetIndex } from '../../client/fleet-index.ts'
import type { MigrationTerms } from '../../client/mutations.ts'
import { compareNames } from '../../lib/compare-names.ts'
import { predictionFor } from './host-prediction.ts'
import {
  domainDisk,
  domainNetwork,
  hostDisk,
  hostMemoryRatio,
  hostNetwork,
  type Readings,
} from './loads.ts'
import { rulesInHand } from './rules-on-fleet.ts'

/** Before and after a move, as shares; NaN is unknown. */
export type BeforeAfter = { readonly before: number; readonly after: number }

/** What one host says to the domains in hand. `source`: all of them are there already. */
export type HostVerdict = {
  readonly host: Host
  readonly kind: 'source' | 'allowed' | 'warning' | 'refused'
  /** Why some of the domains cannot leave where they are: not this host's, and the same on every other. */
  readonly ofDomains: readonly string[]
  /** Why this host cannot take them, every reason once. */
  readonly ofHost: readonly string[]
  readonly warnings: readonly string[]
  readonly cpu: BeforeAfter
  readonly memory: BeforeAfter & { readonly afterBytes: number }
  readonly network: BeforeAfter
  readonly disk: BeforeAfter
  /** What pools of licences give for it, or get back. */
  readonly licences: readonly LicenceNeed[]
  /** Of the preferred rules that it would break, summed. */
  readonly brokenWeight: number
  /** For one domain; several are copied at once and share the link. */
  readonly prediction: MigrationPrediction | null
  /** 1 is best; null when it cannot take them. */
  readonly rank: number | null
}

type Input = {
  readonly domains: readonly Domain[]
  readonly fleet: FleetIndex
  readonly readings: Readings
  /** At the pick-up: rules may lie on the fleet as it was a moment ago, for the verdicts come anew a moment later. */
  readonly isHurried?: boolean
  /** What will be asked for; left out: as set for the pool. */
  readonly terms?: MigrationTerms
}

/** The verdict of every host, each with its rank among those that can. */
export function verdictsFor(input: Input): Map<HostId, HostVerdict> {
  const { domains, fleet } = input
  const movers = domains.flatMap((domain) => {
    const source = fleet.hosts.get(domain.hostId)
    return source === undefined ? [] : [{ domain, source }]
  })
  const judge = groupVerdicts(movers)
  const rules = rulesInHand(
    domains.map(({ domainId }) => domainId),
    {
      fleet,
      readings: input.readings,
      isHurried: input.isHurried ?? false,
      promisedOn: (hostId) => {
        const host = fleet.hosts.get(hostId)
        return host === undefined ? nothingPromised : promisedOn(host, fleet)
      },
    },
  )
  const verdicts = fleet.fleet.hosts.map((host) =>
    verdictOfHost(host, input, (promised) => judge(host, promised, rules.on(host.hostId))),
  )
  const ranked = verdicts
    .filter((verdict) => verdict.kind === 'allowed' || verdict.kind === 'warning')
    .sort(byQuality)
  return new Map(
    verdicts.map((verdict) => {
      const place = ranked.indexOf(verdict)
      return [verdict.host.hostId, { ...verdict, rank: place === -1 ? null : place + 1 }]
    }),
  )
}

/** Best first; then the source, then those that cannot. */
export function inOrder(verdicts: Iterable<HostVerdict>): HostVerdict[] {
  return [...verdicts].sort(
    (a, b) =>
      (a.rank ?? Number.POSITIVE_INFINITY) - (b.rank ?? Number.POSITIVE_INFINITY) ||
      Number(a.kind === 'refused') - Number(b.kind === 'refused') ||
      compareNames(a.host.name, b.host.name),
  )
}

function byQuality(a: HostVerdict, b: HostVerdict): number {
  return (
    a.brokenWeight - b.brokenWeight ||
    Number(a.kind === 'warning') - Number(b.kind === 'warning') ||
    burden(a) - burden(b) ||
    compareNames(a.host.name, b.host.name)
  )
}

/** The scarcer of the two after the move; unknown CPU counts as half. */
function burden({ cpu, memory }: HostVerdict): number {
  return Math.max(Number.isNaN(cpu.after) ? 0.5 : cpu.after, memory.after)
}

/** Why what is in hand can go nowhere; said once and not by every host. */
export function obstaclesOf(verdicts: ReadonlyMap<HostId, HostVerdict>): string[] {
  return [...new Set([...verdicts.values()].flatMap(({ ofDomains }) => ofDomains))]
}

/** Everything that is in the way, for where there is room for all of it. */
export function reasonsOf({ ofDomains, ofHost }: HostVerdict): string[] {
  return [...ofDomains, ...ofHost]
}

function verdictOfHost(
  host: Host,
  { domains, fleet, readings, terms }: Input,
  judge: (promised: Promised) => GroupVerdict,
): HostVerdict {
  const arriving = domains.filter(({ hostId }) => hostId !== host.hostId && fleet.hosts.has(hostId))
  const promised = promisedOn(host, fleet)
  const group = judge(promised)
  // What is there already stays when others come to it; alone in hand it leaves.
  const leaving = arriving.length === 0 ? domains : []
  const cpu = cpuAfter(host, arriving, leaving, readings)
  const memory = memoryAfter(host, arriving, leaving)
  const moved = { arriving, leaving, readings }
  const network = rateAfter(hostNetwork(host, readings), domainNetwork, {
    ...moved,
    capacity: host.nicBytesPerSec,
  })
  const disk = rateAfter(hostDisk(host, readings), domainDisk, {
    ...moved,
    capacity: host.diskBytesPerSec,
  })
  const warnings = [
    ...sentences(group.warnings),
    ...loadWarnings(host, {
      cpuRatio: cpu.after,
      memFreeBytes: host.memTotalBytes - memory.afterBytes - promised.memBytes,
      nicRatioNow: network.before,
      nicRatio: network.after,
    }),
  ]
  const isRefused = group.kind === 'refused'
  return {
    host,
    kind:
      arriving.length === 0
        ? 'source'
        : isRefused
          ? 'refused'
          : warnings.length > 0
            ? 'warning'
            : 'allowed',
    ofDomains: sentences(group.ofDomains),
    ofHost: sentences(group.ofHost),
    warnings,
    cpu,
    memory,
    network,
    disk,
    licences: group.licences,
    brokenWeight: group.brokenWeight,
    prediction: isRefused ? null : predictionFor(host, arriving, fleet, terms),
    rank: null,
  }
}

function sentences(refusals: readonly Refusal[]): string[] {
  return refusals.map(({ message }) => message)
}

/** What is on its way and not yet reserved there: the destination's free memory does not know of it. */
function promisedOn(host: Host, fleet: FleetIndex): Promised {
  let memBytes = 0
  let vcpuCount = 0
  for (const migration of fleet.arrivalsOfHost.get(host.hostId) ?? []) {
    if (migration.state.phase !== 'queued' && migration.state.phase !== 'preflight') continue
    memBytes += migration.memBytes
    vcpuCount += fleet.domains.get(migration.domainId)?.vcpuCount ?? 0
  }
  return { memBytes, vcpuCount }
}

function cpuAfter(
  host: Host,
  arriving: readonly Domain[],
  leaving: readonly Domain[],
  readings: Readings,
): BeforeAfter {
  const before = readings.host(host.hostId, 'cpu')
  const cpuOf = (domains: readonly Domain[]) =>
    domains.reduce((sum, domain) => sum + readings.domain(domain.domainId, 'cpu'), 0)
  const change = (cpuOf(arriving) - cpuOf(leaving)) / host.cpu.pcpuCount
  return { before, after: Math.max(0, before + change) }
}

/** Traffic goes with the domains; what the migration itself sends is over then. */
function rateAfter(
  now: number,
  rateOf: (domain: Domain, readings: Readings) => number,
  {
    arriving,
    leaving,
    readings,
    capacity,
  }: {
    readonly arriving: readonly Domain[]
    readonly leaving: readonly Domain[]
    readonly readings: Readings
    readonly capacity: number
  },
): BeforeAfter {
  const sumOf = (domains: readonly Domain[]) =>
    domains.reduce((sum, domain) => sum + rateOf(domain, readings), 0)
  const after = Math.max(0, now + sumOf(arriving) - sumOf(leaving))
  return { before: now / capacity, after: after / capacity }
}

function memoryAfter(host: Host, arriving: readonly Domain[], leaving: readonly Domain[]) {
  const bytesOf = (domains: readonly Domain[]) =>
    domains.reduce((sum, domain) => sum + memoryToPlace(domain), 0)
  const afterBytes = host.memTotalBytes - host.memFreeBytes + bytesOf(arriving) - bytesOf(leaving)
  return { before: hostMemoryRatio(host), after: afterBytes / host.memTotalBytes, afterBytes }
}
