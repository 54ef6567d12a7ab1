import { closeCodes, type MigrationReport } from '@drover/api-schema/agent-protocol.ts'
import type { DomainFacts } from '@drover/api-schema/domain.ts'
import { refusal } from '@drover/api-schema/errors.ts'
import type { HostId, MigrationId } from '@drover/api-schema/ids.ts'
import {
  decodePageFrame,
  type PeerDownFrame,
  type PeerUpFrame,
  peerUpFrameSchema,
} from '@drover/api-schema/peer-protocol.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { PAGE_BYTES } from '@drover/api-schema/units.ts'
import type { Clock, Timer } from './clock.ts'
import {
  type DestinationEffect,
  type DestinationEvent,
  type DestinationState,
  isDestinationEnded,
  stepDestination,
} from './destination-machine.ts'
import { EventQueue } from './event-queue.ts'
import type { Hypervisor, IncomingCopy } from './hypervisor.ts'
import type { Logger } from './log.ts'
import { normalClosure, openPeerStream, type PeerStream } from './peer-stream.ts'
import { isStamped } from './real-pages.ts'
import { parseJson, type Socket } from './socket.ts'
import { isSameHash } from './ticket.ts'

/** A ticket nobody has used by then is worth nothing any more, and the reservation is given back. */
const ticketLifeMs = 60_000

export type DestinationRequest = {
  readonly migrationId: MigrationId
  readonly generation: number
  readonly sourceHostId: HostId
  readonly domain: DomainFacts
}

export type DestinationDeps = {
  readonly clock: Clock
  readonly log: Logger
  readonly hypervisor: Hypervisor
  /** On disk when it returns. */
  readonly persist: (migration: IncomingMigration) => void
  readonly onReport: (report: MigrationReport) => void
  readonly onEnd: (migration: IncomingMigration) => void
  readonly onFatal: (cause: unknown) => void
}

type Hello = Extract<PeerUpFrame, { type: 'hello' }>

/** Drives one incoming migration: one queue, `destination-machine.ts` decides, this makes durable, acts and reports. */
export class IncomingMigration {
  readonly request: DestinationRequest
  readonly #deps: DestinationDeps
  readonly #queue: EventQueue<DestinationEvent>
  readonly #ticketHash: string
  #state: DestinationState = { status: 'reserved' }
  #copy: IncomingCopy | null
  #stream: PeerStream<PeerDownFrame> | null = null
  #expiry: Timer | null
  #isTicketUsed = false
  #grantedBytes = 0
  #receivedBytes = 0
  #verifying: Promise<void> = Promise.resolve()

  constructor(
    deps: DestinationDeps,
    request: DestinationRequest,
    how: { copy: IncomingCopy; ticketHash: string },
  ) {
    this.#deps = deps
    this.request = request
    this.#copy = how.copy
    this.#ticketHash = how.ticketHash
    this.#queue = new EventQueue((event) => this.#handle(event), deps.onFatal)
    this.#expiry = deps.clock.after(
      ticketLifeMs,
      () => void this.dispatch({ type: 'ticket-expired' }),
    )
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

  /** True when this hello may open the stream: right ticket, first use, same attempt. */
  admits(hello: Hello, ticketHash: string): boolean {
    return (
      this.#state.status === 'reserved' &&
      !this.#isTicketUsed &&
      isSameHash(ticketHash, this.#ticketHash) &&
      hello.domainId === this.request.domain.domainId &&
      hello.generation === this.request.generation
    )
  }

  /** Takes over a socket whose hello was admitted; the caller passes what arrives on. */
  async open(socket: Socket, hello: Hello): Promise<StreamSink> {
    const { clock } = this.#deps
    this.#isTicketUsed = true
    this.#expiry?.cancel()
    const stream = openPeerStream<PeerDownFrame>({
      socket,
      clock,
      onLost: (sentence) => void this.dispatch({ type: 'peer-lost', sentence }),
    })
    this.#stream = stream
    const described = await this.#copy?.describe(hello.description ?? '')
    if (described?.ok === false) void this.dispatch({ type: 'refused', refusal: described.error })
    else void this.dispatch({ type: 'connected', creditBytes: 0 })
    return {
      onText: (text) => this.#receive(stream, text),
      onBytes: (bytes) => this.#receivePages(stream, bytes),
      onClose: () => stream.ended(),
    }
  }

  /** The agent takes no decision any more: what the peer says must not reach it. */
  dropPeer(): void {
    this.#stream?.terminate()
  }

  /** Grants credit as far as this host's network has room. */
  pump(): void {
    if (this.#state.status !== 'receiving' || this.#copy === null) return
    const { hypervisor } = this.#deps
    // A tenth of a second on the wire: enough that a slow answer does not stop the source.
    const windowBytes = Math.max(4 * 1024 * 1024, hypervisor.host.nicBytesPerSec / 10)
    const bytes = this.#copy.takeCreditBytes(
      windowBytes - (this.#grantedBytes - this.#receivedBytes),
    )
    if (bytes <= 0) return
    this.#grantedBytes += bytes
    this.#stream?.send({ type: 'credit', bytes })
  }

  async #handle(event: DestinationEvent): Promise<void> {
    const { clock, hypervisor, onEnd, onReport, persist } = this.#deps
    const before = this.#state
    let step = stepDestination(before, event, clock.now())
    if (step.state.status === 'activated' && before.status !== 'activated') {
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
    if (isNewStatus && isEnded) {
      this.#expiry?.cancel()
      persist(this)
    }
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
        return
      case 'discard-copy':
        await this.#copy?.discard()
        this.#copy = null
        return
      case 'close-peer':
        this.#stream?.close(normalClosure, 'The migration has ended.')
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

  #receivePages(stream: PeerStream<PeerDownFrame>, bytes: Uint8Array): void {
    if (this.#state.status !== 'receiving' || this.#copy === null) return
    const decoded = decodePageFrame(bytes)
    if (!decoded.ok) return this.#malformed(stream, `a page frame that is ${decoded.error}`)
    stream.heard()
    const page = decoded.value
    this.#receivedBytes += page.frames.length * PAGE_BYTES
    if (this.#receivedBytes > this.#grantedBytes)
      return this.#malformed(stream, 'more than its credit')
    if (page.payload !== null && !isStamped(page.frames, page.versions, page.payload)) {
      void this.dispatch({ type: 'refused', refusal: refusal('digest-mismatch') })
      return
    }
    const received = this.#copy.receive(page)
    if (!received.ok) return this.#malformed(stream, received.error.message)
  }

  #malformed(stream: PeerStream<PeerDownFrame>, what: string): void {
    const sentence = `The source sent ${what}.`
    this.#deps.log.warn(sentence, { migration: this.request.migrationId })
    stream.close(closeCodes.malformed, sentence)
    void this.dispatch({ type: 'peer-lost', sentence })
  }
}

export type StreamSink = {
  onText(text: string): void
  onBytes(bytes: Uint8Array): void
  onClose(): void
}
