import { refuseCancel } from '@drover/api-schema/capabilities.ts'
import type { MigrationId } from '@drover/api-schema/ids.ts'
import { isEnded, type Migration, type MigrationProgress } from '@drover/api-schema/migration.ts'
import { isInDoubt } from '../../client/migration-ratio.ts'
import { isOpenMigration, type OpenMigration, sentBytesOf } from './migration-view.ts'

/** Domains that were dropped together, as one thing. Pure. */

export type MigrationGroup = { readonly groupId: string; readonly members: readonly Migration[] }
export type ProgressOf = (migrationId: MigrationId) => MigrationProgress | null

export type GroupSummary = {
  readonly count: number
  /** Where they go, each once. */
  readonly destinations: readonly string[]
  readonly done: number
  /** From the first look at the destination to the hand-over. */
  readonly copying: number
  readonly waiting: number
  readonly inDoubt: number
  readonly failed: number
  readonly cancelled: number
  /** Of those that move, wait or have arrived. */
  readonly sentBytes: number
  /** What is still to be sent as far as is known; it may grow. */
  readonly toGoBytes: number
  /** Sent of sent and to go; null when nothing counts. Never 1 before all have ended. */
  readonly ratio: number | null
  /** Null when nothing moves or nothing is predicted. */
  readonly leftMs: number | null
  readonly isOpen: boolean
}

/** A failed one that is tried again is the same domain's earlier try: the newest stands for it. */
export function newestTries(members: readonly Migration[]): Migration[] {
  const newest = new Map<string, Migration>()
  for (const member of members) {
    const other = newest.get(member.domainId)
    if (other === undefined || isLater(member, other)) newest.set(member.domainId, member)
  }
  return [...newest.values()]
}

function isLater(a: Migration, b: Migration): boolean {
  return a.attempt - b.attempt > 0 || (a.attempt === b.attempt && a.requestedAt > b.requestedAt)
}

/** The groups among these, and those that are in none, in the order they came in. */
export function groupsOf(migrations: readonly Migration[]): {
  readonly groups: readonly MigrationGroup[]
  readonly alone: readonly Migration[]
} {
  const groups = new Map<string, Migration[]>()
  const alone: Migration[] = []
  for (const migration of migrations) {
    if (migration.groupId === null) alone.push(migration)
    else groups.set(migration.groupId, [...(groups.get(migration.groupId) ?? []), migration])
  }
  return { groups: [...groups].map(([groupId, members]) => ({ groupId, members })), alone }
}

/** What a migration will send in all, as far as is known: never less than it has sent and is about to. */
function toGoOf(migration: Migration, progress: MigrationProgress | null): number {
  if (isEnded(migration.state)) return 0
  const whole = migration.predicted?.bytes ?? migration.memBytes
  const sent = sentBytesOf(migration.state, progress) ?? 0
  const inRound =
    progress === null ? 0 : Math.max(0, progress.roundPages - progress.roundSentPages) * 4096
  return Math.max(inRound, whole - sent, 0)
}

export function summaryOf(members: readonly Migration[], progressOf: ProgressOf): GroupSummary {
  const tries = newestTries(members)
  const counts = { done: 0, copying: 0, waiting: 0, inDoubt: 0, failed: 0, cancelled: 0 }
  let sentBytes = 0
  let toGoBytes = 0
  let bytesPerSec = 0
  let longestMs = 0
  for (const migration of tries) {
    const progress = progressOf(migration.migrationId)
    counts[kindOf(migration)] += 1
    if (migration.state.phase === 'failed' || migration.state.phase === 'cancelled') continue
    sentBytes += sentBytesOf(migration.state, progress) ?? 0
    toGoBytes += toGoOf(migration, progress)
    if (isEnded(migration.state)) continue
    bytesPerSec += progress?.isStalled === true ? 0 : (progress?.bytesPerSec ?? 0)
    longestMs = Math.max(longestMs, progress?.predictedRemainingMs ?? 0)
  }
  const isOpen = tries.some(({ state }) => !isEnded(state))
  const whole = sentBytes + toGoBytes
  const ratio = whole === 0 ? null : sentBytes / whole
  return {
    count: tries.length,
    destinations: [...new Set(tries.map(({ destinationHostName }) => destinationHostName))],
    ...counts,
    sentBytes,
    toGoBytes,
    ratio: ratio === null || !isOpen ? ratio : Math.min(0.99, ratio),
    leftMs:
      isOpen && bytesPerSec > 0 ? Math.max(longestMs, (toGoBytes / bytesPerSec) * 1000) : null,
    isOpen,
  }
}

type Counted = 'done' | 'copying' | 'waiting' | 'inDoubt' | 'failed' | 'cancelled'

function kindOf({ state }: Migration): Counted {
  if (isInDoubt(state)) return 'inDoubt'
  switch (state.phase) {
    case 'queued':
      return 'waiting'
    case 'completed':
      return 'done'
    case 'failed':
    case 'cancelled':
      return state.phase
    default:
      return 'copying'
  }
}

/** What "cancel the rest" would stop, and what it would not. */
export function restOf(members: readonly Migration[]): {
  readonly stoppable: readonly OpenMigration[]
  readonly late: number
} {
  const open = newestTries(members).filter(isOpenMigration)
  const stoppable = open.filter((migration) => refuseCancel(migration) === null)
  return { stoppable, late: open.length - stoppable.length }
}

/** Running first, then the queue in its order, then what has ended, the last one first. */
export function inGroupOrder(
  members: readonly Migration[],
  queue: readonly MigrationId[],
): Migration[] {
  const place = ({ migrationId, requestedAt }: Migration) => {
    const index = queue.indexOf(migrationId)
    return index === -1 ? requestedAt : index
  }
  const rank = ({ state }: Migration) => (isEnded(state) ? 2 : state.phase === 'queued' ? 1 : 0)
  const endedAt = ({ state }: Migration) => ('endedAt' in state ? state.endedAt : 0)
  return newestTries(members).sort(
    (a, b) => rank(a) - rank(b) || endedAt(b) - endedAt(a) || place(a) - place(b),
  )
}
