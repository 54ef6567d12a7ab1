import type { Move } from '@drover/api-schema/endpoints.ts'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { HostId, MigrationId } from '@drover/api-schema/ids.ts'
import { isEnded, type Migration } from '@drover/api-schema/migration.ts'
import { type MigrationSettings, poolSettings } from '@drover/api-schema/migration-settings.ts'
import { memoryToPlace, type Promised } from '@drover/optimizer/verdict.ts'
import type { MigrationRequest } from './ports.ts'
import { type Known, predictFor, type Route } from './predict.ts'
import {
  addPromises,
  type FleetView,
  judgeMove,
  type Preflight,
  promisedOn,
  promiseOf,
} from './preflight.ts'
import type { StoredMigration } from './record.ts'

export type Judged =
  | { readonly outcome: 'allowed'; readonly move: Move; readonly preflight: Preflight }
  | { readonly outcome: 'refused'; readonly move: Move; readonly refusals: Refusal[] }

/**
 * All moves of a request together: what one of them takes is not there for the next, and a domain can be
 * taken once only, by whichever request came first.
 */
export function judgeMoves(
  moves: readonly Move[],
  open: readonly StoredMigration[],
  view: FleetView,
): Judged[] {
  const promises = new Map<HostId, Promised>()
  const taken = new Set(
    open
      .filter(({ migration }) => !isEnded(migration.state))
      .map(({ migration }) => migration.domainId),
  )
  return moves.map((move) => {
    const hostId = move.destinationHostId
    const promised = promises.get(hostId) ?? promisedOn(hostId, open, view)
    const judged = judgeMove(move, view, promised)
    const isTaken = taken.has(move.domainId)
    if (judged.ok && !isTaken) {
      promises.set(hostId, addPromises(promised, promiseOf(judged.value.domain)))
      taken.add(move.domainId)
      return { outcome: 'allowed', move, preflight: judged.value }
    }
    const refusals = judged.ok ? [] : judged.error
    if (isTaken && !refusals.some(({ code }) => code === 'domain-migrating')) {
      const name = view.domain(move.domainId)?.name ?? 'The domain'
      refusals.unshift(
        refusal('domain-migrating', `${name} is being migrated already; cancel that first.`),
      )
    }
    return { outcome: 'refused', move, refusals }
  })
}

/** The open migrations and the other moves of the request: what may share a NIC with this one. */
export function othersOf(
  own: Judged,
  judged: readonly Judged[],
  open: readonly StoredMigration[],
): Route[] {
  const beside = judged.flatMap((other): Route[] => {
    if (other === own || other.outcome === 'refused') return []
    const { source, destination } = other.preflight
    return [{ sourceHostId: source.hostId, destinationHostId: destination.hostId }]
  })
  const running = open.map(({ migration }) => migration).filter(({ state }) => !isEnded(state))
  return [...running, ...beside]
}

/** The migration of an allowed move, as it enters the queue. */
export function newMigration(
  preflight: Preflight,
  input: Omit<MigrationRequest, 'moves'>,
  made: {
    migrationId: MigrationId
    groupId: string | null
    generation: number
    at: number
    settings: MigrationSettings
  } & Omit<Known, 'settings'>,
): Migration {
  const { domain, source, destination } = preflight
  const ofPool = poolSettings(made.settings, destination.pool)
  const profile = input.profile ?? ofPool.profile
  const { bandwidthBytesPerSec = null } = input
  const memBytes = memoryToPlace(domain)
  return {
    migrationId: made.migrationId,
    groupId: made.groupId,
    domainId: domain.domainId,
    domainName: domain.name,
    sourceHostId: source.hostId,
    sourceHostName: source.name,
    destinationHostId: destination.hostId,
    destinationHostName: destination.name,
    generation: made.generation,
    profile,
    memBytes,
    predicted: predictFor(preflight, { profile, bandwidthBytesPerSec }, made),
    requestedBy: input.requestedBy,
    requestedAt: made.at,
    cancelRequestedBy: null,
    priority: input.priority ?? 'normal',
    bandwidthBytesPerSec,
    retry: input.retry ?? ofPool.retry,
    attempt: 1,
    retryOf: null,
    retriedBy: null,
    notBeforeAt: null,
    state: { phase: 'queued' },
  }
}
