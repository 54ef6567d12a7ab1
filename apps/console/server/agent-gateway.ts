/**
 * The agents' socket: handshake, identity, numbered facts, heartbeats, commands, telemetry. It knows no services; what it
 * learns goes to the callbacks of `AgentGatewayPorts`, in the order it came.
 *
 *     upgrade ──token?──► greeting ──hello──► live (facts, batches, answers) ──silent or closed──► stale ──60 s──► lost
 *        └ 4401            └ 4400 4403 4406 4423  └ 4400 4401 4403 4408 4409 4429
 *
 * A frame above the size limit, broken framing and invalid UTF-8 are closed by the WebSocket layer below with the standard
 * codes 1009, 1002 and 1007. A clock more than five minutes off is noted once a session and its samples are stamped with
 * their time of arrival. It is one thing, the driver of a session's life.
 */
import { createHash, randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import {
  type AgentDownFrame,
  type AgentFact,
  type AgentUpFrame,
  agentLimits,
  agentProtocolVersions,
  agentUpFrameSchema,
  type Command,
  type CommandResult,
  closeCodes,
  type HelloFrame,
  newestCommonVersion,
  type RosterFrame,
} from '@drover/api-schema/agent-protocol.ts'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { HostConnection } from '@drover/api-schema/host.ts'
import type {
  CommandId,
  EnrolmentTokenId,
  HostId,
  InstanceId,
  MigrationId,
} from '@drover/api-schema/ids.ts'
import type { MigrationProgress } from '@drover/api-schema/migration.ts'
import { assertNever, err, type Result } from '@drover/api-schema/result.ts'
import { decodeTelemetryBatch } from '@drover/api-schema/telemetry-frame.ts'
import { type RawData, WebSocketServer } from 'ws'
import { createPendingCommands } from './agent-gateway/commands.ts'
import { createIdentities, type Identity } from './agent-gateway/identities.ts'
import { createRefusalLog } from './agent-gateway/refusal-log.ts'
import {
  type AgentSession,
  type AgentSocket,
  keepRoster,
  mismatch,
  type TakeBatch,
} from './agent-gateway/session.ts'
import { type Clock, every } from './clock.ts'
import type { Log } from './log.ts'

export type ReportedFact = Exclude<AgentFact, { type: 'command-answered' }>
export type Agent = {
  readonly hostId: HostId
  readonly name: string
  readonly agentVersion: string
  readonly keyHash: string
}

export type AgentGatewayPorts = {
  readonly clock: Clock
  readonly log: Log
  readonly settings: {
    readonly sampleIntervalMs: number
    readonly heartbeatMs: number
    readonly progressIntervalMs: number
  }
  /** The token's id when the secret is good and not revoked. */
  readonly verifyToken: (secret: string) => EnrolmentTokenId | null
  readonly factReported: (agent: Agent, fact: ReportedFact) => void
  /** `online` comes once the host's picture is whole: after its first inventory, or at once when it resumes. */
  readonly presenceChanged: (hostId: HostId, connection: HostConnection) => void
  readonly openRoster: (hostId: HostId, roster: RosterFrame) => TakeBatch
  readonly progressed: (
    hostId: HostId,
    migrationId: MigrationId,
    progress: MigrationProgress,
  ) => void
}

export type AgentGateway = {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** A socket that is open and whose token was good: what `upgrade` does after its checks. */
  accept(socket: AgentSocket, address: string, tokenId: EnrolmentTokenId): void
  sendCommand(
    hostId: HostId,
    commandId: CommandId,
    command: Command,
    timeoutMs: number,
  ): Promise<Result<CommandResult, Refusal>>
  /** Before the first agent connects: hosts the store remembers. */
  remember(identity: Identity): void
  /** The host may enrol anew, with any key. */
  forgetHost(hostId: HostId): void
  isConnected(hostId: HostId): boolean
  closeSessionsOf(tokenId: EnrolmentTokenId): void
  stop(): void
}

/** A host that has been away this long counts as lost. */
const lostAfterMs = 60_000
const largestSkewMs = 5 * 60_000
/** What an agent may leave unread before it is cut off. */
const maxUnsentBytes = 8 * 1024 * 1024
/** How long a peer may take to answer our close. */
const closePatienceMs = 2_000
/** Control frames have at most this many bytes; whoever is turned away has nothing else to say. */
const largestCloseFrame = 125
/** How many may be told at the same time why they are turned away. */
const maxTurnedAway = 200
const heartbeat = JSON.stringify({ type: 'heartbeat' } satisfies AgentDownFrame)

type Resume = { readonly instanceId: InstanceId; seq: number }
type Malformed = { readonly malformed: string }

export function createAgentGateway(ports: AgentGatewayPorts): AgentGateway {
  const { clock, log, settings } = ports
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: agentLimits.maxFrameBytes,
    perMessageDeflate: false,
    clientTracking: false,
  })
  const doorstep = new WebSocketServer({
    noServer: true,
    maxPayload: largestCloseFrame,
    perMessageDeflate: false,
    clientTracking: false,
  })
  let turnedAway = 0
  const silentMs = agentLimits.missedHeartbeats * settings.heartbeatMs
  const identities = createIdentities()
  const commands = createPendingCommands(clock)
  const logRefusal = createRefusalLog(clock, log)
  const sessions = new Set<AgentSession>()
  const live = new Map<HostId, AgentSession>()
  const away = new Map<HostId, { readonly lastSeenAt: number; readonly heardAtMs: number }>()
  const resumes = new Map<HostId, Resume>()
  let unacknowledged = new Set<AgentSession>()

  // ── Sending ──────────────────────────────────────────────────────────────────────────────────────────────────────

  const send = (session: AgentSession, text: string): void => {
    if (session.isClosed) return
    if (session.socket.bufferedAmount > maxUnsentBytes) {
      close(session, closeCodes['slow-consumer'], 'The agent does not read what it is sent.')
      return
    }
    session.socket.send(text)
  }
  const sendFrame = (session: AgentSession, frame: AgentDownFrame) =>
    send(session, JSON.stringify(frame))

  /** One acknowledgement for all the facts of a turn of the event loop. */
  const acknowledgeLater = (session: AgentSession): void => {
    if (unacknowledged.size === 0) setImmediate(acknowledgeAll)
    unacknowledged.add(session)
  }
  const acknowledgeAll = (): void => {
    const due = unacknowledged
    unacknowledged = new Set()
    for (const session of due) {
      if (session.isClosed || session.lastSeq === null) continue
      sendFrame(session, { type: 'acknowledged', seq: session.lastSeq })
    }
  }

  // ── Ending ───────────────────────────────────────────────────────────────────────────────────────────────────────

  const close = (session: AgentSession, code: number, sentence: string): void => {
    if (session.isClosed) return
    logRefusal(session.peer, code, sentence)
    ended(session)
    closeSocket(session.socket, code, sentence)
  }
  const closeSocket = (socket: AgentSocket, code: number, sentence: string): void => {
    socket.close(code, shorten(sentence))
    const cancel = clock.setTimer(closePatienceMs, () => socket.terminate())
    socket.once('close', cancel)
  }
  const ended = (session: AgentSession): void => {
    if (session.isClosed) return
    session.isClosed = true
    session.cancelHelloTimer()
    sessions.delete(session)
    const { hello, sessionId } = session
    if (hello === null || live.get(hello.hostId) !== session) return
    const { hostId, name } = hello
    log.info('An agent is gone.', { host: name, sessionId })
    live.delete(hostId)
    away.set(hostId, { lastSeenAt: session.lastSeenAt, heardAtMs: session.heardAtMs })
    ports.presenceChanged(hostId, { status: 'stale', lastSeenAt: session.lastSeenAt })
  }

  // ── Hello ────────────────────────────────────────────────────────────────────────────────────────────────────────

  const greet = (session: AgentSession, hello: HelloFrame): void => {
    session.peer = hello.name
    const version = newestCommonVersion(agentProtocolVersions, hello.versions)
    if (version === null)
      return close(session, closeCodes['no-common-version'], versionSentence(hello.versions))
    const keyHash = createHash('sha256').update(hello.hostKey).digest('hex')
    const refused = identities.claim(hello, keyHash) ?? makeRoom(hello)
    if (refused !== null)
      return close(session, closeCodeOf(refused), `${refused.code}: ${refused.message}`)
    session.hello = hello
    session.cancelHelloTimer()
    live.set(hello.hostId, session)
    away.delete(hello.hostId)
    const resume = resumes.get(hello.hostId)
    const resumesAt = resume?.instanceId === hello.instanceId ? resume.seq : null
    if (resumesAt === null) resumes.delete(hello.hostId)
    session.lastSeq = resumesAt
    sendFrame(session, {
      type: 'welcome',
      version,
      sessionId: session.sessionId,
      resumeAfterSeq: resumesAt,
      settings: { ...settings },
    })
    log.info('An agent connected.', {
      host: hello.name,
      agentVersion: hello.agentVersion,
      sessionId: session.sessionId,
    })
    if (resumesAt !== null) becameCurrent(session, hello.hostId)
    for (const frame of commands.framesFor(hello.hostId)) send(session, frame)
  }

  /** One session a host: the same agent replaces itself, another one has to wait until the first is gone. */
  const makeRoom = (hello: HelloFrame): Refusal | null => {
    const other = live.get(hello.hostId)
    if (other === undefined) return null
    if (other.hello?.instanceId === hello.instanceId) {
      // It is not live any more when it ends, so nobody is told of an absence that is none.
      live.delete(hello.hostId)
      close(other, closeCodes['replaced-by-newer-session'], 'The agent connected again.')
      return null
    }
    if (clock.monotonicMs() - other.heardAtMs > silentMs) {
      close(
        other,
        closeCodes['silent-too-long'],
        'The agent was silent and another one took its place.',
      )
      return null
    }
    return refusal(
      'host-already-connected',
      `Another agent is connected as ${hello.name}. Stop one of the two.`,
    )
  }

  const becameCurrent = (session: AgentSession, hostId: HostId): void => {
    if (session.isCurrent) return
    session.isCurrent = true
    ports.presenceChanged(hostId, { status: 'online', sinceAt: clock.now() })
  }

  // ── Frames ───────────────────────────────────────────────────────────────────────────────────────────────────────

  const receiveText = (session: AgentSession, data: Buffer): void => {
    if (session.hello === null && data.byteLength > agentLimits.maxHelloBytes) {
      return malformed(
        session,
        `a first frame of ${data.byteLength} bytes; hello has at most ${agentLimits.maxHelloBytes}`,
      )
    }
    const frame = parseAgentFrame(data)
    if ('malformed' in frame) return malformed(session, frame.malformed)
    if (session.hello === null) {
      if (frame.type === 'hello') return greet(session, frame)
      return malformed(session, `${frame.type} before hello`)
    }
    takeFrame(session, session.hello, frame)
  }

  const takeFrame = (session: AgentSession, hello: HelloFrame, frame: AgentUpFrame): void => {
    switch (frame.type) {
      case 'hello':
        return malformed(session, 'a second hello')
      case 'heartbeat':
        return
      case 'roster':
        return keepRoster(session, { frame, take: ports.openRoster(hello.hostId, frame) })
      case 'migration-progressed':
        return ports.progressed(hello.hostId, frame.migrationId, frame.progress)
      case 'inventory-reported':
      case 'host-changed':
      case 'domain-changed':
      case 'domain-removed':
      case 'migration-reported':
      case 'command-answered':
        return takeFact(session, hello, frame)
      default:
        return assertNever(frame)
    }
  }

  const takeFact = (session: AgentSession, hello: HelloFrame, fact: AgentFact): void => {
    if (session.lastSeq !== null && fact.seq <= session.lastSeq) return acknowledgeLater(session)
    // A whole inventory may start a new count: it makes everything before it superfluous.
    const isNext =
      session.lastSeq === null ||
      fact.seq === session.lastSeq + 1 ||
      fact.type === 'inventory-reported'
    if (!isNext) return malformed(session, `fact ${fact.seq} after ${session.lastSeq}`)
    if (!applyFact(session, hello, fact)) return
    session.lastSeq = fact.seq
    resumes.set(hello.hostId, { instanceId: hello.instanceId, seq: fact.seq })
    acknowledgeLater(session)
    if (fact.type === 'inventory-reported') becameCurrent(session, hello.hostId)
  }

  /** False when the fact closed the session. */
  const applyFact = (session: AgentSession, hello: HelloFrame, fact: AgentFact): boolean => {
    if (fact.type === 'command-answered') {
      if (!commands.answered(hello.hostId, fact.commandId, fact.result)) {
        log.debug('An answer nobody waits for.', { host: hello.name, commandId: fact.commandId })
      }
      return true
    }
    // Before its inventory, what a host says has nothing to be about; the inventory that follows contains it.
    if (
      !session.isCurrent &&
      fact.type !== 'inventory-reported' &&
      fact.type !== 'migration-reported'
    )
      return true
    if (fact.type === 'inventory-reported' || fact.type === 'host-changed') {
      if (fact.host.hostId !== hello.hostId) {
        malformed(session, 'facts about another host')
        return false
      }
      const refused = identities.rename(hello.hostId, fact.host.name)
      if (refused !== null) {
        close(session, closeCodes.forbidden, `${refused.code}: ${refused.message}`)
        return false
      }
    }
    const keyHash = identities.keyHashOf(hello.hostId) ?? ''
    ports.factReported(
      { hostId: hello.hostId, name: hello.name, agentVersion: hello.agentVersion, keyHash },
      fact,
    )
    return true
  }

  /** The hot path: thousands of frames a second. It makes no object per domain. */
  const receiveBatch = (session: AgentSession, data: Buffer): void => {
    if (session.hello === null) return malformed(session, 'a binary frame before hello')
    const decoded = decodeTelemetryBatch(data)
    if (!decoded.ok) return malformed(session, `a telemetry batch that is ${decoded.error}`)
    const batch = decoded.value
    const roster = session.rosters.get(batch.rosterId)
    if (roster === undefined)
      return malformed(session, `a batch of the unknown roster ${batch.rosterId}`)
    const wrong = mismatch(batch, roster.frame)
    if (wrong !== null) return malformed(session, wrong)
    const skewMs = batch.sampledAt - session.lastSeenAt
    if (skewMs <= largestSkewMs && skewMs >= -largestSkewMs)
      return roster.take(batch, data, batch.sampledAt)
    if (!session.hasNotedSkew) {
      session.hasNotedSkew = true
      log.warn('The clock of a host is off; its samples are stamped on arrival.', {
        host: session.hello.name,
        skewMs,
      })
    }
    roster.take(batch, data, session.lastSeenAt)
  }

  const malformed = (session: AgentSession, what: string) =>
    close(session, closeCodes.malformed, `The agent sent ${what}.`)

  const receive = (session: AgentSession, data: RawData, isBinary: boolean): void => {
    if (session.isClosed || !(data instanceof Buffer)) return
    session.lastSeenAt = clock.now()
    session.heardAtMs = clock.monotonicMs()
    try {
      if (isBinary) receiveBatch(session, data)
      else receiveText(session, data)
    } catch (error) {
      // A bug of ours: the agent starts over with a whole inventory.
      log.error('A frame of an agent broke the console.', { sessionId: session.sessionId, error })
      if (session.hello !== null) resumes.delete(session.hello.hostId)
      close(
        session,
        1011,
        `The console failed; it has been logged for session ${session.sessionId}.`,
      )
    }
  }

  // ── Time ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  const stopSweep = every(clock, Math.max(100, settings.heartbeatMs / 5), (isLate) => {
    const now = clock.monotonicMs()
    for (const session of sessions) {
      if (session.hello === null) continue
      const unheardMs = Math.round(now - session.heardAtMs)
      if (unheardMs > silentMs && !isLate) {
        close(session, closeCodes['silent-too-long'], `Nothing was heard for ${unheardMs} ms.`)
      } else if (now >= session.heartbeatDueAtMs) {
        session.heartbeatDueAtMs = now + settings.heartbeatMs
        send(session, heartbeat)
      }
    }
    for (const [hostId, { lastSeenAt, heardAtMs }] of away) {
      if (isLate || now - heardAtMs < lostAfterMs) continue
      away.delete(hostId)
      ports.presenceChanged(hostId, { status: 'lost', lastSeenAt })
    }
  })

  const accept = (socket: AgentSocket, address: string, tokenId: EnrolmentTokenId): void => {
    hearErrors(socket, address)
    const session = newSession({ socket, address, tokenId, clock })
    session.heartbeatDueAtMs += settings.heartbeatMs
    session.cancelHelloTimer = clock.setTimer(agentLimits.helloTimeoutMs, () =>
      // One turn later: after a standstill the hello may be there, unread.
      setImmediate(() => {
        if (session.hello === null)
          close(session, closeCodes['silent-too-long'], 'No hello came in time.')
      }),
    )
    sessions.add(session)
    socket.on('message', (data, isBinary) => receive(session, data, isBinary))
    socket.on('close', () => ended(session))
  }

  /**
   * The token is looked at before anything is accepted. The agent is told why with a close code and a sentence, so the
   * upgrade is completed, on a server that takes no frame larger than a close frame and for two seconds at most;
   * while many are being told already, the answer is HTTP 401, which agents take for the same.
   */
  const turnAway = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const address = addressOf(request)
    const { code, message } = refusal('token-invalid')
    logRefusal(address, closeCodes['not-authenticated'], message)
    if (turnedAway >= maxTurnedAway) {
      socket.on('error', () => socket.destroy())
      socket.end(
        'HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
        () => socket.destroy(),
      )
      return
    }
    doorstep.handleUpgrade(request, socket, head, (ws) => {
      turnedAway += 1
      ws.once('close', () => {
        turnedAway -= 1
      })
      hearErrors(ws, address)
      closeSocket(ws, closeCodes['not-authenticated'], `${code}: ${message}`)
    })
  }

  const hearErrors = (socket: AgentSocket, address: string) =>
    socket.on('error', (error) =>
      log.debug('A socket of an agent failed.', { address, error: error.message }),
    )

  return {
    upgrade(request, socket, head) {
      const tokenId = ports.verifyToken(bearerOf(request))
      if (tokenId === null) return turnAway(request, socket, head)
      server.handleUpgrade(request, socket, head, (ws) => accept(ws, addressOf(request), tokenId))
    },

    accept,

    async sendCommand(hostId, commandId, command, timeoutMs) {
      const session = live.get(hostId)
      const hostName = session?.hello?.name
      if (session === undefined || hostName === undefined) {
        return err(
          refusal(
            'host-not-online',
            'The agent of the host is not connected; wait until it is back.',
          ),
        )
      }
      const { frame, answer } = commands.add({ hostId, hostName, commandId, command, timeoutMs })
      send(session, frame)
      return answer
    },

    remember: identities.put,

    forgetHost(hostId) {
      identities.forget(hostId)
      resumes.delete(hostId)
      away.delete(hostId)
    },

    isConnected: (hostId) => live.has(hostId),

    closeSessionsOf(tokenId) {
      for (const session of [...sessions]) {
        if (session.tokenId !== tokenId) continue
        close(
          session,
          closeCodes['not-authenticated'],
          'token-invalid: The enrolment token was revoked.',
        )
      }
    },

    stop() {
      stopSweep()
      commands.abandonAll()
      for (const session of [...sessions]) {
        ended(session)
        closeSocket(session.socket, closeCodes['going-away'], 'The console is stopping.')
      }
    },
  }
}

function newSession(input: {
  socket: AgentSocket
  address: string
  tokenId: EnrolmentTokenId
  clock: Clock
}): AgentSession {
  const { socket, address, tokenId, clock } = input
  return {
    sessionId: randomUUID(),
    socket,
    peer: address,
    tokenId,
    hello: null,
    isClosed: false,
    isCurrent: false,
    lastSeenAt: clock.now(),
    heardAtMs: clock.monotonicMs(),
    heartbeatDueAtMs: clock.monotonicMs(),
    lastSeq: null,
    rosters: new Map(),
    hasNotedSkew: false,
    cancelHelloTimer: () => {},
  }
}

export function parseAgentFrame(data: Buffer): AgentUpFrame | Malformed {
  let json: unknown
  try {
    json = JSON.parse(data.toString('utf8'))
  } catch {
    return { malformed: 'text that is not JSON' }
  }
  const parsed = agentUpFrameSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  return {
    malformed: `a frame that is not of the protocol: ${issue?.path.join('.')} ${issue?.message}`,
  }
}

function addressOf(request: IncomingMessage): string {
  return request.socket.remoteAddress ?? 'unknown'
}

function bearerOf(request: IncomingMessage): string {
  return /^Bearer ([\x21-\x7e]{1,300})$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
}

/** The host is another's, for good; or it is this agent's and only busy. */
function closeCodeOf({ code }: Refusal): number {
  return closeCodes[code === 'host-already-connected' ? code : 'forbidden']
}

function versionSentence(theirs: readonly number[]): string {
  const ours = Math.max(...agentProtocolVersions)
  const older = Math.max(...theirs) < ours ? 'agent' : 'console'
  return `The ${older} is too old: it speaks version ${older === 'agent' ? Math.max(...theirs) : ours} at most. Update the ${older}.`
}

/** A close reason has at most 123 bytes. */
function shorten(sentence: string): string {
  const bytes = Buffer.from(sentence, 'utf8')
  if (bytes.byteLength <= 123) return sentence
  return `${bytes
    .subarray(0, 119)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')}…`
}
