import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { SavedFilterId, UserId } from '@drover/api-schema/ids.ts'
import { err, ok, type Result } from '@drover/api-schema/result.ts'
import {
  maxFiltersPerUser,
  type SavedFilter,
  type SavedFilterDraft,
  savedFilterDraftSchema,
  savedFilterSchema,
} from '@drover/api-schema/saved-filter.ts'
import { type Role, roleAllows } from '@drover/api-schema/user.ts'
import { parseSelector } from '@drover/optimizer/selector/parse.ts'
import { refuseSelector } from './policies/selectors.ts'
import type { SavedFilterStore, StoredFilter } from './store/saved-filters.ts'

export type SavedFilters = ReturnType<typeof createSavedFilters>
type Caller = { readonly userId: UserId; readonly name: string; readonly role: Role }
type Patch = { readonly [K in keyof SavedFilterDraft]?: SavedFilterDraft[K] | undefined }

/** Filters under names: a user's own, and those that somebody has shared with everybody. Changed one after the other. */
export function createSavedFilters(ports: {
  readonly store: SavedFilterStore
  readonly now: () => number
  readonly newId: () => string
  readonly audit: (actor: string, action: string, subject: string, detail: string) => void
}) {
  const { store, audit } = ports
  let changes: Promise<unknown> = Promise.resolve()

  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    const done = changes.then(run)
    changes = done.catch(() => {})
    return done
  }

  const visibleTo = async ({ userId }: Caller): Promise<SavedFilter[]> =>
    (await store.visibleTo(userId)).flatMap(readFilter).sort(byName)

  async function write(filter: SavedFilter): Promise<void> {
    const { savedFilterId, owner, updatedAt, ...draft } = filter
    await store.save({
      id: savedFilterId,
      ownerId: owner.userId,
      ownerName: owner.name,
      updatedAt: new Date(updatedAt),
      ...draft,
    })
  }

  /** The filter, if the caller may change it; one that he cannot see is not there for him. */
  async function changeable(
    savedFilterId: SavedFilterId,
    caller: Caller,
  ): Promise<Result<{ filter: SavedFilter; others: SavedFilter[] }, Refusal>> {
    const all = await visibleTo(caller)
    const filter = all.find((one) => one.savedFilterId === savedFilterId)
    if (filter === undefined) return err(refusal('saved-filter-not-found'))
    const isOwn = filter.owner.userId === caller.userId
    if (!isOwn && !roleAllows(caller.role, 'admin')) {
      const sentence = `${filter.name} is ${filter.owner.name}’s; only its owner and administrators change it.`
      return err(refusal('forbidden', sentence))
    }
    return ok({ filter, others: all.filter((one) => one !== filter) })
  }

  return {
    list: visibleTo,

    create: (draft: SavedFilterDraft, caller: Caller): Promise<Result<SavedFilter, Refusal>> =>
      inTurn(async () => {
        const all = await visibleTo(caller)
        const own = all.filter(({ owner }) => owner.userId === caller.userId)
        if (own.length >= maxFiltersPerUser) {
          return err(
            refusal('too-many', `You have ${maxFiltersPerUser} filters, the most there may be.`),
          )
        }
        const { userId, name } = caller
        const filter = savedFilterSchema.parse({
          ...draft,
          savedFilterId: ports.newId(),
          owner: { userId, name },
          updatedAt: ports.now(),
        })
        const refused = refuse(filter, { others: all, caller, isSharing: draft.isShared })
        if (refused !== null) return err(refused)
        await write(filter)
        if (filter.isShared) audit(name, 'filter-shared', filter.name, filter.selector)
        return ok(filter)
      }),

    update: (
      savedFilterId: SavedFilterId,
      patch: Patch,
      caller: Caller,
    ): Promise<Result<SavedFilter, Refusal>> =>
      inTurn(async () => {
        const found = await changeable(savedFilterId, caller)
        if (!found.ok) return found
        const before = found.value.filter
        const draft = savedFilterDraftSchema.parse({ ...before, ...defined(patch) })
        const filter = { ...before, ...draft, updatedAt: ports.now() }
        const isSharing = draft.isShared && !before.isShared
        const refused = refuse(filter, { others: found.value.others, caller, isSharing })
        if (refused !== null) return err(refused)
        await write(filter)
        if (filter.isShared || before.isShared) {
          const detail = `Before: ${describe(before)} After: ${describe(filter)}`
          audit(caller.name, 'shared-filter-changed', filter.name, detail)
        }
        return ok(filter)
      }),

    remove: (savedFilterId: SavedFilterId, caller: Caller): Promise<Result<undefined, Refusal>> =>
      inTurn(async () => {
        const found = await changeable(savedFilterId, caller)
        if (!found.ok) return found
        const { filter } = found.value
        await store.remove(savedFilterId)
        if (filter.isShared) {
          audit(caller.name, 'shared-filter-removed', filter.name, filter.selector)
        }
        return ok(undefined)
      }),

    forgetUser: (userId: UserId): Promise<void> => store.removePrivateOf(userId),
  }
}

function refuse(
  filter: SavedFilter,
  {
    others,
    caller,
    isSharing,
  }: {
    readonly others: readonly SavedFilter[]
    readonly caller: Caller
    readonly isSharing: boolean
  },
): Refusal | null {
  if (isSharing && !roleAllows(caller.role, 'operator')) {
    return refusal('forbidden', 'Viewers keep filters for themselves; operators share them.')
  }
  const same = others.find(
    ({ name, owner, isShared }) =>
      name.toLowerCase() === filter.name.toLowerCase() &&
      (owner.userId === filter.owner.userId || (isShared && filter.isShared)),
  )
  if (same !== undefined) {
    return refusal('saved-filter-name-taken', `There is a filter named ${same.name} already.`)
  }
  const parsed = parseSelector(filter.selector, filter.subject)
  return parsed.ok ? null : refuseSelector('selector', parsed.error)
}

function readFilter({ id, ownerId, ownerName, updatedAt, ...row }: StoredFilter): SavedFilter[] {
  const read = savedFilterSchema.safeParse({
    ...row,
    savedFilterId: id,
    owner: { userId: ownerId, name: ownerName },
    updatedAt: updatedAt.getTime(),
  })
  return read.success ? [read.data] : []
}

function describe({ name, subject, selector, isShared }: SavedFilter): string {
  return `${name}, ${subject}s with ${selector}, ${isShared ? 'shared' : 'not shared'}.`
}

function defined<T extends object>(patch: T): Partial<T> {
  const entries = Object.entries(patch).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as Partial<T> // the entries of a T
}

function byName(a: SavedFilter, b: SavedFilter): number {
  return a.name.localeCompare(b.name, 'en')
}
