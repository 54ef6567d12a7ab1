import { refusePostCopy, refuseSteering } from '@drover/api-schema/capabilities.ts'
import type { CancelOutcome } from '@drover/api-schema/endpoints.ts'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { MigrationId } from '@drover/api-schema/ids.ts'
import { isEnded, type Migration, type Steering } from '@drover/api-schema/migration.ts'
import { err, ok, type Result } from '@drover/api-schema/result.ts'
import type { Actor } from './actor.ts'
import type { MigrationEvent } from './events.ts'
import type { Orchestrator, OrchestratorPorts } from './ports.ts'
import { isRetryOwed } from './record.ts'
import { describeMove, describeResolution, describeSteering } from './sentences.ts'

type OrderPorts = Pick<OrchestratorPorts, 'clock' | 'store' | 'host' | 'audit' | 'log'> & {
  readonly actors: ReadonlyMap<MigrationId, Actor>
  feed(actor: Actor, event: MigrationEvent): Result<Migration, Refusal>
  /** What `taken` says once the source has taken it; err when it does not. */
  saySteering(
    actor: Actor,
    steering: Steering,
    taken: () => Result<Migration, Refusal>,
  ): Promise<Result<Migration, Refusal>>
  /** The queue may look different now. */
  pump(): void
}

export type Orders = Pick<
  Orchestrator,
  'cancel' | 'cancelGroup' | 'setPriority' | 'steer' | 'resolve'
>

/** What people want of migrations that are open: refused with the reason, or carried out and audited. */
export function createOrders(ports: OrderPorts): Orders {
  const { actors, audit, clock, feed, log, pump } = ports

  async function order(
    migrationId: MigrationId,
    event: MigrationEvent,
  ): Promise<Result<Migration, Refusal>> {
    const actor = actors.get(migrationId)
    return actor === undefined ? whyNotOpen(migrationId) : feed(actor, event)
  }

  /** Of one that nobody drives any more, or never did. */
  async function whyNotOpen(migrationId: MigrationId): Promise<Result<never, Refusal>> {
    const stored = await ports.store.find(migrationId)
    if (stored === null) return err(refusal('migration-not-found'))
    const { domainName } = stored.migration
    return err(refusal('migration-ended', `The migration of ${domainName} has ended already.`))
  }

  /** The source would go over to a destination that cannot follow. */
  function refuseMoveNow(migration: Migration, { goesPostCopy }: Steering): Refusal | null {
    const source = ports.host(migration.sourceHostId)
    const destination = ports.host(migration.destinationHostId)
    if (goesPostCopy !== true || source === null || destination === null) return null
    return refusePostCopy(source, destination)
  }

  /** Of one that has failed and waits for the database to be tried again, that try. */
  function cancelOne(actor: Actor, by: string): Result<Migration, Refusal> {
    if (isRetryOwed(actor.record)) {
      const { migration } = actor.record
      const detail = `${by} asked that it is not tried again.`
      audit(by, 'migration-retry-dropped', describeMove(migration), detail)
      return feed(actor, { type: 'retry-dropped', at: clock.now() })
    }
    const { phase } = actor.record.migration.state
    const ordered = feed(actor, { type: 'cancel-requested', at: clock.now(), by })
    if (!ordered.ok) return ordered
    const detail = `${by} asked to cancel it in ${phase}.`
    audit(by, 'migration-cancel-requested', describeMove(ordered.value), detail)
    return ordered
  }

  return {
    async cancel(migrationId, by) {
      const actor = actors.get(migrationId)
      if (actor === undefined) return whyNotOpen(migrationId)
      const ordered = cancelOne(actor, by)
      pump()
      return ordered
    },

    async cancelGroup(groupId, by) {
      const group = [...actors.values()].filter(
        ({ record }) =>
          record.migration.groupId === groupId &&
          (!isEnded(record.migration.state) || isRetryOwed(record)),
      )
      if (group.length === 0)
        return err(refusal('migration-ended', 'No migration of this group is open any more.'))
      const outcomes = group.map((actor): CancelOutcome => {
        const { migrationId } = actor.record.migration
        const answer = cancelOne(actor, by)
        return answer.ok
          ? { outcome: 'asked', migration: answer.value }
          : { outcome: 'refused', migrationId, refusal: answer.error }
      })
      // After all of them: what one leaves free must not let the next go before it is cancelled.
      pump()
      return ok(outcomes)
    },

    async setPriority(migrationId, priority, by) {
      const before = actors.get(migrationId)?.record.migration.priority
      const event = { type: 'priority-changed', at: clock.now(), priority, by } as const
      const ordered = await order(migrationId, event)
      if (!ordered.ok || before === priority) return ordered
      const detail = `${by} changed the priority from ${before} to ${priority}.`
      audit(by, 'migration-priority-changed', describeMove(ordered.value), detail)
      pump()
      return ordered
    },

    async steer(migrationId, steering, by) {
      const actor = actors.get(migrationId)
      if (actor === undefined) return whyNotOpen(migrationId)
      const { migration } = actor.record
      const refused = refuseSteering(migration) ?? refuseMoveNow(migration, steering)
      if (refused !== null) return err(refused)
      return ports.saySteering(actor, steering, () => {
        const detail = describeSteering(migration, steering, by)
        audit(by, 'migration-steered', describeMove(migration), detail)
        return feed(actor, { type: 'steered', at: clock.now(), steering, by })
      })
    },

    async resolve(migrationId, resolution, by) {
      const event = { type: 'resolution-ordered', at: clock.now(), by, resolution } as const
      const ordered = await order(migrationId, event)
      if (!ordered.ok) return ordered
      const detail = describeResolution(ordered.value, resolution, by)
      audit(by, `migration-${resolution}-ordered`, describeMove(ordered.value), detail)
      log.warn(detail)
      return ordered
    },
  }
}
