import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { MigrationId, PlanId, UserId } from '@drover/api-schema/ids.ts'
import type { Migration } from '@drover/api-schema/migration.ts'
import {
  type Draft,
  type DraftMove,
  type Plan,
  type PlanOrigin,
  type Undoable,
  undoWithinMs,
} from '@drover/api-schema/plan.ts'
import { hasMoved, refuseUndoPlan } from '@drover/api-schema/plan-capabilities.ts'
import { err, type Result } from '@drover/api-schema/result.ts'
import { basisOf } from '@drover/optimizer/plan/rebase.ts'
import { type MadeMove, type ReverseMove, reverseMoves } from '@drover/optimizer/plan/reverse.ts'
import type { Drafts } from './drafts.ts'
import { draftName } from './plan-text.ts'
import type { Asker, PlanPorts } from './ports.ts'

type Answer<T> = Promise<Result<T, Refusal>>
/** Ended migrations looked through: more do not end within the hour of an action that a person remembers. */
const mostLookedAt = 200

/** Drafts that put back what was moved. Whether that can be done now is for their check to say. */
export function createUndo(
  ports: PlanPorts & {
    readonly drafts: Pick<Drafts, 'createFrom' | 'list'>
    readonly findPlan: (planId: PlanId) => Promise<Plan | null>
  },
) {
  const { fleet, clock, migrations, store } = ports

  /** The basis is where the moves left the domain: one that was moved since shows as changed. */
  function draftMove(back: ReverseMove): DraftMove | null {
    const domain = fleet.domain(back.domainId)
    const left = fleet.host(back.leftOnHostId)
    if (domain === null || left === null) return null
    const { domainId, domainName, destinationHostId, destinationHostName } = back
    const basis = basisOf(domain, left, clock.now())
    return { domainId, domainName, destinationHostId, destinationHostName, basis }
  }

  async function draftOf(
    made: readonly MadeMove[],
    draft: { name: string; origin: PlanOrigin; maintenance: Draft['maintenance'] },
    by: Asker,
  ): Answer<Draft> {
    const moves = reverseMoves(made).flatMap((back) => draftMove(back) ?? [])
    if (moves.length === 0) return err(refusal('nothing-to-undo'))
    return ports.drafts.createFrom({ ...draft, name: draftName(draft.name) }, moves, by)
  }

  async function ofMigration(migrationId: MigrationId, by: Asker): Answer<Draft> {
    const migration = await migrations.find(migrationId)
    if (migration === null) return err(refusal('migration-not-found'))
    const { domainName, state } = migration
    if (state.phase !== 'completed') {
      const sentence = `The migration of ${domainName} was not completed, so there is nothing to put back.`
      return err(refusal('wrong-state', sentence))
    }
    const name = `Put ${domainName} back`
    const origin = { kind: 'undo-of-migration', migrationId, domainName } as const
    return draftOf([migration], { name, origin, maintenance: null }, by)
  }

  async function ofGroup(groupId: string, by: Asker): Answer<Draft> {
    const { migrations: ended } = await migrations.listEnded({ limit: mostLookedAt, groupId })
    if (ended.length === 0) return err(refusal('migration-not-found'))
    const completed = ended.filter(isCompleted).toReversed()
    const name = `Put ${completed.length} domains back`
    const origin = { kind: 'undo-of-group', groupId } as const
    return draftOf(completed, { name, origin, maintenance: null }, by)
  }

  async function ofPlan(planId: PlanId, by: Asker): Answer<Draft> {
    const plan = await ports.findPlan(planId)
    if (plan === null) return err(refusal('plan-not-found'))
    const refused = refuseUndoPlan(plan)
    if (refused !== null) return err(refused)
    const made = plan.steps.filter(hasMoved).sort((a, b) => endedAtOf(a) - endedAtOf(b))
    const name = `Undo ${plan.name}`
    const origin = { kind: 'undo-of-plan', planId, planName: plan.name } as const
    return draftOf(made, { name, origin, maintenance: maintenanceBack(plan) }, by)
  }

  /** A host that the plan put into maintenance, and that is in it still, takes its domains back. */
  function maintenanceBack({ maintenance }: Plan): Draft['maintenance'] {
    if (maintenance === null || !maintenance.isInMaintenance) return null
    const isStill = fleet.host(maintenance.hostId)?.isInMaintenance === true
    return isStill ? { ...maintenance, isInMaintenance: false } : null
  }

  /** The last action of somebody that ended within the hour and was not undone; undoing is no such action. */
  async function lastOf(userId: UserId): Promise<Undoable | null> {
    const since = clock.now() - undoWithinMs
    const [{ migrations: ended }, plans] = await Promise.all([
      migrations.listEnded({ limit: mostLookedAt }),
      store.listEndedPlans(mostLookedAt),
    ])
    const { migrationIds, groupIds, planIds } = undone(plans)
    const planGroups = new Set<string>([...plans, ...fleet.openPlans()].map(({ planId }) => planId))
    const ofPlans = plans.flatMap((plan): Undoable[] =>
      plan.requestedBy.userId === userId &&
      plan.state.kind === 'ended' &&
      !plan.origin.kind.startsWith('undo-') &&
      !planIds.has(plan.planId) &&
      plan.steps.some(hasMoved)
        ? [
            {
              target: { kind: 'plan', planId: plan.planId },
              sentence: plan.name,
              endedAt: plan.state.at,
            },
          ]
        : [],
    )
    const ofMoves = ended.flatMap((migration): Undoable[] => {
      const { groupId, migrationId, state, requestedBy } = migration
      if (state.phase !== 'completed' || requestedBy.userId !== userId) return []
      if (groupId === null && migrationIds.has(migrationId)) return []
      // Steps of a plan, also of one that still runs, are undone with it.
      if (groupId !== null && (planGroups.has(groupId) || groupIds.has(groupId))) return []
      const { domainName, sourceHostName, destinationHostName } = migration
      return [
        {
          target:
            groupId === null ? { kind: 'migration', migrationId } : { kind: 'group', groupId },
          sentence: `${domainName} from ${sourceHostName} to ${destinationHostName}`,
          endedAt: state.endedAt,
        },
      ]
    })
    const candidates = [...ofPlans, ...ofMoves].filter(({ endedAt }) => endedAt >= since)
    return candidates.sort((a, b) => b.endedAt - a.endedAt)[0] ?? null
  }

  /** What a draft or a plan puts back already. */
  function undone(plans: readonly Plan[]) {
    const origins = [...plans, ...ports.drafts.list(), ...fleet.openPlans()].map(
      ({ origin }) => origin,
    )
    return {
      migrationIds: new Set(
        origins.flatMap((one) => (one.kind === 'undo-of-migration' ? [one.migrationId] : [])),
      ),
      groupIds: new Set(
        origins.flatMap((one) => (one.kind === 'undo-of-group' ? [one.groupId] : [])),
      ),
      planIds: new Set(origins.flatMap((one) => (one.kind === 'undo-of-plan' ? [one.planId] : []))),
    }
  }

  return { ofMigration, ofGroup, ofPlan, lastOf }
}

function isCompleted({ state }: Migration): boolean {
  return state.phase === 'completed'
}

function endedAtOf({ state }: Plan['steps'][number]): number {
  return 'endedAt' in state ? state.endedAt : 0
}
