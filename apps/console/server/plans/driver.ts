import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { PlanId } from '@drover/api-schema/ids.ts'
import type { Change } from '@drover/api-schema/live-protocol.ts'
import { isEnded, type Migration } from '@drover/api-schema/migration.ts'
import { isPlanEnded, type Plan } from '@drover/api-schema/plan.ts'
import { err, ok, type Result } from '@drover/api-schema/result.ts'
import { beginSteps, isIdle } from '@drover/optimizer/plan/begin.ts'
import { type PlanEvent, stepOf, stepPlan } from '@drover/optimizer/plan/machine.ts'
import { sentenceOfStuck } from '@drover/optimizer/plan/sentences.ts'
import { newPlanActor, type PlanActor, stopPlanTimers } from './actor.ts'
import { auditOfEnd, sentenceOfEnd, sentenceOfPause } from './plan-text.ts'
import type { Person, PlanPorts } from './ports.ts'
import { requestStep } from './request-step.ts'
import { planViewOf } from './view.ts'

export type PlanDriver = ReturnType<typeof createPlanDriver>

/** Changes of the fleet within this time are looked at together. */
const lookAfterMs = 100
/** Nothing runs and nothing can begin for this long: the plan is paused and says so. Hosts that were cut off are back by then. */
const stuckAfterMs = 60_000
const saveRetryMs = 1_000
/** The console could not write a migration down; it is asked for again. */
const askAgainMs = 2_000
const ourselves = 'Drover'

/**
 * The one driver of all plans. For each plan one thing happens at a time: an event is applied, the plan is written, then shown,
 * and only then is anything done. A step is written as running, with the id its migration will have, before that migration is
 * asked for: after a restart the driver finds it under that id, or asks again with the same one, so that nothing is asked twice.
 */
export function createPlanDriver(ports: PlanPorts) {
  const { clock, log, store, fleet, migrations } = ports
  const actors = new Map<PlanId, PlanActor>()
  let isStopped = false

  // ── Turns ──

  function inTurn<T>(actor: PlanActor, run: () => Promise<T>): Promise<T> {
    const done = actor.turn.then(run)
    actor.turn = done.catch((error: unknown) => {
      log.error('A plan broke.', { planId: actor.plan.planId, error })
    })
    return done
  }

  /** True when the database has the plan as it is; else it is tried again, and nothing is done meanwhile. */
  async function save(actor: PlanActor): Promise<boolean> {
    const { plan, saved } = actor
    if (plan === saved) return true
    try {
      await store.savePlan(plan)
    } catch (error) {
      log.warn('A plan cannot be written; trying again.', { planId: plan.planId, error })
      if (isStopped) return false
      actor.stopRetry ??= clock.setTimer(saveRetryMs, () => {
        actor.stopRetry = null
        lookSoon(actor)
      })
      return false
    }
    actor.saved = plan
    fleet.upsertPlan(plan)
    if (isPlanEnded(plan)) {
      ports.audit(ourselves, `plan-${auditOfEnd(plan)}`, plan.name, sentenceOfEnd(plan))
      stopPlanTimers(actor)
      actors.delete(plan.planId)
    }
    return true
  }

  /** What has happened: applied in any case, written as soon as the database takes it. */
  async function happened(actor: PlanActor, event: PlanEvent): Promise<void> {
    const stepped = stepPlan(actor.plan, event)
    if (!stepped.ok) return
    const before = actor.plan.state.kind
    actor.plan = stepped.value.plan
    const { state, name } = actor.plan
    if (before !== 'paused' && state.kind === 'paused') {
      ports.audit(ourselves, 'plan-paused', name, sentenceOfPause(actor.plan))
    }
    await save(actor)
  }

  /** What a person wants: refused when it cannot be written. */
  function ordered(
    planId: PlanId,
    by: Person,
    event: PlanEvent,
    action: string,
  ): Promise<Result<Plan, Refusal>> {
    const actor = actors.get(planId)
    if (actor === undefined) return whyNotOpen(planId)
    return inTurn(actor, async () => {
      const stepped = stepPlan(actor.plan, event)
      if (!stepped.ok) return stepped
      const { plan, cancel } = stepped.value
      const before = actor.plan
      actor.plan = plan
      if (!(await save(actor))) {
        actor.plan = before
        return err(refusal('unavailable', 'The database does not answer; nothing has changed.'))
      }
      ports.audit(by.name, action, plan.name, `${plan.steps.length} steps`)
      for (const migrationId of cancel) await migrations.cancel(migrationId, by.name)
      lookSoon(actor)
      return ok(plan)
    })
  }

  async function whyNotOpen(planId: PlanId): Promise<Result<never, Refusal>> {
    const plan = await store.findPlan(planId)
    if (plan === null) return err(refusal('plan-not-found'))
    return err(refusal('plan-ended', `${plan.name} has ended already.`))
  }

  // ── Looking ──

  function lookSoon(actor: PlanActor): void {
    if (isStopped || actor.isLookDue) return
    actor.isLookDue = true
    actor.stopLook = clock.setTimer(lookAfterMs, () => {
      actor.stopLook = null
      void inTurn(actor, () => {
        actor.isLookDue = false
        return look(actor)
      })
    })
  }

  async function look(actor: PlanActor): Promise<void> {
    if (isStopped || isPlanEnded(actor.plan) || !(await save(actor))) return
    try {
      await takeEnds(actor)
    } catch (error) {
      log.warn('A plan waits for the database.', { planId: actor.plan.planId, error })
      clock.setTimer(askAgainMs, () => lookSoon(actor))
      return
    }
    const { plan, begun } = beginSteps(actor.plan, planViewOf(actor.plan, ports))
    actor.plan = plan
    if (!(await save(actor))) {
      // Nothing was asked for: the steps have not begun.
      const at = clock.now()
      for (const stepIndex of begun)
        await happened(actor, { type: 'request-deferred', at, stepIndex })
      return
    }
    for (const stepIndex of begun) await begin(actor, stepIndex)
    watchIdle(actor)
  }

  async function begin(actor: PlanActor, stepIndex: number): Promise<void> {
    if (isStopped) return
    const outcome = await requestStep(actor.plan, stepIndex, migrations)
    if (outcome.kind === 'asked') return
    const at = clock.now()
    if (outcome.kind === 'refused') {
      const { refusals } = outcome
      return happened(actor, { type: 'request-refused', at, stepIndex, refusals })
    }
    await happened(actor, { type: 'request-deferred', at, stepIndex })
    clock.setTimer(askAgainMs, () => lookSoon(actor))
  }

  /**
   * Running steps whose migrations have ended, however that came to be known. One that nobody knows was written as running and
   * not asked for before the console went down: it has not begun.
   */
  async function takeEnds(actor: PlanActor): Promise<void> {
    for (const { state } of actor.plan.steps) {
      if (state.kind !== 'running') continue
      const { migrationId } = state
      const migration = fleet.migration(migrationId) ?? (await migrations.find(migrationId))
      if (migration === null) {
        const stepIndex = stepOf(actor.plan, migrationId)
        await happened(actor, { type: 'request-deferred', at: clock.now(), stepIndex })
      } else if (isEnded(migration.state)) await take(actor, migration)
    }
  }

  async function take(actor: PlanActor, migration: Migration): Promise<void> {
    await happened(actor, { type: 'migration-ended', at: clock.now(), migration })
  }

  function watchIdle(actor: PlanActor): void {
    actor.stopIdle?.()
    actor.stopIdle = null
    if (isStopped || !isIdle(actor.plan)) return
    actor.stopIdle = clock.setTimer(stuckAfterMs, () => {
      actor.stopIdle = null
      void inTurn(actor, async () => {
        await look(actor)
        if (isStopped || !isIdle(actor.plan)) return
        const sentence = sentenceOfStuck(
          actor.plan,
          (hostId) => fleet.host(hostId)?.name ?? 'a host that is gone',
        )
        await happened(actor, { type: 'stuck', at: clock.now(), sentence })
      })
    })
  }

  function enter(plan: Plan): PlanActor {
    const actor = newPlanActor(plan)
    actors.set(plan.planId, actor)
    fleet.upsertPlan(plan)
    const { maintenance, steps } = plan
    // Before the first step: what comes later is for people to decide.
    if (maintenance !== null && steps.every(({ attempts }) => attempts === 0)) {
      const { hostId, isInMaintenance } = maintenance
      fleet.setHost(hostId, { isInMaintenance })
    }
    return actor
  }

  return {
    /** Call once, after the migrations were recovered. */
    async recover(shownEnded: number): Promise<void> {
      for (const plan of await store.listEndedPlans(shownEnded)) fleet.upsertPlan(plan)
      for (const plan of await store.listOpenPlans()) {
        lookSoon(enter(plan))
      }
    },

    /** A plan that was just committed, and is in the database. */
    begin(plan: Plan): void {
      const { name, steps, requestedBy, maintenance } = plan
      const detours = steps.filter(({ isDetour }) => isDetour).length
      const detail = `${steps.length} steps${detours === 0 ? '' : `, ${detours} of them detours`}`
      ports.audit(requestedBy.name, 'plan-committed', name, detail)
      if (maintenance !== null) {
        const action = maintenance.isInMaintenance ? 'enter-maintenance' : 'leave-maintenance'
        ports.audit(requestedBy.name, action, maintenance.hostName, `with the plan ${name}`)
      }
      lookSoon(enter(plan))
    },

    /** Facts that were published: what steps wait for may have come. */
    fleetChanged(changes: readonly Change[]): void {
      if (actors.size === 0 || !changes.some(matters)) return
      for (const actor of actors.values()) lookSoon(actor)
    },

    rulesChanged(): void {
      for (const actor of actors.values()) lookSoon(actor)
    },

    pause: (planId: PlanId, by: Person) =>
      ordered(planId, by, { type: 'pause-asked', at: clock.now(), by: by.name }, 'plan-paused'),

    resume: (planId: PlanId, failedSteps: 'try-again' | 'leave-out', by: Person) =>
      ordered(
        planId,
        by,
        { type: 'resume-asked', at: clock.now(), by: by.name, failedSteps },
        'plan-resumed',
      ),

    stop: (planId: PlanId, runningSteps: 'finish' | 'cancel', by: Person) =>
      ordered(
        planId,
        by,
        { type: 'stop-asked', at: clock.now(), by: by.name, runningSteps },
        'plan-stopped',
      ),

    async find(planId: PlanId): Promise<Plan | null> {
      return actors.get(planId)?.saved ?? (await store.findPlan(planId))
    },

    /** Stops acting and waits for what is under way. Open plans go on where they are at the next start. */
    async halt(): Promise<void> {
      isStopped = true
      for (const actor of actors.values()) stopPlanTimers(actor)
      await Promise.all([...actors.values()].map(({ turn }) => turn))
    },
  }
}

/** Plans and drafts themselves are no news to plans. */
function matters({ kind }: Change): boolean {
  return kind.startsWith('host-') || kind.startsWith('domain-') || kind.startsWith('migration-')
}
