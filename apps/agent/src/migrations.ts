import type {
  Command,
  CommandResult,
  DestinationStatus,
  MigrationReport,
  SourceStatus,
} from '@drover/api-schema/agent-protocol.ts'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { DomainId, MigrationId } from '@drover/api-schema/ids.ts'
import type { MigrationProgress } from '@drover/api-schema/migration.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import type { Clock } from './clock.ts'
import { isDestinationEnded, stepDestination } from './destination-machine.ts'
import type { FillingCopy, Hypervisor } from './hypervisor.ts'
import type { MigrationRecord } from './journal-records.ts'
import type { Logger } from './log.ts'
import { type DestinationRequest, IncomingMigration } from './peer-destination.ts'
import { alreadyLeaving, OutgoingMigration, startingState } from './peer-source.ts'
import type { Connect } from './socket.ts'
import type { SourceEnding, SourceState } from './source-machine.ts'
import { hashTicket } from './ticket.ts'

type Of<K extends Command['kind']> = Extract<Command, { kind: K }>

export type MigrationsDeps = {
  readonly clock: Clock
  readonly connect: Connect
  readonly log: Logger
  readonly hypervisor: Hypervisor
  readonly newTicket: () => string
  readonly peerUrl: () => string | null
  readonly progressIntervalMs: () => number
  /** Makes this record durable, together with the hypervisor's checkpoint. */
  readonly decide: (record: MigrationRecord) => void
  readonly onReport: (report: MigrationReport) => void
  readonly onProgress: (migrationId: MigrationId, progress: MigrationProgress) => void
  /** Something has begun or ended to move: the host's time should run finely, or may rest. */
  readonly onActivity: () => void
  readonly onFatal: (cause: unknown) => void
}

/** Ended migrations that are remembered: tombstones for late messages, and answers for a console that asks again. */
const maxRemembered = 64

const rejected = (why: Refusal): CommandResult => ({ kind: 'rejected', refusal: why })

/**
 * All migrations of this host, in both roles: open ones with their drivers, ended ones as they ended. One file although it is
 * long: what may begin, what is remembered and what is recovered are decided by the same three maps.
 */
export class Migrations {
  readonly #deps: MigrationsDeps
  readonly #outgoing = new Map<MigrationId, OutgoingMigration>()
  readonly #incoming = new Map<MigrationId, IncomingMigration>()
  readonly #records = new Map<MigrationId, MigrationRecord>()

  constructor(deps: MigrationsDeps) {
    this.#deps = deps
  }

  /**
   * After a restart of the agent: the host kept running, the drivers are gone. A source before `committed` keeps its guest,
   * one in `committed` stays paused; a destination that has not activated gives up for good. In post-copy both go on: the source
   * opens the stream again, the destination says what it misses, which is what had not come when its checkpoint was taken.
   */
  async recover(records: readonly MigrationRecord[]): Promise<void> {
    for (const record of records) this.#records.set(record.report.migrationId, record)
    for (const record of records) {
      const { report } = record
      if (report.role === 'source') await this.#recoverSource(record, report)
      if (report.role === 'destination') await this.#recoverDestination(record, report)
    }
    // By what the journal said, not by what is remembered: nothing forgotten meanwhile may wake a guest.
    const found = new Map(records.map(({ report }) => [report.migrationId as string, report]))
    const { hypervisor } = this.#deps
    for (const { domainId, migrationId } of hypervisor.suspended()) {
      const fate = fateOfSuspended(found.get(migrationId) ?? null)
      if (fate === 'resume') await hypervisor.resumeSuspended(domainId, migrationId)
      if (fate === 'destroy') await hypervisor.releaseSuspended(domainId, migrationId)
    }
  }

  async #recoverSource(
    record: MigrationRecord,
    report: Extract<MigrationReport, { role: 'source' }>,
  ): Promise<void> {
    const { state } = report
    if (state.status === 'completed' || state.status === 'failed' || state.status === 'lost') return
    const { hypervisor } = this.#deps
    const isHeld = hypervisor.suspended().some((one) => one.migrationId === report.migrationId)
    const migration = this.#makeOutgoing(
      {
        migrationId: report.migrationId,
        domainId: report.domainId,
        generation: report.generation,
        domainName: hypervisor.findDomain(report.domainId)?.name ?? 'The domain',
      },
      {
        state: recoveredState(state, record),
        copy: null,
        target: record.handover?.target ?? null,
      },
    )
    const isGone = isPostCopy(state) && !isHeld
    await migration.dispatch({ type: isGone ? 'host-rebooted' : 'agent-restarted' })
  }

  async #recoverDestination(
    record: MigrationRecord,
    report: Extract<MigrationReport, { role: 'destination' }>,
  ): Promise<void> {
    const { migrationId, state } = report
    const now = this.#deps.clock.now()
    const filling = this.#deps.hypervisor.openFilling(migrationId)
    if (isDestinationEnded(state)) {
      // Killed between the word that it is lost and the deed.
      if (state.status === 'lost') await filling?.lose()
      return
    }
    const activatedAt = state.status === 'filling' ? state.activatedAt : now
    if (filling !== null) {
      this.#followAgain({ ...report, state: { status: 'filling', activatedAt } }, record, filling)
      return
    }
    // A checkpoint of something else may have caught the domain between its settling and the record of it. It lives here,
    // and the source was told nothing: as activated it is one copy, as aborted it would be two.
    const recovered: DestinationStatus = this.#livesHere(report)
      ? { status: 'activated', activatedAt, digest: '' }
      : state.status === 'filling'
        ? { status: 'lost', endedAt: now, refusal: lostWithHost }
        : stepDestination(state, { type: 'agent-restarted' }, now).state
    this.#decide({ report: { ...report, state: recovered }, handover: null })
  }

  /** The guest runs here and its pages follow: wait for the source. */
  #followAgain(
    report: Extract<MigrationReport, { role: 'destination' }> & {
      state: { status: 'filling'; activatedAt: number }
    },
    record: MigrationRecord,
    filling: FillingCopy,
  ): void {
    const { domainId, generation, migrationId, state } = report
    const name = this.#deps.hypervisor.findDomain(domainId)?.name ?? 'The domain'
    this.#makeIncoming(
      { migrationId, generation, domain: { domainId, name } },
      // A record without a hash lets nobody in; the console then has it given up.
      {
        ticketHash: record.ticketHash ?? '',
        from: { filling, activatedAt: state.activatedAt },
      },
    )
    this.#decide({ ...record, report })
  }

  /** True when this attempt's copy, or that of a later one, is a domain of this host: a generation rises by activation only. */
  #livesHere(attempt: { readonly domainId: DomainId; readonly generation: number }): boolean {
    const domain = this.#deps.hypervisor.findDomain(attempt.domainId)
    return domain !== null && domain.generation >= attempt.generation
  }

  get isActive(): boolean {
    return [...this.#outgoing.values(), ...this.#incoming.values()].some(({ isMoving }) => isMoving)
  }

  /** The agent has stopped: nothing is tried again. */
  halt(): void {
    for (const migration of this.#outgoing.values()) migration.halt()
  }

  /** Cuts every stream at once: nothing more is taken or told. */
  dropPeers(): void {
    for (const migration of this.#incoming.values()) migration.dropPeer()
    for (const migration of this.#outgoing.values()) migration.dropPeer()
  }

  /** Once per step of the host's time; pages move in the fine ones. */
  pump(): void {
    for (const migration of this.#incoming.values()) migration.pump()
    for (const migration of this.#outgoing.values()) migration.pump()
  }

  findIncoming(migrationId: MigrationId): IncomingMigration | null {
    return this.#incoming.get(migrationId) ?? null
  }

  /** Everything open and what is remembered of the ended ones. */
  reports(): MigrationReport[] {
    return [...this.#records.keys()]
      .map((migrationId) => this.reportOf(migrationId))
      .filter((report) => report !== null)
  }

  records(): readonly MigrationRecord[] {
    return [...this.#records.values()]
  }

  reportOf(migrationId: MigrationId): MigrationReport | null {
    const open = this.#outgoing.get(migrationId) ?? this.#incoming.get(migrationId)
    return open?.report() ?? this.#records.get(migrationId)?.report ?? null
  }

  async prepare(command: Of<'prepare-incoming'>): Promise<CommandResult> {
    const { migrationId, generation, domain } = command
    const { hypervisor, newTicket, onReport, peerUrl } = this.#deps
    const refused = this.#refuseAttempt(migrationId, domain.domainId, generation)
    if (refused !== null) return rejected(refused)
    const url = peerUrl()
    if (url === null) return rejected(refusal('no-peer-address'))
    if (hypervisor.fault(domain.name, 'preparing')?.kind === 'refuse-memory') {
      return rejected(
        refusal('not-enough-memory', `${hypervisor.host.name} has no memory for ${domain.name}.`),
      )
    }
    const prepared = await hypervisor.prepareIncoming({ migrationId, generation, domain })
    if (!prepared.ok) return rejected(prepared.error)
    const ticket = newTicket()
    const migration = this.#makeIncoming(
      { migrationId, generation, domain },
      { ticketHash: hashTicket(ticket), from: { copy: prepared.value } },
    )
    this.#decide(incomingRecordOf(migration))
    onReport(migration.report())
    this.#deps.onActivity()
    return { kind: 'prepared', ticket, peerUrl: url }
  }

  #makeIncoming(
    request: DestinationRequest,
    how: ConstructorParameters<typeof IncomingMigration>[2],
  ): IncomingMigration {
    const { clock, hypervisor, log, onActivity, onFatal, onProgress, onReport } = this.#deps
    const migration = new IncomingMigration(
      {
        clock,
        log,
        hypervisor,
        progressIntervalMs: this.#deps.progressIntervalMs,
        persist: (changed) => this.#decide(incomingRecordOf(changed)),
        onReport,
        onProgress,
        onActivity,
        onEnd: (ended) => {
          this.#incoming.delete(ended.request.migrationId)
          onActivity()
        },
        onFatal,
      },
      request,
      how,
    )
    this.#incoming.set(request.migrationId, migration)
    return migration
  }

  async start(command: Of<'start-outgoing'>): Promise<CommandResult> {
    const { migrationId, domainId, generation, profile, ticket, peerUrl } = command
    const { clock, hypervisor, onReport } = this.#deps
    const domain = hypervisor.findDomain(domainId)
    if (domain === null)
      return rejected(refusal('domain-not-found', 'There is no such domain on this host.'))
    const refused = this.#refuseAttempt(migrationId, domainId, generation)
    if (refused !== null) return rejected(refused)
    const begun = await hypervisor.startOutgoing({ migrationId, domainId, profile })
    if (!begun.ok) return rejected(begun.error)
    if (command.bandwidthBytesPerSec !== undefined) {
      begun.value.limitBandwidth(command.bandwidthBytesPerSec)
    }
    const migration = this.#makeOutgoing(
      {
        migrationId,
        domainId,
        generation,
        domainName: domain.name,
      },
      { state: startingState(clock), copy: begun.value, target: null },
    )
    this.#decide(recordOf(migration))
    onReport(migration.report())
    this.#deps.onActivity()
    migration.connect({ peerUrl, ticket })
    return { kind: 'done' }
  }

  #makeOutgoing(
    request: OutgoingMigration['request'],
    from: ConstructorParameters<typeof OutgoingMigration>[2],
  ): OutgoingMigration {
    const { clock, connect, hypervisor, log, onFatal, onProgress, onReport, progressIntervalMs } =
      this.#deps
    const migration = new OutgoingMigration(
      {
        clock,
        connect,
        log,
        hypervisor,
        progressIntervalMs,
        persist: (changed) => this.#decide(recordOf(changed)),
        onReport,
        onProgress,
        onActivity: this.#deps.onActivity,
        onEnd: (ended) => {
          this.#outgoing.delete(ended.request.migrationId)
          this.#deps.onActivity()
        },
        onFatal,
      },
      request,
      from,
    )
    this.#outgoing.set(request.migrationId, migration)
    return migration
  }

  /** A second attempt under the same id, one of an older generation, or one beside an open one. */
  #refuseAttempt(migrationId: MigrationId, domainId: DomainId, generation: number): Refusal | null {
    if (this.#records.has(migrationId)) {
      return refusal('migration-ended', 'This migration is known here already; make a new one.')
    }
    const open = [...this.#outgoing.values(), ...this.#incoming.values()].find(
      (migration) => migration.report().domainId === domainId,
    )
    const name = this.#deps.hypervisor.findDomain(domainId)?.name ?? 'The domain'
    if (open !== undefined) return alreadyLeaving(name)
    const newest = Math.max(
      this.#deps.hypervisor.findDomain(domainId)?.generation ?? 0,
      ...[...this.#records.values()]
        .filter(({ report }) => report.domainId === domainId)
        .map(({ report }) => report.generation),
    )
    return generation > newest
      ? null
      : refusal('stale-generation', `${name} has seen attempt ${newest}; this is ${generation}.`)
  }

  async cancel(command: Of<'cancel-outgoing'>): Promise<CommandResult> {
    const migration = this.#outgoing.get(command.migrationId)
    if (migration === undefined) return rejected(this.#refuseUnknown(command.migrationId))
    await migration.dispatch({ type: 'cancelled' })
    const { state } = migration
    if (state.status === 'failed') return { kind: 'done' }
    const { domainName } = migration.request
    const why =
      state.status === 'serving'
        ? `Too late to cancel: ${domainName} runs on the destination already.`
        : `Too late to cancel: ${domainName} is being handed over.`
    return rejected(refusal('past-point-of-no-return', why))
  }

  /** What is wanted of a copy while its guest runs; once that is paused, only the end is wanted. */
  steer({ migrationId, steering }: Of<'steer-outgoing'>): CommandResult {
    const migration = this.#outgoing.get(migrationId)
    if (migration === undefined) return rejected(this.#refuseUnknown(migrationId))
    if (steering.goesPostCopy === true && !this.#deps.hypervisor.capabilities.hasPostCopy)
      return rejected(refusal('post-copy-unsupported'))
    if (migration.steer(steering)) return { kind: 'done' }
    const { domainName } = migration.request
    return rejected(refusal('wrong-state', `${domainName} is not being copied while it runs.`))
  }

  /** The destination of a guest that runs there has another address. */
  reach({ migrationId, peerUrl }: Of<'reach-destination'>): CommandResult {
    const migration = this.#outgoing.get(migrationId)
    if (migration === undefined) return rejected(this.#refuseUnknown(migrationId))
    if (migration.reach(peerUrl)) return { kind: 'done' }
    const { domainName } = migration.request
    return rejected(refusal('wrong-state', `No page of ${domainName} is left to send.`))
  }

  /** What a guest here still misses is gone with its source. */
  async lose(command: Of<'lose-incoming'>): Promise<CommandResult> {
    const migration = this.#incoming.get(command.migrationId)
    const name = migration?.request.domain.name ?? 'The domain'
    await migration?.lose(
      refusal(
        'domain-lost',
        `The source has lost its power with pages of ${name} that had not come yet, so it was stopped here. It can be started again from its disks.`,
      ),
    )
    return { kind: 'report', report: this.#reportOrNone(command) }
  }

  async abort(command: Of<'abort-incoming'>): Promise<CommandResult> {
    const { migrationId, domainId, generation } = command
    await this.#incoming.get(migrationId)?.dispatch({ type: 'abort-asked' })
    if (!this.#records.has(migrationId)) {
      const endedAt = this.#deps.clock.now()
      // A domain of this generation or a later one was activated here, even when the record of that has been forgotten:
      // the copy that waits for this answer is older. A source that takes its own domain back holds a lower generation.
      if (this.#livesHere(command)) {
        const state = { status: 'activated', activatedAt: endedAt, digest: '' } as const
        return {
          kind: 'report',
          report: { role: 'destination', migrationId, domainId, generation, state },
        }
      }
      // Never heard of: refuse it should its preparation still be on the way.
      const why = refusal(
        'peer-refused',
        'The console called this attempt off before it had begun here.',
      )
      this.#decide({
        report: {
          role: 'destination',
          migrationId,
          domainId,
          generation,
          state: { status: 'aborted', endedAt, refusal: why },
        },
        handover: null,
      })
    }
    return { kind: 'report', report: this.#reportOrNone(command) }
  }

  async resolve(command: Of<'resolve-outgoing'>): Promise<CommandResult> {
    const { migrationId, resolution } = command
    const migration = this.#outgoing.get(migrationId)
    if (migration === undefined) return this.#resolveEnded(command)
    if (migration.state.status !== 'committed' && migration.state.status !== 'serving') {
      return rejected(
        refusal('wrong-state', 'The migration has not come to the hand-over; cancel it instead.'),
      )
    }
    await migration.dispatch({ type: 'resolved', resolution })
    return { kind: 'done' }
  }

  #resolveEnded({ migrationId, resolution }: Of<'resolve-outgoing'>): CommandResult {
    const report = this.#records.get(migrationId)?.report
    const wanted = endingOf[resolution]
    if (report?.role === 'source' && report.state.status === wanted) return { kind: 'done' }
    return rejected(this.#refuseUnknown(migrationId))
  }

  describe(command: Of<'report-migration'>): CommandResult {
    return { kind: 'report', report: this.#reportOrNone(command) }
  }

  #reportOrNone(about: {
    migrationId: MigrationId
    domainId: DomainId
    generation: number
  }): MigrationReport {
    const { migrationId, domainId, generation } = about
    return this.reportOf(migrationId) ?? { role: 'none', migrationId, domainId, generation }
  }

  #refuseUnknown(migrationId: MigrationId): Refusal {
    return this.#records.has(migrationId)
      ? refusal('migration-ended')
      : refusal('unknown-migration', 'This host does not know the migration.')
  }

  #decide(record: MigrationRecord): void {
    this.#remember(record)
    this.#deps.decide(record)
  }

  #remember(record: MigrationRecord): void {
    const { migrationId } = record.report
    this.#records.delete(migrationId)
    this.#records.set(migrationId, record)
    // Only what has ended by its own record is ever forgotten: while the agent recovers, open ones have no driver yet.
    const ended = [...this.#records.values()]
      .filter(({ report }) => isReportEnded(report))
      .map(({ report }) => report.migrationId)
      .filter((id) => !this.#outgoing.has(id) && !this.#incoming.has(id))
    for (const id of ended.slice(0, Math.max(0, ended.length - maxRemembered)))
      this.#records.delete(id)
  }
}

const endingOf: Record<Of<'resolve-outgoing'>['resolution'], SourceEnding['status']> = {
  release: 'completed',
  resume: 'failed',
  lose: 'lost',
}

const lostWithHost = refusal(
  'host-rebooted',
  'The destination lost its power, and with it the domain; what was left of its memory on the source is of no use without the rest.',
)

const endedStatuses: readonly string[] = Object.values(endingOf)

/** Past the point of no return with pages that are still to go over. */
function isPostCopy(state: SourceStatus): boolean {
  return state.status === 'serving' || (state.status === 'committed' && state.isPostCopy === true)
}

function isReportEnded(report: MigrationReport): boolean {
  switch (report.role) {
    case 'source':
      return endedStatuses.includes(report.state.status)
    case 'destination':
      return isDestinationEnded(report.state)
    case 'none':
      return true
    default:
      return assertNever(report)
  }
}

/**
 * What becomes of a domain that an earlier run left suspended, by the journal's word on its migration. A copy that never
 * got into the journal was suspended by a source that had not committed.
 */
function fateOfSuspended(report: MigrationReport | null): 'resume' | 'hold' | 'destroy' {
  if (report === null || report.role === 'none') return 'resume'
  const { status } = report.state
  switch (status) {
    case 'connecting':
    case 'copying':
    case 'paused':
    case 'failed':
    case 'activated':
    case 'filling':
      return 'resume'
    case 'committed':
    case 'serving':
      return 'hold'
    case 'completed':
    case 'lost':
    case 'reserved':
    case 'receiving':
    case 'ready':
    case 'aborted':
      return 'destroy'
    default:
      return assertNever(status)
  }
}

/** The machine's state for a record of an earlier run; its monotonic clock means nothing any more. */
function recoveredState(
  state: Exclude<Extract<MigrationReport, { role: 'source' }>['state'], SourceEnding>,
  record: MigrationRecord,
): SourceState {
  const { handover } = record
  switch (state.status) {
    case 'connecting':
    case 'copying':
      return { ...state, startedMs: null }
    case 'paused':
      return { ...state, startedMs: null, pausedMs: null, stopReason: null, isPostCopy: false }
    case 'committed': {
      const { isPostCopy = false, ...same } = state
      return { ...same, ...handedOver(handover), isPostCopy }
    }
    case 'serving':
      return { ...state, ...handedOver(handover), isPostCopy: true, downtimeMs: null }
  }
}

function handedOver(handover: MigrationRecord['handover']) {
  const { digest, stopReason } = handover ?? { digest: null, stopReason: null }
  return { startedMs: null, pausedMs: null, digest, stopReason }
}

function recordOf(migration: OutgoingMigration): MigrationRecord {
  const { state, target } = migration
  const report = migration.report()
  if (state.status !== 'committed' && state.status !== 'serving') return { report, handover: null }
  if (state.digest === null) return { report, handover: null }
  const { digest, stopReason } = state
  const isFollowed = state.isPostCopy && target !== null
  return {
    report,
    handover: { digest, stopReason, ...(isFollowed ? { target } : {}) },
  }
}

function incomingRecordOf(migration: IncomingMigration): MigrationRecord {
  const { ticketHash } = migration
  const report = migration.report()
  const isOpen = !isDestinationEnded(report.state)
  return { report, handover: null, ...(isOpen ? { ticketHash } : {}) }
}
