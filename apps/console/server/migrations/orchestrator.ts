import type { MigrationReport } from '@drover/api-schema/agent-protocol.ts'
import type { Refusal } from '@drover/api-schema/errors.ts'
import type { BootId, HostId, MigrationId, PolicyRuleId } from '@drover/api-schema/ids.ts'
import { isEnded, type Migration } from '@drover/api-schema/migration.ts'
import { assertNever, ok, type Result } from '@drover/api-schema/result.ts'
import { type Actor, isDone, isSaved, newActor, phaseOf, stopTimers } from './actor.ts'
import { createAdmission } from './admission.ts'
import { eventOfReport, roleOf } from './answers.ts'
import { createCourier } from './courier.ts'
import { duties, type Effect, hostOf, needsIntent } from './duties.ts'
import type { MigrationEvent } from './events.ts'
import { createLateReports } from './late-reports.ts'
import { step } from './machine.ts'
import { createOrders } from './orders.ts'
import { createPacing } from './pacing.ts'
import type { Orchestrator, OrchestratorPorts } from './ports.ts'
import { promisedOn } from './preflight.ts'
import {
  beginSession,
  isSettled,
  type MigrationRecord,
  type Role,
  roles,
  type StoredMigration,
  shiftedBy,
} from './record.ts'
import { createRequests } from './requests.ts'
import { createRetries } from './retries.ts'
import { describeEnd, describeMove } from './sentences.ts'
import { defaultMigrationSettings, type MigrationSettings } from './settings.ts'
import { judgeTurn } from './turn.ts'
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
  const wallOffset = () => clock.now() - clock.monotonicMs()
  let knownOffset = wallOffset()
  let isStopped = false

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

  const requests = createRequests({
    ...ports,
    stored: () => [...actors.values()].map((actor) => actor.record),
    entered: enter,
  })
  const { pump, stop: stopAdmission } = createAdmission({
    ...ports,
    actors,
    feed,
    followWallClock,
    isStopped: () => isStopped,
  })
  const pacing = createPacing({ ...ports, actors, feed, isStopped: () => isStopped })
  const retries = createRetries({
    ...ports,
    actors,
    ourselves,
    againMs: settings.saveRetryCeilingMs,
    isStopped: () => isStopped,
    feed,
    serially: requests.serially,
    entered(stored) {
      begin(stored)
      pump()
    },
  })
  const orders = createOrders({ ...ports, actors, feed, pump, saySteering: pacing.steer })
  const takeLateReport = createLateReports({
    ...ports,
    retryMs: settings.saveRetryCeilingMs,
    isStopped: () => isStopped,
    reopen: (stored, hostId, report) =>
      applyReport(actors.get(report.migrationId) ?? addActor(stored), hostId, report),
    ourselves,
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
    pacing.look()
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
        case 'reach-destination':
          courier.tellAddress(
            actor,
            ports.host(actor.record.migration.destinationHostId)?.peerUrl ?? null,
          )
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
    const judged = judgeTurn(actor, [...actors.values()], ports)
    const at = clock.now()
    feed(
      actor,
      judged.ok
        ? { type: 'preflight-passed', at, domain: judged.value }
        : { type: 'preflight-refused', at, refusal: judged.error },
    )
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
    retries.look(actor)
    pacing.caughtUp(actor)
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

  // ── What comes in ──

  function lookAtLimits(): void {
    pump()
    pacing.look()
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

  function ruleNames(ruleIds: readonly PolicyRuleId[]): string {
    const rules = ports.rules()?.compiled.rules ?? []
    const named = rules.filter(({ rule }) => ruleIds.includes(rule.ruleId))
    return named.map(({ rule }) => `“${rule.name}”`).join(', ')
  }

  function begin(stored: StoredMigration): void {
    const { migration } = stored
    addActor(stored)
    ports.setDomainMigration(migration.domainId, migration.migrationId)
    ports.publish(migration)
  }

  function enter(stored: StoredMigration, by: string): void {
    const { migration } = stored
    begin(stored)
    const detail = `${by} asked to migrate ${describeMove(migration)} (generation ${migration.generation}).`
    ports.audit(by, 'migration-requested', describeMove(migration), detail)
    if (migration.overridden !== undefined) {
      const broken = ruleNames(migration.overridden.ruleIds)
      const why = `${by} moves it against ${broken}: ${migration.overridden.reason}`
      ports.audit(by, 'rules-overridden', describeMove(migration), why)
    }
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

    request: async (input) => {
      const outcomes = await requests.request(input)
      pump()
      return outcomes
    },
    ...orders,
    settingsChanged: lookAtLimits,
    hostLost: lookAtLimits,

    hostReported(hostId, report) {
      if (isStopped) return
      const actor = actors.get(report.migrationId)
      if (actor !== undefined) applyReport(actor, hostId, report)
      else takeLateReport(hostId, report)
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
      if (migration === undefined || isEnded(migration.state)) return false
      // Before its memory is there only the destination sees what the domain waits for.
      const role = migration.state.phase === 'post-copy' ? 'destination' : 'source'
      return hostOf(migration, role) === hostId
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

    promised: (hostId) =>
      promisedOn(
        hostId,
        [...actors.values()].map((actor) => actor.record),
        ports,
      ),
    listEnded: (query) => store.listEnded(query),
    listOpen: () =>
      [...actors.values()]
        .map((actor) => actor.shown)
        .filter((migration) => !isEnded(migration.state)),

    async stop() {
      isStopped = true
      await requests.idle()
      writer.stop()
      stopAdmission()
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
    retries.look(actor)
  }
}

function queuedAgain(record: MigrationRecord): MigrationRecord {
  return { ...record, migration: { ...record.migration, state: { phase: 'queued' } } }
}
