import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import type { CommandResult } from '@drover/api-schema/agent-protocol.ts'
import type { DomainFacts } from '@drover/api-schema/domain.ts'
import type { HostId, InstanceId, MigrationId } from '@drover/api-schema/ids.ts'
import { defaultMigrationProfile, type MigrationProfile } from '@drover/api-schema/migration.ts'
import { peerLimits } from '@drover/api-schema/peer-protocol.ts'
import { type WebSocket, WebSocketServer } from 'ws'
import { Agent } from '../agent.ts'
import { type HostConfigInput, hostConfigSchema } from '../host-config.ts'
import { silentLogger } from '../log.ts'
import { openHost, randomId, randomSecret } from '../open-host.ts'
import { realClock } from '../real-clock.ts'
import type { SimHypervisor } from '../sim-hypervisor.ts'
import { connectWebSocket, wrapAcceptedSocket } from '../ws-socket.ts'
import { Crash, MemoryStorage } from './memory-storage.ts'
import type { TestConsole } from './test-console.ts'

type DomainInput = NonNullable<HostConfigInput['domains']>[number]

/** A host whose network is so fast that a small guest migrates in a fraction of a second. */
export function fastHost(
  name: string,
  domains: DomainInput[] = [],
  overrides: Partial<HostConfigInput> = {},
): HostConfigInput {
  return {
    name,
    xenVersion: '4.17.2',
    cpu: {
      model: 'Test CPU',
      mhz: 2600,
      pcpuCount: 32,
      virtualisation: 'vt-x',
      features: ['sse2'],
    },
    memMib: 8192,
    nicMbit: 20_000,
    diskMibPerSec: 1000,
    dom0: { memMib: 512, vcpuCount: 16 },
    domains,
    ...overrides,
  }
}

/** A guest that writes memory while it is copied. */
export function busyGuest(name: string, memMib = 256): DomainInput {
  return {
    name,
    memMib,
    os: { family: 'linux', name: 'Debian 12' },
    workload: { cpu: 0.5, hotMib: 4, hotMibPerSec: 20, coldMib: 32, coldMibPerSec: 8 },
  }
}

/** An agent in this process, on real sockets and the real clock, with a journal that can be killed and reopened. */
export class TestHost {
  readonly config: HostConfigInput
  readonly console: TestConsole
  readonly #server: WebSocketServer
  readonly #sockets = new Set<WebSocket>()
  agent: Agent
  hypervisor: SimHypervisor
  storage: MemoryStorage
  hostId: HostId
  fatal: unknown = null

  private constructor(config: HostConfigInput, console: TestConsole, server: WebSocketServer) {
    this.config = config
    this.console = console
    this.#server = server
    const made = this.#make(new MemoryStorage())
    this.agent = made.agent
    this.hypervisor = made.hypervisor
    this.storage = made.storage
    this.hostId = made.hostId
    server.on('connection', (socket, request) => {
      this.#sockets.add(socket)
      this.agent.acceptPeer(wrapAcceptedSocket(socket, request.socket))
    })
  }

  static async start(config: HostConfigInput, console: TestConsole): Promise<TestHost> {
    const server = new WebSocketServer({
      host: '127.0.0.1',
      port: 0,
      maxPayload: peerLimits.maxFrameBytes,
    })
    await new Promise((resolve) => server.once('listening', resolve))
    const host = new TestHost(config, console, server)
    await host.agent.start()
    await console.connected(host.hostId)
    return host
  }

  #make(storage: MemoryStorage) {
    const config = hostConfigSchema.parse(this.config)
    const opened = openHost({
      config,
      storage,
      seed: 7,
      hasRealPages: false,
      trace: null,
      now: realClock.now,
      newId: randomId,
      newKey: randomSecret,
      log: silentLogger,
    })
    if (!opened.ok) throw new Error(opened.error)
    const { port } = this.#server.address() as AddressInfo // listening on TCP
    const agent = new Agent({
      ...opened.value,
      clock: realClock,
      log: silentLogger,
      connect: (url, options) => {
        const socket = connectWebSocket(url, options)
        this.#ownSockets.add(socket)
        // A process that was killed reaches nobody any more, whatever its timers do.
        if (storage.isDead) socket.terminate()
        return socket
      },
      random: () => 0,
      newTicket: randomSecret,
      instanceId: randomId() as InstanceId, // a UUID is one
      agentVersion: '0.1.0',
      consoleUrl: this.console.url,
      token: 'test-token-of-the-console',
      name: config.name,
      pool: config.pool,
      labels: config.labels,
      peerUrl: () => `ws://127.0.0.1:${port}/peer`,
      onWelcome: () => {},
      onFatal: (cause) => {
        this.fatal = cause
        if (cause instanceof Crash) this.kill()
        this.#onFatal()
      },
    })
    return {
      agent,
      hypervisor: opened.value.hypervisor,
      storage,
      hostId: opened.value.recovered.identity.hostId,
    }
  }
  readonly #ownSockets = new Set<{ terminate(): void }>()
  #onFatal: () => void = () => {}

  /** Resolves when the storage's crash point was hit; the host is dead then. */
  crashed(): Promise<void> {
    return new Promise((resolve) => {
      this.#onFatal = resolve
      if (this.fatal instanceof Crash) resolve()
    })
  }

  /** Resolves when the agent has given up for any reason. */
  failed(): Promise<void> {
    return new Promise((resolve) => {
      this.#onFatal = resolve
      if (this.fatal !== null) resolve()
    })
  }

  /** kill -9: no goodbye, nothing more is written, every socket drops. */
  kill(): void {
    this.storage.kill()
    this.agent.halt()
    for (const socket of [...this.#sockets, ...this.#ownSockets]) socket.terminate()
    this.#sockets.clear()
    this.#ownSockets.clear()
  }

  /** The next run of the agent on the same data. */
  async restart(): Promise<void> {
    this.fatal = null
    const made = this.#make(this.storage.reopen())
    this.agent = made.agent
    this.hypervisor = made.hypervisor
    this.storage = made.storage
    const hellos = this.console.helloCounts.get(this.hostId) ?? 0
    await this.agent.start()
    await this.console.until(
      'the restarted agent says hello',
      () => (this.console.helloCounts.get(this.hostId) ?? 0) > hellos,
    )
    await this.console.connected(this.hostId)
  }

  async stop(): Promise<void> {
    this.kill()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** Cuts every migration stream of this host. */
  dropPeers(): void {
    for (const socket of this.#sockets) socket.terminate()
  }

  get peerUrl(): string {
    const { port } = this.#server.address() as AddressInfo // listening on TCP
    return `ws://127.0.0.1:${port}/peer`
  }

  domain(name: string) {
    return this.hypervisor.domains().find((domain) => domain.name === name) ?? null
  }

  facts(name: string): DomainFacts {
    const facts = this.console.facts(this.hostId)
    const found = facts.reduce<DomainFacts | null>((newest, fact) => {
      if (fact.type === 'domain-changed' && fact.domain.name === name) return fact.domain
      if (fact.type !== 'inventory-reported') return newest
      return fact.domains.find((domain) => domain.name === name) ?? newest
    }, null)
    if (found === null) throw new Error(`${name} was never reported`)
    return found
  }

  isExecuting(domainId: string): boolean {
    return this.hypervisor.xen.isExecuting(domainId)
  }
}

export type Move = {
  readonly migrationId: MigrationId
  readonly domain: DomainFacts
  readonly generation: number
}

let generation = 1

/** Prepares on the destination and starts on the source, as the console's orchestrator does. */
export async function startMove(
  source: TestHost,
  destination: TestHost,
  name: string,
  profile: MigrationProfile = defaultMigrationProfile,
): Promise<Move> {
  const move = newMove(source, name)
  const ticket = await prepare(source, destination, move)
  const started = await start(source, destination, { move, ticket, profile })
  if (started.kind !== 'done') throw new Error(`Not started: ${JSON.stringify(started)}`)
  return move
}

export function newMove(source: TestHost, name: string): Move {
  generation += 1
  // a UUID is a migration id
  return { migrationId: randomUUID() as MigrationId, domain: source.facts(name), generation }
}

export type Prepared = Extract<CommandResult, { kind: 'prepared' }>

export async function prepare(
  source: TestHost,
  destination: TestHost,
  move: Move,
): Promise<Prepared> {
  const { migrationId, domain, generation } = move
  const prepared = await source.console.command(destination.hostId, {
    kind: 'prepare-incoming',
    migrationId,
    generation,
    sourceHostId: source.hostId,
    domain,
  })
  if (prepared.kind !== 'prepared') throw new Error(`Not prepared: ${JSON.stringify(prepared)}`)
  return prepared
}

export function start(
  source: TestHost,
  destination: TestHost,
  how: { move: Move; ticket: Prepared; profile?: MigrationProfile },
): Promise<CommandResult> {
  const { migrationId, domain, generation } = how.move
  return source.console.command(source.hostId, {
    kind: 'start-outgoing',
    migrationId,
    generation,
    domainId: domain.domainId,
    destinationHostId: destination.hostId,
    peerUrl: how.ticket.peerUrl,
    ticket: how.ticket.ticket,
    profile: how.profile ?? defaultMigrationProfile,
  })
}

/**
 * What the console's orchestrator does with an open end: asks both sides and finishes or undoes. Resolves when the domain
 * is on exactly one host; the name of that host is the answer.
 */
export async function settleMove(
  source: TestHost,
  destination: TestHost,
  move: Move,
): Promise<'source' | 'destination'> {
  const { migrationId, domain, generation } = move
  const about = { migrationId, domainId: domain.domainId, generation }
  const answer = await source.console.command(destination.hostId, {
    kind: 'abort-incoming',
    ...about,
  })
  if (answer.kind !== 'report' || answer.report.role !== 'destination') {
    throw new Error(`No report: ${JSON.stringify(answer)}`)
  }
  const isActivated = answer.report.state.status === 'activated'
  await source.console.until('the source knows its end or its doubt', () => {
    const last = source.console.reports(source.hostId, migrationId).at(-1)
    return (
      last?.role === 'source' && ['committed', 'completed', 'failed'].includes(last.state.status)
    )
  })
  const asked = await source.console.command(source.hostId, { kind: 'report-migration', ...about })
  if (
    asked.kind === 'report' &&
    asked.report.role === 'source' &&
    asked.report.state.status === 'committed'
  ) {
    const resolution = isActivated ? 'release' : 'resume'
    const resolved = await source.console.command(source.hostId, {
      kind: 'resolve-outgoing',
      migrationId,
      resolution,
    })
    if (resolved.kind !== 'done') throw new Error(`Not resolved: ${JSON.stringify(resolved)}`)
  }
  return isActivated ? 'destination' : 'source'
}
