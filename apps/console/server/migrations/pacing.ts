import { randomUUID } from 'node:crypto'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import { commandIdSchema, type MigrationId } from '@drover/api-schema/ids.ts'
import type { Migration, Steering } from '@drover/api-schema/migration.ts'
import { err, ok, type Result } from '@drover/api-schema/result.ts'
import { bandwidthShares } from '@drover/optimizer/bandwidth-shares.ts'
import { type Actor, phaseOf } from './actor.ts'
import type { MigrationEvent } from './events.ts'
import type { OrchestratorPorts } from './ports.ts'

type PacingPorts = Pick<OrchestratorPorts, 'clock' | 'host' | 'send' | 'log'> & {
  readonly actors: ReadonlyMap<MigrationId, Actor>
  feed(actor: Actor, event: MigrationEvent): unknown
  isStopped(): boolean
}

const copying = ['preparing', 'pre-copy', 'stop-and-copy']

/**
 * Says to sources what their copies may take. Shares follow from who runs now; a source is told when its share is something
 * else than what it has confirmed, so a lost answer, a late one or a restart leads to saying it again, and a fleet
 * without limits to saying nothing.
 */
export function createPacing(ports: PacingPorts) {
  const { actors, clock, feed, host } = ports
  let isLooking = false

  function runningCopies(): Actor[] {
    return [...actors.values()].filter((actor) => copying.includes(phaseOf(actor)))
  }

  function sharesOf(copies: readonly Migration[]) {
    return bandwidthShares(copies, (hostId) => host(hostId))
  }

  /** After anything that may change who shares what. */
  function look(): void {
    if (isLooking || ports.isStopped()) return
    isLooking = true
    try {
      const copies = runningCopies()
      const shares = sharesOf(copies.map((actor) => actor.record.migration))
      for (const actor of copies) {
        learnShare(actor, shares.get(actor.record.migration.migrationId) ?? null)
        sayIfNeeded(actor)
      }
    } finally {
      isLooking = false
    }
  }

  function learnShare(actor: Actor, bytesPerSec: number | null): void {
    const { coordination, session } = actor.record
    if (session.shareBytesPerSec === bytesPerSec) return
    feed(actor, { type: 'share-changed', at: clock.now(), bytesPerSec })
    // The start may carry it, and confirms nothing.
    if (bytesPerSec !== null && coordination.source === null) actor.saidBytesPerSec = 'unknown'
  }

  /** A limit is said only when a later run of the console would know of it: somebody has to lift it again. */
  function mayBeSaid(actor: Actor, bytesPerSec: number | null): boolean {
    return bytesPerSec === null || actor.saved.coordination.mayBeLimited
  }

  function sayIfNeeded(actor: Actor): void {
    const { migration, coordination, session } = actor.record
    if (actor.saidBytesPerSec === session.shareBytesPerSec || actor.steersInFlight > 0) return
    if (coordination.source?.status !== 'copying' || !session.source.isConnected) return
    const source = host(migration.sourceHostId)
    if (source === null || !source.capabilities.canChangeMigrationBandwidth) return
    if (!mayBeSaid(actor, session.shareBytesPerSec)) return
    const steering = { ...wanted(migration), bandwidthBytesPerSec: session.shareBytesPerSec }
    say(actor, steering, () => ok(null)).catch((error: unknown) => {
      ports.log.error(`migration ${migration.migrationId}: ${String(error)}`)
    })
  }

  /**
   * What the source answers is what it goes by; when it does not answer, nobody knows. What it has taken is made known by
   * `taken` before anybody compares again: the old wish would be said right behind the new one.
   */
  async function say<T>(
    actor: Actor,
    steering: Steering,
    taken: () => Result<T, Refusal>,
  ): Promise<Result<T, Refusal>> {
    const { migrationId, sourceHostId } = actor.record.migration
    const commandId = commandIdSchema.parse(`${migrationId}:steer:${randomUUID()}`)
    const command = { kind: 'steer-outgoing', migrationId, steering } as const
    const saidBefore = actor.saidBytesPerSec
    let said: Result<T, Refusal>
    actor.saidBytesPerSec = 'unknown'
    actor.steersInFlight += 1
    try {
      const answer = await ports.send(sourceHostId, commandId, command)
      if (!answer.ok) return answer
      if (answer.value.kind === 'rejected') {
        // It goes on as before.
        actor.saidBytesPerSec = saidBefore
        return err(answer.value.refusal)
      }
      actor.saidBytesPerSec = steering.bandwidthBytesPerSec
      said = taken()
    } finally {
      actor.steersInFlight -= 1
    }
    // It may have become another meanwhile. Where it was not taken, the next event brings the next try.
    if (!ports.isStopped()) sayIfNeeded(actor)
    return said
  }

  function shareWith(actor: Actor, { bandwidthBytesPerSec }: Steering): number | null {
    const own = actor.record.migration
    const copies = runningCopies().map(({ record: { migration } }) =>
      migration === own ? { ...own, bandwidthBytesPerSec } : migration,
    )
    return sharesOf(copies).get(own.migrationId) ?? bandwidthBytesPerSec
  }

  return {
    look,
    /** The database has all there is of it: what waited for that may be said. */
    caughtUp: sayIfNeeded,

    /** What a person wants of a running copy, as far as the hosts' limits allow it. */
    async steer(
      actor: Actor,
      steering: Steering,
      taken: () => Result<Migration, Refusal>,
    ): Promise<Result<Migration, Refusal>> {
      const limit = shareWith(actor, steering)
      if (!mayBeSaid(actor, limit)) {
        feed(actor, { type: 'share-changed', at: clock.now(), bytesPerSec: limit })
        await actor.saving
      }
      const bandwidthBytesPerSec = shareWith(actor, steering)
      if (!mayBeSaid(actor, bandwidthBytesPerSec))
        return err(refusal('unavailable', 'The database does not answer; nothing was changed.'))
      return say(actor, { ...steering, bandwidthBytesPerSec }, taken)
    },
  }
}

/** What a person has asked for while it ran: a command says the whole of it. */
function wanted({ steered }: Migration): Steering {
  if (steered === undefined) return { bandwidthBytesPerSec: null, pausesNext: false }
  const { by: _, ...steering } = steered
  return steering
}
