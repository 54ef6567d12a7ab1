import { randomUUID } from 'node:crypto'
import type { MigrationReport } from '@drover/api-schema/agent-protocol.ts'
import { refuseSteering } from '@drover/api-schema/capabilities.ts'
import type { CancelOutcome, MoveOutcome } from '@drover/api-schema/endpoints.ts'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { BootId, HostId, MigrationId } from '@drover/api-schema/ids.ts'
import { commandIdSchema, migrationIdSchema } from '@drover/api-schema/ids.ts'
import { isEnded, type Migration } from '@drover/api-schema/migration.ts'
import { assertNever, err, ok, type Result } from '@drover/api-schema/result.ts'
import { judgeMoves, newMigration, othersOf } from './accept.ts'
import { type Actor, isDone, isSaved, newActor, phaseOf, stopTimers } from './actor.ts'
import { eventOfReport, roleOf } from './answers.ts'
import { createCourier } from './courier.ts'
import { duties, type Effect, hostOf, needsIntent } from './duties.ts'
import type { MigrationEvent } from './events.ts'
import { step } from './machine.ts'
import type { MigrationRequest, Orchestrator, OrchestratorPorts } from './ports.ts'
import { learnedFrom } from './predict.ts'
import { judgeAgain, promisedOn } from './preflight.ts'
import { admissible } from './queue.ts'
import {
  beginSession,
  freshCoordination,
  isSettled,
  type MigrationRecord,
  type Role,
  roles,
  type StoredMigration,
  shiftedBy,
} from './record.ts'
import { describeEnd, describeMove, describeResolution, describeSteering } from './sentences.ts'
import { defaultMigrationSettings, type MigrationSettings } from './settings.ts'
import { createWriter } from './writer.ts'

/** Whoever acts when no person does. */
const ourselves = 'Drover'
/** Less is the drift that time servers correct all day. */
const leastWallStepMs = 1_000

/**
 * The one driver of all migrations: it feeds `machine.ts` with what hosts and people say, writes the outcome down,
 * then shows it, then says to the hosts what is due. One thing, hence one file: all that may touch the map of open
 * migrations is here.
 *
 * Order of things for one migration: events are applied at once and one at a time; the newest record is written by
 * one writer; `publish` and the commands that begin something follow the write. When the database refuses, the
 * writer tries again and those wait; what hosts have decided meanwhile is applied in memory, and the commands that rest
 * on it (`abort`, `resume`, `release`, `cancel`) go out, for the hosts hold the proof of them on their own disks.
 */
export function createOrchestrator(
  ports: OrchestratorPorts,
  settings: MigrationSettings = defaultMigrationSettings,
): Orchestrator {
  const { clock, store, log } = ports
  /** Open migrations and those with clean-up owed, in the order they were asked for. */
  const actors = new Map<MigrationId, Actor>()
  const bootIds = new Map<HostId, BootId>()
  /** Alarms that were raised, so that each is raised once. */
  const strange = new Set<string>()
  const wallOffset = () => clock.now() - clock.monotonicMs()
  let knownOffset = wallOffset()
  let isStopped = false
  let isPumping = false
  let requests: Promise<unknown> = Promise.resolve()

  const courier = createCourier({
    clock,
    log,
    send: (hostId, commandId, command) => ports.send(hostId, commandId, command),
    heard: (actor, event) => void feed(actor, event),
    reconnected: (actor) => act(actor, duties(actor.record)),
  })
  const writer = createWriter({
    clock,
    store,
    log,
    isDatabaseGone: (error) => ports.isDatabaseGone(error),
    settings,
    changed: show,
    caughtUp,
  })

  // ── One event ──

  function feed(actor: Actor, event: MigrationEvent): Result<Migration, Refusal> {
    if (isStopped) return ok(actor.record.migration)
    followWallClock()
    const stepped = step(actor.record, event, settings)
    if (!stepped.ok) return stepped
    const { outcome, record, effects } = stepped.value
    const hadEnded = isEnded(actor.record.migration.state)
    actor.record = record
    if (event.type === 'nothing-heard') actor.silences += 1
    else if (outcome === 'done') actor.silences = 0
    if (!hadEnded && isEnded(record.migration.state)) auditEnd(record.migration)
    act(actor, effects)
    writer.flush(actor)
    watchSilence(actor)
    return ok(actor.record.migration)
  }

  /** The machine compares moments; a clock that was set must neither shorten its patience nor stretch it by hours. */
  function followWallClock(): void {
    const offset = wallOffset()
    const ms = offset - knownOffset
    if (Math.abs(ms) < leastWallStepMs) return
    knownOffset = offset
    for (const actor of actors.values()) actor.record = shiftedBy(actor.record, ms)
  }

  function auditEnd(migration: Migration): void {
    const { phase } = migration.state
    const sentence = describeEnd(migration) ?? ''
    log.info(`migration ${migration.migrationId} ${phase}: ${sentence}`)
    ports.audit(ourselves, `migration-${phase}`, describeMove(migration), sentence)
  }

  function act(actor: Actor, effects: readonly Effect[]): void {
    if (isStopped) return
    for (const effect of effects) {
      switch (effect.kind) {
        case 'command':
          if (!needsIntent[effect.key] || isSaved(actor)) courier.sendCommand(actor, effect)
          break
        case 'ask':
          courier.ask(actor, effect.role)
          break
        case 'run-preflight':
          runPreflight(actor)
          break
        case 'alarm':
          log.error(effect.sentence)
          ports.audit(
            ourselves,
            'migration-alarm',
            describeMove(actor.record.migration),
            effect.sentence,
          )
          break
        default:
          assertNever(effect)
      }
    }
  }

  function runPreflight(actor: Actor): void {
    const { migration } = actor.record
    const judged = judgeAgain(
      migration,
      ports,
      promisedOn(migration.destinationHostId, before(actor), ports),
    )
    const at = clock.now()
    feed(
      actor,
      judged.ok
        ? { type: 'preflight-passed', at, domain: judged.value }
        : { type: 'preflight-refused', at, refusal: judged.error },
    )
  }

  /** The migrations whose promises this one must respect: those under way and those that queued earlier. */
  function before(actor: Actor): StoredMigration[] {
    const all = [...actors.values()]
    const own = all.indexOf(actor)
    return all
      .filter((other, index) => other !== actor && (index < own || phaseOf(other) !== 'queued'))
      .map((other) => other.record)
  }

  // ── Silence ──

  /** Sets the next time to ask; nothing to wait for, no timer. */
  function watchSilence(actor: Actor): void {
    actor.stopTimer?.()
    actor.stopTimer = null
    if (isStopped || phaseOf(actor) === 'queued' || isSettled(actor.record)) return
    const base = phaseOf(actor) === 'activating' ? settings.askAfterHandOverMs : settings.askAfterMs
    const ms = Math.min(base * 2 ** Math.min(actor.silences, 10), settings.askAfterCeilingMs)
    actor.stopTimer = clock.setTimer(ms, () => {
      actor.stopTimer = null
      for (const role of roles) {
        if (ports.host(hostOf(actor.record.migration, role)) === null) {
          feed(actor, { type: 'host-removed', at: clock.now(), role })
        }
      }
      feed(actor, { type: 'nothing-heard', at: clock.now() })
    })
  }

  // ── After a write ──

  function caughtUp(actor: Actor): void {
    if (isStopped || !isSaved(actor)) return
    // The others were said when they became due.
    const waited = duties(actor.record).filter(
      (effect) => effect.kind === 'command' && needsIntent[effect.key],
    )
    act(actor, waited)
    if (!isDone(actor)) return
    stopTimers(actor)
    actors.delete(actor.record.migration.migrationId)
  }

  function show(previous: Migration, migration: Migration): void {
    const hasEnded = !isEnded(previous.state) && isEnded(migration.state)
    // Published first: a domain that has arrived on a host that is away is known there before the migration lets it go.
    ports.publish(migration)
    if (hasEnded) ports.setDomainMigration(migration.domainId, null)
    if (hasEnded) pump()
  }

  // ── The queue ──

  function openMigrations(): Migration[] {
    return [...actors.values()]
      .map((actor) => actor.record.migration)
      .filter((migration) => !isEnded(migration.state))
  }

  /** Lets go what the limits allow. A preflight that refuses makes room at once, so it looks again. */
  function pump(): void {
    if (isPumping || isStopped) return
    isPumping = true
    try {
      for (;;) {
        const [next] = admissible(
          openMigrations(),
          (hostId) => ports.host(hostId),
          ports.migrationSettings(),
        )
        const actor = next === undefined ? undefined : actors.get(next)
        if (actor === undefined) return
        feed(actor, { type: 'admitted', at: clock.now() })
      }
    } finally {
      isPumping = false
    }
  }

  function addActor(stored: StoredMigration): Actor {
    followWallClock()
    const fresh = beginSession(stored, clock.now())
    const session = { ...fresh.session, ...reachability(stored.migration) }
    const actor = newActor({ ...fresh, session }, stored)
    actors.set(stored.migration.migrationId, actor)
    return actor
  }

  function reachability(migration: Migration) {
    const of = (role: Role) => ({
      isConnected: ports.host(hostOf(migration, role))?.connection.status === 'online',
      sinceAt: clock.now(),
    })
    return { source: of('source'), destination: of('destination') }
  }

  // ── Requests ──

  async function request(input: MigrationRequest): Promise<MoveOutcome[]> {
    const stored = [...actors.values()].map((actor) => actor.record)
    const judged = judgeMoves(input.moves, stored, ports)
    const groupId = input.moves.length > 1 ? randomUUID() : null
    const at = clock.now()
    const fleetSettings = ports.migrationSettings()
    const { limits } = fleetSettings
    const outcomes: MoveOutcome[] = []
    const accepted: StoredMigration[] = []
    try {
      const domainIds = input.moves.map(({ domainId }) => domainId)
      const [highest, earlier] = await Promise.all([
        store.highestGenerations(domainIds),
        store.listRecent({ domainIds, ...learnedFrom }),
      ])
      for (const one of judged) {
        const { domainId } = one.move
        if (one.outcome === 'refused') {
          outcomes.push({ outcome: 'refused', domainId, refusals: one.refusals })
          continue
        }
        const migration = newMigration(one.preflight, input, {
          migrationId: migrationIdSchema.parse(randomUUID()),
          groupId,
          generation: Math.max(one.preflight.domain.generation, highest.get(domainId) ?? 0) + 1,
          at,
          known: { earlier, others: othersOf(one, judged, stored), limits },
          settings: fleetSettings,
        })
        accepted.push({ migration, coordination: freshCoordination })
        outcomes.push({ outcome: 'accepted', domainId, migration })
      }
      if (accepted.length > 0) await store.insert(accepted)
    } catch (error) {
      log.error(`a request to migrate could not be written: ${String(error)}`)
      return judged.map(({ move }) => ({
        outcome: 'refused',
        domainId: move.domainId,
        refusals: [refusal('unavailable', 'The database does not answer; nothing was started.')],
      }))
    }
    for (const one of accepted) enter(one, input.requestedBy.name)
    pump()
    return outcomes
  }

  function enter(stored: StoredMigration, by: string): void {
    const { migration } = stored
    addActor(stored)
    ports.setDomainMigration(migration.domainId, migration.migrationId)
    ports.publish(migration)
    const detail = `${by} asked to migrate ${describeMove(migration)} (generation ${migration.generation}).`
    ports.audit(by, 'migration-requested', describeMove(migration), detail)
  }

  /** What a person wants of one migration. */
  async function order(
    migrationId: MigrationId,
    event: MigrationEvent,
  ): Promise<Result<Migration, Refusal>> {
    const actor = actors.get(migrationId)
    return actor === undefined ? whyNotOpen(migrationId) : feed(actor, event)
  }

  function cancelOne(migrationId: MigrationId, by: string): Result<Migration, Refusal> {
    const actor = actors.get(migrationId)
    if (actor === undefined) return err(refusal('migration-ended'))
    const ordered = feed(actor, { type: 'cancel-requested', at: clock.now(), by })
    if (!ordered.ok) return ordered
    const detail = `${by} asked to cancel it in ${ordered.value.state.phase}.`
    ports.audit(by, 'migration-cancel-requested', describeMove(ordered.value), detail)
    return ordered
  }

  /** Of one that nobody drives any more, or never did. */
  async function whyNotOpen(migrationId: MigrationId): Promise<Result<never, Refusal>> {
    const stored = await store.find(migrationId)
    if (stored === null) return err(refusal('migration-not-found'))
    const { domainName } = stored.migration
    return err(refusal('migration-ended', `The migration of ${domainName} has ended already.`))
  }

  /** A report about a migration that had ended and was tidied up: a host that comes back from a backup, or very late. */
  async function reopen(hostId: HostId, report: MigrationReport): Promise<void> {
    const stored = await store.find(report.migrationId)
    if (isStopped) return
    const actor = actors.get(report.migrationId) ?? (stored === null ? null : addActor(stored))
    if (actor === null) {
      reportStrange(hostId, report)
      return
    }
    applyReport(actor, hostId, report)
  }

  /** Past the point of no return, and nobody knows of it: the database came back from an older backup, or never had it. */
  function reportStrange(hostId: HostId, report: MigrationReport): void {
    const hostName = ports.host(hostId)?.name ?? hostId
    const domainName = ports.domain(report.domainId)?.name ?? report.domainId
    const what = `${hostName} reports migration ${report.migrationId} of ${domainName} (generation ${report.generation}) as ${report.role}`
    if (report.role !== 'source' || report.state.status !== 'committed') {
      log.warn(`${what}, which this console never ordered`)
      return
    }
    const key = `${hostId} ${report.migrationId}`
    if (strange.has(key)) return
    strange.add(key)
    const sentence = `${what}, which this console never ordered. It has handed the domain over and keeps its copy paused until somebody has looked whether another host runs it.`
    log.error(sentence)
    ports.audit(ourselves, 'migration-alarm', `${domainName} on ${hostName}`, sentence)
  }

  function applyReport(actor: Actor, hostId: HostId, report: MigrationReport): void {
    const role = roleOf(actor.record.migration, hostId)
    const event = role === null ? null : eventOfReport({ role, report }, clock.now())
    if (event === null) {
      log.warn(
        `host ${hostId} reports migration ${report.migrationId} as ${report.role}, which it is not`,
      )
      return
    }
    feed(actor, event)
  }

  function reopenUntilRead(hostId: HostId, report: MigrationReport): void {
    reopen(hostId, report).catch((error: unknown) => {
      log.warn(
        `a report about migration ${report.migrationId} waits for the database: ${String(error)}`,
      )
      if (isStopped) return
      clock.setTimer(settings.saveRetryCeilingMs, () => reopenUntilRead(hostId, report))
    })
  }

  function eachOf(hostId: HostId, use: (actor: Actor, role: Role) => void): void {
    for (const actor of [...actors.values()]) {
      const role = roleOf(actor.record.migration, hostId)
      if (role !== null) use(actor, role)
    }
  }

  return {
    async recover() {
      for (const stored of await store.listUnsettled()) {
        const actor = addActor(stored)
        // Nothing was said to any host, and they may not be back yet: it takes its place in the queue again.
        if (phaseOf(actor) === 'preflight') actor.record = queuedAgain(actor.record)
        const { migration } = stored
        if (!isEnded(migration.state)) {
          ports.setDomainMigration(migration.domainId, migration.migrationId)
          ports.publish(migration)
        }
        resume(actor)
      }
      pump()
    },

    request(input) {
      // One after the other: the second of two requests for one domain must see the first.
      const answer = requests.then(() => request(input))
      requests = answer.catch(() => {})
      return answer
    },

    async cancel(migrationId, by) {
      if (!actors.has(migrationId)) return whyNotOpen(migrationId)
      const ordered = cancelOne(migrationId, by)
      pump()
      return ordered
    },

    async cancelGroup(groupId, by) {
      const group = openMigrations().filter((migration) => migration.groupId === groupId)
      if (group.length === 0)
        return err(refusal('migration-ended', 'No migration of this group is open any more.'))
      const outcomes: CancelOutcome[] = []
      for (const { migrationId } of group) {
        const answer = cancelOne(migrationId, by)
        outcomes.push(
          answer.ok
            ? { outcome: 'asked', migration: answer.value }
            : { outcome: 'refused', migrationId, refusal: answer.error },
        )
      }
      // After all of them: what one gives free must not let the next go before it is cancelled.
      pump()
      return ok(outcomes)
    },

    async setPriority(migrationId, priority, by) {
      const before = actors.get(migrationId)?.record.migration.priority
      const event = { type: 'priority-changed', at: clock.now(), priority, by } as const
      const ordered = await order(migrationId, event)
      if (!ordered.ok || before === priority) return ordered
      const detail = `${by} changed the priority from ${before} to ${priority}.`
      ports.audit(by, 'migration-priority-changed', describeMove(ordered.value), detail)
      pump()
      return ordered
    },

    settingsChanged: pump,

    async steer(migrationId, steering, by) {
      const actor = actors.get(migrationId)
      if (actor === undefined) return whyNotOpen(migrationId)
      const { migration } = actor.record
      const refused = refuseSteering(migration)
      if (refused !== null) return err(refused)
      const commandId = commandIdSchema.parse(`${migrationId}:steer:${randomUUID()}`)
      const command = { kind: 'steer-outgoing', migrationId, steering } as const
      const answer = await ports.send(migration.sourceHostId, commandId, command)
      if (!answer.ok) return answer
      if (answer.value.kind === 'rejected') return err(answer.value.refusal)
      const detail = describeSteering(migration, steering, by)
      ports.audit(by, 'migration-steered', describeMove(migration), detail)
      return feed(actor, { type: 'steered', at: clock.now(), steering, by })
    },

    async resolve(migrationId, resolution, by) {
      const event = { type: 'resolution-ordered', at: clock.now(), by, resolution } as const
      const ordered = await order(migrationId, event)
      if (!ordered.ok) return ordered
      const detail = describeResolution(ordered.value, resolution, by)
      ports.audit(by, `migration-${resolution}-ordered`, describeMove(ordered.value), detail)
      log.warn(detail)
      return ordered
    },

    hostReported(hostId, report) {
      if (isStopped) return
      const actor = actors.get(report.migrationId)
      if (actor !== undefined) applyReport(actor, hostId, report)
      else if (mayMatterAfterEnd(report)) reopenUntilRead(hostId, report)
    },

    hostConnected(hostId) {
      const bootId = ports.host(hostId)?.bootId
      const before = bootIds.get(hostId)
      const hasRebooted = bootId !== undefined && before !== undefined && before !== bootId
      if (bootId !== undefined) bootIds.set(hostId, bootId)
      const type = hasRebooted ? 'host-rebooted' : 'host-connected'
      eachOf(hostId, (actor, role) => feed(actor, { type, at: clock.now(), role }))
      pump()
    },

    hostDisconnected(hostId) {
      eachOf(hostId, (actor, role) => {
        feed(actor, { type: 'host-disconnected', at: clock.now(), role })
      })
    },

    progressed(hostId, migrationId) {
      const migration = actors.get(migrationId)?.record.migration
      return migration?.sourceHostId === hostId && !isEnded(migration.state)
    },

    async find(migrationId) {
      const actor = actors.get(migrationId)
      // The same as on every screen.
      return actor?.shown ?? (await store.find(migrationId))?.migration ?? null
    },

    unsettledOf: (hostId) =>
      [...actors.values()]
        .map((actor) => actor.record.migration)
        .filter((migration) => roleOf(migration, hostId) !== null),

    listEnded: (query) => store.listEnded(query),
    listOpen: () =>
      [...actors.values()]
        .map((actor) => actor.shown)
        .filter((migration) => !isEnded(migration.state)),

    async stop() {
      isStopped = true
      await requests
      writer.stop()
      for (const actor of actors.values()) stopTimers(actor)
      await Promise.all([...actors.values()].map((actor) => actor.saving))
    },
  }

  /** After a restart: ask the hosts that are there already; the others are asked when they connect. */
  function resume(actor: Actor): void {
    const at = clock.now()
    for (const role of roles) {
      if (!actor.record.session[role].isConnected) continue
      feed(actor, { type: 'host-connected', at, role })
    }
    watchSilence(actor)
  }
}

function queuedAgain(record: MigrationRecord): MigrationRecord {
  return { ...record, migration: { ...record.migration, state: { phase: 'queued' } } }
}

/** A host that still holds something of a migration that is over for us; what has ended there too needs nothing. */
function mayMatterAfterEnd(report: MigrationReport): boolean {
  switch (report.role) {
    case 'none':
      return false
    case 'source':
      return report.state.status !== 'completed' && report.state.status !== 'failed'
    case 'destination':
      return report.state.status !== 'activated' && report.state.status !== 'aborted'
    default:
      return assertNever(report)
  }
}
