import { isDeepStrictEqual } from 'node:util'
import type { Migration } from '@drover/api-schema/migration.ts'
import { type Actor, isSaved } from './actor.ts'
import type { OrchestratorPorts } from './ports.ts'
import type { MigrationSettings } from './settings.ts'

type WriterPorts = Pick<OrchestratorPorts, 'clock' | 'store' | 'log' | 'isDatabaseGone'> & {
  readonly settings: MigrationSettings
  /** After each write that changes what people see; also without one for what the database will not take. */
  changed(previous: Migration, migration: Migration): void
  /** The database has all there is: what waited for it may go on. */
  caughtUp(actor: Actor): void
}

/** Writes the newest record of each migration, one write at a time each, and tries again while the database refuses. */
export function createWriter(ports: WriterPorts) {
  const { clock, store, log, settings, changed, caughtUp } = ports
  let isStopped = false

  function flush(actor: Actor): void {
    if (actor.saving !== null || actor.stopSaveTimer !== null) return
    actor.saving = save(actor)
      .catch((error: unknown) => log.error(`after writing a migration: ${String(error)}`))
      .finally(() => {
        actor.saving = null
        // Something may have been learnt between the last write and its end.
        if (!isSaved(actor) && !isStopped) flush(actor)
        else caughtUp(actor)
      })
  }

  async function save(actor: Actor): Promise<void> {
    while (!isSaved(actor)) {
      const { migration, coordination } = actor.record
      try {
        await store.save({ migration, coordination })
      } catch (error) {
        tryLater(actor, error)
        return
      }
      actor.saveFailures = 0
      actor.saved = { migration, coordination }
      showNow(actor, migration)
    }
  }

  function showNow(actor: Actor, migration: Migration): void {
    const previous = actor.shown
    actor.shown = migration
    if (!isDeepStrictEqual(previous, migration)) changed(previous, migration)
  }

  function tryLater(actor: Actor, error: unknown): void {
    actor.saveFailures += 1
    const { migration } = actor.record
    const isGone = ports.isDatabaseGone(error)
    if (actor.saveFailures === 1) {
      const sentence = `migration ${migration.migrationId} is not written yet: ${String(error)}`
      if (isGone) log.warn(sentence)
      else log.error(sentence)
    }
    if (isStopped) return
    // A database that is away comes back; one that does not take this record may never, and people must see what is so.
    if (!isGone) showNow(actor, migration)
    const ms = settings.saveRetryMs * 2 ** Math.min(actor.saveFailures - 1, 10)
    actor.stopSaveTimer = clock.setTimer(Math.min(ms, settings.saveRetryCeilingMs), () => {
      actor.stopSaveTimer = null
      flush(actor)
    })
  }

  return {
    flush,
    stop(): void {
      isStopped = true
    },
  }
}
