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

/**
 * Where other agents knock: nothing passes before a hello with the ticket of a reservation that waits for one. Whoever
 * has none is told why, closed, and disturbs nothing.
 */
export function acceptPeer(socket: Socket, deps: PeerDoorDeps): void {
  let sink: StreamSink | null = null
  let isClosed = false
  let isGreeted = false
  /** What arrives between the admission and the hypervisor's answer to it. */
  const early: (() => void)[] = []
  const timeout = deps.clock.after(peerLimits.helloTimeoutMs, () =>
    refuse(closeCodes['silent-too-long'], 'No hello in time.'),
  )
  function refuse(code: number, sentence: string): void {
    if (isClosed) return
    isClosed = true
    timeout.cancel()
    deps.log.warn('Refused a migration stream.', { code, reason: sentence })
    socket.close(code, sentence)
  }
  function pass(deliver: (to: StreamSink) => void): void {
    if (isClosed) return
    if (sink !== null) deliver(sink)
    else early.push(() => sink !== null && deliver(sink))
  }
  function greet(text: string): void {
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
      if (isGreeted) pass((to) => to.onClose())
      isClosed = true
    },
  })
}
