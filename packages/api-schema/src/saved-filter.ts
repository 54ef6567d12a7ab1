import { z } from 'zod'
import { savedFilterIdSchema, userIdSchema } from './ids.ts'
import { selectorTextSchema } from './policy.ts'
import { displayNameSchema, momentSchema } from './scalars.ts'

export const maxFiltersPerUser = 100

/** A filter while it is written. */
export const savedFilterDraftSchema = z.object({
  name: displayNameSchema,
  /** What it selects. */
  subject: z.enum(['domain', 'host']),
  selector: selectorTextSchema,
  /** Seen by everybody; only its owner and administrators change it. */
  isShared: z.boolean(),
})
export type SavedFilterDraft = z.infer<typeof savedFilterDraftSchema>

/** A selector under a name: of one user, or for everybody. */
export const savedFilterSchema = savedFilterDraftSchema.extend({
  savedFilterId: savedFilterIdSchema,
  owner: z.object({ userId: userIdSchema, name: displayNameSchema }),
  updatedAt: momentSchema,
})
export type SavedFilter = z.infer<typeof savedFilterSchema>
