import { isEnded } from '@drover/api-schema/migration.ts'
import { isRetryOwed } from '../apps/console/server/migrations/record.ts'
import type { Host } from './world/host.ts'
import type { World } from './world/world.ts'

export type Violation = {
  readonly promise: 'two' | 'none' | 'stale' | 'silent' | 'breakdown'
  readonly sentence: string
}

/**
 * Watches the four promises: the first and the third after every step, the others when everything has come to rest.
 *
 * In post-copy they are weaker in one point and stricter in another. A power cut of either host between the activation and the last
 * page may cost the domain, which then ends as a migration that has failed in post-copy; nothing else may. And after every step
 * each page that has come is as it was paused, no page that has not come has been written by the guest (but for the one on
 * which it stands still), and none has come twice: the arrivals' own digest against what the source still keeps.
 */
export class Promises {
  readonly #world: World
  #ranWith = new Map<Host, number>()
  /** The state of a domain whose memory follows that was compared last. */
  #looked = ''

  constructor(world: World) {
    this.#world = world
  }

  afterStep(): Violation | null {
    const { domainId, hosts, breakdowns } = this.#world
    let running = 0
    for (const host of Object.values(hosts)) {
      if (!host.isExecuting(domainId)) continue
      running += 1
      const generation = host.hypervisor.findDomain(domainId)?.generation ?? 0
      if (this.#ranWith.get(host) === generation) continue
      const stale = this.#isFirst(generation) ? this.#staleCopy(host) : null
      this.#ranWith.set(host, generation)
      if (stale !== null) return stale
    }
    if (running > 1)
      return { promise: 'two', sentence: `${running} hosts execute the domain at the same time.` }
    const wrong = this.#wrongPages()
    if (wrong !== null) return wrong
    const [breakdown] = breakdowns
    if (breakdown !== undefined) return { promise: 'breakdown', sentence: breakdown }
    const [bug] = this.#world.console.bugs
    return bug === undefined ? null : { promise: 'breakdown', sentence: bug }
  }

  /** Executing for the first time after an activation: the generation is new. */
  #isFirst(generation: number): boolean {
    return this.#ranWith.size > 0 && ![...this.#ranWith.values()].includes(generation)
  }

  /** The copy that begins to run, beside the one that was paused for it. */
  #staleCopy(host: Host): Violation | null {
    const { domainId, hosts } = this.#world
    const digest = host.hypervisor.xen.memoryDigest(domainId)
    // A host whose agent is dead may still hold what was paused for an earlier migration: the newest is meant.
    const [paused] = Object.values(hosts)
      .flatMap((other) => {
        const info = other.isDark ? null : other.hypervisor.xen.findDomain(domainId)
        const isPaused = info?.migration?.role === 'source' && info.migration.isSuspended
        return other !== host && isPaused ? [{ other, generation: info.generation }] : []
      })
      .toSorted((a, b) => b.generation - a.generation)
    if (paused === undefined) return null
    const pausedDigest = paused.other.hypervisor.xen.memoryDigest(domainId)
    if (pausedDigest === digest) return null
    return {
      promise: 'stale',
      sentence: `${host.name} runs memory ${digest}; ${paused.other.name} had paused ${pausedDigest}.`,
    }
  }

  #wrongPages(): Violation | null {
    const { domainId, hosts } = this.#world
    for (const host of Object.values(hosts)) {
      const { xen } = host.hypervisor
      const migration = xen.findDomain(domainId)?.migration
      const seen = migration?.role === 'filling' ? xen.inspectFilling(domainId) : null
      const source = this.#keeperFor(migration?.migrationId ?? '')
      if (seen === null || source === null) continue
      // Nothing has come and nothing was written since the last look.
      const looked = `${host.name} ${seen.arrivedDigest} ${seen.waitsFor} ${seen.pageWrites}`
      if (this.#looked === looked) continue
      this.#looked = looked
      const kept = source.hypervisor.xen
      if (seen.arrivedDigest !== kept.heldDigest(domainId, seen.missing))
        return {
          promise: 'stale',
          sentence: `What has come to ${host.name} is not what ${source.name} had paused.`,
        }
      const others = seen.missing.map((word) => ~word)
      const { waitsFor } = seen
      if (waitsFor !== null)
        others[waitsFor >>> 5] = (others[waitsFor >>> 5] ?? 0) | (1 << (waitsFor & 31))
      if (xen.heldDigest(domainId, others) !== kept.heldDigest(domainId, others))
        return {
          promise: 'stale',
          sentence: `The guest on ${host.name} has written a page that had not come.`,
        }
    }
    return null
  }

  /** The host that keeps the memory of this migration as it was paused. */
  #keeperFor(migrationId: string): Host | null {
    const { domainId, hosts } = this.#world
    const keeper = Object.values(hosts).find((host) => {
      const migration = host.isDark ? null : host.hypervisor.xen.findDomain(domainId)?.migration
      return migration?.role === 'source' && migration.migrationId === migrationId
    })
    return keeper ?? null
  }

  isAtRest(): boolean {
    const { console, time, lastDisturbanceMs } = this.#world
    if (time.nowMs <= lastDisturbanceMs || !this.#world.isWhole()) return false
    const isOpen = (console.core?.orchestrator.listOpen().length ?? 1) > 0
    return !isOpen && !this.#isRetryOwed() && !this.#isBeingMoved()
  }

  #isRetryOwed(): boolean {
    return [...this.#world.database.migrations.rows.values()].some(isRetryOwed)
  }

  /** A copy that leaves or arrives on some host. */
  #isBeingMoved(): boolean {
    return Object.values(this.#world.hosts).some((host) =>
      host.hypervisor.xen.listDomains().some(({ migration }) => migration !== null),
    )
  }

  /** When time is up or everything rests. */
  atEnd(): Violation | null {
    return this.#silent() ?? this.#none() ?? this.#strayCopies() ?? this.#untrue()
  }

  #silent(): Violation | null {
    const { accepted, console, database } = this.#world
    const { rows } = database.migrations
    if (accepted.some((migrationId) => !rows.has(migrationId)))
      return { promise: 'silent', sentence: 'An accepted migration is not in the database.' }
    // Also those whose acceptance died with the console before anybody heard of it.
    for (const { migration } of rows.values()) {
      const { migrationId, state } = migration
      if (!isEnded(state))
        return { promise: 'silent', sentence: `A migration is ${state.phase} and does not end.` }
      const listed = console.core?.inventory.migration(migrationId) ?? null
      if (listed === null || !isEnded(listed.state))
        return { promise: 'silent', sentence: 'An ended migration is not shown as ended.' }
    }
    return this.#lostRetry()
  }

  /** Every retry that was owed was made, once. */
  #lostRetry(): Violation | null {
    const { rows } = this.#world.database.migrations
    if (this.#isRetryOwed()) return { promise: 'silent', sentence: 'A retry is owed and not made.' }
    const all = [...rows.values()].map(({ migration }) => migration)
    for (const { migrationId, retriedBy, retry, attempt } of all) {
      if (retriedBy !== null && rows.get(retriedBy)?.migration.retryOf !== migrationId)
        return { promise: 'silent', sentence: 'A migration names a retry that is not its own.' }
      if (all.filter(({ retryOf }) => retryOf === migrationId).length > 1)
        return { promise: 'silent', sentence: 'A migration was tried again twice.' }
      if (retry.kind !== 'none' && attempt > retry.attempts + 1)
        return { promise: 'silent', sentence: 'A migration was tried more often than was allowed.' }
    }
    return null
  }

  #holders(): Host[] {
    const { domainId, hosts } = this.#world
    return Object.values(hosts).filter((host) => host.hypervisor.findDomain(domainId) !== null)
  }

  #none(): Violation | null {
    const { domainId, guestWas, mayBeLost } = this.#world
    const holders = this.#holders()
    const wasLost = this.#wasLostInPostCopy()
    if (wasLost && !mayBeLost)
      return { promise: 'none', sentence: 'The domain was lost although no host lost its power.' }
    if (holders.length === 0 && mayBeLost) return null
    const [holder] = holders
    if (holders.length !== 1 || holder === undefined)
      return { promise: 'none', sentence: `${holders.length} hosts have the domain.` }
    const mustRun = !wasLost && (guestWas === null || guestWas === 'reboot')
    if (!mustRun || holder.isExecuting(domainId)) return null
    const state = holder.hypervisor.findDomain(domainId)?.state
    return { promise: 'none', sentence: `The domain is ${state} on ${holder.name}.` }
  }

  #wasLostInPostCopy(): boolean {
    return [...this.#world.database.migrations.rows.values()].some(
      ({ migration: { state } }) => state.phase === 'failed' && state.failedIn === 'post-copy',
    )
  }

  #strayCopies(): Violation | null {
    return this.#isBeingMoved()
      ? { promise: 'silent', sentence: 'A copy is left over although no migration is open.' }
      : null
  }

  /** What the console says is where the domain is, and how the last migration ended is how it was. */
  #untrue(): Violation | null {
    const { console, database, domainId, mayBeLost } = this.#world
    const [holder] = this.#holders()
    if (holder === undefined || mayBeLost) return null
    const shown = console.core?.inventory.domain(domainId) ?? null
    if (shown?.hostId !== holder.hostId)
      return {
        promise: 'silent',
        sentence: `The console shows the domain elsewhere than on ${holder.name}.`,
      }
    if (shown.migrationId !== null)
      return { promise: 'silent', sentence: 'The console shows the domain as migrating.' }
    const completed = [...database.migrations.rows.values()]
      .map(({ migration }) => migration)
      .filter(({ state }) => state.phase === 'completed')
      .toSorted((a, b) => a.generation - b.generation)
    const expected = completed.at(-1)?.destinationHostId ?? this.#world.hosts.source.hostId
    return expected === holder.hostId
      ? null
      : {
          promise: 'silent',
          sentence: `The migrations say otherwise than that it is on ${holder.name}.`,
        }
  }
}
