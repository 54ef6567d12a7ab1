import type { MigrationId } from '@drover/api-schema/ids.ts'
import type { Migration } from '@drover/api-schema/migration.ts'
import { poolLimit } from '@drover/api-schema/migration-settings.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { type Load, loadOf, type QueueView, queueOrder, split } from './migration-queue.ts'

/** What a queued migration waits for beside those in front of it. */
export type WaitReason =
  /** The pause before a retry. */
  | { readonly kind: 'retry-pause'; readonly untilAt: number }
  | { readonly kind: 'host-away'; readonly hostName: string }
  | { readonly kind: 'source-busy'; readonly hostName: string; readonly running: number }
  | { readonly kind: 'destination-busy'; readonly hostName: string; readonly running: number }
  | { readonly kind: 'pool-busy'; readonly pool: string; readonly running: number }
  | { readonly kind: 'all-busy'; readonly running: number }

export type Wait = {
  /** 1 goes next; null while something else than the queue holds it. */
  readonly position: number | null
  readonly reasons: readonly WaitReason[]
}

/** For every queued migration, its place in line and what holds it. */
export function waits(open: readonly Migration[], view: QueueView): ReadonlyMap<MigrationId, Wait> {
  const { running, waiting } = split(open)
  const load = loadOf(running, view)
  const line = new Map(
    queueOrder(open, view).map(({ migrationId }, index) => [migrationId, index + 1]),
  )
  return new Map(
    waiting.map((migration) => [
      migration.migrationId,
      {
        position: line.get(migration.migrationId) ?? null,
        reasons: reasonsOf(migration, load, view),
      },
    ]),
  )
}

function reasonsOf(migration: Migration, load: Load, view: QueueView): WaitReason[] {
  const { sourceHostId, destinationHostId, notBeforeAt } = migration
  const source = view.host(sourceHostId)
  const destination = view.host(destinationHostId)
  if (source === null || destination === null) return []
  const reasons: WaitReason[] = []
  if (notBeforeAt !== null && notBeforeAt > view.now) {
    reasons.push({ kind: 'retry-pause', untilAt: notBeforeAt })
  }
  for (const host of [source, destination]) {
    if (host.connection.status !== 'online')
      reasons.push({ kind: 'host-away', hostName: host.name })
  }
  const { limits } = view.settings
  const outgoing = load.outgoing.get(sourceHostId) ?? 0
  const incoming = load.incoming.get(destinationHostId) ?? 0
  const inPool = load.inPool.get(source.pool) ?? 0
  if (outgoing >= limits.outgoingPerHost) {
    reasons.push({ kind: 'source-busy', hostName: source.name, running: outgoing })
  }
  if (incoming >= limits.incomingPerHost) {
    reasons.push({ kind: 'destination-busy', hostName: destination.name, running: incoming })
  }
  if (inPool >= poolLimit(view.settings, source.pool)) {
    reasons.push({ kind: 'pool-busy', pool: source.pool, running: inPool })
  }
  if (load.total >= limits.total) reasons.push({ kind: 'all-busy', running: load.total })
  return reasons
}

/** "3rd in line; xen-03 already sends 2." Without a full stop, so that it fits into a line. */
export function describeWait({ position, reasons }: Wait, now: number): string {
  const place =
    position === null ? [] : [position === 1 ? 'next in line' : `${nth(position)} in line`]
  const all = [...place, ...reasons.map((reason) => describeReason(reason, now))]
  return all.join('; ')
}

function describeReason(reason: WaitReason, now: number): string {
  switch (reason.kind) {
    case 'retry-pause':
      return `tries again in ${Math.max(1, Math.ceil((reason.untilAt - now) / 1000))} s`
    case 'host-away':
      return `${reason.hostName} is not connected`
    case 'source-busy':
      return `${reason.hostName} already sends ${reason.running}`
    case 'destination-busy':
      return `${reason.hostName} already receives ${reason.running}`
    case 'pool-busy':
      return `${reason.running} already run in ${reason.pool}`
    case 'all-busy':
      return `${reason.running} already run in all`
    default:
      return assertNever(reason)
  }
}

function nth(position: number): string {
  const isTeen = position % 100 >= 11 && position % 100 <= 13
  const ending = isTeen ? 'th' : (['th', 'st', 'nd', 'rd'][position % 10] ?? 'th')
  return `${position}${ending}`
}
