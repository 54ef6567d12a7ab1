import { closeCodes, type MigrationReport } from '@drover/api-schema/agent-protocol.ts'
import type { DomainFacts } from '@drover/api-schema/domain.ts'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { MigrationId } from '@drover/api-schema/ids.ts'
import type { MigrationProgress } from '@drover/api-schema/migration.ts'
import {
  decodeMissingFrame,
  decodePageFrame,
  encodeMissingFrames,
  isMissingFrame,
  type PeerDownFrame,
  type PeerUpFrame,
  peerUpFrameSchema,
} from '@drover/api-schema/peer-protocol.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { PAGE_BYTES } from '@drover/api-schema/units.ts'
import type { Clock, Timer } from './clock.ts'
import { CopyMeter } from './copy-meter.ts'
import {
  type DestinationEffect,
  type DestinationEvent,
  type DestinationState,
  isDestinationEnded,
  stepDestination,
} from './destination-machine.ts'
import { EventQueue } from './event-queue.ts'
import type { FillingCopy, FillingProgress, Hypervisor, IncomingCopy } from './hypervisor.ts'
import type { Logger } from './log.ts'
import { countPages, MissingPages } from './missing-pages.ts'
import { normalClosure, openPeerStream, type PeerStream } from './peer-stream.ts'
import { isStamped } from './real-pages.ts'
import { parseJson, type Socket } from './socket.ts'
import { isSameHash } from './ticket.ts'

// One queue decides everything from the reservation to the last page, so one file holds its driver, though a long one.

/** A ticket nobody has used by then is worth nothing any more, and the reservation is given back. */
const ticketLifeMs = 60_000

/** Post-copy: nothing has come on a stream that stands for so long, so a frame was lost: the source should begin anew. */
const stallMs = 5_000
/** What the guest waits for is asked for again: a page that was asked for comes within a few of these. */
const askAgainMs = 1_000

export type DestinationRequest = {
  readonly migrationId: MigrationId
  readonly generation: number
  readonly domain: Pick<DomainFacts, 'domainId' | 'name'>
}

export type DestinationDeps = {
  readonly clock: Clock
  readonly log: Logger
  readonly hypervisor: Hypervisor
  /** On disk when it returns. */
  readonly persist: (migration: IncomingMigration) => void
  readonly onReport: (report: MigrationReport) => void
  readonly onProgress: (migrationId: MigrationId, progress: MigrationProgress) => void
  readonly progressIntervalMs: () => number
  /** A stream was opened or lost: pages move, or rest. */
  readonly onActivity: () => void
  readonly onEnd: (migration: IncomingMigration) => void
  readonly onFatal: (cause: unknown) => void
}

type Hello = Extract<PeerUpFrame, { type: 'hello' }>

/**
 * Drives one incoming migration: one queue, `destination-machine.ts` decides, this makes durable, acts and reports. In post-copy
 * it goes on to take in the pages of a guest that runs, whatever becomes of the stream; one queue decides all of it, hence one file.
 */
export class IncomingMigration {
  readonly request: DestinationRequest
  readonly #deps: DestinationDeps
  readonly #queue: EventQueue<DestinationEvent>
  readonly ticketHash: string
  #state: DestinationState
  #copy: IncomingCopy | null
  /** Post-copy: the guest that runs here while its pages follow. */
  #filling: FillingCopy | null
  readonly #split = new MissingPages()
  readonly #meter: CopyMeter
  #roundIndex = 0
  #movedAtMs: number
  #askedAtMs = Number.NEGATIVE_INFINITY
  #stream: PeerStream<PeerDownFrame> | null = null
  #expiry: Timer | null
  #isTicketUsed = false
  #grantedBytes = 0
  #receivedBytes = 0
  #receivedInAllBytes = 0
  /** As it was last seen, for a guest that has dropped what was missing of it. */
  #filled: FillingProgress | null = null
  #verifying: Promise<void> = Promise.resolve()

  constructor(
    deps: DestinationDeps,
    request: DestinationRequest,
    how: {
      ticketHash: string
      /** Reserved by this run of the agent, or running since an earlier one. */
      from: { copy: IncomingCopy } | { filling: FillingCopy; activatedAt: number }
    },
  ) {
    const { clock, onFatal } = deps
    const { from } = how
    this.#deps = deps
    this.request = request
    this.ticketHash = how.ticketHash
    this.#queue = new EventQueue((event) => this.#handle(event), onFatal)
    this.#movedAtMs = clock.monotonicMs()
    this.#meter = new CopyMeter(this.#movedAtMs)
    const isFilling = 'filling' in from
    this.#state = isFilling
      ? { status: 'filling', activatedAt: from.activatedAt }
      : { status: 'reserved' }
    this.#copy = isFilling ? null : from.copy
    this.#filling = isFilling ? from.filling : null
    this.#expiry = isFilling
      ? null
      : clock.after(ticketLifeMs, () => void this.dispatch({ type: 'ticket-expired' }))
  }

  /** True while pages may move. */
  get isMoving(): boolean {
    return this.#state.status !== 'filling' || this.#stream !== null
  }

  get state(): DestinationState {
    return this.#state
  }

  report(): Extract<MigrationReport, { role: 'destination' }> {
    const { migrationId, domain, generation } = this.request
    return {
      role: 'destination',
      migrationId,
      domainId: domain.domainId,
      generation,
      state: this.#state,
    }
  }

  dispatch(event: DestinationEvent): Promise<void> {
    return this.#queue.push(event)
  }

  /**
   * True when this hello may open the stream: right ticket, first use, same attempt. A ticket opens the door again only to a guest
   * whose pages follow, and only to somebody who comes for that.
   */
  admits(hello: Hello, ticketHash: string): boolean {
    const { status } = this.#state
    const isDue =
      hello.resumes === true ? status === 'filling' : status === 'reserved' && !this.#isTicketUsed
    return (
      isDue &&
      isSameHash(ticketHash, this.ticketHash) &&
      hello.domainId === this.request.domain.domainId &&
      hello.generation === this.request.generation
    )
  }

  /** Takes over a socket whose hello was admitted; the caller passes what arrives on. */
  async open(socket: Socket, hello: Hello): Promise<StreamSink> {
    const { clock, onActivity } = this.#deps
    this.#isTicketUsed = true
    this.#expiry?.cancel()
    // A source that comes back has lost the stream from which this host may still be waiting for a word.
    this.#stream?.close(normalClosure, 'The source has opened another stream.')
    const stream = openPeerStream<PeerDownFrame>({
      socket,
      clock,
      onLost: (sentence) => {
        if (stream !== this.#stream) return
        this.#stream = null
        onActivity()
        void this.dispatch({ type: 'peer-lost', sentence })
      },
    })
    this.#stream = stream
    onActivity()
    const sink: StreamSink = {
      onText: (text) => this.#receive(stream, text),
      onBytes: (bytes) => this.#receivePages(stream, bytes),
      onClose: () => stream.ended(),
    }
    if (this.#filling !== null) {
      this.#resume(this.#filling, stream)
      return sink
    }
    const described = await this.#copy?.describe(hello.description ?? '')
    if (described?.ok === false) void this.dispatch({ type: 'refused', refusal: described.error })
    else void this.dispatch({ type: 'connected', creditBytes: 0 })
    return sink
  }

  /** Says what is missing; nothing else is to be sent on this stream. */
  #resume(filling: FillingCopy, stream: PeerStream<PeerDownFrame>): void {
    const missing = filling.missing()
    for (const bytes of encodeMissingFrames(missing)) stream.sendBytes(bytes)
    this.#grantedBytes = 0
    this.#receivedBytes = 0
    this.#movedAtMs = this.#deps.clock.monotonicMs()
    this.#askedAtMs = Number.NEGATIVE_INFINITY
    void this.dispatch({ type: 'resumed', missingPages: countPages(missing) })
  }

  /** The agent takes no decision any more: what the peer says must not reach it. */
  dropPeer(): void {
    this.#stream?.terminate()
  }

  /** Grants credit as far as this host's network has room. */
  pump(): void {
    if (this.#filling !== null) return this.#pumpFilling(this.#filling)
    if (this.#state.status === 'receiving' && this.#copy !== null) this.#grant(this.#copy)
  }

  #grant(copy: IncomingCopy | FillingCopy): void {
    const { hypervisor } = this.#deps
    // A tenth of a second on the wire: enough that a slow answer does not stop the source.
    const windowBytes = Math.max(4 * 1024 * 1024, hypervisor.host.nicBytesPerSec / 10)
    const bytes = copy.takeCreditBytes(windowBytes - (this.#grantedBytes - this.#receivedBytes))
    if (bytes <= 0) return
    this.#grantedBytes += bytes
    this.#stream?.send({ type: 'credit', bytes })
  }

  #pumpFilling(filling: FillingCopy): void {
    if (this.#state.status !== 'filling' || this.#queue.isBusy) return
    const { clock } = this.#deps
    const nowMs = clock.monotonicMs()
    const progress = filling.progress()
    if (progress === null || progress.missingPages === 0) return this.#finish(progress)
    this.#reportProgress(progress, nowMs)
    const stream = this.#stream
    if (stream === null) return
    this.#grant(filling)
    const wanted = [...filling.takeWanted()]
    if (wanted.length > 0) this.#askedAtMs = nowMs
    else if (progress.waitsFor !== null && nowMs - this.#askedAtMs > askAgainMs) {
      wanted.push(progress.waitsFor)
      this.#askedAtMs = nowMs
    }
    if (wanted.length > 0) stream.send({ type: 'wanted', frames: wanted.slice(0, 4096) })
    if (nowMs - this.#movedAtMs <= stallMs) return
    this.#movedAtMs = nowMs
    stream.terminate()
  }

  #reportProgress(filling: FillingProgress, nowMs: number): void {
    const { onProgress, progressIntervalMs } = this.#deps
    if (!this.#meter.isDue(nowMs, progressIntervalMs())) return
    const { demandedPages, firstMissingPages, missingPages, waitedMs, waitsFor } = filling
    const copied = {
      roundIndex: this.#roundIndex + 1,
      roundSentPages: firstMissingPages - missingPages,
      roundPages: firstMissingPages,
      totalBytes: this.#receivedInAllBytes,
      dirtyPagesPerSec: null,
      throttleRatio: 0,
    }
    const isWaiting = waitsFor !== null
    const isConnected = this.#stream !== null
    onProgress(this.request.migrationId, {
      ...this.#meter.progress(copied, nowMs),
      postCopy: { missingPages, demandedPages, waitedMs, isWaiting, isConnected },
    })
  }

  /** Nothing is missing any more, or nothing of it is needed. */
  #finish(filled: FillingProgress | null): void {
    const state = this.#state
    if (state.status !== 'filling') return
    this.#filled = filled ?? this.#filled
    const { firstMissingPages = 0, demandedPages = 0, waitedMs = 0 } = this.#filled ?? {}
    const durationMs = Math.max(0, this.#deps.clock.now() - state.activatedAt)
    const postCopy = { pages: firstMissingPages, demandedPages, waitedMs, durationMs }
    void this.dispatch({ type: 'all-arrived', digest: '', postCopy })
  }

  /** The pages that are missing are gone with the source. What misses nothing is not lost. */
  lose(why: Refusal): Promise<void> {
    const progress = this.#filling?.progress() ?? null
    if (this.#filling !== null && (progress === null || progress.missingPages === 0))
      this.#finish(progress)
    return this.dispatch({ type: 'lost', refusal: why })
  }

  async #handle(event: DestinationEvent): Promise<void> {
    const { clock, hypervisor, onEnd, onReport, persist } = this.#deps
    const before = this.#state
    let step = stepDestination(before, event, clock.now())
    if (event.type === 'all-arrived' && before.status === 'filling') {
      const finished = await this.#filling?.finish()
      const why = finished?.ok === false ? finished.error : null
      const digest = finished?.ok === true ? finished.value.digest : ''
      const shown: DestinationEvent =
        why === null ? { ...event, digest } : { type: 'lost', refusal: why }
      step = stepDestination(before, shown, clock.now())
    }
    if (step.effects.some(({ kind }) => kind === 'run-guest')) {
      const fault = hypervisor.fault(this.request.domain.name, 'activating')
      const settled = fault?.kind === 'refuse-activation' ? null : await this.#copy?.settle()
      if (settled?.ok !== true) {
        const why =
          settled?.error ??
          refusal(
            'hypervisor-refused',
            `The hypervisor refused to run ${this.request.domain.name}.`,
          )
        step = stepDestination(before, { type: 'refused', refusal: why }, clock.now())
      }
    }
    this.#state = step.state
    const isNewStatus = step.state.status !== before.status
    const isEnded = isDestinationEnded(step.state)
    if (isEnded) this.#expiry?.cancel()
    if (isNewStatus && (isEnded || step.state.status === 'filling')) persist(this)
    for (const effect of step.effects) await this.#perform(effect)
    if (isNewStatus) onReport(this.report())
    if (isNewStatus && isEnded) onEnd(this)
  }

  async #perform(effect: DestinationEffect): Promise<void> {
    switch (effect.kind) {
      case 'send':
        return this.#send(effect.frame)
      case 'run-guest':
        await this.#copy?.run()
        this.#copy = null
        if (this.#state.status !== 'filling') return
        this.#filling = this.#deps.hypervisor.openFilling(this.request.migrationId)
        this.#movedAtMs = this.#deps.clock.monotonicMs()
        return
      case 'lose-guest':
        await this.#filling?.lose()
        this.#filling = null
        return
      case 'discard-copy':
        await this.#copy?.discard()
        this.#copy = null
        return
      case 'close-peer':
        this.#stream?.close(normalClosure, 'The migration has ended.')
        this.#stream = null
        return
      default:
        assertNever(effect)
    }
  }

  #send(frame: PeerDownFrame): void {
    const fault = this.#deps.hypervisor.fault(this.request.domain.name, 'activating')
    if (frame.type === 'activated' && fault?.kind === 'swallow-answer') {
      this.#stream?.terminate()
      return
    }
    this.#stream?.send(frame)
  }

  #receive(stream: PeerStream<PeerDownFrame>, text: string): void {
    if (stream !== this.#stream) return
    const parsed = peerUpFrameSchema.safeParse(parseJson(text))
    if (!parsed.success) return this.#malformed(stream, 'a frame that is not of the protocol')
    stream.heard()
    const frame = parsed.data
    switch (frame.type) {
      case 'heartbeat':
      case 'round-ended':
        return
      case 'image-ended':
        this.#verifying = this.#verify(frame)
        return
      case 'image-split':
        this.#verifying = this.#verifySplit(frame)
        return
      case 'activate':
        if (frame.generation !== this.request.generation)
          return this.#malformed(stream, 'another generation')
        void this.#verifying.then(() => this.dispatch({ type: 'activate-received' }))
        return
      case 'abandon':
        void this.dispatch({ type: 'abandoned', refusal: frame.refusal })
        return
      case 'hello':
        return this.#malformed(stream, 'a second hello')
      default:
        assertNever(frame)
    }
  }

  async #verify(frame: Extract<PeerUpFrame, { type: 'image-ended' }>): Promise<void> {
    const verified = await this.#copy?.verify(frame)
    if (verified === undefined) return
    await this.dispatch(
      verified.ok
        ? { type: 'image-verified', digest: verified.value.digest }
        : { type: 'refused', refusal: verified.error },
    )
  }

  async #verifySplit(frame: Extract<PeerUpFrame, { type: 'image-split' }>): Promise<void> {
    const { type: _, missingPages, ...image } = frame
    const missing = this.#split.take(missingPages)
    if (missing === null) {
      const why = 'The list of pages that follow has not come as it was sent.'
      return this.dispatch({ type: 'refused', refusal: refusal('peer-refused', why) })
    }
    const verified = await this.#copy?.verifySplit({ ...image, missing })
    if (verified === undefined) return
    await this.dispatch(
      verified.ok
        ? { type: 'split-verified', digest: verified.value.digest }
        : { type: 'refused', refusal: verified.error },
    )
  }

  #receiveMissing(stream: PeerStream<PeerDownFrame>, bytes: Uint8Array): void {
    const decoded = decodeMissingFrame(bytes)
    if (!decoded.ok) return this.#malformed(stream, `a bitmap that is ${decoded.error}`)
    stream.heard()
    this.#split.add(decoded.value)
  }

  #receivePages(stream: PeerStream<PeerDownFrame>, bytes: Uint8Array): void {
    const { status } = this.#state
    const into = status === 'filling' ? this.#filling : status === 'receiving' ? this.#copy : null
    if (stream !== this.#stream || into === null) return
    if (status === 'receiving' && isMissingFrame(bytes)) return this.#receiveMissing(stream, bytes)
    const decoded = decodePageFrame(bytes)
    if (!decoded.ok) return this.#malformed(stream, `a page frame that is ${decoded.error}`)
    stream.heard()
    const page = decoded.value
    const pageBytes = page.frames.length * PAGE_BYTES
    this.#receivedBytes += pageBytes
    this.#receivedInAllBytes += pageBytes
    this.#movedAtMs = this.#deps.clock.monotonicMs()
    this.#meter.sent(pageBytes, this.#movedAtMs)
    if (this.#receivedBytes > this.#grantedBytes)
      return this.#malformed(stream, 'more than its credit')
    if (page.payload !== null && !isStamped(page.frames, page.versions, page.payload)) {
      if (status === 'filling') return this.#malformed(stream, 'pages that are not what they say')
      void this.dispatch({ type: 'refused', refusal: refusal('digest-mismatch') })
      return
    }
    const received = into.receive(page)
    if (!received.ok) return this.#malformed(stream, received.error.message)
    if (status === 'receiving') this.#roundIndex = page.roundIndex
    else if (this.#filling?.progress()?.missingPages === 0) this.pump()
  }

  #malformed(stream: PeerStream<PeerDownFrame>, what: string): void {
    const sentence = `The source sent ${what}.`
    this.#deps.log.warn(sentence, { migration: this.request.migrationId })
    stream.close(closeCodes.malformed, sentence)
    if (stream === this.#stream) this.#stream = null
    this.#deps.onActivity()
    void this.dispatch({ type: 'peer-lost', sentence })
  }
}

export type StreamSink = {
  onText(text: string): void
  onBytes(bytes: Uint8Array): void
  onClose(): void
}
