import type { Migration, MigrationPrediction } from '@drover/api-schema/migration.ts'
import { type MigrationSettings, poolLimit } from '@drover/api-schema/migration-settings.ts'
import { predictMigration } from '@drover/optimizer/migration-cost.ts'
import { calibrationOf, dirtyCurveOf } from '@drover/optimizer/migration-cost-experience.ts'
import type { RecentQuery } from './ports.ts'
import type { Preflight } from './preflight.ts'

/** What is asked of the store before predictions are made: enough of each domain, and of the console as a whole. */
export const learnedFrom: Pick<RecentQuery, 'perDomain' | 'inAll'> = { perDomain: 8, inAll: 50 }

export type Route = Pick<Migration, 'sourceHostId' | 'destinationHostId'>

/** What the console knows when it predicts. */
export type Known = {
  /** Ended ones, of `learnedFrom` at least. */
  readonly earlier: readonly Migration[]
  /** Others that are open or come with the same request: those that may share its NICs. */
  readonly others: readonly Route[]
  readonly settings: MigrationSettings
}

/** Beside an accepted migration, from the domain's own history and what the console has learned of its errors. */
export function predictFor(
  { domain, source, destination }: Pick<Preflight, 'domain' | 'source' | 'destination'>,
  { profile, bandwidthBytesPerSec }: Pick<Migration, 'profile' | 'bandwidthBytesPerSec'>,
  { earlier, others, settings }: Known,
): MigrationPrediction | null {
  const { domainId, vcpuCount, memCurrentBytes: memBytes } = domain
  const dirty = dirtyCurveOf(earlier, { domainId, memBytes })
  const leaving = others.filter(({ sourceHostId }) => sourceHostId === source.hostId).length
  const arriving = others.filter(
    ({ destinationHostId }) => destinationHostId === destination.hostId,
  ).length
  // The queue lets no more than these onto a NIC at once, however many wait.
  const { limits } = settings
  const atOnce = Math.min(limits.total, poolLimit(settings, source.pool))
  const sourceSharers = Math.min(atOnce, limits.outgoingPerHost, leaving + 1)
  const destinationSharers = Math.min(atOnce, limits.incomingPerHost, arriving + 1)
  return predictMigration({
    memBytes,
    vcpuCount,
    sourceNicBytesPerSec: source.nicBytesPerSec,
    destinationNicBytesPerSec: destination.nicBytesPerSec,
    sourceSharers,
    destinationSharers,
    bandwidthBytesPerSec: least([
      bandwidthBytesPerSec,
      shareOf(source.migrationBytesPerSec, sourceSharers),
      shareOf(destination.migrationBytesPerSec, destinationSharers),
    ]),
    profile,
    dirty,
    calibration: calibrationOf(earlier, {
      domainId,
      basis: dirty === null ? 'assumed' : 'measured',
    }),
  })
}

/** What is left of a host's limit to each of those that share it; null: no limit. */
function shareOf(limitBytesPerSec: number | null, sharers: number): number | null {
  return limitBytesPerSec === null ? null : limitBytesPerSec / sharers
}

function least(limits: readonly (number | null)[]): number | null {
  const set = limits.filter((limit) => limit !== null)
  return set.length === 0 ? null : Math.min(...set)
}
