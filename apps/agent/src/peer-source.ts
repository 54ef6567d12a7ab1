import type { MigrationReport } from '@drover/api-schema/agent-protocol.ts'
import { closeCodes } from '@drover/api-schema/agent-protocol.ts'
import { refusal } from '@drover/api-schema/errors.ts'
import type { DomainId, MigrationId } from '@drover/api-schema/ids.ts'
import type { MigrationProgress, PrecopyRound, Steering } from '@drover/api-schema/migration.ts'
import {
  decodeMissingFrame,
  encodeMissingFrames,
  encodePageFrame,
  type PageFrame,
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
import type { Hypervisor, OutgoingCopy, ServingCopy } from './hypervisor.ts'
import type { Logger } from './log.ts'
import { countPages, MissingPages } from './missing-pages.ts'
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
 * reports. Pages are sent from `pump`, which the host's time calls every few milliseconds while anything migrates. In post-copy
 * it opens its stream again whenever that is lost, and sends what the destination then says it misses. One driver, one
 * queue, one file, though a long one: the order of its steps is what keeps the promise.
 */
export type SourceRequest = {
  readonly migrationId: MigrationId
  readonly domainId: DomainId
  readonly generation: number
  readonly domainName: string
}

/** Where the copy goes; a migration that an earlier run has left behind connects again in post-copy only. */
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
  /** A stream was opened or lost: pages move, or rest. */
  readonly onActivity: () => void
  readonly onEnd: (migration: OutgoingMigration) => void
  readonly onFatal: (cause: unknown) => void
}

/**
 * A stream that lives (heartbeats come) while nothing moves: a frame was lost on the way or the other side is stuck. The
 * guest must not wait for that: before the hand-over it is given back. While it runs there is time (KubeVirt's managers wait
 * 150 s without progress); while it is paused every second is an outage, but a large image takes its time to be verified.
 */
const stallPatienceMs: Record<
  Exclude<SourceState['status'], 'committed' | 'serving' | 'completed' | 'failed' | 'lost'>,
  number
> = {
  connecting: 30_000,
  copying: 60_000,
  paused: 15_000,
  verifying: 20_000,
}
const stallLookMs = 1_000
/** In post-copy the guest waits for the stream to be back: soon at first, then as often as costs nothing. */
const reconnectFirstMs = 100
const reconnectCeilingMs = 5_000

export class OutgoingMigration {
  readonly request: SourceRequest
  readonly #deps: SourceDeps
  readonly #queue: EventQueue<SourceEvent>
  readonly #meter: CopyMeter
  #state: SourceState
  #copy: OutgoingCopy | null
  #target: SourceTarget | null
  #stream: PeerStream<PeerUpFrame> | null = null
  /** Post-copy: what the destination misses by the last word on it, and the memory from which that is sent. */
  #missing: Uint32Array = new Uint32Array()
  #serving: ServingCopy | null = null
  #servedPages = 0
  #servedSinceMs: number | null = null
  readonly #resumed = new MissingPages()
  #reconnect: Timer | null = null
  #reconnectMs = reconnectFirstMs
  #isHalted = false
  #creditBytes = 0
  #isFaultSpent = false
  /** Monotonic: when something of the migration last went either way. */
  #movedAtMs: number
  #stallWatch: Timer | null = null
  #pausesNext = false

  /** @param from without a copy for one that an earlier run of the agent has left behind */
  constructor(
    deps: SourceDeps,
    request: SourceRequest,
    from: { state: SourceState; copy: OutgoingCopy | null; target: SourceTarget | null },
  ) {
    this.#deps = deps
    this.request = request
    this.#state = from.state
    this.#copy = from.copy
    this.#target = from.target
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

  /** True while pages may move. */
  get isMoving(): boolean {
    const { status } = this.#state
    return status === 'serving' ? this.#serving !== null : status !== 'committed'
  }

  /** Where the destination is, and what opens its door again: for the journal, in post-copy. */
  get target(): SourceTarget | null {
    return this.#target
  }

  connect(target: SourceTarget): void {
    this.#target = target
    const socket = this.#open(target, { resumes: false })
    this.#stallWatch = every(this.#deps.clock, stallLookMs, () => this.#lookForStall())
    this.#dropOnFault(socket)
  }

  #open({ peerUrl, ticket }: SourceTarget, { resumes }: { resumes: boolean }): Socket {
    const { clock, connect } = this.#deps
    const socket = connect(peerUrl, { bearerToken: null, maxFrameBytes: peerLimits.maxFrameBytes })
    let isOpen = false
    const stream = openPeerStream<PeerUpFrame>({
      socket,
      clock,
      onLost: (sentence) => {
        if (stream !== this.#stream) return
        const type = isOpen ? 'peer-lost' : 'peer-unreachable'
        void this.dispatch({
          type,
          sentence: isOpen ? sentence : `The agent at ${peerUrl} could not be reached.`,
        })
      },
    })
    this.#stream = stream
    this.#creditBytes = 0
    const receive = resumes
      ? (text: string) => this.#receiveResuming(stream, text)
      : (text: string) => this.#receive(stream, text)
    socket.listen({
      onOpen: () => {
        isOpen = true
        stream.heard()
        this.#sayHello(stream, { ticket, resumes })
      },
      onText: receive,
      onBytes: (bytes) => this.#receiveMissing(stream, bytes),
      onClose: () => stream.ended(),
    })
    return socket
  }

  /** The destination's agent is at this address now. False when that is of no use any more. */
  reach(peerUrl: string): boolean {
    const target = this.#target
    if (!this.#isFollowed() || target === null) return false
    const isThere = target.peerUrl === peerUrl && this.#stream !== null
    if (isThere) return true
    this.#target = { ...target, peerUrl }
    this.#deps.persist(this)
    this.#dropStream()
    this.#reconnectMs = reconnectFirstMs
    this.#reconnectNow()
    return true
  }

  /** Post-copy past the point of no return: the stream must come back for as long as it takes. */
  #isFollowed(): boolean {
    const state = this.#state
    return state.status === 'serving' || (state.status === 'committed' && state.isPostCopy)
  }

  #reconnectLater(): void {
    if (this.#reconnect !== null || this.#isHalted) return
    this.#reconnect = this.#deps.clock.after(this.#reconnectMs, () => this.#reconnectNow())
    this.#reconnectMs = Math.min(2 * this.#reconnectMs, reconnectCeilingMs)
  }

  #reconnectNow(): void {
    this.#reconnect?.cancel()
    this.#reconnect = null
    if (this.#stream !== null || this.#target === null || !this.#isFollowed()) return
    this.#open(this.#target, { resumes: true })
  }

  #dropStream(): void {
    const stream = this.#stream
    this.#stream = null
    this.#serving = null
    this.#reconnect?.cancel()
    this.#reconnect = null
    stream?.close(normalClosure, 'The migration has ended, or goes on elsewhere.')
    this.#deps.onActivity()
  }

  #lookForStall(): void {
    const state = this.#state
    if (state.status === 'committed' || state.status === 'serving' || isSourceEnded(state))
      return this.#stallWatch?.cancel()
    const patienceMs = stallPatienceMs[state.status]
    if (this.#queue.isBusy || this.#deps.clock.monotonicMs() - this.#movedAtMs <= patienceMs) return
    void this.dispatch({
      type: 'peer-lost',
      sentence: `Nothing has moved for ${patienceMs / 1000} s although the connection stands.`,
    })
  }

  /** The agent takes no decision any more: what the peer says must not reach it. */
  dropPeer(): void {
    this.halt()
    this.#stream?.terminate()
  }

  /** The agent has stopped: nothing is tried again. */
  halt(): void {
    this.#isHalted = true
    this.#stallWatch?.cancel()
    this.#reconnect?.cancel()
  }

  /** False when the guest is not being copied while it runs. */
  steer({ bandwidthBytesPerSec, goesPostCopy, pausesNext }: Steering): boolean {
    if (this.#state.status !== 'copying' || this.#copy === null) return false
    this.#copy.limitBandwidth(bandwidthBytesPerSec)
    this.#pausesNext = pausesNext
    if (goesPostCopy === true)
      void this.dispatch({ type: 'post-copy-decided', reason: 'asked-for-post-copy' })
    return true
  }

  /** Sends what credit, link and the network's share allow. */
  pump(): void {
    if (this.#queue.isBusy) return
    const state = this.#state
    if (this.#serving !== null) this.#sendPages((maxBytes) => this.#takeServed(maxBytes))
    const copy = this.#copy
    const isCopying = state.status === 'copying' || (state.status === 'paused' && !state.isPostCopy)
    if (!isCopying || copy === null) return
    const guest = copy.guest()
    if (guest !== 'copyable') {
      const how = guest === 'rebooted' ? 'rebooted' : 'stopped'
      void this.dispatch({
        type: 'guest-stopped',
        sentence: `${this.request.domainName} ${how} while it was being copied.`,
      })
      return
    }
    this.#sendPages((maxBytes) => copy.takePages(maxBytes))
    if (copy.isRoundSent() && !this.#queue.isBusy) this.#endRound(copy)
    this.#reportProgress(copy)
  }

  #takeServed(maxBytes: number): PageFrame | null {
    const frame = this.#serving?.takePages(maxBytes) ?? null
    this.#servedPages += frame?.frames.length ?? 0
    return frame
  }

  #sendPages(take: (maxBytes: number) => PageFrame | null): void {
    const stream = this.#stream
    if (stream === null) return
    for (;;) {
      const mayBytes = stream.bufferedBytes() > streamBoundBytes ? 0 : this.#creditBytes
      const frame = take(mayBytes)
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
      case 'post-copy':
        void this.dispatch({ type: 'post-copy-decided', reason: 'no-progress' })
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
      served: this.#served(),
    })
    this.#state = state
    const isNewStatus = state.status !== before.status
    if (isNewStatus) this.#movedAtMs = clock.monotonicMs()
    // A pause goes to disk with the guest as it was paused; every other decision before it is acted on.
    const pauses = effects.some(({ kind }) => kind === 'suspend-guest' || kind === 'split-guest')
    if (isNewStatus && !pauses) persist(this)
    for (const effect of effects) await this.#perform(effect)
    if (isNewStatus && pauses) persist(this)
    const isInDoubt =
      state.status === 'committed' && event.type === 'peer-lost' && effects.length > 0
    if (isNewStatus || event.type === 'round-ended' || isInDoubt) onReport(this.report())
    if (isNewStatus && isSourceEnded(state)) onEnd(this)
  }

  /** What went over after the guest, as its last round. */
  #served(): PrecopyRound | null {
    const state = this.#state
    if (this.#servedSinceMs === null || !('rounds' in state)) return null
    return {
      roundIndex: (state.rounds.at(-1)?.roundIndex ?? -1) + 1,
      sentPages: this.#servedPages,
      skippedPages: 0,
      dirtyPages: 0,
      durationMs: this.#deps.clock.monotonicMs() - this.#servedSinceMs,
      bytes: this.#servedPages * PAGE_BYTES,
    }
  }

  async #split(): Promise<void> {
    const split = await this.#copy?.split()
    if (split === undefined) return
    if (!split.ok) return void this.dispatch({ type: 'gave-up', refusal: split.error })
    const { cutShort, missing, ...image } = split.value
    this.#missing = missing
    if (cutShort !== null) void this.dispatch({ type: 'round-ended', round: cutShort })
    const fault = this.#deps.hypervisor.fault(this.request.domainName, 'stop-and-copy')
    const heldDigest =
      fault?.kind === 'corrupt-digest' ? `not-${image.heldDigest}` : image.heldDigest
    const missingPages = countPages(missing)
    const frame = { type: 'image-split', ...image, heldDigest, missingPages } as const
    void this.dispatch({ type: 'image-sent', frame })
  }

  /** From what the destination has said it misses, on the stream on which it said so. */
  #serve(): void {
    const { clock, hypervisor, log, onActivity } = this.#deps
    const { domainId, migrationId } = this.request
    const opened = hypervisor.openServing({ domainId, migrationId }, this.#missing)
    if (!opened.ok) {
      log.warn(`What the destination misses cannot be sent: ${opened.error.message}`, {
        migration: migrationId,
      })
      this.#dropStream()
      this.#reconnectLater()
      return
    }
    this.#serving = opened.value
    this.#copy = null
    this.#servedSinceMs ??= clock.monotonicMs()
    this.#reconnectMs = reconnectFirstMs
    onActivity()
  }

  async #perform(effect: SourceEffect): Promise<void> {
    const { hypervisor } = this.#deps
    const { domainId, migrationId, generation } = this.request
    switch (effect.kind) {
      case 'send':
        if (effect.frame.type === 'image-split') {
          for (const bytes of encodeMissingFrames(this.#missing)) this.#stream?.sendBytes(bytes)
        }
        this.#stream?.send(effect.frame)
        return
      case 'split-guest':
        return this.#split()
      case 'serve-pages':
        return this.#serve()
      case 'reconnect':
        return this.#reconnectLater()
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
        return this.#dropStream()
      default:
        assertNever(effect)
    }
  }

  #sayHello(
    stream: PeerStream<PeerUpFrame>,
    { ticket, resumes }: { ticket: string; resumes: boolean },
  ): void {
    const { migrationId, domainId, generation } = this.request
    const description = resumes ? undefined : this.#copy?.description
    stream.send({
      type: 'hello',
      versions: [...peerProtocolVersions],
      migrationId,
      domainId,
      generation,
      ticket,
      ...(description === undefined ? {} : { description }),
      ...(resumes ? { resumes } : {}),
    })
  }

  /**
   * On a stream that was opened again. A refusal at the door decides nothing: the destination may know nothing of the migration
   * any more because it has all of it. What it has become is for the console to bring over.
   */
  #receiveResuming(stream: PeerStream<PeerUpFrame>, text: string): void {
    if (stream !== this.#stream) return
    if (this.#serving !== null) return this.#receive(stream, text)
    const parsed = peerDownFrameSchema.safeParse(parseJson(text))
    if (!parsed.success) return this.#malformed(stream)
    stream.heard()
    const frame = parsed.data
    if (frame.type === 'credit') this.#creditBytes += frame.bytes
    if (frame.type === 'refused') {
      this.#dropStream()
      this.#reconnectLater()
    }
    if (frame.type !== 'resumed') return
    const missing = this.#resumed.take(frame.missingPages)
    if (missing === null) return this.#malformed(stream)
    this.#missing = missing
    void this.dispatch({ type: 'frame-received', frame })
  }

  #receiveMissing(stream: PeerStream<PeerUpFrame>, bytes: Uint8Array): void {
    if (stream !== this.#stream) return
    const decoded = decodeMissingFrame(bytes)
    if (!decoded.ok || !this.#isFollowed()) return this.#malformed(stream)
    stream.heard()
    this.#resumed.add(decoded.value)
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
      case 'wanted':
        this.#movedAtMs = this.#deps.clock.monotonicMs()
        for (const wanted of frame.frames) this.#serving?.want(wanted)
        return
      case 'resumed':
        // Said once on each stream; a second one is the first again, and old.
        return
      case 'ready':
      case 'activated':
      case 'all-arrived':
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
