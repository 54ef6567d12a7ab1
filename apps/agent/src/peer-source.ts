import type { MigrationReport } from '@drover/api-schema/agent-protocol.ts'
import { closeCodes } from '@drover/api-schema/agent-protocol.ts'
import { refusal } from '@drover/api-schema/errors.ts'
import type { DomainId, MigrationId } from '@drover/api-schema/ids.ts'
import type { MigrationProgress, Steering } from '@drover/api-schema/migration.ts'
import {
  encodePageFrame,
  type PeerUpFrame,
  peerDownFrameSchema,
  peerLimits,
  peerProtocolVersions,
} from '@drover/api-schema/peer-protocol.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { PAGE_BYTES } from '@drover/api-schema/units.ts'
import { type Clock, every, type Timer } from './clock.ts'
import { CopyMeter } from './copy-meter.ts'
import { EventQueue } from './event-queue.ts'
import type { Hypervisor, OutgoingCopy } from './hypervisor.ts'
import type { Logger } from './log.ts'
import { normalClosure, openPeerStream, type PeerStream, streamBoundBytes } from './peer-stream.ts'
import { type Connect, parseJson, type Socket } from './socket.ts'
import {
  isSourceEnded,
  type SourceEffect,
  type SourceEvent,
  type SourceState,
  sourceStatusOf,
  stepSource,
} from './source-machine.ts'

/**
 * Drives one outgoing migration: takes events from one queue, asks `source-machine.ts`, makes durable what must be, acts, and
 * reports. Pages are sent from `pump`, which the host's time calls every few milliseconds while anything migrates. One
 * driver, one queue, one file, though a long one: the order of its steps is what keeps the promise.
 */
export type SourceRequest = {
  readonly migrationId: MigrationId
  readonly domainId: DomainId
  readonly generation: number
  readonly domainName: string
}

/** Where the copy goes; a migration that an earlier run has left behind never connects again and has none. */
export type SourceTarget = { readonly peerUrl: string; readonly ticket: string }

export type SourceDeps = {
  readonly clock: Clock
  readonly connect: Connect
  readonly log: Logger
  readonly hypervisor: Hypervisor
  readonly progressIntervalMs: () => number
  /** On disk when it returns. */
  readonly persist: (migration: OutgoingMigration) => void
  readonly onReport: (report: MigrationReport) => void
  readonly onProgress: (migrationId: MigrationId, progress: MigrationProgress) => void
  readonly onEnd: (migration: OutgoingMigration) => void
  readonly onFatal: (cause: unknown) => void
}

/**
 * A stream that lives (heartbeats come) while nothing moves: a frame was lost on the way or the other side is stuck. The
 * guest must not wait for that: before the hand-over it is given back. While it runs there is time (KubeVirt's managers wait
 * 150 s without progress); while it is paused every second is an outage, but a large image takes its time to be verified.
 */
const stallPatienceMs: Record<
  Exclude<SourceState['status'], 'committed' | 'completed' | 'failed'>,
  number
> = {
  connecting: 30_000,
  copying: 60_000,
  paused: 15_000,
  verifying: 20_000,
}
const stallLookMs = 1_000

export class OutgoingMigration {
  readonly request: SourceRequest
  readonly #deps: SourceDeps
  readonly #queue: EventQueue<SourceEvent>
  readonly #meter: CopyMeter
  #state: SourceState
  #copy: OutgoingCopy | null
  #stream: PeerStream<PeerUpFrame> | null = null
  #creditBytes = 0
  #isFaultSpent = false
  /** Monotonic: when something of the migration last went either way. */
  #movedAtMs: number
  #stallWatch: Timer | null = null
  #pausesNext = false

  /** @param copy null for one that an earlier run of the agent has left `committed` */
  constructor(
    deps: SourceDeps,
    request: SourceRequest,
    from: { state: SourceState; copy: OutgoingCopy | null },
  ) {
    this.#deps = deps
    this.request = request
    this.#state = from.state
    this.#copy = from.copy
    this.#movedAtMs = deps.clock.monotonicMs()
    this.#meter = new CopyMeter(this.#movedAtMs)
    this.#queue = new EventQueue((event) => this.#handle(event), deps.onFatal)
  }

  get state(): SourceState {
    return this.#state
  }

  report(): Extract<MigrationReport, { role: 'source' }> {
    const { migrationId, domainId, generation } = this.request
    return { role: 'source', migrationId, domainId, generation, state: sourceStatusOf(this.#state) }
  }

  /** Resolves when the event and everything before it has been dealt with. */
  dispatch(event: SourceEvent): Promise<void> {
    return this.#queue.push(event)
  }

  connect({ peerUrl, ticket }: SourceTarget): void {
    const { clock, connect } = this.#deps
    const socket = connect(peerUrl, { bearerToken: null, maxFrameBytes: peerLimits.maxFrameBytes })
    let isOpen = false
    const stream = openPeerStream<PeerUpFrame>({
      socket,
      clock,
      onLost: (sentence) => {
        const type = isOpen ? 'peer-lost' : 'peer-unreachable'
        void this.dispatch({
          type,
          sentence: isOpen ? sentence : `The agent at ${peerUrl} could not be reached.`,
        })
      },
    })
    this.#stream = stream
    socket.listen({
      onOpen: () => {
        isOpen = true
        stream.heard()
        this.#sayHello(stream, ticket)
      },
      onText: (text) => this.#receive(stream, text),
      onBytes: () => this.#malformed(stream),
      onClose: () => stream.ended(),
    })
    this.#stallWatch = every(clock, stallLookMs, () => this.#lookForStall())
    this.#dropOnFault(socket)
  }

  #lookForStall(): void {
    const state = this.#state
    if (state.status === 'committed' || isSourceEnded(state)) return this.#stallWatch?.cancel()
    const patienceMs = stallPatienceMs[state.status]
    if (this.#queue.isBusy || this.#deps.clock.monotonicMs() - this.#movedAtMs <= patienceMs) return
    void this.dispatch({
      type: 'peer-lost',
      sentence: `Nothing has moved for ${patienceMs / 1000} s although the connection stands.`,
    })
  }

  /** The agent takes no decision any more: what the peer says must not reach it. */
  dropPeer(): void {
    this.#stallWatch?.cancel()
    this.#stream?.terminate()
  }

  /** False when the guest is not being copied while it runs. */
  steer({ bandwidthBytesPerSec, pausesNext }: Steering): boolean {
    if (this.#state.status !== 'copying' || this.#copy === null) return false
    this.#copy.limitBandwidth(bandwidthBytesPerSec)
    this.#pausesNext = pausesNext
    return true
  }

  /** Sends what credit, link and the network's share allow. */
  pump(): void {
    if (this.#queue.isBusy) return
    const { status } = this.#state
    const copy = this.#copy
    if ((status !== 'copying' && status !== 'paused') || copy === null) return
    const guest = copy.guest()
    if (guest !== 'copyable') {
      const how = guest === 'rebooted' ? 'rebooted' : 'stopped'
      void this.dispatch({
        type: 'guest-stopped',
        sentence: `${this.request.domainName} ${how} while it was being copied.`,
      })
      return
    }
    this.#sendPages(copy)
    if (copy.isRoundSent() && !this.#queue.isBusy) this.#endRound(copy)
    this.#reportProgress(copy)
  }

  #sendPages(copy: OutgoingCopy): void {
    const stream = this.#stream
    if (stream === null) return
    for (;;) {
      const mayBytes = stream.bufferedBytes() > streamBoundBytes ? 0 : this.#creditBytes
      const frame = copy.takePages(mayBytes)
      if (frame === null) return
      const bytes = frame.frames.length * PAGE_BYTES
      this.#creditBytes -= bytes
      this.#movedAtMs = this.#deps.clock.monotonicMs()
      this.#meter.sent(bytes, this.#deps.clock.monotonicMs())
      stream.sendBytes(encodePageFrame(frame))
    }
  }

  #endRound(copy: OutgoingCopy): void {
    if (this.#state.status === 'paused') {
      const { round, ...image } = copy.finish()
      const fault = this.#deps.hypervisor.fault(this.request.domainName, 'stop-and-copy')
      const digest = fault?.kind === 'corrupt-digest' ? `not-${image.digest}` : image.digest
      void this.dispatch({ type: 'round-ended', round })
      void this.dispatch({ type: 'image-sent', frame: { type: 'image-ended', ...image, digest } })
      return
    }
    const { round, decision } = copy.endRound()
    this.#stream?.send({ type: 'round-ended', roundIndex: round.roundIndex })
    this.#meter.roundEnded()
    void this.dispatch({ type: 'round-ended', round })
    if (this.#pausesNext && decision.kind !== 'stop-and-copy') {
      void this.dispatch({ type: 'stop-decided', reason: 'asked-to-pause' })
      return
    }
    switch (decision.kind) {
      case 'another-round':
        return
      case 'stop-and-copy':
        void this.dispatch({ type: 'stop-decided', reason: decision.reason })
        return
      case 'give-up':
        void this.dispatch({ type: 'gave-up', refusal: decision.refusal })
        return
      default:
        assertNever(decision)
    }
  }

  async #handle(event: SourceEvent): Promise<void> {
    const { clock, onReport, persist, onEnd } = this.#deps
    const before = this.#state
    const { state, effects } = stepSource(before, event, {
      now: clock.now(),
      monotonicMs: clock.monotonicMs(),
      sentBytes: this.#copy?.progress().totalBytes ?? 0,
    })
    this.#state = state
    const isNewStatus = state.status !== before.status
    if (isNewStatus) this.#movedAtMs = clock.monotonicMs()
    // A pause goes to disk with the guest as it was paused; every other decision before it is acted on.
    const pauses = effects.some(({ kind }) => kind === 'suspend-guest')
    if (isNewStatus && !pauses) persist(this)
    for (const effect of effects) await this.#perform(effect)
    if (isNewStatus && pauses) persist(this)
    const isInDoubt = state.status === 'committed' && !isNewStatus && effects.length > 0
    if (isNewStatus || event.type === 'round-ended' || isInDoubt) onReport(this.report())
    if (isNewStatus && isSourceEnded(state)) onEnd(this)
  }

  async #perform(effect: SourceEffect): Promise<void> {
    const { hypervisor } = this.#deps
    const { domainId, migrationId, generation } = this.request
    switch (effect.kind) {
      case 'send':
        this.#stream?.send(effect.frame)
        return
      case 'activate':
        this.#stream?.send({ type: 'activate', generation })
        return
      case 'suspend-guest': {
        const suspended = await this.#copy?.suspend()
        if (suspended?.ok === false)
          void this.dispatch({ type: 'gave-up', refusal: suspended.error })
        return
      }
      case 'keep-guest':
        if (this.#copy === null) await hypervisor.resumeSuspended(domainId, migrationId)
        else await this.#copy.keep()
        this.#copy = null
        return
      case 'release-guest':
        if (this.#copy === null) await hypervisor.releaseSuspended(domainId, migrationId)
        else await this.#copy.release()
        this.#copy = null
        return
      case 'close-peer':
        this.#stallWatch?.cancel()
        this.#stream?.close(normalClosure, 'The migration has ended.')
        this.#stream = null
        return
      default:
        assertNever(effect)
    }
  }

  #sayHello(stream: PeerStream<PeerUpFrame>, ticket: string): void {
    const { migrationId, domainId, generation } = this.request
    const description = this.#copy?.description
    stream.send({
      type: 'hello',
      versions: [...peerProtocolVersions],
      migrationId,
      domainId,
      generation,
      ticket,
      ...(description === undefined ? {} : { description }),
    })
  }

  #receive(stream: PeerStream<PeerUpFrame>, text: string): void {
    if (stream !== this.#stream) return
    const parsed = peerDownFrameSchema.safeParse(parseJson(text))
    if (!parsed.success) return this.#malformed(stream)
    stream.heard()
    const frame = parsed.data
    switch (frame.type) {
      case 'heartbeat':
        return
      case 'credit':
        this.#movedAtMs = this.#deps.clock.monotonicMs()
        this.#creditBytes += frame.bytes
        return
      case 'welcome':
        this.#creditBytes += frame.creditBytes
        void this.dispatch({ type: 'frame-received', frame })
        return
      case 'ready':
      case 'activated':
      case 'refused':
        void this.dispatch({ type: 'frame-received', frame })
        return
      default:
        assertNever(frame)
    }
  }

  #malformed(stream: PeerStream<PeerUpFrame>): void {
    if (stream !== this.#stream) return
    this.#deps.log.warn('The destination sent a frame that is not of the protocol.', {
      migration: this.request.migrationId,
    })
    stream.close(closeCodes.malformed, 'Not a frame of the protocol.')
    void this.dispatch({
      type: 'peer-lost',
      sentence: 'The destination sent a frame that is not of the protocol.',
    })
  }

  #reportProgress(copy: OutgoingCopy): void {
    const { clock, onProgress, progressIntervalMs } = this.#deps
    if (!this.#meter.isDue(clock.monotonicMs(), progressIntervalMs())) return
    const progress = copy.progress()
    onProgress(this.request.migrationId, this.#meter.progress(progress, clock.monotonicMs()))
    void this.#guestFault(progress.roundIndex, progress.roundSentPages)
  }

  /** Faults of the guest in a round, by its name: see the simulator's table. */
  async #guestFault(roundIndex: number, roundSentPages: number): Promise<void> {
    const { hypervisor } = this.#deps
    const fault = hypervisor.fault(this.request.domainName, 'pre-copy')
    if (fault === null || this.#isFaultSpent || roundSentPages === 0) return
    if (fault.kind !== 'crash-guest' && fault.kind !== 'shut-down-guest') return
    if (roundIndex < fault.inRound) return
    this.#isFaultSpent = true
    if (fault.kind === 'crash-guest') await hypervisor.crash(this.request.domainId)
    else await hypervisor.act(this.request.domainId, 'shut-down')
  }

  #dropOnFault(socket: Socket): void {
    const { clock, hypervisor } = this.#deps
    const fault = hypervisor.fault(this.request.domainName, 'pre-copy')
    if (fault?.kind !== 'drop-connection') return
    const look = () => {
      const progress = this.#copy?.progress()
      if (progress === undefined || isSourceEnded(this.#state)) return
      if (progress.roundIndex >= fault.inRound && progress.totalBytes > 0) socket.terminate()
      else clock.after(20, look)
    }
    look()
  }
}

export function startingState(clock: Clock): SourceState {
  return {
    status: 'connecting',
    rounds: [],
    totalBytes: 0,
    startedAt: clock.now(),
    startedMs: clock.monotonicMs(),
  }
}

/** Why a domain cannot leave now although the hypervisor would let it. */
export function alreadyLeaving(domainName: string) {
  return refusal('domain-migrating', `${domainName} is being migrated already.`)
}
