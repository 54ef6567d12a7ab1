import type { Host } from '@drover/api-schema/host.ts'
import type { HostId } from '@drover/api-schema/ids.ts'
import { isEnded, type Migration } from '@drover/api-schema/migration.ts'
import { type MigrationSettings, poolLimit } from '@drover/api-schema/migration-settings.ts'
import { migrationPriorities } from '@drover/api-schema/migration-terms.ts'

/** What the queue is judged on; the server and the browser have the same. */
export type QueueView = {
  host(hostId: HostId): Host | null
  readonly settings: MigrationSettings
  /** Epoch ms. */
  readonly now: number
}

/**
 * Waiting for this long is enough: see `nextToGo`. Longer than most migrations take, so that priorities mean something, and
 * short enough that nobody wonders the next morning why nothing has moved.
 */
export const overdueAfterMs = 30 * 60_000

/** How many run: in all, within each pool, and at each end of each host. */
export type Load = {
  readonly total: number
  readonly inPool: ReadonlyMap<string, number>
  readonly outgoing: ReadonlyMap<HostId, number>
  readonly incoming: ReadonlyMap<HostId, number>
}

type Counts = {
  total: number
  readonly inPool: Map<string, number>
  readonly outgoing: Map<HostId, number>
  readonly incoming: Map<HostId, number>
}

export function split(open: Iterable<Migration>): { running: Migration[]; waiting: Migration[] } {
  const running: Migration[] = []
  const waiting: Migration[] = []
  for (const migration of open) {
    if (isEnded(migration.state)) continue
    if (migration.state.phase === 'queued') waiting.push(migration)
    else running.push(migration)
  }
  return { running, waiting }
}

export function loadOf(running: readonly Migration[], view: QueueView): Counts {
  const load: Counts = { total: 0, inPool: new Map(), outgoing: new Map(), incoming: new Map() }
  for (const migration of running) count(load, migration, view)
  return load
}

/** One that waits for a lost host keeps its place on both hosts, but does not hold up the rest of the fleet. */
function count(load: Counts, migration: Migration, view: QueueView) {
  const { sourceHostId, destinationHostId } = migration
  const source = view.host(sourceHostId)
  const waitsForLost = isWithLostHost(migration, view)
  if (!waitsForLost) load.total += 1
  if (!waitsForLost && source !== null) bump(load.inPool, source.pool)
  bump(load.outgoing, sourceHostId)
  bump(load.incoming, destinationHostId)
}

function isWithLostHost({ sourceHostId, destinationHostId }: Migration, view: QueueView): boolean {
  const hosts = [view.host(sourceHostId), view.host(destinationHostId)]
  return hosts.some((host) => (host?.connection.status ?? 'lost') === 'lost')
}

function bump<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** Whether nothing but the limits and the others in line keeps it waiting. */
export function isReady(migration: Migration, view: QueueView): boolean {
  if (migration.notBeforeAt !== null && migration.notBeforeAt > view.now) return false
  const hosts = [view.host(migration.sourceHostId), view.host(migration.destinationHostId)]
  // A host that was removed does not come back: let the preflight refuse it.
  return hosts.includes(null) || hosts.every((host) => host?.connection.status === 'online')
}

function hasRoom(load: Load, { sourceHostId, destinationHostId }: Migration, view: QueueView) {
  const source = view.host(sourceHostId)
  if (source === null || view.host(destinationHostId) === null) return true
  const { limits } = view.settings
  return (
    load.total < limits.total &&
    (load.inPool.get(source.pool) ?? 0) < poolLimit(view.settings, source.pool) &&
    (load.outgoing.get(sourceHostId) ?? 0) < limits.outgoingPerHost &&
    (load.incoming.get(destinationHostId) ?? 0) < limits.incomingPerHost
  )
}

/**
 * The queued migration that may go now; null when none may. Let it go and ask again. One whose hosts are busy or away does
 * not hold up those behind it that use other hosts. The order:
 *
 * 1. one that is overdue (below);
 * 2. higher priority;
 * 3. fair shares: of the person who has the least running, then of the group of theirs that has the least running; so an
 *    evacuation of 200 domains leaves room for another's single move, and for one's own;
 * 4. who asked first.
 *
 * Nothing starves. The oldest one that has waited for `overdueAfterMs` goes before everything else, and while it has no room,
 * nothing else takes the places it waits for: it goes at the latest when those that run now have ended. One at a
 * time, so that a large job of low priority does not become a large job of high priority: the next oldest has its turn when
 * the one before it has ended. What waits for a lost host has no part in this. So, with n older ones (or as old) still open when it becomes overdue and none taking longer than D,
 * a migration whose hosts are there waits for at most overdueAfterMs + (2n + 1) D.
 */
export function nextToGo(open: Iterable<Migration>, view: QueueView): Migration | null {
  const { running, waiting } = split(open)
  const ready = waiting.filter((migration) => isReady(migration, view))
  const load = loadOf(running, view)
  const overdue = overdueOne(ready, running, view)
  if (overdue !== null) {
    if (hasRoom(load, overdue, view)) return overdue
    count(load, overdue, view)
  }
  const able = ready.filter((one) => one !== overdue && hasRoom(load, one, view))
  return lineUp(able, running)[0] ?? null
}

/** All that wait and are ready, in the order they would go if every limit had room one at a time. */
export function queueOrder(open: Iterable<Migration>, view: QueueView): Migration[] {
  const { running, waiting } = split(open)
  const ready = waiting.filter((migration) => isReady(migration, view))
  const overdue = overdueOne(ready, running, view)
  if (overdue === null) return lineUp(ready, running)
  const others = ready.filter((migration) => migration !== overdue)
  return [overdue, ...lineUp(others, [...running, overdue])]
}

/** Since when it could have gone. */
function dueSince({ requestedAt, notBeforeAt }: Migration): number {
  return Math.max(requestedAt, notBeforeAt ?? 0)
}

function overdueOne(
  ready: readonly Migration[],
  running: readonly Migration[],
  view: QueueView,
): Migration | null {
  // Nobody knows when these end: they take nobody's turn, and no place is kept that only they can leave.
  const stuck = running.filter((one) => isWithLostHost(one, view))
  const loadOfStuck = loadOf(stuck, view)
  let oldest: Migration | null = null
  for (const one of ready) {
    if (view.now - dueSince(one) < overdueAfterMs || !hasRoom(loadOfStuck, one, view)) continue
    if (oldest === null || one.requestedAt < oldest.requestedAt) oldest = one
  }
  if (oldest === null) return null
  const { requestedAt } = oldest
  // Its turn is when the older ones that had one are through, and those asked for with it; younger ones cannot take it away.
  const isTaken = running.some(
    (one) =>
      !stuck.includes(one) &&
      one.requestedAt <= requestedAt &&
      ('startedAt' in one.state ? (one.state.startedAt ?? view.now) : view.now) - dueSince(one) >=
        overdueAfterMs,
  )
  return isTaken ? null : oldest
}

type Placed = {
  readonly migration: Migration
  readonly rank: number
  /** How many its group, and its person, will have running when this one goes. */
  ofGroup: number
  ofPerson: number
}

/**
 * By priority, then fair shares, then age. The k-th of a person's in line goes when k of theirs run more than now, so its
 * place follows from a sort: first within each person, then of all.
 */
function lineUp(waiting: readonly Migration[], running: readonly Migration[]): Migration[] {
  const groups = new Map<string, number>()
  const persons = new Map<string, number>()
  for (const { groupId, requestedBy } of running) {
    if (groupId !== null) bump(groups, groupId)
    bump(persons, requestedBy.userId)
  }
  const byAge = waiting
    .map((migration): Placed => {
      const rank = migrationPriorities.indexOf(migration.priority)
      return { migration, rank, ofGroup: 0, ofPerson: 0 }
    })
    .sort((a, b) => a.rank - b.rank || a.migration.requestedAt - b.migration.requestedAt)
  for (const placed of byAge) {
    const { groupId } = placed.migration
    // Single moves are no group: each is as good as the first of one.
    if (groupId === null) continue
    placed.ofGroup = groups.get(groupId) ?? 0
    bump(groups, groupId)
  }
  const withinPerson = byAge.sort((a, b) => a.rank - b.rank || a.ofGroup - b.ofGroup || older(a, b))
  for (const placed of withinPerson) {
    const { userId } = placed.migration.requestedBy
    placed.ofPerson = persons.get(userId) ?? 0
    bump(persons, userId)
  }
  return withinPerson
    .sort(
      (a, b) => a.rank - b.rank || a.ofPerson - b.ofPerson || a.ofGroup - b.ofGroup || older(a, b),
    )
    .map(({ migration }) => migration)
}

function older(a: Placed, b: Placed): number {
  return a.migration.requestedAt - b.migration.requestedAt
}
