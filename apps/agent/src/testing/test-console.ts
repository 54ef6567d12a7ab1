import type { AddressInfo } from 'node:net'
import {
  type AgentDownFrame,
  type AgentFact,
  type AgentUpFrame,
  agentUpFrameSchema,
  type Command,
  type CommandResult,
  type MigrationReport,
} from '@drover/api-schema/agent-protocol.ts'
import { decodeTelemetryBatch, type TelemetryBatch } from '@drover/api-schema/telemetry-frame.ts'
import { type WebSocket, WebSocketServer } from 'ws'

type Hello = Extract<AgentUpFrame, { type: 'hello' }>

export type Welcome = Partial<Extract<AgentDownFrame, { type: 'welcome' }>>

/** What a test console knows of one host, by the frames alone. */
export type HostView = {
  hello: Hello
  socket: WebSocket
  frames: AgentUpFrame[]
  batches: TelemetryBatch[]
  lastSeq: number
}

/** A console of a hundred lines, by the contract: welcomes, acknowledges, sends commands, remembers what it hears. */
export class TestConsole {
  readonly url: string
  readonly hosts = new Map<string, HostView>()
  /** How often each host has said hello. */
  readonly helloCounts = new Map<string, number>()
  readonly badFrames: string[] = []
  acknowledges = true
  /** Overrides the welcome; null refuses with a close code instead. */
  answerHello: ((hello: Hello) => Welcome | { closeCode: number }) | null = null
  readonly #server: WebSocketServer
  readonly #waiting = new Set<() => void>()
  #commandCount = 0

  private constructor(server: WebSocketServer) {
    this.#server = server
    this.url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}` // listening on TCP
    server.on('connection', (socket) => this.#accept(socket))
  }

  static async start(port = 0): Promise<TestConsole> {
    const server = new WebSocketServer({ host: '127.0.0.1', port })
    await new Promise((resolve) => server.once('listening', resolve))
    return new TestConsole(server)
  }

  async stop(): Promise<void> {
    for (const client of this.#server.clients) client.terminate()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #accept(socket: WebSocket): void {
    let view: HostView | null = null
    socket.on('message', (data, isBinary) => {
      if (isBinary) {
        const decoded = decodeTelemetryBatch(data as Buffer) // one Buffer: binaryType is nodebuffer
        if (decoded.ok) view?.batches.push(decoded.value)
        else this.badFrames.push(decoded.error)
      } else {
        const text = (data as Buffer).toString('utf8')
        const parsed = agentUpFrameSchema.safeParse(JSON.parse(text))
        if (!parsed.success) this.badFrames.push(`${text.slice(0, 200)}: ${parsed.error.message}`)
        else if (parsed.data.type === 'hello') view = this.#greet(socket, parsed.data)
        else if (view !== null) this.#hear(view, parsed.data)
      }
      this.#changed()
    })
    const beat = setInterval(() => view !== null && this.#send(socket, { type: 'heartbeat' }), 400)
    socket.on('close', () => {
      clearInterval(beat)
      this.#changed()
    })
  }

  #greet(socket: WebSocket, hello: Hello): HostView | null {
    this.helloCounts.set(hello.hostId, (this.helloCounts.get(hello.hostId) ?? 0) + 1)
    const answer = this.answerHello?.(hello) ?? {}
    if ('closeCode' in answer) {
      socket.close(answer.closeCode, 'refused by the test')
      return null
    }
    const before = this.hosts.get(hello.hostId)
    const isSameInstance = before?.hello.instanceId === hello.instanceId
    const lastSeq = isSameInstance ? before.lastSeq : 0
    const view: HostView = {
      hello,
      socket,
      lastSeq,
      frames: isSameInstance ? before.frames : [],
      batches: isSameInstance ? before.batches : [],
    }
    this.hosts.set(hello.hostId, view)
    this.#send(socket, {
      type: 'welcome',
      version: 1,
      sessionId: crypto.randomUUID(),
      resumeAfterSeq: isSameInstance ? lastSeq : null,
      settings: { sampleIntervalMs: 100, heartbeatMs: 500, progressIntervalMs: 50 },
      ...answer,
    })
    return view
  }

  #hear(view: HostView, frame: AgentUpFrame): void {
    view.frames.push(frame)
    if (!('seq' in frame)) return
    view.lastSeq = Math.max(view.lastSeq, frame.seq)
    if (this.acknowledges) this.#send(view.socket, { type: 'acknowledged', seq: frame.seq })
  }

  #send(socket: WebSocket, frame: AgentDownFrame): void {
    socket.send(JSON.stringify(frame))
  }

  #changed(): void {
    for (const look of [...this.#waiting]) look()
  }

  /** Resolves with what `look` finds, at once or when a later frame makes it true. */
  until<T>(what: string, look: () => T | null | undefined | false, limitMs = 30_000): Promise<T> {
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => {
        this.#waiting.delete(check)
        reject(new Error(`Never came: ${what}`))
      }, limitMs)
      const check = () => {
        const found = look()
        if (found === null || found === undefined || found === false) return
        clearTimeout(limit)
        this.#waiting.delete(check)
        resolve(found)
      }
      this.#waiting.add(check)
      check()
    })
  }

  host(hostId: string): HostView {
    const view = this.hosts.get(hostId)
    if (view === undefined) throw new Error(`Host ${hostId} has not said hello`)
    return view
  }

  facts(hostId: string): AgentFact[] {
    return this.host(hostId).frames.filter((frame): frame is AgentFact => 'seq' in frame)
  }

  isConnected(hostId: string): boolean {
    const view = this.hosts.get(hostId)
    return view !== undefined && view.socket.readyState === view.socket.OPEN
  }

  connected(hostId: string): Promise<HostView> {
    return this.until(
      `host ${hostId} connects`,
      () => this.isConnected(hostId) && this.hosts.get(hostId),
    )
  }

  sendRaw(hostId: string, text: string): void {
    this.host(hostId).socket.send(text)
  }

  nextCommandId(): string {
    this.#commandCount += 1
    return `command-${this.#commandCount}`
  }

  async command(
    hostId: string,
    command: Command,
    commandId = this.nextCommandId(),
  ): Promise<CommandResult> {
    const before = this.answersTo(hostId, commandId).length
    this.sendRaw(hostId, JSON.stringify({ type: 'command', commandId, command }))
    return this.until(`answer to ${command.kind}`, () => this.answersTo(hostId, commandId)[before])
  }

  answersTo(hostId: string, commandId: string): CommandResult[] {
    return this.facts(hostId).flatMap((fact) =>
      fact.type === 'command-answered' && fact.commandId === commandId ? [fact.result] : [],
    )
  }

  /** Every report of a migration by this host, in order. */
  reports(hostId: string, migrationId: string): MigrationReport[] {
    return this.facts(hostId).flatMap((fact) => {
      if (fact.type === 'migration-reported')
        return fact.report.migrationId === migrationId ? [fact.report] : []
      if (fact.type !== 'inventory-reported') return []
      return fact.migrations.filter((report) => report.migrationId === migrationId)
    })
  }

  reported(hostId: string, migrationId: string, status: string): Promise<MigrationReport> {
    return this.until(
      `${status} reported`,
      () =>
        this.hosts.has(hostId) &&
        this.reports(hostId, migrationId).find(
          (report) => report.role !== 'none' && report.state.status === status,
        ),
    )
  }
}
