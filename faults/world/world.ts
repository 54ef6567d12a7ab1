import type { DomainId, MigrationId, UserId } from '@drover/api-schema/ids.ts'
import type { Fault, GuestAction, HostRole, ProcessRole, Terms, TimedFault } from '../schedule.ts'
import { Console } from './console.ts'
import { Database } from './database.ts'
import { type Course, hostConfig, hostNames, profileOf, roles } from './fleet.ts'
import { Host } from './host.ts'
import { type FrameAddress, Network, type Treatment } from './network.ts'
import { type Process, settled, VirtualTime } from './virtual-time.ts'

type WorldOptions = {
  /** On the source; the first is the one that is watched. */
  readonly domainCount?: number
  readonly course?: Course
  readonly terms?: Terms
}

/**
 * Everything a schedule needs: three hosts with their agents, a console, its database, and the network between them. One
 * thing, hence one file: whatever a fault does to one of them, it does through what this holds of the others.
 */
export class World {
  readonly time = new VirtualTime()
  readonly network: Network
  readonly database: Database
  readonly console: Console
  readonly hosts: Record<HostRole | 'other', Host>
  readonly domainId: DomainId
  /** What the console has accepted. */
  readonly accepted: MigrationId[] = []
  /** What happened that no promise covers: an agent that gave up by itself. */
  readonly breakdowns: string[] = []
  readonly fired = new Set<Fault>()
  /** The guest or an administrator has ended or paused it: then it need not run at the end. */
  guestWas: GuestAction | null = null
  /** A host lost its power with the domain on it, or with what was kept of its memory until it was all elsewhere. */
  mayBeLost = false
  lastDisturbanceMs = 0
  readonly #faults: readonly Fault[]
  readonly #course: Course
  readonly #steps: Record<ProcessRole, number> = { source: 0, destination: 0, console: 0 }
  /** Counted before the request: positions of faults count from there. */
  #base: {
    frames: Map<string, number>
    writes: Record<HostRole, number>
    operations: number
  } | null = null
  #ids = 0

  readonly #terms: Terms | null

  constructor(
    faults: readonly Fault[],
    { course = 'pre-copy', domainCount = 1, terms }: WorldOptions = {},
  ) {
    this.#faults = faults
    this.#course = course
    this.#terms = terms ?? null
    this.network = new Network(this.time, (address) => this.#treat(address))
    this.database = new Database(
      this.time,
      (index) => {
        const fault = this.#find(
          'kill-saving',
          ({ operation }) => operation === index - (this.#base?.operations ?? Number.NaN),
        )
        if (fault === null) return 'none'
        this.#later(fault.downMs, () => this.#startConsole())
        return fault.how
      },
      () => this.console.kill(),
    )
    this.console = new Console(this.time, this.network, () => this.database)
    this.hosts = {
      source: this.#newHost('source', domainCount),
      destination: this.#newHost('destination', 0),
      other: this.#newHost('other', 0),
    }
    const [domain] = this.hosts.source.hypervisor.domains()
    if (domain === undefined) throw new Error('The source has no domain.')
    this.domainId = domain.domainId as DomainId // the ids of this world are UUIDs
  }

  #newHost(role: HostRole | 'other', domainCount: number): Host {
    const config = hostConfig(hostNames[role], { course: this.#course, domainCount })
    return new Host(config, {
      time: this.time,
      network: this.network,
      link: `${role}-console`,
      newId: () => this.#newId(),
      disturbWrite: (index) => {
        if (role === 'other') return 'none'
        const at = index - (this.#base?.writes[role] ?? Number.NaN)
        const fault = this.#find('kill-writing', ({ host, write }) => host === role && write === at)
        if (fault === null) return 'none'
        this.#later(fault.downMs, () => this.hosts[role].restart())
        return fault.how
      },
      console: () => this.console.listener(),
      peer: (url) => {
        const found = Object.values(this.hosts).find((host) => host.peerUrl === url)
        if (found === undefined) throw new Error(`There is no host at ${url}.`)
        return found
      },
      onFatal: (host, cause) =>
        this.breakdowns.push(
          `The agent of ${host.name} gave up: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`,
        ),
    })
  }

  #newId(): string {
    this.#ids += 1
    return `00000000-0000-4000-8000-${String(this.#ids).padStart(12, '0')}`
  }

  /** Brings everything up; resolves when all hosts are online. */
  async boot(): Promise<void> {
    void this.console.start()
    for (const host of Object.values(this.hosts)) void host.start()
    while (!this.isWhole()) await this.#stepUnobserved()
    // What it has learnt is in the database: a console that is killed knows its hosts again.
    const { time } = this
    for (const until = time.nowMs + 2_000; time.nowMs < until; ) await this.#stepUnobserved()
  }

  async #stepUnobserved(): Promise<void> {
    if (this.time.step() === null && this.time.elapsedMs > 0)
      throw new Error('The world stands still.')
    await settled()
  }

  /** Every process runs and the console knows every host as online. */
  isWhole(): boolean {
    const { core, process } = this.console
    if (core === null || !process.isAlive) return false
    return Object.values(this.hosts).every(
      (host) =>
        host.process.isAlive && core.inventory.host(host.hostId)?.connection.status === 'online',
    )
  }

  /** From here on positions of faults count. */
  begin(): void {
    const frames = new Map<string, number>()
    for (const link of ['source-console', 'destination-console', 'peer'] as const) {
      for (const direction of ['up', 'down'] as const)
        frames.set(`${link} ${direction}`, this.network.countOf(link, direction))
    }
    const { source, destination } = this.hosts
    this.#base = {
      frames,
      writes: { source: source.disk.writes, destination: destination.disk.writes },
      operations: this.database.operations,
    }
    for (const fault of this.#faults) {
      if ('atMs' in fault) this.#at(fault.atMs, () => this.#happen(fault))
    }
    this.lastDisturbanceMs = this.time.nowMs
    void this.request('destination')
  }

  async request(to: 'destination' | 'other'): Promise<void> {
    const { core, process } = this.console
    if (core === null || !process.isAlive) return
    const outcomes = await core.orchestrator.request({
      moves: [{ domainId: this.domainId, destinationHostId: this.hosts[to].hostId }],
      profile: profileOf[this.#course],
      ...this.#termsTo(to),
      requestedBy: { userId: 'user-1' as UserId, name: 'Ada' }, // an id is any text
    })
    // An answer that died with the console was not given: nobody has been promised anything.
    if (!process.isAlive) return
    for (const one of outcomes)
      if (one.outcome === 'accepted') this.accepted.push(one.migration.migrationId)
  }

  #termsTo(to: 'destination' | 'other'): Partial<Terms> {
    if (this.#terms === null) return {}
    const { priority, retry } = this.#terms
    return { retry, priority: to === 'other' && priority === 'low' ? 'high' : priority }
  }

  /** The next thing that happens anywhere; null when nothing will. */
  async step(): Promise<void> {
    this.#disturbSteps()
    const done = this.time.step()
    if (done === null) throw new Error('The world stands still.')
    const role = this.#roleOf(done.owner)
    if (role !== null) this.#steps[role] += 1
    await settled()
  }

  stepsOf(role: ProcessRole): number {
    return this.#steps[role]
  }

  countsSinceBegin() {
    const base = this.#base
    if (base === null) throw new Error('It has not begun.')
    const { source, destination } = this.hosts
    return {
      frames: [...base.frames].map(([key, before]) => {
        // Made of a link and a direction above.
        const [link, direction] = key.split(' ') as ['peer', 'up']
        return { link, direction, count: this.network.countOf(link, direction) - before }
      }),
      writes: {
        source: source.disk.writes - base.writes.source,
        destination: destination.disk.writes - base.writes.destination,
      },
      operations: this.database.operations - base.operations,
    }
  }

  #roleOf(process: Process | null): ProcessRole | null {
    if (process === null) return null
    if (process === this.console.process) return 'console'
    return roles.find((role) => this.hosts[role].process === process) ?? null
  }

  // ── Faults ──

  #treat({ link, direction, index }: FrameAddress): Treatment {
    const base = this.#base?.frames.get(`${link} ${direction}`)
    if (base === undefined) return { kind: 'deliver' }
    const fault = this.#find(
      'frame',
      (one) => one.link === link && one.direction === direction && one.index === index - base,
    )
    return fault?.treatment ?? { kind: 'deliver' }
  }

  #find<Kind extends Fault['kind']>(
    kind: Kind,
    matches: (fault: Extract<Fault, { kind: Kind }>) => boolean,
  ): Extract<Fault, { kind: Kind }> | null {
    for (const fault of this.#faults) {
      if (fault.kind !== kind || this.fired.has(fault)) continue
      // Its kind is the one asked for.
      const found = fault as Extract<Fault, { kind: Kind }>
      if (!matches(found)) continue
      this.#fire(fault)
      return found
    }
    return null
  }

  #fire(fault: Fault): void {
    this.fired.add(fault)
    this.lastDisturbanceMs = this.time.nowMs
  }

  #disturbSteps(): void {
    if (this.#base === null) return
    for (const fault of this.#faults) {
      if (this.fired.has(fault)) continue
      if (fault.kind === 'kill' && this.#steps[fault.process] >= fault.step) {
        this.#fire(fault)
        this.#kill(fault.process, fault.downMs)
      }
      if (fault.kind === 'stop' && this.#steps[fault.process] >= fault.step) {
        this.#fire(fault)
        this.#processOf(fault.process).stoppedUntilMs = this.time.nowMs + fault.ms
        this.#later(fault.ms, () => {})
      }
      if (fault.kind === 'power-cut' && this.#steps[fault.host] >= fault.step) {
        this.#fire(fault)
        const host = this.hosts[fault.host]
        this.mayBeLost ||= host.hypervisor.findDomain(this.domainId) !== null
        host.losePower()
        this.#later(fault.downMs, () => host.restart())
      }
    }
  }

  #kill(role: ProcessRole, downMs: number): void {
    if (role === 'console') {
      this.console.kill()
      this.#later(downMs, () => this.#startConsole())
      return
    }
    const host = this.hosts[role]
    host.kill()
    this.#later(downMs, () => host.restart())
  }

  async #startConsole(): Promise<void> {
    if (!this.console.process.isAlive) await this.console.start()
  }

  #processOf(role: ProcessRole): Process {
    return role === 'console' ? this.console.process : this.hosts[role].process
  }

  #at(ms: number, run: () => void): void {
    this.time.schedule(null, ms, run)
  }

  /** A disturbance lasts until its repair. */
  #later(ms: number, repair: () => unknown): void {
    this.lastDisturbanceMs = Math.max(this.lastDisturbanceMs, this.time.nowMs + ms)
    this.time.schedule(null, ms, () => void repair())
  }

  #happen(fault: TimedFault): void {
    this.#fire(fault)
    switch (fault.kind) {
      case 'database-away':
        this.database.awayUntilMs = this.time.elapsedMs + fault.ms
        return this.#later(fault.ms, () => {})
      case 'guest':
        return this.#disturbGuest(fault.action)
      case 'cancel': {
        // A retry that waits stands for the one that was accepted.
        const [accepted] = this.accepted
        const open = this.console.core?.orchestrator.listOpen()[0]?.migrationId
        const migrationId = open ?? accepted
        if (migrationId !== undefined)
          void this.console.core?.orchestrator.cancel(migrationId, 'Ada').catch(() => {})
        return
      }
      case 'second-request':
        return void this.request('other')
      case 'clock-jump':
        this.#processOf(fault.process).wallOffsetMs += fault.ms
        return
    }
  }

  /** The guest acts where it executes; what it does in no time at all (paused) it cannot do. */
  #disturbGuest(action: GuestAction): void {
    const host = Object.values(this.hosts).find(
      (one) => one.process.isAlive && one.isExecuting(this.domainId),
    )
    if (host === undefined) return
    this.guestWas = action
    if (action === 'crash') void host.hypervisor.crash(this.domainId)
    else void host.hypervisor.act(this.domainId, action)
  }
}
