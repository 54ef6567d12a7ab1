import { closeCodes, newestCommonVersion } from '@drover/api-schema/agent-protocol.ts'
import { refusal } from '@drover/api-schema/errors.ts'
import type { MigrationId } from '@drover/api-schema/ids.ts'
import {
  type PeerUpFrame,
  peerLimits,
  peerProtocolVersions,
  peerUpFrameSchema,
} from '@drover/api-schema/peer-protocol.ts'
import type { Clock } from './clock.ts'
import type { Logger } from './log.ts'
import type { IncomingMigration, StreamSink } from './peer-destination.ts'
import { parseJson, type Socket } from './socket.ts'
import { hashTicket } from './ticket.ts'

export type PeerDoorDeps = {
  readonly clock: Clock
  readonly log: Logger
  readonly find: (migrationId: MigrationId) => IncomingMigration | null
}

type Hello = Extract<PeerUpFrame, { type: 'hello' }>

const refusalLogMs = 60_000

/**
 * Where other agents knock: nothing passes before a hello with the ticket of a reservation that waits for one. Whoever
 * has none is told why, closed, and disturbs nothing: what strangers may hold open, send and write into the log is bounded.
 */
export class PeerDoor {
  readonly #deps: PeerDoorDeps
  readonly #ungreeted = new Set<Socket>()
  /** When each sentence was logged last, and how often it was not since; the sentences are those of this file. */
  readonly #refusals = new Map<string, { loggedMs: number; unlogged: number }>()

  constructor(deps: PeerDoorDeps) {
    this.#deps = deps
  }

  accept(socket: Socket): void {
    if (this.#ungreeted.size >= peerLimits.maxUngreeted) {
      this.#logRefusal(closeCodes['slow-consumer'], 'Too many have come and not said hello.')
      return socket.terminate()
    }
    this.#ungreeted.add(socket)
    receive(socket, {
      ...this.#deps,
      onRefused: (code, sentence) => this.#logRefusal(code, sentence),
      onPassed: () => this.#ungreeted.delete(socket),
      onClosed: () => this.#ungreeted.delete(socket),
    })
  }

  /** Drops everybody who has not passed. */
  close(): void {
    for (const socket of [...this.#ungreeted]) socket.terminate()
  }

  #logRefusal(code: number, sentence: string): void {
    const nowMs = this.#deps.clock.monotonicMs()
    const before = this.#refusals.get(sentence)
    if (before !== undefined && nowMs - before.loggedMs < refusalLogMs) {
      before.unlogged += 1
      return
    }
    const alike = before?.unlogged ?? 0
    this.#refusals.set(sentence, { loggedMs: nowMs, unlogged: 0 })
    this.#deps.log.warn('Refused a migration stream.', { code, reason: sentence, alike })
  }
}

type Reception = PeerDoorDeps & {
  readonly onRefused: (code: number, sentence: string) => void
  readonly onPassed: () => void
  readonly onClosed: () => void
}

function receive(socket: Socket, deps: Reception): void {
  let sink: StreamSink | null = null
  let isClosed = false
  let isGreeted = false
  /** What arrives between the admission and the hypervisor's answer to it. */
  const early: (() => void)[] = []
  const liftLimit = socket.limitReceived?.(peerLimits.maxHelloBytes)
  const timeout = deps.clock.after(peerLimits.helloTimeoutMs, () =>
    refuse(closeCodes['silent-too-long'], 'No hello in time.'),
  )
  function refuse(code: number, sentence: string): void {
    if (isClosed) return
    isClosed = true
    timeout.cancel()
    deps.onRefused(code, sentence)
    socket.close(code, sentence)
  }
  function pass(deliver: (to: StreamSink) => void): void {
    if (isClosed) return
    if (sink !== null) deliver(sink)
    else early.push(() => sink !== null && deliver(sink))
  }
  function greet(text: string): void {
    if (Buffer.byteLength(text) > peerLimits.maxHelloBytes)
      return refuse(closeCodes.malformed, 'The hello is too large.')
    const parsed = peerUpFrameSchema.safeParse(parseJson(text))
    if (!parsed.success || parsed.data.type !== 'hello')
      return refuse(closeCodes.malformed, 'Say hello first.')
    const hello = parsed.data
    if (newestCommonVersion(peerProtocolVersions, hello.versions) === null) {
      return refuse(closeCodes['no-common-version'], 'No common version of the migration protocol.')
    }
    const migration = deps.find(hello.migrationId)
    if (migration === null || !migration.admits(hello, hashTicket(hello.ticket))) {
      socket.sendText(JSON.stringify({ type: 'refused', refusal: refusal('ticket-invalid') }))
      return refuse(closeCodes['not-authenticated'], 'The ticket is not valid.')
    }
    isGreeted = true
    timeout.cancel()
    liftLimit?.()
    deps.onPassed()
    void admit(migration, hello)
  }
  async function admit(migration: IncomingMigration, hello: Hello): Promise<void> {
    sink = await migration.open(socket, hello)
    for (const deliver of early) deliver()
  }
  socket.listen({
    onOpen: () => {},
    onText: (text) =>
      isGreeted ? pass((to) => to.onText(text)) : isClosed ? undefined : greet(text),
    onBytes: (bytes) =>
      isGreeted
        ? pass((to) => to.onBytes(bytes))
        : refuse(closeCodes.malformed, 'Say hello first.'),
    onClose: () => {
      timeout.cancel()
      deps.onClosed()
      if (isGreeted) pass((to) => to.onClose())
      isClosed = true
    },
  })
}
