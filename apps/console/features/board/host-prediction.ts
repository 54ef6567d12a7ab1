import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import { defaultMigrationProfile, type MigrationPrediction } from '@drover/api-schema/migration.ts'
import { type Calibration, predictMigration } from '@drover/optimizer/migration-cost.ts'
import type { DirtyCurve } from '@drover/optimizer/migration-cost-curve.ts'
import { calibrationOf, dirtyCurveOf } from '@drover/optimizer/migration-cost-experience.ts'
import type { FleetIndex } from '../../client/fleet-index.ts'

/** What is the same for every host while a domain is in hand, worked out once. */
type Knowledge = {
  readonly dirty: DirtyCurve | null
  readonly calibration: Calibration
  /** By the speed of the link: most hosts have the same. */
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
): MigrationPrediction | null {
  const destinationSharers = arriving.length + (index.arrivalsOfHost.get(host.hostId)?.length ?? 0)
  let longest: MigrationPrediction | null = null
  for (const domain of arriving) {
    const source = index.hosts.get(domain.hostId)
    if (source === undefined) continue
    const sourceSharers =
      arriving.filter(({ hostId }) => hostId === domain.hostId).length +
      index.openMigrations.filter(({ sourceHostId }) => sourceHostId === domain.hostId).length
    const sourceShare = source.nicBytesPerSec / sourceSharers
    const destinationShare = host.nicBytesPerSec / destinationSharers
    const prediction = predictOnce(domain, index, { sourceShare, destinationShare })
    if (prediction !== null && prediction.totalMs > (longest?.totalMs ?? -1)) longest = prediction
  }
  return longest
}

function predictOnce(
  domain: Domain,
  index: FleetIndex,
  { sourceShare, destinationShare }: { sourceShare: number; destinationShare: number },
): MigrationPrediction | null {
  const { dirty, calibration, byLink } = knowledgeOf(domain, index)
  const key = String(Math.min(sourceShare, destinationShare))
  const before = byLink.get(key)
  if (before !== undefined) return before
  const prediction = predictMigration({
    memBytes: domain.memCurrentBytes,
    vcpuCount: domain.vcpuCount,
    sourceNicBytesPerSec: sourceShare,
    destinationNicBytesPerSec: destinationShare,
    profile: defaultMigrationProfile,
    dirty,
    calibration,
  })
  byLink.set(key, prediction)
  return prediction
}
