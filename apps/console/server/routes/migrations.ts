import {
  type EndpointQuery,
  type EndpointResponse,
  endpoints,
  type Move,
  type MoveOutcome,
} from '@drover/api-schema/endpoints.ts'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { DomainId, MigrationId, UserId } from '@drover/api-schema/ids.ts'
import {
  defaultMigrationProfile,
  type Migration,
  type MigrationProfile,
  type Steering,
} from '@drover/api-schema/migration.ts'
import { err, ok, type Result } from '@drover/api-schema/result.ts'
import type { RequestKeys } from '../request-keys.ts'
import type { Handlers } from './handler.ts'

type Asker = { readonly userId: UserId; readonly name: string }
/** What these routes need of the orchestrator. */
export type MigrationService = {
  request(input: {
    moves: Move[]
    profile: MigrationProfile
    requestedBy: Asker
  }): Promise<MoveOutcome[]>
  cancel(migrationId: MigrationId, by: Asker): Promise<Result<Migration, Refusal>>
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
          .filter(({ domainId }) => query.domainId === undefined || query.domainId === domainId)
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
      const run = async () => ({
        outcomes: await service.request({
          moves: body.moves,
          profile: body.profile ?? defaultMigrationProfile,
          requestedBy,
        }),
      })
      return requestKeys.once(
        { key: body.requestKey, userId: requestedBy.userId },
        (stored) => endpoints.createMigrations.response.safeParse(stored).data ?? null,
        run,
      )
    },

    cancelMigration: ({ params, caller }) =>
      service.cancel(params.migrationId, { userId: caller.user.userId, name: caller.user.name }),

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
