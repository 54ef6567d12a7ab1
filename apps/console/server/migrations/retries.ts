import type { HostId, MigrationId } from '@drover/api-schema/ids.ts'
import { isEnded, type Migration } from '@drover/api-schema/migration.ts'
import { noRules, type RuleJudgement } from '@drover/optimizer/rules/judgement.ts'
import type { Actor } from './actor.ts'
import type { MigrationEvent } from './events.ts'
import type { OrchestratorPorts } from './ports.ts'
import { learnedFrom } from './predict.ts'
import { promisedOn } from './preflight.ts'
import { isRetryOwed, type StoredMigration } from './record.ts'
import { judgeByRules, overridden } from './rules.ts'
import { describeMove, describeRetry } from './sentences.ts'
import { nextBestHost, successorIdOf, successorOf, whyNotAgain } from './successor.ts'

type RetryPorts = Pick<
  OrchestratorPorts,
  'clock' | 'store' | 'log' | 'host' | 'hosts' | 'domain' | 'migrationSettings' | 'rules' | 'audit'
> & {
  readonly actors: ReadonlyMap<MigrationId, Actor>
  readonly ourselves: string
  /** First wait after the database refused. */
  readonly againMs: number
  isStopped(): boolean
  feed(actor: Actor, event: MigrationEvent): unknown
  /** One after the other with people's requests: two migrations of one domain must not both begin. */
  serially(run: () => Promise<void>): Promise<void>
  /** In the database; now it may go its way. */
  entered(stored: StoredMigration): void
}

/**
 * Tries failed migrations again. A retry is owed by the record of the failed one until its successor is in the database,
 * under an id that follows from it: a console that dies in between owes it still, and finds what it had made already.
 */
export function createRetries(ports: RetryPorts) {
  const { actors, clock, store, log, feed } = ports
  const underWay = new Set<MigrationId>()

  /** Once the failure is in the database. */
  function look(actor: Actor): void {
    const { migrationId } = actor.record.migration
    if (!isRetryOwed(actor.record) || underWay.has(migrationId) || ports.isStopped()) return
    underWay.add(migrationId)
    untilDone(actor)
  }

  /** Also once it is dropped: an insertion whose answer was lost may have made it. */
  function untilDone(actor: Actor): void {
    const { migrationId } = actor.record.migration
    ports
      .serially(() => tryAgain(actor))
      .then(() => void underWay.delete(migrationId))
      .catch((error: unknown) => {
        log.warn(`the retry of migration ${migrationId} waits for the database: ${String(error)}`)
        if (ports.isStopped()) return
        clock.setTimer(ports.againMs, () => {
          if (!ports.isStopped()) untilDone(actor)
        })
      })
  }

  async function tryAgain(actor: Actor): Promise<void> {
    const { migration } = actor.record
    const successorId = successorIdOf(migration.migrationId)
    const made = actors.get(successorId)?.record ?? (await store.find(successorId))
    if (ports.isStopped()) return
    if (made !== null) {
      adopt(actor, made)
      return
    }
    // It was dropped while it stood in line.
    if (!isRetryOwed(actor.record)) return
    const domain = ports.domain(migration.domainId)
    const reason = whyNotAgain(migration, domain, isTaken(migration))
    if (domain === null || reason !== null) {
      ports.audit(ports.ourselves, 'migration-retry-dropped', describeMove(migration), reason ?? '')
      feed(actor, { type: 'retry-dropped', at: clock.now() })
      return
    }
    const domainIds = [migration.domainId]
    const [highest, earlier] = await Promise.all([
      store.highestGenerations(domainIds),
      store.listRecent({ domainIds, ...learnedFrom }),
    ])
    const triedHostIds = [migration.destinationHostId]
    const successor = successorOf(actor.record, domain, {
      source: ports.host(migration.sourceHostId),
      destination: destinationOf(actor, triedHostIds),
      generation: Math.max(domain.generation, highest.get(migration.domainId) ?? 0) + 1,
      at: clock.now(),
      triedHostIds,
      earlier,
      others: openOnes(),
      settings: ports.migrationSettings(),
    })
    if (!isRetryOwed(actor.record)) return
    await store.insert([successor])
    if (ports.isStopped()) return
    enter(actor, successor)
  }

  /** An earlier run, or an insertion whose answer was lost, has made it. */
  function adopt(actor: Actor, made: StoredMigration): void {
    const { migration } = made
    const isNew = !actors.has(migration.migrationId) && !isEnded(migration.state)
    const wasTaken = isNew && isTaken(migration)
    if (!isNew) {
      feed(actor, { type: 'retried', at: clock.now(), migrationId: migration.migrationId })
      return
    }
    enter(actor, made)
    // A person asked for the domain before anybody knew of this one: theirs goes on.
    if (wasTaken) cancel(migration.migrationId)
  }

  function cancel(successorId: MigrationId): void {
    const entered = actors.get(successorId)
    if (entered === undefined) return
    feed(entered, { type: 'cancel-requested', at: clock.now(), by: ports.ourselves })
  }

  function enter(actor: Actor, successor: StoredMigration): void {
    const detail = describeRetry(actor.record.migration, successor.migration)
    ports.audit(ports.ourselves, 'migration-retried', describeMove(successor.migration), detail)
    log.info(detail)
    const wasOwed = isRetryOwed(actor.record)
    ports.entered(successor)
    const { migrationId } = successor.migration
    feed(actor, { type: 'retried', at: clock.now(), migrationId })
    // Dropped between its insertion and the answer to that.
    if (!wasOwed) cancel(migrationId)
  }

  function openOnes(): Migration[] {
    return [...actors.values()]
      .map((other) => other.record.migration)
      .filter(({ state }) => !isEnded(state))
  }

  function isTaken({ domainId, migrationId }: Migration): boolean {
    return openOnes().some(
      (other) => other.domainId === domainId && other.migrationId !== migrationId,
    )
  }

  /** The host it was given, unless the policy is to look for another and there is one. */
  function destinationOf({ record }: Actor, failedOn: readonly HostId[]) {
    const { migration, coordination } = record
    const given = ports.host(migration.destinationHostId)
    const source = ports.host(migration.sourceHostId)
    const domain = ports.domain(migration.domainId)
    if (migration.retry.kind !== 'next-best-host' || source === null || domain === null)
      return given
    const open = [...actors.values()].map((other) => other.record)
    const best = nextBestHost(domain, source, {
      hosts: ports.hosts(),
      triedHostIds: [...coordination.triedHostIds, ...failedOn],
      promisedOn: (hostId) => promisedOn(hostId, open, ports),
      rulesOn: (hostId) => saidByRules({ ...migration, destinationHostId: hostId }, open),
    })
    return best ?? given
  }

  /** What an administrator has overridden for the first try is overridden for the next. */
  function saidByRules(move: Migration, open: readonly StoredMigration[]): RuleJudgement {
    const rules = ports.rules()
    if (rules === null) return noRules
    const said = judgeByRules([move], rules, {
      open,
      purpose: move.purpose ?? 'manual',
      promisedOn: (hostId) => promisedOn(hostId, open, ports),
    }).get(move.domainId)
    if (said === undefined) return noRules
    return move.overridden === undefined ? said : overridden(said, move.overridden.ruleIds)
  }

  return { look }
}
