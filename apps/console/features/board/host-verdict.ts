import type { Domain } from '@drover/api-schema/domain.ts'
import type { Refusal } from '@drover/api-schema/errors.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { HostId } from '@drover/api-schema/ids.ts'
import { defaultMigrationProfile, type MigrationPrediction } from '@drover/api-schema/migration.ts'
import { predictMigration } from '@drover/optimizer/migration-cost.ts'
import { memoryToPlace, type Promised, verdictFor } from '@drover/optimizer/verdict.ts'
import type { FleetIndex } from '../../client/fleet-index.ts'
import { compareNames } from '../../lib/compare-names.ts'
import { hostMemoryRatio, type Readings } from './loads.ts'

/** Before and after a move, as shares; NaN is unknown. */
export type BeforeAfter = { readonly before: number; readonly after: number }

/** What one host says to the domains in hand. `source`: all of them are there already. */
export type HostVerdict = {
  readonly host: Host
  readonly kind: 'source' | 'allowed' | 'warning' | 'refused'
  /** Per refused domain, every reason. */
  readonly refused: readonly { readonly domain: Domain; readonly refusals: readonly Refusal[] }[]
  readonly warnings: readonly Refusal[]
  readonly cpu: BeforeAfter
  readonly memory: BeforeAfter & { readonly afterBytes: number }
  /** For one domain; several are copied at once and share the link. */
  readonly prediction: MigrationPrediction | null
  /** 1 is best; null when it cannot take them. */
  readonly rank: number | null
}

type Input = {
  readonly domains: readonly Domain[]
  readonly fleet: FleetIndex
  readonly readings: Readings
}

/** The verdict of every host, each with its rank among those that can. */
export function verdictsFor(input: Input): Map<HostId, HostVerdict> {
  const verdicts = input.fleet.fleet.hosts.map((host) => verdictOfHost(host, input))
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
    Number(a.kind === 'warning') - Number(b.kind === 'warning') ||
    burden(a) - burden(b) ||
    compareNames(a.host.name, b.host.name)
  )
}

/** The scarcer of the two after the move; unknown CPU counts as half. */
function burden({ cpu, memory }: HostVerdict): number {
  return Math.max(Number.isNaN(cpu.after) ? 0.5 : cpu.after, memory.after)
}

function verdictOfHost(host: Host, { domains, fleet, readings }: Input): HostVerdict {
  const arriving = domains.filter((domain) => domain.hostId !== host.hostId)
  const leaving = domains.filter((domain) => domain.hostId === host.hostId)
  const refused: { domain: Domain; refusals: readonly Refusal[] }[] = []
  const warnings: Refusal[] = []
  let promised = promisedOn(host, fleet)
  for (const domain of arriving) {
    const source = fleet.hosts.get(domain.hostId)
    if (source === undefined) continue
    const verdict = verdictFor(domain, source, host, promised)
    if (verdict.kind === 'refused') refused.push({ domain, refusals: verdict.refusals })
    warnings.push(...verdict.warnings)
    promised = {
      memBytes: promised.memBytes + memoryToPlace(domain),
      vcpuCount: promised.vcpuCount + domain.vcpuCount,
    }
  }
  return {
    host,
    kind:
      arriving.length === 0
        ? 'source'
        : refused.length > 0
          ? 'refused'
          : warnings.length > 0
            ? 'warning'
            : 'allowed',
    refused,
    warnings,
    cpu: cpuAfter(host, arriving, leaving, readings),
    memory: memoryAfter(host, arriving, leaving),
    prediction: refused.length > 0 ? null : predictionFor(host, arriving, fleet),
    rank: null,
  }
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

function memoryAfter(host: Host, arriving: readonly Domain[], leaving: readonly Domain[]) {
  const bytesOf = (domains: readonly Domain[]) =>
    domains.reduce((sum, domain) => sum + memoryToPlace(domain), 0)
  const afterBytes = host.memTotalBytes - host.memFreeBytes + bytesOf(arriving) - bytesOf(leaving)
  return { before: hostMemoryRatio(host), after: afterBytes / host.memTotalBytes, afterBytes }
}

/** The longest of them; each shares the narrower link with the others and with what already arrives. */
function predictionFor(
  host: Host,
  arriving: readonly Domain[],
  fleet: FleetIndex,
): MigrationPrediction | null {
  const sharers = arriving.length + (fleet.arrivalsOfHost.get(host.hostId)?.length ?? 0)
  let longest: MigrationPrediction | null = null
  for (const domain of arriving) {
    const source = fleet.hosts.get(domain.hostId)
    if (source === undefined) continue
    const prediction = predictMigration({
      memBytes: domain.memCurrentBytes,
      vcpuCount: domain.vcpuCount,
      sourceNicBytesPerSec: source.nicBytesPerSec,
      destinationNicBytesPerSec: host.nicBytesPerSec,
      profile: defaultMigrationProfile,
      sharers,
    })
    if (prediction !== null && prediction.totalMs > (longest?.totalMs ?? -1)) longest = prediction
  }
  return longest
}
