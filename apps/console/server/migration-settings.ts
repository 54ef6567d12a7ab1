import {
  defaultMigrationSettings,
  type MigrationLimits,
  type MigrationSettings,
  migrationLimitsSchema,
  type PoolMigrationSettings,
  poolMigrationSettingsSchema,
  poolSettings,
  type SettingsChange,
} from '@drover/api-schema/migration-settings.ts'
import { describeLimits, describePool } from './migration-settings-text.ts'
import type { SettingStore, StoredSetting } from './store/settings.ts'

export type MigrationSettingsService = Awaited<ReturnType<typeof loadMigrationSettings>>

const limitsKey = 'migration-limits'
const poolKeyPrefix = 'migration-pool:'

type Patch<T> = { readonly [K in keyof T]?: T[K] | undefined }

/**
 * What administrators have set for migrations: read once, kept in memory, written before it counts. Changes are made one
 * after the other, so that two at once lose nothing.
 */
export async function loadMigrationSettings(ports: {
  readonly store: SettingStore
  readonly now: () => number
  readonly audit: (actor: string, action: string, subject: string, detail: string) => void
  readonly log: { warn(sentence: string, details?: Record<string, unknown>): void }
}) {
  const { store, now, audit, log } = ports
  let settings = readAll(await store.list(), (key) =>
    log.warn('A stored setting cannot be read; its default holds.', { key }),
  )
  let changes: Promise<unknown> = Promise.resolve()
  const listeners: ((settings: MigrationSettings) => void)[] = []

  function change<T extends object>(
    make: () => { key: string; document: T; next: MigrationSettings },
    by: string,
    said: (document: T) => readonly [action: string, subject: string, detail: string],
  ): Promise<T> {
    const done = changes.then(async () => {
      const { key, document, next } = make()
      const at = now()
      await store.save({ key, document, updatedAt: at, updatedBy: by })
      settings = withChange(next, { pool: poolOfKey(key), by, at })
      audit(by, ...said(document))
      for (const listener of listeners) listener(settings)
      return document
    })
    changes = done.catch(() => {})
    return done
  }

  return {
    current: (): MigrationSettings => settings,

    onChange(listener: (settings: MigrationSettings) => void): void {
      listeners.push(listener)
    },

    /** Rejects when the database refuses; then nothing has changed. */
    updateLimits: (patch: Patch<MigrationLimits>, by: string): Promise<MigrationLimits> =>
      change(
        () => {
          const limits = migrationLimitsSchema.parse({ ...settings.limits, ...defined(patch) })
          return { key: limitsKey, document: limits, next: { ...settings, limits } }
        },
        by,
        (limits) => ['migration-limits-changed', 'all migrations', describeLimits(limits)],
      ),

    /** Rejects when the database refuses; then nothing has changed. */
    updatePool: (
      pool: string,
      patch: Patch<Omit<PoolMigrationSettings, 'pool'>>,
      by: string,
    ): Promise<PoolMigrationSettings> =>
      change(
        () => {
          const before = poolSettings(settings, pool)
          const document = poolMigrationSettingsSchema.parse({ ...before, ...defined(patch) })
          const others = settings.pools.filter((one) => one.pool !== pool)
          const next = { ...settings, pools: byName([...others, document]) }
          return { key: `${poolKeyPrefix}${pool}`, document, next }
        },
        by,
        (document) => ['pool-migrations-changed', pool, describePool(document)],
      ),
  }
}

/** Null: the limits. */
function poolOfKey(key: string): string | null {
  return key.startsWith(poolKeyPrefix) ? key.slice(poolKeyPrefix.length) : null
}

function withChange(settings: MigrationSettings, change: SettingsChange): MigrationSettings {
  const others = settings.lastChanges.filter(({ pool }) => pool !== change.pool)
  return { ...settings, lastChanges: [...others, change] }
}

function defined<T extends object>(patch: T): Partial<T> {
  const entries = Object.entries(patch).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as Partial<T> // the entries of a T
}

function byName(pools: readonly PoolMigrationSettings[]): PoolMigrationSettings[] {
  return pools.toSorted((a, b) => a.pool.localeCompare(b.pool, 'en'))
}

/** One that no longer parses must not keep the console from starting, nor spoil the others. */
function readAll(
  stored: readonly StoredSetting[],
  unreadable: (key: string) => void,
): MigrationSettings {
  let { limits } = defaultMigrationSettings
  const pools: PoolMigrationSettings[] = []
  const lastChanges: SettingsChange[] = []
  for (const { key, document, updatedAt: at, updatedBy: by } of stored) {
    const keep = () => lastChanges.push({ pool: poolOfKey(key), by, at })
    if (key === limitsKey) {
      const read = migrationLimitsSchema.safeParse(document)
      if (read.success) {
        limits = read.data
        keep()
      } else unreadable(key)
    } else if (key.startsWith(poolKeyPrefix)) {
      const read = poolMigrationSettingsSchema.safeParse(document)
      if (read.success && key === `${poolKeyPrefix}${read.data.pool}`) {
        pools.push(read.data)
        keep()
      } else unreadable(key)
    }
  }
  return { limits, pools: byName(pools), lastChanges }
}
