import type { EndpointQueryInput } from '@drover/api-schema/endpoints.ts'
import type { DomainId, HostId, MigrationId } from '@drover/api-schema/ids.ts'
import {
  infiniteQueryOptions,
  MutationCache,
  QueryCache,
  QueryClient,
  queryOptions,
  useQuery,
} from '@tanstack/react-query'
import { call, orThrow, RefusalError } from './api.ts'
import { type FleetIndex, indexFleet } from './fleet-index.ts'

/** Every read of the console, key and fetch together. Live frames write under the same keys. */
export const queries = {
  session: () =>
    queryOptions({
      queryKey: ['session'],
      queryFn: async ({ signal }) => orThrow(await call('getSession', { signal })),
      staleTime: 5 * 60_000,
    }),
  /** Whether the console reaches its database: everything that lasts needs it, and the live picture does not. */
  health: () =>
    queryOptions({
      queryKey: ['health'],
      queryFn: async ({ signal }) => orThrow(await call('getHealth', { signal })),
      retry: false,
      refetchInterval: ({ state }) => (state.data?.status === 'degraded' ? 3_000 : 10_000),
    }),
  setup: (token: string) =>
    queryOptions({
      queryKey: ['setup', token],
      queryFn: async ({ signal }) => orThrow(await call('getSetup', { query: { token }, signal })),
    }),
  /** Filled and kept fresh by the live socket; over HTTP only when somebody refetches it. */
  fleet: () =>
    queryOptions({
      queryKey: ['fleet'],
      queryFn: async ({ signal }) => orThrow(await call('getFleet', { signal })),
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: Number.POSITIVE_INFINITY,
      // Comparing thousands of domains deeply for every patch costs more than it saves: apply-change.ts shares already.
      structuralSharing: false,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
    }),
  hostSamples: (hostId: HostId, windowMs = 600_000) =>
    queryOptions({
      queryKey: ['host-samples', hostId, windowMs],
      queryFn: async ({ signal }) =>
        orThrow(await call('getHostSamples', { params: { hostId }, query: { windowMs }, signal })),
      staleTime: 60_000,
    }),
  domainSamples: (domainId: DomainId, windowMs = 600_000) =>
    queryOptions({
      queryKey: ['domain-samples', domainId, windowMs],
      queryFn: async ({ signal }) =>
        orThrow(
          await call('getDomainSamples', { params: { domainId }, query: { windowMs }, signal }),
        ),
      staleTime: 60_000,
    }),
  migration: (migrationId: MigrationId) =>
    queryOptions({
      queryKey: ['migration', migrationId],
      queryFn: async ({ signal }) =>
        orThrow(await call('getMigration', { params: { migrationId }, signal })),
    }),
  /** Ended migrations, page by page, newest first. */
  endedMigrations: (filter: { domainId?: DomainId } = {}) =>
    infiniteQueryOptions({
      queryKey: ['ended-migrations', filter],
      initialPageParam: undefined as number | undefined, // the first page has no "before"
      queryFn: async ({ signal, pageParam }) => {
        const query: EndpointQueryInput<'listMigrations'> = {
          state: 'ended',
          ...filter,
          ...(pageParam === undefined ? {} : { before: pageParam }),
        }
        return orThrow(await call('listMigrations', { query, signal }))
      },
      getNextPageParam: (page) => page.nextBefore ?? undefined,
    }),
  /** All of one request, also those that ended long ago. */
  migrationGroup: (groupId: string) =>
    queryOptions({
      queryKey: ['migration-group', groupId],
      queryFn: async ({ signal }) =>
        orThrow(await call('listMigrations', { query: { groupId, limit: 200 }, signal }))
          .migrations,
    }),
  users: () =>
    queryOptions({
      queryKey: ['users'],
      queryFn: async ({ signal }) => orThrow(await call('listUsers', { signal })).users,
    }),
  enrolmentTokens: () =>
    queryOptions({
      queryKey: ['enrolment-tokens'],
      queryFn: async ({ signal }) => orThrow(await call('listEnrolmentTokens', { signal })).tokens,
    }),
  audit: () =>
    infiniteQueryOptions({
      queryKey: ['audit'],
      initialPageParam: undefined as number | undefined, // the first page has no "before"
      queryFn: async ({ signal, pageParam }) =>
        orThrow(
          await call('listAudit', {
            query: pageParam === undefined ? {} : { before: pageParam },
            signal,
          }),
        ),
      getNextPageParam: (page) => page.nextBefore ?? undefined,
    }),
} as const

/** A refusal is an answer and is not asked again; only a console that did not answer is. */
export function createQueryClient(): QueryClient {
  // Whatever could not be done because something is away: find out at once what it is.
  const onError = (error: Error) => {
    if (!(error instanceof RefusalError) || error.refusal.code !== 'unavailable') return
    void client.invalidateQueries({ queryKey: queries.health().queryKey })
  }
  const client = new QueryClient({
    queryCache: new QueryCache({
      onError: (error, { queryKey }) => queryKey[0] !== 'health' && onError(error),
    }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        retry: (failures, error) =>
          failures < 2 && !(error instanceof RefusalError && error.refusal.code !== 'unavailable'),
        refetchOnWindowFocus: false,
      },
      mutations: { retry: false },
    },
  })
  return client
}

let lastIndex: FleetIndex | undefined
/** One index for the whole page: whoever asks first computes it. */
function sharedIndex(fleet: FleetIndex['fleet']): FleetIndex {
  if (lastIndex?.fleet !== fleet) lastIndex = indexFleet(fleet, lastIndex)
  return lastIndex
}

/** The fleet by id; undefined until the first snapshot. */
export function useFleet(): FleetIndex | undefined {
  return useQuery({ ...queries.fleet(), select: sharedIndex }).data
}

/** One part of the fleet; renders only when that part changes. */
export function useFleetPart<T>(pick: (index: FleetIndex) => T): T | undefined {
  return useQuery({ ...queries.fleet(), select: (fleet) => pick(sharedIndex(fleet)) }).data
}

export function useHost(hostId: HostId) {
  return useFleetPart((index) => index.hosts.get(hostId) ?? null)
}
export function useDomain(domainId: DomainId) {
  return useFleetPart((index) => index.domains.get(domainId) ?? null)
}
export function useDomainsOf(hostId: HostId) {
  return useFleetPart((index) => index.domainsOfHost.get(hostId) ?? null) ?? undefined
}
export function useMigrationSettings() {
  return useFleetPart((index) => index.fleet.migrationSettings)
}
export function useOpenMigrations() {
  return useFleetPart((index) => index.openMigrations)
}
export function useSession() {
  return useQuery(queries.session()).data?.user
}
