import { refusal } from '@drover/api-schema/errors.ts'
import type { Host } from '@drover/api-schema/host.ts'
import { err, ok } from '@drover/api-schema/result.ts'
import type { MigrationSettingsService } from '../migration-settings.ts'
import type { Handlers } from './handler.ts'

export type MigrationSettingsPorts = {
  readonly migrationSettings: Omit<MigrationSettingsService, 'onChange'>
  readonly inventory: { readonly hosts: () => Iterable<Host> }
}

export function migrationSettingsRoutes({
  migrationSettings: service,
  inventory,
}: MigrationSettingsPorts) {
  const isPool = (name: string): boolean =>
    service.current().pools.some(({ pool }) => pool === name) ||
    [...inventory.hosts()].some(({ pool }) => pool === name)
  return {
    getMigrationSettings: () => ok(service.current()),

    updateMigrationLimits: async ({ body, caller }) =>
      ok(await service.updateLimits(body, caller.user.name)),

    async updatePoolMigrationSettings({ params: { pool }, body, caller }) {
      if (!isPool(pool)) {
        return err(refusal('not-found', `No host is in a pool named ${pool}.`))
      }
      return ok(await service.updatePool(pool, body, caller.user.name))
    },
  } satisfies Partial<Handlers>
}
