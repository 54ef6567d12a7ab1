import type { MigrationId } from '@drover/api-schema/ids.ts'
import { type QueueView, queueOrder } from '@drover/optimizer/migration-queue.ts'
import { type Wait, waits } from '@drover/optimizer/migration-queue-wait.ts'
import type { FleetIndex } from '../../client/fleet-index.ts'

export type Queue = {
  /** Whose turn is next comes first; those that something else holds are not in it. */
  readonly order: readonly MigrationId[]
  readonly waits: ReadonlyMap<MigrationId, Wait>
}

const everyMs = 1000
let last: { readonly fleet: FleetIndex; readonly tick: number; readonly queue: Queue } | undefined

/** The queue as the server has it, worked out once a second for all rows of a page. */
export function queueOf(fleet: FleetIndex, now: number): Queue {
  const tick = Math.floor(now / everyMs)
  if (last?.fleet === fleet && last.tick === tick) return last.queue
  const view: QueueView = {
    host: (hostId) => fleet.hosts.get(hostId) ?? null,
    settings: fleet.fleet.migrationSettings,
    now,
  }
  const open = fleet.openMigrations
  const queue = {
    order: queueOrder(open, view).map(({ migrationId }) => migrationId),
    waits: waits(open, view),
  }
  last = { fleet, tick, queue }
  return queue
}
