import type { Command, CommandResult, SourceStatus } from './agent-protocol.ts'
import type { DomainState } from './domain.ts'
import type {
  EndpointBody,
  EndpointName,
  EndpointParams,
  EndpointQuery,
  EndpointQueryInput,
  EndpointResponse,
} from './endpoints.ts'
import type { DomainId, HostId } from './ids.ts'
import type { MigrationState } from './migration.ts'
import { assertNever, type Result } from './result.ts'

/** Run by tsc: what must not compile is marked, and it is an error if it does. */
type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function holds<_Claim extends true>(): void {}

declare const hostId: HostId
declare const domainId: DomainId
declare const state: MigrationState

// Ids of different things do not mix, and a plain string is none.
// @ts-expect-error a host is not a domain
const wrongId: DomainId = hostId
// @ts-expect-error a string has not been checked
const unchecked: HostId = 'xen-01'

// Each state has its own fields only.
if (state.phase === 'completed') holds<Equal<typeof state.downtimeMs, number | null>>()
// @ts-expect-error a queued migration has no rounds
const rounds = (queued: Extract<MigrationState, { phase: 'queued' }>) => queued.rounds
// @ts-expect-error a paused domain says who paused it
const paused: DomainState = { status: 'paused' }
// @ts-expect-error a failure has a reason
const failed: SourceStatus = {
  status: 'failed',
  endedAt: 1,
  failedIn: 'pre-copy',
  rounds: [],
  totalBytes: 0,
  startedAt: 1,
}

// Commands carry what they need.
// @ts-expect-error a resolution is resume or release
const wait: Extract<Command, { kind: 'resolve-outgoing' }>['resolution'] = 'wait'
// @ts-expect-error prepared has a ticket
const prepared: CommandResult = { kind: 'prepared', peerUrl: 'ws://x' }

// Endpoints: a total map over the table needs every name, and bodies, params and answers follow from it.
holds<Equal<EndpointBody<'getFleet'>, undefined>>()
holds<Equal<EndpointResponse<'signOut'>, undefined>>()
holds<Equal<EndpointParams<'getDomain'>, { domainId: DomainId }>>()
holds<Equal<EndpointQuery<'listMigrations'>['limit'], number>>()
holds<undefined extends EndpointQueryInput<'listMigrations'>['limit'] ? true : false>()
// @ts-expect-error all but one are missing
const handlers: Record<EndpointName, () => void> = { getFleet: () => {} }
// @ts-expect-error a move needs a destination
const body: EndpointBody<'createMigrations'> = { moves: [{ domainId }] }

// A result must be looked at.
// @ts-expect-error there is a value only when it is ok
const unread = (result: Result<number, 'no'>) => result.value
export const read = (result: Result<number, 'no'>): number => (result.ok ? result.value : 0)

// A switch that forgets a state does not compile.
export function incomplete(phase: 'queued' | 'preflight'): string {
  switch (phase) {
    case 'queued':
      return 'q'
    default:
      // @ts-expect-error preflight was forgotten
      return assertNever(phase)
  }
}
