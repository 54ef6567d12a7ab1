import {
  type CancelOutcome,
  type EndpointBody,
  type EndpointQuery,
  type EndpointResponse,
  endpoints,
  type MoveOutcome,
} from '@drover/api-schema/endpoints.ts'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { DomainId, MigrationId, UserId } from '@drover/api-schema/ids.ts'
import type { Migration, Steering } from '@drover/api-schema/migration.ts'
import type { MigrationPriority } from '@drover/api-schema/migration-terms.ts'
import { err, ok, type Result } from '@drover/api-schema/result.ts'
import { roleAllows } from '@drover/api-schema/user.ts'
import type { RequestKeys } from '../request-keys.ts'
import type { Handlers } from './handler.ts'

type Asker = { readonly userId: UserId; readonly name: string }
/** What these routes need of the orchestrator. */
export type MigrationService = {
  request(
    input: Omit<EndpointBody<'createMigrations'>, 'requestKey'> & { requestedBy: Asker },
  ): Promise<MoveOutcome[]>
  cancel(migrationId: MigrationId, by: Asker): Promise<Result<Migration, Refusal>>
  cancelGroup(groupId: string, by: Asker): Promise<Result<CancelOutcome[], Refusal>>
  setPriority(
    migrationId: MigrationId,
    priority: MigrationPriority,
    by: Asker,
  ): Promise<Result<Migration, Refusal>>
  steer(
    migrationId: MigrationId,
    steering: Steering,
    by: Asker,
  ): Promise<Result<Migration, Refusal>>
  resolve(
    migrationId: MigrationId,
    resolution: 'resume' | 'release',
    by: Asker,
  ): Promise<Result<Migration, Refusal>>
  find(migrationId: MigrationId): Promise<Migration | null>
  /** Oldest request first. */
  listOpen(): Migration[]
  listEnded(query: {
    limit: number
    before?: number | undefined
    domainId?: DomainId | undefined
    groupId?: string | undefined
  }): Promise<{ migrations: Migration[]; nextBefore: number | null }>
}

/**
 * Open ones stand on the first page only: one that ends while somebody reads on has ended after everything on the pages
 * that follow, so that it is neither missed nor shown twice.
 */
export async function listMigrations(
  service: MigrationService,
  { state, ...query }: EndpointQuery<'listMigrations'>,
): Promise<EndpointResponse<'listMigrations'>> {
  const isFirstPage = query.before === undefined
  const open =
    state === 'ended' || !isFirstPage
      ? []
      : service
          .listOpen()
          .filter(
            ({ domainId, groupId }) =>
              (query.domainId === undefined || query.domainId === domainId) &&
              (query.groupId === undefined || query.groupId === groupId),
          )
  if (state === 'open') return { migrations: open, nextBefore: null }
  const ended = await service.listEnded(query)
  // What ended while the database was asked is in both.
  const isListed = new Set(ended.migrations.map(({ migrationId }) => migrationId))
  return {
    migrations: [
      ...open.filter(({ migrationId }) => !isListed.has(migrationId)),
      ...ended.migrations,
    ],
    nextBefore: ended.nextBefore,
  }
}

export function migrationRoutes(service: MigrationService, requestKeys: RequestKeys) {
  return {
    listMigrations: async ({ query }) => ok(await listMigrations(service, query)),

    async getMigration({ params }) {
      const migration = await service.find(params.migrationId)
      return migration === null ? err(refusal('migration-not-found')) : ok(migration)
    },

    createMigrations({ body, caller }) {
      const requestedBy = { userId: caller.user.userId, name: caller.user.name }
      const { requestKey, ...wanted } = body
      if (wanted.override !== undefined && !roleAllows(caller.user.role, 'admin')) {
        return err(refusal('forbidden', 'Only administrators may override rules.'))
      }
      const run = async () => ({ outcomes: await service.request({ ...wanted, requestedBy }) })
      return requestKeys.once(
        { key: requestKey, userId: requestedBy.userId },
        (stored) => endpoints.createMigrations.response.safeParse(stored).data ?? null,
        run,
      )
    },

    cancelMigration: ({ params, caller }) =>
      service.cancel(params.migrationId, { userId: caller.user.userId, name: caller.user.name }),

    updateMigration: ({ params, body, caller }) =>
      service.setPriority(params.migrationId, body.priority, {
        userId: caller.user.userId,
        name: caller.user.name,
      }),

    async cancelMigrationGroup({ params, caller }) {
      const by = { userId: caller.user.userId, name: caller.user.name }
      const answered = await service.cancelGroup(params.groupId, by)
      return answered.ok ? ok({ outcomes: answered.value }) : answered
    },

    steerMigration: ({ params, body, caller }) =>
      service.steer(params.migrationId, body, {
        userId: caller.user.userId,
        name: caller.user.name,
      }),

    async resolveMigration({ params, body, caller }) {
      const migration = await service.find(params.migrationId)
      if (migration === null) return err(refusal('migration-not-found'))
      if (body.confirmation !== migration.domainName) return err(refusal('confirmation-mismatch'))
      const by = { userId: caller.user.userId, name: caller.user.name }
      return service.resolve(params.migrationId, body.resolution, by)
    },
  } satisfies Partial<Handlers>
}
