import { endpoints, type Move, type MoveOutcome } from '@drover/api-schema/endpoints.ts'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { DomainId, MigrationId, UserId } from '@drover/api-schema/ids.ts'
import {
  defaultMigrationProfile,
  type Migration,
  type MigrationProfile,
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
  find(migrationId: MigrationId): Promise<Migration | null>
  listEnded(query: {
    limit: number
    before?: number | undefined
    domainId?: DomainId | undefined
  }): Promise<{ migrations: Migration[]; nextBefore: number | null }>
}

export function migrationRoutes(service: MigrationService, requestKeys: RequestKeys) {
  return {
    listMigrations: async ({ query }) => ok(await service.listEnded(query)),

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
  } satisfies Partial<Handlers>
}
