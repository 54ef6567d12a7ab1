import type { MigrationId } from '@drover/api-schema/ids.ts'
import { isEnded, type Migration } from '@drover/api-schema/migration.ts'
import { nextToGo } from '@drover/optimizer/migration-queue.ts'
import type { Actor } from './actor.ts'
import type { MigrationEvent } from './events.ts'
import type { OrchestratorPorts } from './ports.ts'

type AdmissionPorts = Pick<OrchestratorPorts, 'clock' | 'host' | 'migrationSettings'> & {
  readonly actors: ReadonlyMap<MigrationId, Actor>
  feed(actor: Actor, event: MigrationEvent): unknown
  followWallClock(): void
  isStopped(): boolean
}

/** Lets migrations out of the queue, as `migration-queue.ts` decides. */
export function createAdmission(ports: AdmissionPorts) {
  const { actors, clock, isStopped } = ports
  let isPumping = false
  let stopPauseTimer: (() => void) | null = null

  function openMigrations(): Migration[] {
    return [...actors.values()]
      .map((actor) => actor.record.migration)
      .filter((migration) => !isEnded(migration.state))
  }

  /** A preflight that refuses makes room at once, so it looks again. */
  function pump(): void {
    if (isPumping || isStopped()) return
    isPumping = true
    try {
      for (;;) {
        const next = nextToGo(openMigrations(), {
          host: (hostId) => ports.host(hostId),
          settings: ports.migrationSettings(),
          now: clock.now(),
        })
        const actor = next === null ? undefined : actors.get(next.migrationId)
        if (actor === undefined) return
        ports.feed(actor, { type: 'admitted', at: clock.now() })
      }
    } finally {
      isPumping = false
      watchPauses()
    }
  }

  /** Nothing happens when the pause before a retry is over, so somebody has to look. */
  function watchPauses(): void {
    stop()
    const now = clock.now()
    const ends = openMigrations().flatMap(({ state, notBeforeAt }) =>
      state.phase === 'queued' && notBeforeAt !== null && notBeforeAt > now ? [notBeforeAt] : [],
    )
    if (isStopped() || ends.length === 0) return
    stopPauseTimer = clock.setTimer(Math.min(...ends) - now, () => {
      stopPauseTimer = null
      ports.followWallClock()
      pump()
    })
  }

  function stop(): void {
    stopPauseTimer?.()
    stopPauseTimer = null
  }

  return { pump, stop }
}
