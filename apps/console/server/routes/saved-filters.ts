import { ok } from '@drover/api-schema/result.ts'
import type { SavedFilters } from '../saved-filters.ts'
import type { Handlers } from './handler.ts'

export type SavedFilterPorts = { readonly savedFilters: SavedFilters }

export function savedFilterRoutes({ savedFilters }: SavedFilterPorts) {
  return {
    listSavedFilters: async ({ caller }) => ok({ filters: await savedFilters.list(caller.user) }),
    createSavedFilter: ({ body, caller }) => savedFilters.create(body, caller.user),
    updateSavedFilter: ({ params, body, caller }) =>
      savedFilters.update(params.savedFilterId, body, caller.user),
    removeSavedFilter: ({ params, caller }) =>
      savedFilters.remove(params.savedFilterId, caller.user),
  } satisfies Partial<Handlers>
}
