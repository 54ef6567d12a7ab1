import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { DomainId, HostId, MigrationId } from '@drover/api-schema/ids.ts'
import { isEnded, type Migration } from '@drover/api-schema/migration.ts'
import { type MigrationSettings, poolSettings } from '@drover/api-schema/migration-settings.ts'
import type { MovePurpose } from '@drover/optimizer/rules/carried.ts'
import { noRules, type RuleJudgement } from '@drover/optimizer/rules/judgement.ts'
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
import { judgeByRules, overridden, type RulesNow } from './rules.ts'

type Move = MigrationRequest['moves'][number]
export type Judged =
  | { readonly outcome: 'allowed'; readonly move: Move; readonly preflight: Preflight }
  | { readonly outcome: 'refused'; readonly move: Move; readonly refusals: Refusal[] }

export type Judging = {
  /** Null when there are no rules. */
  readonly rules: RulesNow | null
  readonly purpose: MovePurpose
  /** Required rules warn only. */
  readonly isOverriding: boolean
}

/**
 * All moves of a request together: what one of them takes is not there for the next, and a domain can be
 * taken once only, by whichever request came first. Rules look at the fleet as it would be after all of them; when some are
 * refused they look again at the others without those, until all that are left may go.
 */
export function judgeMoves(
  moves: readonly Move[],
  open: readonly StoredMigration[],
  view: FleetView,
  judging: Judging,
): Judged[] {
  const taken = takenBy(open)
  let left = moves.filter(
    (move, index) =>
      !taken.has(move.domainId) &&
      moves.findIndex(({ domainId }) => domainId === move.domainId) === index,
  )
  const refused = new Map<Move, Judged>()
  for (;;) {
    const said = saidByRules(left, { open, view, judging })
    const judged = judgeInOrder(moves, open, view, { said, refused })
    const fallen = judged.filter(
      ({ outcome, move }) => outcome === 'refused' && left.includes(move),
    )
    if (fallen.length === 0 || judging.rules === null) return judged
    for (const one of fallen) refused.set(one.move, one)
    left = left.filter((move) => !refused.has(move))
  }
}

function takenBy(open: readonly StoredMigration[]): Set<DomainId> {
  const running = open.filter(({ migration }) => !isEnded(migration.state))
  return new Set(running.map(({ migration }) => migration.domainId))
}

function saidByRules(
  moves: readonly Move[],
  {
    open,
    view,
    judging,
  }: {
    readonly open: readonly StoredMigration[]
    readonly view: FleetView
    readonly judging: Judging
  },
): (move: Move) => RuleJudgement {
  const { rules, purpose, isOverriding } = judging
  if (rules === null) return () => noRules
  const promised = (hostId: HostId) => promisedOn(hostId, open, view)
  const said = judgeByRules(moves, rules, { open, purpose, promisedOn: promised })
  return ({ domainId }) => {
    const one = said.get(domainId) ?? noRules
    return isOverriding ? overridden(one, 'all') : one
  }
}

/** `refused`: those that were found out before; they take nothing from the others. */
function judgeInOrder(
  moves: readonly Move[],
  open: readonly StoredMigration[],
  view: FleetView,
  {
    said,
    refused,
  }: {
    readonly said: (move: Move) => RuleJudgement
    readonly refused: ReadonlyMap<Move, Judged>
  },
): Judged[] {
  const promises = new Map<HostId, Promised>()
  const taken = takenBy(open)
  return moves.map((move) => {
    const before = refused.get(move)
    if (before !== undefined) return before
    const hostId = move.destinationHostId
    const promised = promises.get(hostId) ?? promisedOn(hostId, open, view)
    const judged = judgeMove(move, view, promised, said(move))
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
    ...(input.purpose === undefined ? {} : { purpose: input.purpose }),
    ...overriding(preflight, input),
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

/** What stands in the record, and only when a rule is overridden in fact. */
function overriding(
  { warnings }: Preflight,
  { override, requestedBy }: Omit<MigrationRequest, 'moves'>,
): Pick<Migration, 'overridden'> {
  const ruleIds = warnings.flatMap(({ ruleId, precedence }) =>
    precedence === 'required' && ruleId !== undefined ? [ruleId] : [],
  )
  if (override === undefined || ruleIds.length === 0) return {}
  return {
    overridden: { reason: override.reason, by: requestedBy.name, ruleIds: [...new Set(ruleIds)] },
  }
}
