import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import { type DraftId, draftIdSchema, type UserId } from '@drover/api-schema/ids.ts'
import type {
  Draft,
  DraftCheck,
  DraftedMove,
  DraftMove,
  Plan,
  PlanOrigin,
  PlanTerms,
} from '@drover/api-schema/plan.ts'
import { refuseDraftChange } from '@drover/api-schema/plan-capabilities.ts'
import { err, ok, type Result } from '@drover/api-schema/result.ts'
import { roleAllows } from '@drover/api-schema/user.ts'
import { withMaintenance } from '@drover/optimizer/plan/plan-fleet.ts'
import { basisOf, rebaseMoves } from '@drover/optimizer/plan/rebase.ts'
import { checkDraft } from './check.ts'
import { planOf } from './commit.ts'
import { planFleetOf, purposeOf } from './plan-fleet-view.ts'
import type { Asker, PlanPorts } from './ports.ts'

export type Drafts = ReturnType<typeof createDrafts>
type Answer<T> = Promise<Result<T, Refusal>>

const maxDrafts = 200

/** What a new draft is made of. */
export type NewDraft = {
  readonly draftId?: DraftId | undefined
  readonly name: string
  readonly origin: PlanOrigin
  readonly maintenance: Draft['maintenance']
}

/**
 * The drafts: read once, kept in memory, written before they count; changes go one after the other. A change names the revision
 * it was made on, so that of two people's one is told to look again.
 */
export function createDrafts(
  ports: PlanPorts & {
    /** The draft is a plan now, in the database. */
    readonly committed: (plan: Plan) => void
    readonly findPlan: (draftId: DraftId) => Promise<Plan | null>
  },
) {
  const { store, fleet, clock, audit } = ports
  const drafts = new Map<DraftId, Draft>()
  let changes: Promise<unknown> = Promise.resolve()

  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    const done = changes.then(run)
    changes = done.catch(() => {})
    return done
  }

  /** Rejects when the database refuses; then nothing has changed. */
  async function write(draft: Draft): Promise<Draft> {
    await store.saveDraft(draft)
    drafts.set(draft.draftId, draft)
    fleet.upsertDraft(draft)
    return draft
  }

  function changed(draft: Draft, change: Partial<Draft>): Draft {
    return { ...draft, ...change, revision: draft.revision + 1, updatedAt: clock.now() }
  }

  /** The draft, if this person may change it and has seen it as it is. */
  function seen(draftId: DraftId, by: Asker, revision?: number): Result<Draft, Refusal> {
    const draft = drafts.get(draftId)
    if (draft === undefined) return err(refusal('draft-not-found'))
    const refused = refuseDraftChange(draft, by)
    if (refused !== null) return err(refused)
    if (revision === undefined || revision === draft.revision) return ok(draft)
    return err(
      refusal('draft-changed', `${draft.name} has changed since you read it; look at it again.`),
    )
  }

  /** What a draft had already keeps its basis, and may be gone; what is new must be there. */
  function draftMoves(
    moves: readonly DraftedMove[],
    before: readonly DraftMove[],
  ): Result<DraftMove[], Refusal> {
    const known = new Map(before.map((move) => [move.domainId, move]))
    const drafted: DraftMove[] = []
    for (const { domainId, destinationHostId } of moves) {
      const old = known.get(domainId)
      if (old?.destinationHostId === destinationHostId) {
        drafted.push(old)
        continue
      }
      const destination = fleet.host(destinationHostId)
      if (destination === null) return err(refusal('host-not-found'))
      const domain = fleet.domain(domainId)
      const host = domain === null ? null : fleet.host(domain.hostId)
      if (old === undefined && (domain === null || host === null)) {
        return err(refusal('domain-not-found'))
      }
      const basis = old?.basis ?? (domain && host ? basisOf(domain, host, clock.now()) : undefined)
      if (basis === undefined) return err(refusal('domain-not-found'))
      drafted.push({
        domainId,
        destinationHostId,
        domainName: domain?.name ?? old?.domainName ?? domainId,
        destinationHostName: destination.name,
        basis,
      })
    }
    return ok(drafted)
  }

  async function add(made: NewDraft, moves: readonly DraftMove[], by: Asker): Answer<Draft> {
    const same = made.draftId === undefined ? undefined : drafts.get(made.draftId)
    if (same !== undefined) {
      // The same request again; another person's draft of the same id is no business of this one.
      return same.owner.userId === by.userId ? ok(same) : err(refusal('draft-not-yours'))
    }
    if (drafts.size >= maxDrafts) {
      return err(refusal('too-many', `There are ${maxDrafts} drafts, the most there may be.`))
    }
    const at = clock.now()
    const draft: Draft = {
      draftId: made.draftId ?? draftIdSchema.parse(ports.newId()),
      name: made.name,
      origin: made.origin,
      owner: { userId: by.userId, name: by.name },
      revision: 1,
      moves: [...moves],
      maintenance: made.maintenance,
      createdAt: at,
      updatedAt: at,
    }
    return ok(await write(draft))
  }

  return {
    /** Call once, before anything else. */
    async load(): Promise<void> {
      const stored = await store.listDrafts()
      if (stored.unreadable.length > 0) {
        ports.log.warn('Some stored drafts cannot be read.', { rows: stored.unreadable })
      }
      for (const draft of stored.drafts) {
        drafts.set(draft.draftId, draft)
        fleet.upsertDraft(draft)
      }
    },

    list: (): Draft[] => [...drafts.values()],
    find: (draftId: DraftId): Draft | null => drafts.get(draftId) ?? null,

    /** Moves as a person drags them. */
    create: (made: NewDraft, moves: readonly DraftedMove[], by: Asker): Answer<Draft> =>
      inTurn(async () => {
        const drafted = draftMoves(moves, [])
        return drafted.ok ? add(made, drafted.value, by) : drafted
      }),

    /** Moves with a basis that is not now: of an undo. */
    createFrom: (made: NewDraft, moves: readonly DraftMove[], by: Asker): Answer<Draft> =>
      inTurn(() => add(made, moves, by)),

    update: (
      draftId: DraftId,
      change: { revision: number; name?: string | undefined; moves?: DraftedMove[] | undefined },
      by: Asker,
    ): Answer<Draft> =>
      inTurn(async () => {
        const before = seen(draftId, by, change.revision)
        if (!before.ok) return before
        const { name = before.value.name } = change
        const moves =
          change.moves === undefined
            ? ok(before.value.moves)
            : draftMoves(change.moves, before.value.moves)
        return moves.ok
          ? ok(await write(changed(before.value, { name, moves: moves.value })))
          : moves
      }),

    handOver: (
      draftId: DraftId,
      change: { revision: number; userId: UserId },
      by: Asker,
    ): Answer<Draft> =>
      inTurn(async () => {
        const before = seen(draftId, by, change.revision)
        if (!before.ok) return before
        const users = await ports.users.list()
        const next = users.find(({ userId }) => userId === change.userId)
        if (next === undefined || !roleAllows(next.role, 'operator')) {
          const sentence = 'Drafts are handed to operators and administrators only.'
          return err(refusal('not-found', sentence))
        }
        const owner = { userId: next.userId, name: next.name }
        const draft = await write(changed(before.value, { owner }))
        audit(by.name, 'draft-handed-over', draft.name, `to ${next.name}`)
        return ok(draft)
      }),

    remove: (draftId: DraftId, by: Asker): Answer<undefined> =>
      inTurn(async () => {
        const before = seen(draftId, by)
        if (!before.ok) return before
        await store.removeDraft(draftId)
        drafts.delete(draftId)
        fleet.removeDraft(draftId)
        return ok(undefined)
      }),

    rebase: (
      draftId: DraftId,
      revision: number,
      by: Asker,
    ): Answer<{ draft: Draft; dropped: DraftMove[] }> =>
      inTurn(async () => {
        const before = seen(draftId, by, revision)
        if (!before.ok) return before
        const draft = before.value
        const view = withMaintenance(planFleetOf(ports), draft.maintenance)
        const { kept, dropped } = rebaseMoves(draft.moves, view, {
          purpose: purposeOf(draft.origin),
          at: clock.now(),
        })
        const isSame = kept.every((move, index) => move === draft.moves[index])
        if (dropped.length === 0 && isSame) return ok({ draft, dropped })
        return ok({ draft: await write(changed(draft, { moves: kept })), dropped })
      }),

    async check(draftId: DraftId): Answer<DraftCheck> {
      const draft = drafts.get(draftId)
      return draft === undefined
        ? err(refusal('draft-not-found'))
        : ok(await checkDraft(draft, ports))
    },

    commit: (
      draftId: DraftId,
      wanted: { revision: number; terms: PlanTerms },
      by: Asker,
    ): Answer<Plan> =>
      inTurn(async () => {
        const before = seen(draftId, by, wanted.revision)
        if (!before.ok) {
          const plan = drafts.has(draftId) ? null : await ports.findPlan(draftId)
          return plan === null ? before : ok(plan)
        }
        const plan = await planOf(before.value, wanted.terms, { by, ports })
        if (!plan.ok) return plan
        await store.commit(plan.value)
        drafts.delete(draftId)
        fleet.removeDraft(draftId)
        ports.committed(plan.value)
        return plan
      }),

    /** Waits for what is under way. */
    stop: (): Promise<unknown> => changes,
  }
}
