import type { Domain } from '@drover/api-schema/domain.ts'
import type { MoveOutcome } from '@drover/api-schema/endpoints.ts'
import type { Refusal } from '@drover/api-schema/errors.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { DomainId, DraftId, HostId, MigrationId, UserId } from '@drover/api-schema/ids.ts'
import type { Migration } from '@drover/api-schema/migration.ts'
import type { MigrationSettings } from '@drover/api-schema/migration-settings.ts'
import type { Draft, Plan } from '@drover/api-schema/plan.ts'
import type { PolicyRule } from '@drover/api-schema/policy.ts'
import type { Result } from '@drover/api-schema/result.ts'
import type { User } from '@drover/api-schema/user.ts'
import type { CompiledPolicies } from '@drover/optimizer/rules/compiled.ts'
import type { Promised } from '@drover/optimizer/verdict.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { EndedPage, EndedQuery, MigrationRequest, RecentQuery } from '../migrations/ports.ts'
import type { PlanStore } from '../store/plans.ts'

/** What drafts and plans need of the rest of the console; met by shape. */
export type PlanPorts = {
  readonly clock: Clock
  readonly log: Log
  readonly store: PlanStore
  readonly audit: (actor: string, action: string, subject: string, detail: string) => void
  readonly fleet: {
    host(hostId: HostId): Host | null
    domain(domainId: DomainId): Domain | null
    migration(migrationId: MigrationId): Migration | null
    /** Those that have not ended. */
    openPlans(): Plan[]
    upsertDraft(draft: Draft): void
    removeDraft(draftId: DraftId): void
    upsertPlan(plan: Plan): void
    setHost(hostId: HostId, set: { readonly isInMaintenance: boolean }): Host | null
  }
  readonly rules: () => readonly PolicyRule[]
  /** The rules laid on the fleet as it is; kept until something of it changes. */
  readonly compiled: () => CompiledPolicies
  readonly migrationSettings: () => MigrationSettings
  readonly migrations: {
    request(input: MigrationRequest): Promise<MoveOutcome[]>
    cancel(migrationId: MigrationId, by: string): Promise<Result<Migration, Refusal>>
    find(migrationId: MigrationId): Promise<Migration | null>
    listEnded(query: EndedQuery): Promise<EndedPage>
    listRecent(query: RecentQuery): Promise<Migration[]>
    promised(hostId: HostId): Promised
  }
  readonly users: { list(): Promise<User[]> }
  /** A new UUID. */
  readonly newId: () => string
}

/** Whoever asks. */
export type Asker = Pick<User, 'userId' | 'name' | 'role'>
export type Person = { readonly userId: UserId; readonly name: string }
