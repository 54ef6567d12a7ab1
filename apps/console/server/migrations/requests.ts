import { randomUUID } from 'node:crypto'
import type { MoveOutcome } from '@drover/api-schema/endpoints.ts'
import { refusal } from '@drover/api-schema/errors.ts'
import { migrationIdSchema } from '@drover/api-schema/ids.ts'
import { type Judged, judgeMoves, newMigration, othersOf } from './accept.ts'
import type { MigrationRequest, OrchestratorPorts } from './ports.ts'
import { learnedFrom } from './predict.ts'
import { asRefusal, refuseProfile } from './preflight.ts'
import { freshCoordination, type StoredMigration } from './record.ts'
import { bearsOn } from './what-changed.ts'

type RequestPorts = Pick<
  OrchestratorPorts,
  'clock' | 'store' | 'log' | 'host' | 'domain' | 'migrationSettings' | 'rules' | 'changesSince'
> & {
  /** The migrations whose promises a new one must respect. */
  stored(): StoredMigration[]
  /** In the database; now it may go its way. */
  entered(stored: StoredMigration, by: string): void
}

/** People's requests: judged, written all or none, and only then begun. One after the other. */
export function createRequests(ports: RequestPorts) {
  const { clock, store, log } = ports
  let requests: Promise<unknown> = Promise.resolve()

  /** The second of two requests for one domain must see the first. */
  function serially<T>(run: () => Promise<T>): Promise<T> {
    const answer = requests.then(run)
    requests = answer.catch(() => {})
    return answer
  }

  async function request(input: MigrationRequest): Promise<MoveOutcome[]> {
    const stored = ports.stored()
    const judged = judgeMoves(input.moves, stored, ports, {
      rules: ports.rules(),
      purpose: input.purpose ?? 'manual',
      isOverriding: input.override !== undefined,
    })
    let made: Made
    try {
      made = await make(input, judged, stored)
      if (made.accepted.length > 0) await store.insert(made.accepted)
    } catch (error) {
      log.error(`a request to migrate could not be written: ${String(error)}`)
      return judged.map(({ move }) => ({
        outcome: 'refused',
        domainId: move.domainId,
        refusals: [refusal('unavailable', 'The database does not answer; nothing was started.')],
      }))
    }
    for (const one of made.accepted) ports.entered(one, input.requestedBy.name)
    return made.outcomes
  }

  async function make(
    input: MigrationRequest,
    judged: readonly Judged[],
    stored: readonly StoredMigration[],
  ): Promise<Made> {
    const groupId = input.groupId ?? (input.moves.length > 1 ? randomUUID() : null)
    const at = clock.now()
    const settings = ports.migrationSettings()
    const domainIds = input.moves.map(({ domainId }) => domainId)
    const [highest, earlier] = await Promise.all([
      store.highestGenerations(domainIds),
      store.listRecent({ domainIds, ...learnedFrom }),
    ])
    const made: Made = { outcomes: [], accepted: [] }
    for (const one of judged) {
      const { domainId } = one.move
      if (one.outcome === 'refused') {
        const { seen } = input
        const changes =
          seen === undefined
            ? []
            : ports.changesSince(seen, bearsOn(one.move, one.refusals, ports.rules()))
        made.outcomes.push({
          outcome: 'refused',
          domainId,
          refusals: one.refusals,
          ...(changes.length === 0 ? {} : { changes }),
        })
        continue
      }
      const migration = newMigration(one.preflight, input, {
        migrationId: one.move.migrationId ?? migrationIdSchema.parse(randomUUID()),
        groupId,
        generation: Math.max(one.preflight.domain.generation, highest.get(domainId) ?? 0) + 1,
        at,
        earlier,
        others: othersOf(one, judged, stored),
        settings,
      })
      const unable = refuseProfile(migration.profile, one.preflight)
      if (unable !== null) {
        made.outcomes.push({ outcome: 'refused', domainId, refusals: [unable] })
        continue
      }
      made.accepted.push({ migration, coordination: freshCoordination })
      const warnings = one.preflight.warnings.map(asRefusal)
      made.outcomes.push({
        outcome: 'accepted',
        domainId,
        migration,
        ...(warnings.length === 0 ? {} : { warnings }),
      })
    }
    return made
  }

  return {
    request: (input: MigrationRequest): Promise<MoveOutcome[]> => serially(() => request(input)),
    serially,
    idle: (): Promise<unknown> => requests,
  }
}

type Made = { readonly outcomes: MoveOutcome[]; readonly accepted: StoredMigration[] }
