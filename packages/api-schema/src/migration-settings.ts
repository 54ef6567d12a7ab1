import { z } from 'zod'
import { defaultMigrationProfile, migrationProfileSchema } from './migration.ts'
import { retryPolicySchema } from './migration-terms.ts'
import { displayNameSchema, momentSchema } from './scalars.ts'

/** What an administrator sets for all migrations, and for those within one pool. */

const atOnce = z.int().min(1).max(1_000)

/** How many migrations run at once: what is over a limit waits. Lowering one ends nothing that runs. */
export const migrationLimitsSchema = z.object({
  total: atOnce,
  /** In any one pool that has no number of its own. */
  perPool: atOnce,
  /** Leaving one host. */
  outgoingPerHost: atOnce,
  /** Arriving at one host. */
  incomingPerHost: atOnce,
})
export type MigrationLimits = z.infer<typeof migrationLimitsSchema>

/**
 * Those of today's managers: KubeVirt lets 5 run in a cluster, which is what a pool is here, and 2 leave a node; Xen
 * Orchestra's balancer moves 2 at a time. More through one NIC gains nothing: each takes as much longer. The total is four
 * full pools, so that one console does not fall upon a whole data centre at once.
 */
export const defaultMigrationLimits: MigrationLimits = {
  total: 20,
  perPool: 5,
  outgoingPerHost: 2,
  incomingPerHost: 2,
}

/** What holds for migrations within a pool that ask for nothing else. */
export const poolMigrationSettingsSchema = z.object({
  pool: displayNameSchema,
  profile: migrationProfileSchema,
  retry: retryPolicySchema,
  /** In place of the limit `perPool`; null: that one. */
  maxAtOnce: atOnce.nullable(),
})
export type PoolMigrationSettings = z.infer<typeof poolMigrationSettingsSchema>

/** Who changed the limits, or what is set for a pool, the last time. */
export const settingsChangeSchema = z.object({
  /** Null: the limits of all migrations. */
  pool: displayNameSchema.nullable(),
  by: displayNameSchema,
  at: momentSchema,
})
export type SettingsChange = z.infer<typeof settingsChangeSchema>

export const migrationSettingsSchema = z.object({
  limits: migrationLimitsSchema,
  /** Pools that were given settings; the others have the defaults. Ask `poolSettings`. */
  pools: z.array(poolMigrationSettingsSchema),
  /** One at most for the limits and for each pool; none where the defaults were never changed. */
  lastChanges: z.array(settingsChangeSchema).default([]),
})
export type MigrationSettings = z.infer<typeof migrationSettingsSchema>

export const defaultMigrationSettings: MigrationSettings = {
  limits: defaultMigrationLimits,
  pools: [],
  lastChanges: [],
}

/** What holds in a pool, whether it was given settings or not. */
export function poolSettings(
  settings: Pick<MigrationSettings, 'pools'>,
  pool: string,
): PoolMigrationSettings {
  return (
    settings.pools.find((one) => one.pool === pool) ?? {
      pool,
      profile: defaultMigrationProfile,
      retry: { kind: 'none' },
      maxAtOnce: null,
    }
  )
}

/** How many migrations may run within a pool at once. */
export function poolLimit(
  settings: Pick<MigrationSettings, 'limits' | 'pools'>,
  pool: string,
): number {
  return poolSettings(settings, pool).maxAtOnce ?? settings.limits.perPool
}
