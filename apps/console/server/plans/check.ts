import type { Domain } from '@drover/api-schema/domain.ts'
import type { Refusal } from '@drover/api-schema/errors.ts'
import { refusal } from '@drover/api-schema/errors.ts'
import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import type { Migration } from '@drover/api-schema/migration.ts'
import { poolSettings } from '@drover/api-schema/migration-settings.ts'
import type {
  Draft,
  DraftCheck,
  PlannedStep,
  PlanOrder,
  PlanTerms,
} from '@drover/api-schema/plan.ts'
import { orderDraft, refusalsOfObstacle } from '@drover/optimizer/plan/draft-order.ts'
import { whyStaying } from '@drover/optimizer/plan/evacuation.ts'
import type { Obstacle, Ordered, OrderedStep } from '@drover/optimizer/plan/order.ts'
import type { Placement } from '@drover/optimizer/plan/placement.ts'
import {
  freeOn,
  type PlanFleet,
  projectFleet,
  withMaintenance,
} from '@drover/optimizer/plan/plan-fleet.ts'
import { isOutdated, standingsOf } from '@drover/optimizer/plan/rebase.ts'
import { totalsOf } from '@drover/optimizer/plan/totals.ts'
import { compileRules } from '@drover/optimizer/rules/compile-rules.ts'
import { snapshotOf } from '@drover/optimizer/rules/snapshot.ts'
import { type FoundViolation, violationsOf } from '@drover/optimizer/rules/violations.ts'
import { learnedFrom, predictFor } from '../migrations/predict.ts'
import { planFleetOf, purposeOf } from './plan-fleet-view.ts'
import type { PlanPorts } from './ports.ts'

type CheckPorts = Pick<
  PlanPorts,
  'fleet' | 'rules' | 'compiled' | 'migrations' | 'clock' | 'migrationSettings' | 'log'
>

/** A draft on the fleet as it is now. */
export async function checkDraft(
  draft: Draft,
  ports: CheckPorts,
  terms: PlanTerms = {},
): Promise<DraftCheck> {
  const fleet = withMaintenance(planFleetOf(ports), draft.maintenance)
  const purpose = purposeOf(draft.origin)
  const { moves } = draft
  const standings = standingsOf(moves, fleet, purpose)
  const { ordered, placement } = orderDraft(fleet, moves, purpose)
  const goesTo = new Map(moves.map((move) => [move.domainId, move.destinationHostId]))
  const after = (domainId: DomainId): HostId | null => goesTo.get(domainId) ?? null
  const { newViolations, mendedViolations } = compareViolations(fleet, draft)
  return {
    draftId: draft.draftId,
    revision: draft.revision,
    isOutdated: isOutdated(standings),
    moves: moves.map(({ domainId, destinationHostId }, index) => ({
      domainId,
      standing: standings[index] ?? { kind: 'unchanged' },
      warnings: placement.warnings(domainId, after)(destinationHostId).warnings.map(plain),
    })),
    order: await orderOf(draft, { ordered, placement, fleet }, ports, terms),
    staying: stayingOf(draft, fleet),
    newViolations,
    mendedViolations,
  }
}

/** A reason of the optimizer carries its place in the order of precedence, which is no part of the contract. */
function plain({ code, message, ruleId }: Refusal): Refusal {
  return { code, message, ...(ruleId === undefined ? {} : { ruleId }) }
}

function compareViolations(fleet: PlanFleet, { moves }: Draft) {
  if (fleet.rules.length === 0) return { newViolations: [], mendedViolations: [] }
  const of = (one: PlanFleet): FoundViolation[] =>
    violationsOf(one.compiled ?? compileRules(one.rules, snapshotOf(one)))
  const before = of(fleet)
  const after = of(projectFleet(fleet, moves))
  const without = (some: FoundViolation[], others: FoundViolation[]) => {
    const known = new Set(others.map(({ violationKey }) => violationKey))
    return some.filter(({ violationKey }) => !known.has(violationKey))
  }
  return { newViolations: without(after, before), mendedViolations: without(before, after) }
}

function stayingOf({ origin, moves }: Draft, fleet: PlanFleet): DraftCheck['staying'] {
  if (origin.kind !== 'evacuation') return []
  const leaving = new Set(moves.map(({ domainId }) => domainId))
  return fleet.domains
    .filter(({ hostId, domainId }) => hostId === origin.hostId && !leaving.has(domainId))
    .map((domain) => {
      const refusals = whyStaying(domain, moves, fleet).map(plain)
      const none = refusal('wrong-state', `${domain.name} is not part of the draft.`)
      return {
        domainId: domain.domainId,
        domainName: domain.name,
        refusals: refusals.length === 0 ? [none] : refusals,
      }
    })
}

type Found = {
  readonly ordered: Ordered
  readonly placement: Placement
  readonly fleet: PlanFleet
}

async function orderOf(
  draft: Draft,
  { ordered, placement, fleet }: Found,
  ports: CheckPorts,
  terms: PlanTerms,
): Promise<PlanOrder> {
  const domains = new Map(fleet.domains.map((domain) => [domain.domainId, domain]))
  if (ordered.kind !== 'ordered') {
    const [first, ...rest] = ordered.obstacles.map((one) => obstacleOf(one, draft, fleet))
    // A search that has found no order has at least one move left.
    if (first === undefined) throw new Error('no order and no obstacle')
    return { kind: ordered.kind, obstacles: [first, ...rest] }
  }
  const earlier = await experience(
    ordered.steps.map(({ domainId }) => domainId),
    ports,
  )
  const steps = ordered.steps.map((step) =>
    plannedStep(step, domains.get(step.domainId), { earlier, ports, terms }),
  )
  const free = new Map(fleet.hosts.map((host) => [host.hostId, freeOn(host, fleet)]))
  const totals = totalsOf(steps, {
    host: (hostId) => ports.fleet.host(hostId),
    freeBytes: (hostId) => free.get(hostId) ?? 0,
    settings: ports.migrationSettings(),
    isRuled: (step) => placement.isRuled(step.domainId, step.destinationHostId),
  })
  return { kind: 'ordered', steps, totals }
}

/** Without the database there are predictions all the same: of ordinary guests. */
async function experience(domainIds: DomainId[], ports: CheckPorts): Promise<Migration[]> {
  if (domainIds.length === 0) return []
  try {
    return await ports.migrations.listRecent({ domainIds, ...learnedFrom })
  } catch (error) {
    ports.log.warn('A draft is predicted without what earlier migrations showed.', { error })
    return []
  }
}

function plannedStep(
  { domainId, fromHostId, toHostId, memBytes, isDetour }: OrderedStep,
  domain: Domain | undefined,
  known: {
    readonly earlier: readonly Migration[]
    readonly ports: CheckPorts
    readonly terms: PlanTerms
  },
): PlannedStep {
  const { ports, terms, earlier } = known
  const source = ports.fleet.host(fromHostId)
  const destination = ports.fleet.host(toHostId)
  const settings = ports.migrationSettings()
  const predicted =
    domain === undefined || source === null || destination === null
      ? null
      : predictFor(
          { domain, source, destination },
          {
            profile: terms.profile ?? poolSettings(settings, destination.pool).profile,
            bandwidthBytesPerSec: terms.bandwidthBytesPerSec ?? null,
          },
          { earlier, others: [], settings },
        )
  return {
    domainId,
    domainName: domain?.name ?? domainId,
    sourceHostId: fromHostId,
    sourceHostName: source?.name ?? fromHostId,
    destinationHostId: toHostId,
    destinationHostName: destination?.name ?? toHostId,
    memBytes,
    isDetour,
    predicted,
  }
}

function obstacleOf(obstacle: Obstacle, draft: Draft, fleet: PlanFleet) {
  const { domainId, toHostId } = obstacle.move
  const move = draft.moves.find((one) => one.domainId === domainId)
  const names = new Map<DomainId | HostId, string>([
    ...fleet.hosts.map(({ hostId, name }) => [hostId, name] as const),
    ...draft.moves.map((one) => [one.domainId, one.domainName] as const),
  ])
  const refusals = refusalsOfObstacle(obstacle, (id) => names.get(id) ?? id).map(plain)
  // It could be made where the search got farthest, and then another one could not.
  const inTheWay = refusal(
    'no-order',
    `${move?.domainName ?? domainId} could move, and then another move would have no room.`,
  )
  return {
    domainId,
    domainName: move?.domainName ?? domainId,
    destinationHostId: toHostId,
    refusals: refusals.length === 0 ? [inTheWay] : refusals,
  }
}
