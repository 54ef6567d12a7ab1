import { ok } from '@drover/api-schema/result.ts'
import { openApiDocument } from '../openapi.ts'
import type { RequestKeys } from '../request-keys.ts'
import { type AdministrationPorts, administrationRoutes } from './administration.ts'
import { type FleetPorts, fleetRoutes } from './fleet.ts'
import type { Handlers } from './handler.ts'
import { type LabelPorts, labelRoutes } from './labels.ts'
import { type MigrationSettingsPorts, migrationSettingsRoutes } from './migration-settings.ts'
import { type MigrationService, migrationRoutes } from './migrations.ts'
import { type PlanRoutePorts, planRoutes } from './plans.ts'
import { type PolicyPorts, policyRoutes } from './policies.ts'
import { type SavedFilterPorts, savedFilterRoutes } from './saved-filters.ts'
import { type SessionPorts, sessionRoutes } from './session.ts'

export type RoutePorts = SessionPorts &
  FleetPorts &
  AdministrationPorts &
  MigrationSettingsPorts &
  LabelPorts &
  PlanRoutePorts &
  PolicyPorts &
  SavedFilterPorts & {
    readonly migrations: MigrationService
    readonly requestKeys: RequestKeys
    readonly health: () => Promise<'ok' | 'degraded'>
    readonly consoleVersion: string
    readonly publicUrl: () => string
  }

/** Every endpoint's handler: one that is missing does not compile here. */
export function allRoutes(ports: RoutePorts): Handlers {
  return {
    getHealth: async () => ok({ status: await ports.health() }),
    getOpenApi: () =>
      ok(openApiDocument({ version: ports.consoleVersion, serverUrl: ports.publicUrl() })),
    ...sessionRoutes(ports),
    ...fleetRoutes(ports),
    ...migrationRoutes(ports.migrations, ports.requestKeys),
    ...migrationSettingsRoutes(ports),
    ...labelRoutes(ports),
    ...planRoutes(ports),
    ...policyRoutes(ports),
    ...savedFilterRoutes(ports),
    ...administrationRoutes(ports),
  }
}
