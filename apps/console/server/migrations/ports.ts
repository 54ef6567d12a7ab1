import type { Command, CommandResult, MigrationReport } from '@drover/api-schema/agent-protocol.ts'
import type { Domain } from '@drover/api-schema/domain.ts'
import type { CancelOutcome, Move, MoveOutcome } from '@drover/api-schema/endpoints.ts'
import type { Refusal } from '@drover/api-schema/errors.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { CommandId, DomainId, HostId, MigrationId, UserId } from '@drover/api-schema/ids.ts'
import type {
  Migration,
  MigrationProfile,
  MigrationProgress,
  Override,
  Steering,
} from '@drover/api-schema/migration.ts'
import type { MigrationSettings } from '@drover/api-schema/migration-settings.ts'
import type { MigrationPriority, RetryPolicy } from '@drover/api-schema/migration-terms.ts'
import type { Result } from '@drover/api-schema/result.ts'
import type { MovePurpose } from '@drover/optimizer/rules/carried.ts'
import type { Promised } from '@drover/optimizer/verdict.ts'
import type { StoredMigration } from './record.ts'
import type { RulesNow } from './rules.ts'
import type { ChangesSince } from './what-changed.ts'

/** What the orchestrator needs; met by shape, wired in main.ts, by a virtual clock and memory in tests. */

export type MigrationClock = {
  /** Epoch ms. It jumps when somebody sets the machine's clock. */
  now(): number
  /** Ms that never go back: for durations. */
  monotonicMs(): number
  /** Runs once after `ms`; the returned function calls it off. */
  setTimer(ms: number, run: () => void): () => void
}

export type EndedQuery = {
  readonly limit: number
  /** Only those that ended before this moment. */
  readonly before?: number | undefined
  readonly domainId?: DomainId | undefined
  readonly groupId?: string | undefined
}
export type RecentQuery = {
  readonly domainIds: readonly DomainId[]
  readonly perDomain: number
  readonly inAll: number
}
export type EndedPage = {
  readonly migrations: Migration[]
  /** Pass as `before` for the next page; null on the last one. */
  readonly nextBefore: number | null
}

/** The migrations in the database. Every function rejects when the database refuses. */
export type MigrationStore = {
  /** All or none. */
  insert(records: readonly StoredMigration[]): Promise<void>
  save(record: StoredMigration): Promise<void>
  find(migrationId: MigrationId): Promise<StoredMigration | null>
  /** Those still open, and ended ones whose clean-up is owed, oldest first. */
  listUnsettled(): Promise<StoredMigration[]>
  listEnded(query: EndedQuery): Promise<EndedPage>
  /** Ended ones, newest first, each once: the latest of every domain asked for and the latest of all. */
  listRecent(query: RecentQuery): Promise<Migration[]>
  /** The highest generation any attempt to move each of these had; those never moved are left out. */
  highestGenerations(domainIds: readonly DomainId[]): Promise<ReadonlyMap<DomainId, number>>
}

export type MigrationLog = {
  info(sentence: string): void
  warn(sentence: string): void
  error(sentence: string): void
}

export type OrchestratorPorts = {
  readonly clock: MigrationClock
  readonly store: MigrationStore
  /** Tells "the database is away" from "it does not take this". */
  isDatabaseGone(error: unknown): boolean
  /** Safe to repeat with the same id. Refuses with `host-not-online` or `command-timeout`. */
  send(
    hostId: HostId,
    commandId: CommandId,
    command: Command,
  ): Promise<Result<CommandResult, Refusal>>
  /** What administrators have set, as it is now; `settingsChanged` says that it is something else. */
  migrationSettings(): MigrationSettings
  /** Rules as they lie on the fleet now; null when there are none that are enabled. */
  rules(): RulesNow | null
  /** What has changed since then that bears on something, in sentences, oldest first. */
  readonly changesSince: ChangesSince
  host(hostId: HostId): Host | null
  hosts(): Iterable<Host>
  domain(domainId: DomainId): Domain | null
  /** Called after the database has it. */
  publish(migration: Migration): void
  /** Marks the domain as taken by an open migration, or frees it. */
  setDomainMigration(domainId: DomainId, migrationId: MigrationId | null): void
  audit(actor: string, action: string, subject: string, detail: string): void
  readonly log: MigrationLog
}

export type MigrationRequest = {
  /** With an id of the asker's making, or one that is made here. */
  readonly moves: readonly (Move & { readonly migrationId?: MigrationId | undefined })[]
  /** Of a plan; left out: several moves get one of their own. */
  readonly groupId?: string | undefined
  /** Left out: as set for the destination's pool, like `retry`. */
  readonly profile?: MigrationProfile | undefined
  readonly priority?: MigrationPriority | undefined
  readonly bandwidthBytesPerSec?: number | null | undefined
  readonly retry?: RetryPolicy | undefined
  /** Left out: a person wants it. */
  readonly purpose?: MovePurpose | undefined
  /** Whoever asks may do so, and was asked why. */
  readonly override?: Override | undefined
  /** The fleet as it was when this was decided. */
  readonly seen?: { readonly epoch: string; readonly generation: number } | undefined
  readonly requestedBy: { readonly userId: UserId; readonly name: string }
}

export type Orchestrator = {
  /** Call once, before anything else and after the hosts and domains were loaded. Rejects when the database does. */
  recover(): Promise<void>
  /** One outcome per move, in order. Accepted ones are in the database and in the queue. */
  request(input: MigrationRequest): Promise<MoveOutcome[]>
  cancel(migrationId: MigrationId, by: string): Promise<Result<Migration, Refusal>>
  /** Every open one of the group; refused when there is none. */
  cancelGroup(groupId: string, by: string): Promise<Result<CancelOutcome[], Refusal>>
  setPriority(
    migrationId: MigrationId,
    priority: MigrationPriority,
    by: string,
  ): Promise<Result<Migration, Refusal>>
  /** What is wanted of a copy that runs. Err when the source does not take it; then nothing has changed. */
  steer(
    migrationId: MigrationId,
    steering: Steering,
    by: string,
  ): Promise<Result<Migration, Refusal>>
  /** An administrator's word in place of a destination that cannot be heard. Refused unless the migration is in doubt. */
  resolve(
    migrationId: MigrationId,
    resolution: 'resume' | 'release',
    by: string,
  ): Promise<Result<Migration, Refusal>>
  /** A fact about a migration: from `migration-reported` and each one of `inventory-reported`. */
  hostReported(hostId: HostId, report: MigrationReport): void
  /** After the host's first inventory in this session is in place. */
  hostConnected(hostId: HostId): void
  hostDisconnected(hostId: HostId): void
  /** A host has been away for so long that its migrations no longer hold up the others. */
  hostLost(): void
  /** The limits are others than they were: more may go, and links are shared anew. */
  settingsChanged(): void
  /** True when the progress belongs to an open migration of this host and may be passed to browsers. */
  progressed(hostId: HostId, migrationId: MigrationId, progress: MigrationProgress): boolean
  find(migrationId: MigrationId): Promise<Migration | null>
  listEnded(query: EndedQuery): Promise<EndedPage>
  /** Open ones and those with clean-up owed, with this host at either end. */
  unsettledOf(hostId: HostId): Migration[]
  /** What open migrations will take on a host that does not count them yet. */
  promised(hostId: HostId): Promised
  /** The open migrations, oldest first: for snapshots. */
  listOpen(): Migration[]
  /** Stops acting and waits for writes under way. Open migrations go on where they are at the next start. */
  stop(): Promise<void>
}
