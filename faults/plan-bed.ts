import fs from 'node:fs'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { agentSocketPath } from '@drover/api-schema/agent-protocol.ts'
import type { HostId, InstanceId } from '@drover/api-schema/ids.ts'
import { type Fleet, liveSocketPath } from '@drover/api-schema/live-protocol.ts'
import { peerLimits } from '@drover/api-schema/peer-protocol.ts'
import { type WebSocket, WebSocketServer } from 'ws'
import { Agent } from '../apps/agent/src/agent.ts'
import { type HostConfigInput, hostConfigSchema } from '../apps/agent/src/host-config.ts'
import { silentLogger } from '../apps/agent/src/log.ts'
import { openHost, randomId, randomSecret } from '../apps/agent/src/open-host.ts'
import { realClock } from '../apps/agent/src/real-clock.ts'
import type { SimHypervisor } from '../apps/agent/src/sim-hypervisor.ts'
import { MemoryStorage } from '../apps/agent/src/testing/memory-storage.ts'
import { connectWebSocket, wrapAcceptedSocket } from '../apps/agent/src/ws-socket.ts'
import { applyPatch } from '../apps/console/client/apply-change.ts'
import { connectSocket, type SocketClient } from '../apps/console/server/testing/socket-client.ts'
import {
  type Answer,
  startTestConsole,
  type TestConsole,
  testToken,
} from '../apps/console/server/testing/test-console.ts'
import {
  createTestDatabase,
  type TestDatabase,
} from '../apps/console/server/testing/test-database.ts'

/** A host with its real agent in this process, on real sockets and the real clock. */
class BedHost {
  readonly hostId: HostId
  readonly hypervisor: SimHypervisor
  readonly #agent: Agent
  readonly #peers: WebSocketServer
  readonly #sockets = new Set<WebSocket | { terminate(): void }>()
  readonly #storage = new MemoryStorage()

  constructor(config: HostConfigInput, peers: WebSocketServer, consoleUrl: () => string) {
    this.#peers = peers
    const parsed = hostConfigSchema.parse(config)
    const opened = openHost({
      config: parsed,
      storage: this.#storage,
      seed: 7,
      hasRealPages: false,
      trace: null,
      now: realClock.now,
      newId: randomId,
      newKey: randomSecret,
      log: silentLogger,
    })
    if (!opened.ok) throw new Error(opened.error)
    const { port } = peers.address() as AddressInfo // it listens on TCP
    this.hostId = opened.value.recovered.identity.hostId
    this.hypervisor = opened.value.hypervisor
    this.#agent = new Agent({
      ...opened.value,
      clock: realClock,
      log: silentLogger,
      connect: (url, options) => {
        // A console that was started again listens elsewhere.
        const socket = connectWebSocket(url.startsWith(placeholder) ? consoleUrl() : url, options)
        this.#sockets.add(socket)
        return socket
      },
      random: () => 0,
      newTicket: randomSecret,
      instanceId: randomId() as InstanceId, // a UUID is one
      agentVersion: '0.1.0',
      consoleUrl: placeholder,
      token: testToken,
      name: parsed.name,
      pool: parsed.pool,
      labels: parsed.labels,
      peerUrl: () => `ws://127.0.0.1:${port}/peer`,
      onWelcome: () => {},
      onFatal: (cause) => {
        throw cause
      },
    })
    peers.on('connection', (socket, request) => {
      this.#sockets.add(socket)
      this.#agent.acceptPeer(wrapAcceptedSocket(socket, request.socket))
    })
  }

  start(): Promise<void> {
    return this.#agent.start()
  }

  /** Without a goodbye. */
  async stop(): Promise<void> {
    this.#storage.kill()
    this.#agent.halt()
    for (const socket of this.#sockets) socket.terminate()
    await new Promise((resolve) => this.#peers.close(resolve))
  }
}

const placeholder = 'ws://console.of.the.bed'

/** A console on a real PostgreSQL, hosts with real agents, and a browser that follows what is published. */
export class PlanBed {
  readonly #database: TestDatabase
  readonly #dataDir: string
  readonly #hosts: BedHost[] = []
  console: TestConsole
  #cookie = ''
  #browser: SocketClient | null = null
  #fleet: Fleet | null = null

  private constructor(database: TestDatabase, dataDir: string, console: TestConsole) {
    this.#database = database
    this.#dataDir = dataDir
    this.console = console
  }

  static async start(configs: readonly HostConfigInput[]): Promise<PlanBed> {
    const database = await createTestDatabase()
    const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'drover-plans-'))
    const console = await startTestConsole({ databaseUrl: database.url, dataDir })
    const bed = new PlanBed(database, dataDir, console)
    bed.#cookie = (await console.signIn('admin')).cookie
    await bed.#follow()
    for (const config of configs) {
      const peers = new WebSocketServer({
        host: '127.0.0.1',
        port: 0,
        maxPayload: peerLimits.maxFrameBytes,
      })
      await new Promise((resolve) => peers.once('listening', resolve))
      const host = new BedHost(config, peers, () => `${bed.console.wsUrl}${agentSocketPath}`)
      bed.#hosts.push(host)
      await host.start()
    }
    await bed.until('all hosts are there', ({ hosts }) => hosts.length === configs.length)
    return bed
  }

  /** The process ends and another one starts on the same database; agents find it by themselves. */
  async restartConsole(): Promise<void> {
    await this.console.stop()
    this.console = await startTestConsole({
      databaseUrl: this.#database.url,
      dataDir: this.#dataDir,
    })
    await this.#follow()
  }

  async stop(): Promise<void> {
    await this.console.stop()
    for (const host of this.#hosts) await host.stop()
    await this.#database.drop()
    fs.rmSync(this.#dataDir, { recursive: true, force: true })
  }

  async #follow(): Promise<void> {
    const headers = { origin: this.console.url, cookie: this.#cookie }
    this.#browser = await connectSocket(`${this.console.wsUrl}${liveSocketPath}`, headers)
    this.#browser.send({ type: 'hello', versions: [1] })
    const { fleet } = await this.#browser.next<{ type: string; fleet: Fleet }>('snapshot')
    this.#fleet = fleet
  }

  get fleet(): Fleet {
    if (this.#fleet === null) throw new Error('nothing is followed yet')
    return this.#fleet
  }

  /** Reads patches until it is so; the answer is what was looked for. */
  async until<T>(what: string, find: (fleet: Fleet) => T | null | undefined | false): Promise<T> {
    for (;;) {
      const found = find(this.fleet)
      if (found !== null && found !== undefined && found !== false) return found
      const patch = await this.#browser?.next<{ type: string; generation: number; changes: [] }>(
        'patch',
      )
      if (patch === undefined) throw new Error(`waiting for: ${what}`)
      const outcome = applyPatch(this.fleet, patch)
      if (outcome.kind === 'gap') throw new Error('a patch is missing')
      if (outcome.kind === 'applied') this.#fleet = outcome.fleet
    }
  }

  /** As the administrator. */
  call(method: string, target: string, body?: unknown): Promise<Answer> {
    const options = body === undefined ? {} : { body }
    return this.console.call(method, `/api/v1${target}`, { cookie: this.#cookie, ...options })
  }

  hostId(name: string): HostId {
    const host = this.fleet.hosts.find((one) => one.name === name)
    if (host === undefined) throw new Error(`no host ${name}`)
    return host.hostId
  }

  domainId(name: string) {
    const domain = this.fleet.domains.find((one) => one.name === name)
    if (domain === undefined) throw new Error(`no domain ${name}`)
    return domain.domainId
  }

  /** Where each domain runs, said by the hypervisors themselves. */
  places(): Record<string, string> {
    const places = this.#hosts.flatMap((host) => {
      const name = this.fleet.hosts.find(({ hostId }) => hostId === host.hostId)?.name ?? ''
      return host.hypervisor
        .domains()
        .filter(({ domainId }) => host.hypervisor.xen.isExecuting(domainId))
        .map((domain): [string, string] => [domain.name, name])
    })
    if (new Set(places.map(([name]) => name)).size !== places.length) {
      throw new Error(`a domain runs twice: ${JSON.stringify(places)}`)
    }
    return Object.fromEntries(places)
  }

  /** A draft of these moves, by names. */
  async draft(moves: Record<string, string>, name = 'A draft'): Promise<Answer['body']> {
    const body = {
      name,
      moves: Object.entries(moves).map(([domain, host]) => ({
        domainId: this.domainId(domain),
        destinationHostId: this.hostId(host),
      })),
    }
    const made = await this.call('POST', '/drafts', body)
    if (made.status !== 200) throw new Error(JSON.stringify(made.body))
    return made.body
  }

  commit({ draftId, revision }: { draftId: string; revision: number }): Promise<Answer> {
    return this.call('POST', `/drafts/${draftId}/commit`, { revision })
  }

  planState(planId: string, kind: string) {
    return this.until(`the plan is ${kind}`, ({ plans }) =>
      plans.find((plan) => plan.planId === planId && plan.state.kind === kind),
    )
  }

  stepState(planId: string, stepIndex: number, kind: string) {
    return this.until(`step ${stepIndex} is ${kind}`, ({ plans }) => {
      const step = plans.find((plan) => plan.planId === planId)?.steps[stepIndex]
      return step?.state.kind === kind ? step : null
    })
  }
}
