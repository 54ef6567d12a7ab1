'use client'
import type { DomainAction } from '@drover/api-schema/agent-protocol.ts'
import type {
  EndpointBody,
  EndpointName,
  EndpointResponse,
  Move,
} from '@drover/api-schema/endpoints.ts'
import type {
  DomainId,
  EnrolmentTokenId,
  HostId,
  MigrationId,
  UserId,
} from '@drover/api-schema/ids.ts'
import type { Steering } from '@drover/api-schema/migration.ts'
import type { MigrationPriority } from '@drover/api-schema/migration-terms.ts'
import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query'
import { call, orThrow } from './api.ts'
import { queries } from './queries.ts'

/**
 * Every command of the console. A refusal is thrown as RefusalError (`refusalFrom(error)` reads it). Nothing is
 * assumed to have happened: the fact comes back over the live socket.
 */
export function useActOnDomain() {
  return useMutation({
    mutationFn: async (input: { domainId: DomainId; action: DomainAction }) =>
      orThrow(
        await call('actOnDomain', {
          params: { domainId: input.domainId },
          body: { action: input.action },
        }),
      ),
  })
}

/** The key makes a repeated request (a lost answer, a double press) start nothing twice. */
export function useCreateMigrations() {
  return useMutation({
    mutationFn: async (input: {
      moves: readonly Move[]
      terms?: MigrationTerms
      requestKey: string
    }) =>
      orThrow(
        await call('createMigrations', {
          body: { moves: [...input.moves], requestKey: input.requestKey, ...input.terms },
        }),
      ),
  })
}

/** What is asked of a migration beside where it goes; what is left out is as set for the pool. */
export type MigrationTerms = Pick<
  EndpointBody<'createMigrations'>,
  'profile' | 'priority' | 'bandwidthBytesPerSec' | 'retry'
>

export function useSetPriority() {
  return useMutation({
    mutationFn: async (input: { migrationId: MigrationId; priority: MigrationPriority }) =>
      orThrow(
        await call('updateMigration', {
          params: { migrationId: input.migrationId },
          body: { priority: input.priority },
        }),
      ),
  })
}

/** Answers for each that was open: whether it is being cancelled. */
export function useCancelGroup() {
  return useMutation({
    mutationFn: async (groupId: string) =>
      orThrow(await call('cancelMigrationGroup', { params: { groupId } })),
  })
}

export function useUpdateMigrationLimits() {
  return useMutation({
    mutationFn: async (body: EndpointBody<'updateMigrationLimits'>) =>
      orThrow(await call('updateMigrationLimits', { body })),
  })
}

export function useUpdatePoolMigrations() {
  return useMutation({
    mutationFn: async (input: {
      pool: string
      changes: EndpointBody<'updatePoolMigrationSettings'>
    }) =>
      orThrow(
        await call('updatePoolMigrationSettings', {
          params: { pool: input.pool },
          body: input.changes,
        }),
      ),
  })
}

export function useCancelMigration() {
  return useMutation({
    mutationFn: async (migrationId: MigrationId) =>
      orThrow(await call('cancelMigration', { params: { migrationId } })),
  })
}

export function useSteerMigration() {
  return useMutation({
    mutationFn: async (input: { migrationId: MigrationId; steering: Steering }) =>
      orThrow(
        await call('steerMigration', {
          params: { migrationId: input.migrationId },
          body: input.steering,
        }),
      ),
  })
}

/** What an administrator orders for a migration in doubt. */
export type Resolution = EndpointBody<'resolveMigration'>['resolution']

export function useResolveMigration() {
  return useMutation({
    mutationFn: async ({
      migrationId,
      ...body
    }: {
      migrationId: MigrationId
      resolution: Resolution
      confirmation: string
    }) => orThrow(await call('resolveMigration', { params: { migrationId }, body })),
  })
}

export function useUpdateHost() {
  return useMutation({
    mutationFn: async (input: { hostId: HostId; changes: EndpointBody<'updateHost'> }) =>
      orThrow(await call('updateHost', { params: { hostId: input.hostId }, body: input.changes })),
  })
}

export function useRemoveHost() {
  return useMutation({
    mutationFn: async (hostId: HostId) => orThrow(await call('removeHost', { params: { hostId } })),
  })
}

// ── Session ──

export function useSignIn() {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: async (body: EndpointBody<'signIn'>) => orThrow(await call('signIn', { body })),
    onSuccess: (session) => queryClient.setQueryData(queries.session().queryKey, session),
  })
}

export function useCreateFirstAdmin() {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: async (body: EndpointBody<'createFirstAdmin'>) =>
      orThrow(await call('createFirstAdmin', { body })),
    onSuccess: (session) => queryClient.setQueryData(queries.session().queryKey, session),
  })
}

export function useSignOut() {
  return useMutation({ mutationFn: async () => orThrow(await call('signOut')) })
}

export function useChangePassword() {
  return useMutation({
    mutationFn: async (body: EndpointBody<'changePassword'>) =>
      orThrow(await call('changePassword', { body })),
  })
}

// ── Administration ──

function useRefreshing<Input, N extends EndpointName>(
  keys: readonly QueryKey[],
  run: (input: Input) => Promise<EndpointResponse<N>>,
) {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: run,
    onSuccess: async () => {
      await Promise.all(keys.map((queryKey) => queryClient.invalidateQueries({ queryKey })))
    },
  })
}

const userKeys = [queries.users().queryKey]
const tokenKeys = [queries.enrolmentTokens().queryKey]

export function useCreateUser() {
  return useRefreshing<EndpointBody<'createUser'>, 'createUser'>(userKeys, async (body) =>
    orThrow(await call('createUser', { body })),
  )
}

export function useUpdateUser() {
  return useRefreshing<{ userId: UserId; changes: EndpointBody<'updateUser'> }, 'updateUser'>(
    userKeys,
    async ({ userId, changes }) =>
      orThrow(await call('updateUser', { params: { userId }, body: changes })),
  )
}

export function useRemoveUser() {
  return useRefreshing<UserId, 'removeUser'>(userKeys, async (userId) =>
    orThrow(await call('removeUser', { params: { userId } })),
  )
}

export function useCreateEnrolmentToken() {
  return useRefreshing<EndpointBody<'createEnrolmentToken'>, 'createEnrolmentToken'>(
    tokenKeys,
    async (body) => orThrow(await call('createEnrolmentToken', { body })),
  )
}

export function useRevokeEnrolmentToken() {
  return useRefreshing<EnrolmentTokenId, 'revokeEnrolmentToken'>(
    tokenKeys,
    async (enrolmentTokenId) =>
      orThrow(await call('revokeEnrolmentToken', { params: { enrolmentTokenId } })),
  )
}
