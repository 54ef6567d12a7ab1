import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { MigrationPrediction, MigrationProfile } from '@drover/api-schema/migration.ts'
import { poolSettings } from '@drover/api-schema/migration-settings.ts'
import { type Calibration, predictMigration } from '@drover/optimizer/migration-cost.ts'
import type { DirtyCurve } from '@drover/optimizer/migration-cost-curve.ts'
import { calibrationOf, dirtyCurveOf } from '@drover/optimizer/migration-cost-experience.ts'
import type { FleetIndex } from '../../client/fleet-index.ts'
import type { MigrationTerms } from '../../client/mutations.ts'

/** What is the same for every host while a domain is in hand, worked out once. */
type Knowledge = {
  readonly dirty: DirtyCurve | null
  readonly calibration: Calibration
  /** By the speed of the link and the profile: most hosts have the same. */
  readonly byLink: Map<string, MigrationPrediction | null>
}
const known = new WeakMap<FleetIndex, Map<string, Knowledge>>()

/** From the recent migrations that the fleet brings along; the server has older ones and may know better. */
function knowledgeOf({ domainId, memCurrentBytes }: Domain, index: FleetIndex): Knowledge {
  const ofFleet = known.get(index) ?? new Map<string, Knowledge>()
  known.set(index, ofFleet)
  const before = ofFleet.get(domainId)
  if (before !== undefined) return before
  const { migrations } = index.fleet
  const dirty = dirtyCurveOf(migrations, { domainId, memBytes: memCurrentBytes })
  const basis = dirty === null ? 'assumed' : 'measured'
  const calibration = calibrationOf(migrations, { domainId, basis })
  const knowledge = { dirty, calibration, byLink: new Map() }
  ofFleet.set(domainId, knowledge)
  return knowledge
}

/** The longest of them; each shares its source with all that leave there, and this host with all that arrive. */
export function predictionFor(
  host: Host,
  arriving: readonly Domain[],
  index: FleetIndex,
  terms: MigrationTerms = {},
): MigrationPrediction | null {
  const profile = terms.profile ?? poolSettings(index.fleet.migrationSettings, host.pool).profile
  const ownLimit = terms.bandwidthBytesPerSec ?? Number.POSITIVE_INFINITY
  const destinationSharers = arriving.length + (index.arrivalsOfHost.get(host.hostId)?.length ?? 0)
  let longest: MigrationPrediction | null = null
  for (const domain of arriving) {
    const source = index.hosts.get(domain.hostId)
    if (source === undefined) continue
    const sourceSharers =
      arriving.filter(({ hostId }) => hostId === domain.hostId).length +
      index.openMigrations.filter(({ sourceHostId }) => sourceHostId === domain.hostId).length
    const sourceShare = Math.min(linkOf(source) / sourceSharers, ownLimit)
    const destinationShare = Math.min(linkOf(host) / destinationSharers, ownLimit)
    const link = { sourceShare, destinationShare }
    const prediction = predictOnce(domain, index, { ...link, profile })
    if (prediction !== null && prediction.totalMs > (longest?.totalMs ?? -1)) longest = prediction
  }
  return longest
}

/** What migrations may use of its link, bytes a second. */
function linkOf({ nicBytesPerSec, migrationBytesPerSec }: Host): number {
  return Math.min(nicBytesPerSec, migrationBytesPerSec ?? nicBytesPerSec)
}

function predictOnce(
  domain: Domain,
  index: FleetIndex,
  {
    sourceShare,
    destinationShare,
    profile,
  }: { sourceShare: number; destinationShare: number; profile: MigrationProfile },
): MigrationPrediction | null {
  const { dirty, calibration, byLink } = knowledgeOf(domain, index)
  const key = `${Math.min(sourceShare, destinationShare)} ${JSON.stringify(profile)}`
  const before = byLink.get(key)
  if (before !== undefined) return before
  const prediction = predictMigration({
    memBytes: domain.memCurrentBytes,
    vcpuCount: domain.vcpuCount,
    sourceNicBytesPerSec: sourceShare,
    destinationNicBytesPerSec: destinationShare,
    profile,
    dirty,
    calibration,
  })
  byLink.set(key, prediction)
  return prediction
}
