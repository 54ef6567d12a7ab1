import type {
  Command,
  CommandResult,
  DestinationStatus,
  MigrationReport,
  SourceStatus,
} from '@drover/api-schema/agent-protocol.ts'
import { type ErrorCode, refusal } from '@drover/api-schema/errors.ts'
import type { DomainId, MigrationId } from '@drover/api-schema/ids.ts'
import { domainId, migrationId, testMoment } from '@drover/api-schema/testing/builders.ts'

/**
 * Two agents and the stream between them as tiny reference models of the contract: what they keep on disk, what they
 * forget when they are restarted, and what they answer. No time, no network: whoever holds them decides what
 * arrives. They know one migration of one domain.
 */
export type PeerMessage =
  | { readonly type: 'hello'; readonly ticket: string }
  | { readonly type: 'image' | 'activate' | 'abandon' }
  | { readonly type: 'welcome' | 'ready' | 'activated' | 'refused' }

export type ModelWorld = {
  /** Facts on their way to the console. */
  readonly tellConsole: (role: 'source' | 'destination', report: MigrationReport) => void
  readonly sendUp: (message: PeerMessage) => void
  readonly sendDown: (message: PeerMessage) => void
}

/** What an agent keeps of a migration that has not passed a point it must remember. */
export type Memory = 'remembers' | 'forgets'

/** Which migration this is about; a command says it anew. */
type Head = { migrationId: MigrationId; domainId: DomainId; generation: number }
const firstHead = { migrationId: migrationId(1), domainId: domainId(1), generation: 1 }

function headOf(command: Command, before: Head): Head {
  return {
    migrationId: 'migrationId' in command ? command.migrationId : before.migrationId,
    domainId: 'domainId' in command ? command.domainId : before.domainId,
    generation: 'generation' in command ? command.generation : before.generation,
  }
}
const copied = { rounds: [], totalBytes: 0, startedAt: testMoment }
const rejected = (code: ErrorCode): CommandResult => ({ kind: 'rejected', refusal: refusal(code) })
const done: CommandResult = { kind: 'done' }

export class ModelSource {
  /** What the rounds may take; as a start and the last steering said. */
  limitBytesPerSec: number | null = null
  pausesNext = false
  guest: 'running' | 'paused' | 'stopped' | 'gone' = 'running'
  status: SourceStatus | null = null
  #head: Head = firstHead
  #answers = new Map<string, CommandResult>()
  readonly #world: ModelWorld
  readonly #memory: Memory

  constructor(world: ModelWorld, memory: Memory) {
    this.#world = world
    this.#memory = memory
  }

  report(): MigrationReport {
    return this.status === null
      ? { role: 'none', ...this.#head }
      : { role: 'source', ...this.#head, state: this.status }
  }

  handle(commandId: string, command: Command): CommandResult {
    const before = this.#answers.get(commandId)
    if (before !== undefined) return before
    this.#head = headOf(command, this.#head)
    const answer = this.#carryOut(command)
    this.#answers.set(commandId, answer)
    return answer
  }

  #carryOut(command: Command): CommandResult {
    switch (command.kind) {
      case 'start-outgoing':
        if (this.status !== null) return done
        if (this.guest !== 'running') return rejected('wrong-state')
        this.limitBytesPerSec = command.bandwidthBytesPerSec ?? null
        this.#set({ status: 'connecting', ...copied })
        this.#world.sendUp({ type: 'hello', ticket: command.ticket })
        return done
      case 'steer-outgoing':
        if (this.status?.status !== 'copying') return rejected('wrong-state')
        this.limitBytesPerSec = command.steering.bandwidthBytesPerSec
        this.pausesNext = command.steering.pausesNext
        return done
      case 'cancel-outgoing':
        if (this.status === null) return rejected('unknown-migration')
        if (this.status.status === 'committed') return rejected('past-point-of-no-return')
        this.fail('cancelled-by-administrator')
        return done
      case 'resolve-outgoing':
        if (this.status?.status !== 'committed') return done
        if (command.resolution === 'release') this.#complete()
        else this.#keepGuest('peer-lost')
        return done
      case 'report-migration':
        return { kind: 'report', report: this.report() }
      case 'domain-action':
      case 'prepare-incoming':
      case 'abort-incoming':
      case 'lose-incoming':
      case 'reach-destination':
        return rejected('invalid-request')
    }
  }

  receive(message: PeerMessage): void {
    const status = this.status?.status
    if (message.type === 'refused') {
      // Before the commit, and after it too: the destination has made it durable before it says so.
      if (this.#isOpen()) this.#keepGuest('peer-refused')
    } else if (message.type === 'welcome' && status === 'connecting') {
      this.#set({ status: 'copying', ...copied })
    } else if (message.type === 'ready' && status === 'paused') {
      this.#set({ status: 'committed', pausedAt: testMoment, ...copied })
      this.#world.sendUp({ type: 'activate' })
    } else if (message.type === 'activated' && status === 'committed') {
      this.#complete()
    }
  }

  /** The last round is over. */
  canPause(): boolean {
    return this.status?.status === 'copying' && this.guest === 'running'
  }
  pause(): void {
    this.guest = 'paused'
    this.#set({ status: 'paused', pausedAt: testMoment, ...copied })
    this.#world.sendUp({ type: 'image' })
  }

  canFail(): boolean {
    return this.#isOpen() && this.status?.status !== 'committed'
  }
  /** Anything before the point of no return: the guest runs here as before. */
  fail(code: ErrorCode): void {
    if (this.canFail()) this.#keepGuest(code)
  }

  canStopGuest(): boolean {
    return this.guest === 'running'
  }
  stopGuest(): void {
    this.guest = 'stopped'
    this.fail('domain-stopped')
  }

  restart(): void {
    this.#answers = new Map()
    if (!this.canFail()) return
    if (this.#memory === 'remembers') {
      this.#keepGuest('agent-restarted')
    } else {
      this.status = null
      if (this.guest === 'paused') this.guest = 'running'
    }
  }

  #isOpen(): boolean {
    return (
      this.status !== null && this.status.status !== 'completed' && this.status.status !== 'failed'
    )
  }

  #keepGuest(code: ErrorCode): void {
    if (this.guest === 'paused') this.guest = 'running'
    this.#set({
      status: 'failed',
      endedAt: testMoment,
      failedIn: 'pre-copy',
      refusal: refusal(code),
      ...copied,
    })
    this.#world.sendUp({ type: 'abandon' })
  }

  #complete(): void {
    this.guest = 'gone'
    this.#set({
      status: 'completed',
      endedAt: testMoment,
      totalMs: 1000,
      downtimeMs: 10,
      stopReason: 'downtime-reached',
      digest: 'd',
      ...copied,
    })
  }

  #set(status: SourceStatus): void {
    this.status = status
    this.#world.tellConsole('source', this.report())
  }
}

export class ModelDestination {
  guest: 'none' | 'copy' | 'running' = 'none'
  status: DestinationStatus | null = null
  /** What it answers to `prepare-incoming`. */
  hasRoom = true
  #ticket = ''
  #tickets = 0
  #head: Head = firstHead
  #answers = new Map<string, CommandResult>()
  readonly #world: ModelWorld
  readonly #memory: Memory

  constructor(world: ModelWorld, memory: Memory) {
    this.#world = world
    this.#memory = memory
  }

  report(): MigrationReport {
    return this.status === null
      ? { role: 'none', ...this.#head }
      : { role: 'destination', ...this.#head, state: this.status }
  }

  handle(commandId: string, command: Command): CommandResult {
    const before = this.#answers.get(commandId)
    if (before !== undefined) return before
    this.#head = headOf(command, this.#head)
    const answer = this.#carryOut(command)
    this.#answers.set(commandId, answer)
    return answer
  }

  #carryOut(command: Command): CommandResult {
    switch (command.kind) {
      case 'prepare-incoming':
        return this.#prepare()
      case 'abort-incoming':
        if (this.status?.status !== 'activated') this.abort('peer-refused')
        return { kind: 'report', report: this.report() }
      case 'report-migration':
        return { kind: 'report', report: this.report() }
      case 'domain-action':
      case 'start-outgoing':
      case 'steer-outgoing':
      case 'cancel-outgoing':
      case 'resolve-outgoing':
      case 'lose-incoming':
      case 'reach-destination':
        return rejected('invalid-request')
    }
  }

  #prepare(): CommandResult {
    if (this.status !== null && this.status.status !== 'reserved')
      return rejected('stale-generation')
    if (this.status === null) {
      if (!this.hasRoom) return rejected('not-enough-memory')
      this.#tickets += 1
      this.#ticket = `ticket-ticket-ticket-${this.#tickets}`
      this.guest = 'copy'
      this.#set({ status: 'reserved' })
    }
    return { kind: 'prepared', ticket: this.#ticket, peerUrl: 'ws://127.0.0.1:9/peer' }
  }

  receive(message: PeerMessage): void {
    const status = this.status?.status
    if (message.type === 'hello' && status === 'reserved' && message.ticket === this.#ticket) {
      this.#set({ status: 'receiving' })
      this.#world.sendDown({ type: 'welcome' })
    } else if (message.type === 'image' && status === 'receiving') {
      this.#set({ status: 'ready', digest: 'd' })
      this.#world.sendDown({ type: 'ready' })
    } else if (message.type === 'activate' && (status === 'ready' || status === 'activated')) {
      this.guest = 'running'
      if (status === 'ready')
        this.#set({ status: 'activated', activatedAt: testMoment, digest: 'd' })
      this.#world.sendDown({ type: 'activated' })
    } else if (message.type === 'abandon') {
      this.abort('peer-lost')
    } else if (status !== 'activated') {
      // A ticket that is not good, or a frame out of turn. It may be said only once it is durable.
      this.abort('ticket-invalid')
      this.#world.sendDown({ type: 'refused' })
    }
  }

  canAbort(): boolean {
    return this.status !== null && !['activated', 'aborted'].includes(this.status.status)
  }
  /** A lost stream, an expired ticket, a console that calls it off: for good, and on disk. */
  abort(code: ErrorCode): void {
    if (this.status?.status === 'activated' || this.status?.status === 'aborted') return
    this.guest = 'none'
    this.#set({ status: 'aborted', endedAt: testMoment, refusal: refusal(code) })
  }

  restart(): void {
    this.#answers = new Map()
    if (!this.canAbort()) return
    if (this.#memory === 'remembers') {
      this.abort('agent-restarted')
    } else {
      this.status = null
      this.guest = 'none'
    }
  }

  #set(status: DestinationStatus): void {
    this.status = status
    this.#world.tellConsole('destination', this.report())
  }
}

/** Copies of the domain whose instructions are being executed: never more than one. */
export function executing(source: ModelSource, destination: ModelDestination): number {
  return (source.guest === 'running' ? 1 : 0) + (destination.guest === 'running' ? 1 : 0)
}
