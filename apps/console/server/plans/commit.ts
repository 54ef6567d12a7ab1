import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import { planIdSchema } from '@drover/api-schema/ids.ts'
import type { Draft, DraftCheck, Plan, PlanTerms } from '@drover/api-schema/plan.ts'
import { err, ok, type Result } from '@drover/api-schema/result.ts'
import { checkDraft } from './check.ts'
import type { Asker, PlanPorts } from './ports.ts'

/** The plan that a draft becomes on the fleet as it is now, or why it cannot. */
export async function planOf(
  draft: Draft,
  terms: PlanTerms,
  { by, ports }: { readonly by: Asker; readonly ports: PlanPorts },
): Promise<Result<Plan, Refusal>> {
  if (draft.moves.length === 0) {
    return err(refusal('draft-empty', `${draft.name} has no moves.`))
  }
  const check = await checkDraft(draft, ports, terms)
  const refused = refuseCommit(draft, check)
  if (refused !== null) return err(refused)
  if (check.order.kind !== 'ordered') return err(refusal('no-order'))
  const { steps, totals } = check.order
  if (steps.length === 0) {
    return err(refusal('draft-empty', `All moves of ${draft.name} are done already.`))
  }
  return ok({
    planId: planIdSchema.parse(draft.draftId),
    name: draft.name,
    origin: draft.origin,
    requestedBy: { userId: by.userId, name: by.name },
    requestedAt: ports.clock.now(),
    terms,
    maintenance: draft.maintenance,
    state: { kind: 'running' },
    steps: steps.map((step) => ({
      ...step,
      state: { kind: 'waiting', why: null },
      attempts: 0,
    })),
    predicted: totals,
  })
}

function refuseCommit(draft: Draft, { moves, order }: DraftCheck): Refusal | null {
  const changed = moves.flatMap(({ standing }) =>
    standing.kind === 'changed' ? [standing.sentence] : [],
  )
  if (changed.length > 0) {
    return refusal(
      'draft-outdated',
      `The fleet has changed under ${draft.name}: ${changed.join(' ')} Rebase it.`,
    )
  }
  const impossible = moves.flatMap(({ standing }) =>
    standing.kind === 'impossible' ? standing.refusals : [],
  )
  const obstacles = order.kind === 'ordered' ? [] : order.obstacles.flatMap((one) => one.refusals)
  const reasons = impossible.length > 0 ? impossible : obstacles
  if (reasons.length === 0) return null
  const none =
    order.kind === 'undecided'
      ? 'No order of these moves was found in the time there was.'
      : 'There is no order in which these moves can be made.'
  return refusal('no-order', `${none} ${reasons.map(({ message }) => message).join(' ')}`)
}
