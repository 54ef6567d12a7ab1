import type { HostId, InstanceId } from '@drover/api-schema/ids.ts'
import { Agent } from '../../apps/agent/src/agent.ts'
import { type HostConfigInput, hostConfigSchema } from '../../apps/agent/src/host-config.ts'
import { silentLogger } from '../../apps/agent/src/log.ts'
import { openHost } from '../../apps/agent/src/open-host.ts'
import type { SimHypervisor } from '../../apps/agent/src/sim-hypervisor.ts'
import { Disk, KilledWriting, type WriteFault } from './disk.ts'
import type { LinkName, Listener, Network } from './network.ts'
import { agentSocket } from './sockets.ts'
import { newProcess, type Process, type VirtualTime } from './virtual-time.ts'

export type HostPorts = {
  readonly time: VirtualTime
  readonly network: Network
  readonly link: LinkName
  readonly newId: () => string
  readonly disturbWrite: (index: number) => WriteFault
  readonly console: () => Listener | null | 'refused'
  /** The host behind a peer address. */
  readonly peer: (url: string) => Host
  /** The agent has given up although nobody has killed it. */
  readonly onFatal: (host: Host, cause: unknown) => void
}

/**
 * A host with the real agent on it. The machine and its disk outlive the agent's process; the simulated hypervisor stands
 * still while no agent runs, so what it said when the agent died is what the machine does.
 */
export class Host {
  readonly name: string
  readonly peerUrl: string
  readonly disk: Disk
  readonly #config: HostConfigInput
  readonly #ports: HostPorts
  process: Process
  hypervisor: SimHypervisor
  hostId: HostId
  #agent: Agent
  /** The machine has no power: nothing executes on it. */
  isDark = false
  /** A sentence when the agent refuses to start on what its disk holds. */
  refusedToStart: string | null = null

  constructor(config: HostConfigInput, ports: HostPorts) {
    this.name = config.name
    this.peerUrl = `ws://${config.name}/peer`
    this.#config = config
    this.#ports = ports
    this.disk = new Disk(ports.disturbWrite)
    const opened = this.#open(false)
    if (opened === null) throw new Error(`${this.name}: ${this.refusedToStart}`)
    this.process = opened.process
    this.hypervisor = opened.hypervisor
    this.hostId = opened.hostId
    this.#agent = opened.agent
  }

  #open(hasRebooted: boolean) {
    const { network, newId, time } = this.#ports
    const process = newProcess(this.name)
    const clock = time.clockOf(process)
    const config = hostConfigSchema.parse(this.#config)
    const opened = openHost({
      config,
      storage: this.disk.openFor(process, () => this.#die('killed')),
      seed: 7,
      hasRealPages: false,
      trace: null,
      hasRebooted,
      now: clock.now,
      newId,
      newKey: () => `key-of-${this.name}-that-nobody-else-has-${this.name}`,
      log: silentLogger,
    })
    if (!opened.ok) {
      this.refusedToStart = opened.error
      return null
    }
    const agent = new Agent({
      ...opened.value,
      clock,
      log: silentLogger,
      connect: (url) => {
        const isPeer = url.endsWith('/peer')
        const listener = isPeer
          ? () => this.#ports.peer(url).listener()
          : () => this.#ports.console()
        return agentSocket(network.connect(process, isPeer ? 'peer' : this.#ports.link, listener))
      },
      random: () => 0.5,
      newTicket: newId,
      // A UUID is one.
      instanceId: newId() as InstanceId,
      agentVersion: '0.1.0',
      consoleUrl: 'ws://console',
      token: 'token',
      name: config.name,
      pool: config.pool,
      labels: config.labels,
      peerUrl: () => this.peerUrl,
      onWelcome: () => {},
      onFatal: (cause) => {
        if (!(cause instanceof KilledWriting) && process.isAlive) this.#ports.onFatal(this, cause)
      },
    })
    const { hypervisor, recovered } = opened.value
    return { process, hypervisor, hostId: recovered.identity.hostId, agent }
  }

  async start(): Promise<void> {
    try {
      await this.#agent.start()
    } catch (cause) {
      // Killed while it recovered: whoever did it starts it again.
      if (!(cause instanceof KilledWriting)) this.#ports.onFatal(this, cause)
    }
  }

  listener(): Listener | null | 'refused' {
    if (this.isDark) return null
    if (!this.process.isAlive) return 'refused'
    const agent = this.#agent
    return { process: this.process, accept: (end) => agent.acceptPeer(agentSocket(end)) }
  }

  kill(): void {
    this.#die('killed')
  }

  losePower(): void {
    this.#die('lost-power')
    this.isDark = true
    this.disk.loseUnsynced()
  }

  #die(how: 'killed' | 'lost-power'): void {
    if (!this.process.isAlive) return
    this.process.isAlive = false
    this.#agent.halt()
    this.#ports.network.processDied(this.process, how)
  }

  /** The next run of the agent on the same disk. */
  async restart(): Promise<void> {
    if (this.process.isAlive) return
    const opened = this.#open(this.isDark)
    if (opened === null) return
    this.isDark = false
    this.process = opened.process
    this.hypervisor = opened.hypervisor
    this.#agent = opened.agent
    await this.start()
  }

  isExecuting(domainId: string): boolean {
    return !this.isDark && this.hypervisor.xen.isExecuting(domainId)
  }
}
