import { z } from 'zod'

/** What may be asked for one migration beside its profile. */

/** Who goes first when not all may go, and who gets more of a limited link. Highest first. */
export const migrationPriorities = ['high', 'normal', 'low'] as const
export const migrationPrioritySchema = z.enum(migrationPriorities)
export type MigrationPriority = z.infer<typeof migrationPrioritySchema>

/**
 * A limit on the bytes a second that migrations may send; null: none. Below 128 KiB/s a round of a small guest takes hours,
 * and nothing is ever copied faster than it is written.
 */
export const bandwidthLimitSchema = z.int().min(131_072).max(1e12).nullable()

/**
 * What follows a failure that another try may mend. `attempts`: how many times more it is tried at most. `same-host` waits
 * for the destination it was given; `next-best-host` takes the best of those that have not failed it.
 */
export const retryPolicySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('same-host'), attempts: z.int().min(1).max(10) }),
  z.object({ kind: z.literal('next-best-host'), attempts: z.int().min(1).max(10) }),
])
export type RetryPolicy = z.infer<typeof retryPolicySchema>
