import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type AgentDownFrame,
  type AgentFact,
  type AgentUpFrame,
  agentUpFrameSchema,
  type Command,
  type CommandResult,
} from '@drover/api-schema/agent-protocol.ts'
import type { DomainFacts } from '@drover/api-schema/domain.ts'
import type { HostFacts } from '@drover/api-schema/host.ts'
import type { CommandId } from '@drover/api-schema/ids.ts'
import { type WebSocket, WebSocketServer } from 'ws'

export type ConnectedAgent = {
  readonly host: HostFacts
  readonly domains: Map<string, DomainFacts>
  command(command: Command): Promise<CommandResult>
  /** Hears every numbered fact from now on. */
  onFact: (fact: AgentFact) => void
}

/** The console's side of the agent protocol, as little of it as two agents need to migrate: it moves no pages itself. */
export class StandInConsole {
  readonly #server = createServer()
  readonly #agents = new Map<string, ConnectedAgent>()
  #joined: () => void = () => {}

  async listen(): Promise<string> {
    const sockets = new WebSocketServer({ server: this.#server, perMessageDeflate: false })
    sockets.on('connection', (socket) => this.#accept(socket))
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    const { port } = this.#server.address() as AddressInfo // a TCP server's address
    return `ws://127.0.0.1:${port}`
  }

  async agent(name: string): Promise<ConnectedAgent> {
    for (;;) {
      const found = this.#agents.get(name)
      if (found !== undefined) return found
      await new Promise<void>((resolve) => {
        this.#joined = resolve
      })
    }
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  #accept(socket: WebSocket): void {
    const answers = new Map<string, (result: CommandResult) => void>()
    const send = (frame: AgentDownFrame) => socket.send(JSON.stringify(frame))
    let agent: ConnectedAgent | null = null
    socket.on('message', (data, isBinary) => {
      if (isBinary) return
      const frame = agentUpFrameSchema.parse(JSON.parse(String(data)))
      if (frame.type === 'hello') return send(welcome())
      if (frame.type === 'heartbeat') return send({ type: 'heartbeat' })
      if (!('seq' in frame)) return
      send({ type: 'acknowledged', seq: frame.seq })
      if (frame.type === 'inventory-reported') {
        agent = this.#join(frame, (command) => {
          const commandId = randomUUID() as CommandId & ReturnType<typeof randomUUID> // ids are branded
          send({ type: 'command', commandId, command })
          return new Promise((resolve) => answers.set(commandId, resolve))
        })
        return
      }
      if (frame.type === 'domain-changed') agent?.domains.set(frame.domain.domainId, frame.domain)
      if (frame.type === 'domain-removed') agent?.domains.delete(frame.domainId)
      if (frame.type === 'command-answered') answers.get(frame.commandId)?.(frame.result)
      agent?.onFact(frame)
    })
  }

  #join(
    frame: Extract<AgentUpFrame, { type: 'inventory-reported' }>,
    command: ConnectedAgent['command'],
  ): ConnectedAgent {
    const agent: ConnectedAgent = {
      host: frame.host,
      domains: new Map(frame.domains.map((domain) => [domain.domainId, domain])),
      command,
      onFact: () => {},
    }
    this.#agents.set(frame.host.name, agent)
    this.#joined()
    return agent
  }
}

const welcome = (): AgentDownFrame => ({
  type: 'welcome',
  version: 1,
  sessionId: randomUUID(),
  resumeAfterSeq: null,
  settings: { sampleIntervalMs: 1000, heartbeatMs: 5000, progressIntervalMs: 400 },
})
