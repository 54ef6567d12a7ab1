import {
  type AgentDownFrame,
  type AgentUpFrame,
  agentDownFrameSchema,
  agentLimits,
  agentProtocolVersions,
  closeCodes,
  type HelloFrame,
} from '@drover/api-schema/agent-protocol.ts'
import { backoffMs, lostBackoff, refusedBackoff } from './backoff.ts'
import { type Clock, every, type Timer } from './clock.ts'
import type { Logger } from './log.ts'
import type { Outbox } from './outbox.ts'
import { type Connect, parseJson, type Socket } from './socket.ts'

export type WelcomeSettings = Extract<AgentDownFrame, { type: 'welcome' }>['settings']
type CommandFrame = Extract<AgentDownFrame, { type: 'command' }>
/** Unnumbered: they may be lost and are never queued. */
export type LossyFrame = Extract<AgentUpFrame, { type: 'roster' | 'migration-progressed' }>

export type UplinkOptions = {
  readonly url: string
  readonly token: string
  readonly hello: Omit<HelloFrame, 'type' | 'versions' | 'acknowledgedSeq'>
  readonly connect: Connect
  readonly clock: Clock
  readonly random: () => number
  readonly log: Logger
  readonly outbox: Outbox
  readonly onWelcome: (settings: WelcomeSettings) => void
  readonly onCommand: (frame: CommandFrame) => void
}

/** Over this much unsent, telemetry is dropped: the newest reading is worth more than all of the late ones. */
const telemetryBoundBytes = 256 * 1024

/** A session that lasted this long was a good one: the next wait begins small again. */
const steadyMs = 10_000

const refusedSentence: Partial<Record<number, string>> = {
  [closeCodes['not-authenticated']]:
    'The console does not accept the enrolment token. Make a new one in the console and restart the agent with it.',
  [closeCodes.forbidden]:
    'The console refuses this host: its name is taken or it was enrolled with another key. Choose another --name or remove the old host in the console.',
  [closeCodes['no-common-version']]:
    'The console speaks no protocol version this agent knows. Update the older of the two.',
  [closeCodes['replaced-by-newer-session']]:
    'Another agent has connected as this host. Stop one of the two.',
}

type Session = {
  readonly socket: Socket
  isLive: boolean
  liveSinceMs: number
  heardAtMs: number
  /** When an acknowledgement came, or nothing was waiting for one. */
  acknowledgedAtMs: number
}

/**
 * The socket to the console: connects, says hello, resumes the outbox, keeps the heartbeat, and comes back for ever.
 *
 *     waiting ──► connecting ──open──► greeting ──welcome──► live ──closed, silent──► waiting …
 */
export class Uplink {
  readonly #options: UplinkOptions
  #session: Session | null = null
  #timers: Timer[] = []
  #retry: Timer | null = null
  #attempt = 0
  #refusals = 0
  #lastLogged = ''
  #isStopped = false

  constructor(options: UplinkOptions) {
    this.#options = options
  }

  start(): void {
    this.#connect()
  }

  /** Says goodbye and does not come back. */
  stop(): void {
    this.#isStopped = true
    this.#retry?.cancel()
    this.#clearTimers()
    const session = this.#session
    // From here on nobody listens: a command that is still on the way must not reach an agent that has stopped.
    this.#session = null
    session?.socket.close(closeCodes['going-away'], 'The agent is stopping.')
  }

  get isLive(): boolean {
    return this.#session?.isLive ?? false
  }

  /** Sends what the outbox has; call it after every `put`. */
  flush(): void {
    const session = this.#session
    if (session === null || !session.isLive) return
    this.#options.outbox.flush((fact) => session.socket.sendText(JSON.stringify(fact)))
  }

  /** True when it went out; false when there is no session or the socket is behind. */
  sendTelemetry(bytes: Uint8Array): boolean {
    const session = this.#session
    if (session === null || !session.isLive) return false
    if (session.socket.bufferedBytes() > telemetryBoundBytes) return false
    session.socket.sendBytes(bytes)
    return true
  }

  /** The same rule for unnumbered frames. */
  sendLossy(frame: LossyFrame): boolean {
    const session = this.#session
    if (session === null || !session.isLive) return false
    if (session.socket.bufferedBytes() > telemetryBoundBytes) return false
    session.socket.sendText(JSON.stringify(frame))
    return true
  }

  #connect(): void {
    if (this.#isStopped) return
    const { clock, connect, token, url } = this.#options
    const socket = connect(url, { bearerToken: token, maxFrameBytes: agentLimits.maxFrameBytes })
    const session: Session = {
      socket,
      isLive: false,
      liveSinceMs: 0,
      heardAtMs: clock.monotonicMs(),
      acknowledgedAtMs: clock.monotonicMs(),
    }
    this.#session = session
    this.#timers.push(
      clock.after(2 * agentLimits.helloTimeoutMs, () => {
        if (!session.isLive) socket.terminate()
      }),
    )
    socket.listen({
      onOpen: () => this.#sayHello(session),
      onText: (text) => this.#receive(session, text),
      onBytes: () => this.#refuse(session, 'The console sent a binary frame.'),
      onClose: (code, reason) => this.#closed(session, code, reason),
    })
  }

  #sayHello(session: Session): void {
    const frame: HelloFrame = {
      type: 'hello',
      versions: [...agentProtocolVersions],
      ...this.#options.hello,
      acknowledgedSeq: this.#options.outbox.acknowledgedSeq,
    }
    session.socket.sendText(JSON.stringify(frame))
  }

  #receive(session: Session, text: string): void {
    if (session !== this.#session) return
    const parsed = agentDownFrameSchema.safeParse(parseJson(text))
    if (!parsed.success)
      return this.#refuse(session, 'The console sent a frame that is not of the protocol.')
    session.heardAtMs = this.#options.clock.monotonicMs()
    const frame = parsed.data
    if (frame.type === 'welcome') return this.#welcome(session, frame)
    if (!session.isLive)
      return this.#refuse(session, `The console sent ${frame.type} before welcome.`)
    switch (frame.type) {
      case 'acknowledged':
        this.#options.outbox.acknowledge(frame.seq)
        session.acknowledgedAtMs = session.heardAtMs
        return this.flush()
      case 'heartbeat':
        return
      case 'command':
        return this.#options.onCommand(frame)
    }
  }

  #welcome(session: Session, frame: Extract<AgentDownFrame, { type: 'welcome' }>): void {
    if (session.isLive) return this.#refuse(session, 'The console sent a second welcome.')
    const { clock, log, outbox } = this.#options
    session.isLive = true
    session.liveSinceMs = clock.monotonicMs()
    session.acknowledgedAtMs = session.liveSinceMs
    this.#refusals = 0
    this.#clearTimers()
    log.info('Connected to the console.', { session: frame.sessionId })
    this.#lastLogged = ''
    const { heartbeatMs } = frame.settings
    this.#timers.push(every(clock, heartbeatMs, () => this.#beat(session, heartbeatMs)))
    outbox.resume(frame.resumeAfterSeq)
    this.#options.onWelcome(frame.settings)
    this.flush()
  }

  #beat(session: Session, heartbeatMs: number): void {
    const { clock, outbox } = this.#options
    const nowMs = clock.monotonicMs()
    const patienceMs = agentLimits.missedHeartbeats * heartbeatMs
    if (nowMs - session.heardAtMs > patienceMs) {
      this.#logOnce('The console has been silent for too long; connecting again.')
      return session.socket.terminate()
    }
    if (outbox.unacknowledged === 0) session.acknowledgedAtMs = nowMs
    else if (nowMs - session.acknowledgedAtMs > patienceMs) {
      // A fact was lost on a connection that lives. A new session sends it again.
      this.#logOnce('The console acknowledges nothing; connecting again.')
      return session.socket.terminate()
    }
    session.socket.sendText(JSON.stringify({ type: 'heartbeat' } satisfies AgentUpFrame))
  }

  #refuse(session: Session, sentence: string): void {
    this.#logOnce(sentence)
    session.socket.close(closeCodes.malformed, sentence)
  }

  #closed(session: Session, code: number, reason: string): void {
    if (session !== this.#session) return
    this.#session = null
    this.#clearTimers()
    if (this.#isStopped) return
    const { clock, log, random } = this.#options
    // An earlier session that the console still believes in is gone in seconds: that is no refusal of this host.
    // Consoles before the code of its own said it in the reason of another.
    const isTakenForNow =
      code === closeCodes['host-already-connected'] || reason.startsWith('host-already-connected')
    const refused = isTakenForNow ? undefined : refusedSentence[code]
    const lived = session.isLive ? clock.monotonicMs() - session.liveSinceMs : 0
    if (lived > steadyMs) this.#attempt = 0
    const waitMs =
      refused === undefined
        ? backoffMs(lostBackoff, this.#attempt, random())
        : backoffMs(refusedBackoff, this.#refusals, random())
    if (refused === undefined) this.#attempt += 1
    else this.#refusals += 1
    const sentence = refused ?? 'No connection to the console; trying again.'
    const key = `${code} ${sentence}`
    if (key !== this.#lastLogged) {
      this.#lastLogged = key
      log[refused === undefined ? 'warn' : 'error'](sentence, {
        code,
        reason: reason.slice(0, 300),
        waitMs: Math.round(waitMs),
      })
    }
    this.#retry = clock.after(waitMs, () => this.#connect())
  }

  #logOnce(sentence: string): void {
    if (this.#lastLogged === sentence) return
    this.#lastLogged = sentence
    this.#options.log.warn(sentence)
  }

  #clearTimers(): void {
    for (const timer of this.#timers) timer.cancel()
    this.#timers = []
  }
}
