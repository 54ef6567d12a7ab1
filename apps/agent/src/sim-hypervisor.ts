import type { DomainAction } from '@drover/api-schema/agent-protocol.ts'
import type { DomainFacts } from '@drover/api-schema/domain.ts'
import { type ErrorCode, type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { PrecopyRound } from '@drover/api-schema/migration.ts'
import type { PageFrame } from '@drover/api-schema/peer-protocol.ts'
import { assertNever, err, invariant, ok, type Result } from '@drover/api-schema/result.ts'
import { describeBytes, PAGE_BYTES } from '@drover/api-schema/units.ts'
import type {
  DomainSpec,
  RefusalCode,
  Refusal as SimRefusal,
} from '@drover/hypervisor-sim/domain.ts'
import { faultFor } from '@drover/hypervisor-sim/faults.ts'
import type { HostSpec } from '@drover/hypervisor-sim/host-spec.ts'
import { hashText } from '@drover/hypervisor-sim/random.ts'
import type { HostSnapshot } from '@drover/hypervisor-sim/snapshot.ts'
import { parseBitbrains, type Trace } from '@drover/hypervisor-sim/trace.ts'
import { domainSpecFromTrace } from '@drover/hypervisor-sim/trace-domain.ts'
import { createXenHost, restoreXenHost, type XenHost } from '@drover/hypervisor-sim/xen-host.ts'
import { domainSpecOf, type HostConfig, hostSpecOf } from './host-config.ts'
import type {
  CopyProgress,
  Fault,
  FaultPhase,
  FillingCopy,
  FillingProgress,
  GuestCondition,
  Hypervisor,
  HypervisorDomain,
  HypervisorDomainState,
  HypervisorReading,
  IncomingCopy,
  IncomingRequest,
  OutgoingCopy,
  OutgoingRequest,
  RoundDecision,
  ServingCopy,
  SplitImage,
} from './hypervisor.ts'
import { stampPages } from './real-pages.ts'
import { arrivalSchema, handoverSchema } from './sim-wire.ts'
import { parseJson } from './socket.ts'

/**
 * The port on the simulated Xen, and the one file that knows it; so it is long and holds the whole translation. The
 * simulator is synchronous and its time stands still between calls of `advance`: what happens between two of them happens
 * at one moment, so nothing executes between `settle` and the journal's answer.
 */
export type SimOptions = {
  readonly seed: number
  readonly bootId: string
  readonly newId: () => string
  /** Carry 4 KiB per page instead of charging for them. */
  readonly hasRealPages: boolean
  readonly trace: TraceSource | null
}

/** A parsed trace and which of its VMs belong to this host. */
export type TraceSource = {
  readonly traceId: string
  readonly trace: Trace
  readonly speed: number
  readonly vmIndexes: readonly number[]
}

/** A booted host with the domains of its configuration, or of the trace. A sentence when it cannot be. */
export function bootSimHypervisor(
  config: HostConfig,
  options: SimOptions,
): Result<SimHypervisor, string> {
  const spec: HostSpec = hostSpecOf(config)
  const created = createXenHost(spec, options.seed, {
    bootId: options.bootId,
    traces: tracesOf(options),
  })
  if (!created.ok) return err(`${created.error.field} ${created.error.problem}`)
  const xen = created.value
  for (const { domain, state } of domainsOf(config, options)) {
    const defined = xen.createDomain(domain)
    if (!defined.ok) {
      // A recorded fleet was not made for this host: what it cannot run it leaves out.
      if (options.trace !== null) continue
      return err(`Domain ${domain.name}: ${refusalOf(defined.error, domain.name).message}`)
    }
    if (state === 'shut-off') continue
    const started = xen.startDomain(domain.domainId)
    if (!started.ok && options.trace !== null) {
      xen.removeDomain(domain.domainId)
      continue
    }
    if (!started.ok)
      return err(`Domain ${domain.name}: ${refusalOf(started.error, domain.name).message}`)
    if (state === 'paused') xen.pauseDomain(domain.domainId)
  }
  return ok(new SimHypervisor(xen, options.hasRealPages))
}

/** The same boot, as a checkpoint has it. */
export function restoreSimHypervisor(
  checkpoint: unknown,
  options: SimOptions,
): Result<SimHypervisor, string> {
  // The journal has checked that this is byte for byte what `checkpoint()` gave it.
  const snapshot = checkpoint as HostSnapshot
  const restored = restoreXenHost(snapshot, { traces: tracesOf(options) })
  return restored.ok
    ? ok(new SimHypervisor(restored.value, options.hasRealPages))
    : err(restored.error.problem)
}

export function parseTrace(csv: string, vmsCsv: string | null): Result<Trace, string> {
  const parsed = parseBitbrains(csv, vmsCsv)
  if (parsed.ok) return parsed
  const { error } = parsed
  switch (error.code) {
    case 'bad-header':
      return err(`the ${error.file} file should begin with "${error.expected}"`)
    case 'bad-row':
      return err(`line ${error.line} of the ${error.file} file: ${error.problem}`)
    case 'empty-trace':
      return err('it holds no samples')
    default:
      return assertNever(error)
  }
}

function tracesOf(options: SimOptions): ReadonlyMap<string, Trace> {
  return options.trace === null
    ? new Map()
    : new Map([[options.trace.traceId, options.trace.trace]])
}

function domainsOf(
  config: HostConfig,
  options: SimOptions,
): { domain: DomainSpec; state: HostConfig['domains'][number]['state'] }[] {
  const source = options.trace
  if (source === null) {
    return config.domains.map((domain) => ({
      domain: domainSpecOf(domain, {
        domainId: options.newId(),
        seed: hashText(`${options.seed} ${domain.name}`),
      }),
      state: domain.state,
    }))
  }
  return source.vmIndexes.map((vmIndex) => ({
    domain: domainSpecFromTrace(source.trace, vmIndex, {
      domainId: options.newId(),
      traceId: source.traceId,
      speed: source.speed,
      offsetMs: 0,
      seed: options.seed,
      network: 'lan',
      storage: 'san-1',
    }),
    state: 'running',
  }))
}

export class SimHypervisor implements Hypervisor {
  readonly capabilities = {
    migrationProgress: 'rounds',
    canCancelMigration: true,
    canChangeMigrationBandwidth: true,
    hasPostCopy: true,
    reportsDowntime: true,
    cpuScheduling: 'weight-cap',
    hostCpu: 'native',
    canBalloon: true,
  } as const
  readonly host: Hypervisor['host']
  /** For tests and the fault harness, which may look at the simulated machine itself. */
  readonly xen: XenHost
  readonly #hasRealPages: boolean
  /** Crashed domains are torn down first and started when that is done. */
  readonly #startWhenOff = new Set<string>()

  constructor(xen: XenHost, hasRealPages: boolean) {
    this.xen = xen
    this.#hasRealPages = hasRealPages
    const { dom0, ...spec } = xen.spec
    this.host = {
      ...spec,
      isSimulated: true,
      dom0: { memBytes: dom0.memBytes, vcpuCount: dom0.vcpuCount },
    }
  }

  memFreeBytes(): number {
    return this.xen.memFreeBytes
  }

  changeCount(): number {
    return this.xen.changeCount
  }

  domains(): readonly HypervisorDomain[] {
    return this.xen
      .listDomains()
      .filter((info) => info.migration?.role !== 'destination')
      .map((info) => this.#describe(info))
  }

  findDomain(domainId: string): HypervisorDomain | null {
    const info = this.xen.findDomain(domainId)
    return info === null || info.migration?.role === 'destination' ? null : this.#describe(info)
  }

  #describe(info: NonNullable<ReturnType<XenHost['findDomain']>>): HypervisorDomain {
    const { workload: _, seed: __, migratable, vifs, vbds, labels, ...spec } = info.spec
    return {
      ...spec,
      vifs: [...vifs],
      vbds: [...vbds],
      labels: { ...labels },
      isMigratable: migratable,
      domid: info.domid,
      memCurrentBytes: info.memCurrentBytes,
      state: stateOf(info),
      uptimeMs: info.startedAtMs === null ? null : this.xen.clockMs - info.startedAtMs,
      generation: info.generation,
    }
  }

  async act(domainId: string, action: DomainAction): Promise<Result<null, Refusal>> {
    const done = this.#act(domainId, action)
    return done.ok ? done : err(refusalOf(done.error, this.#nameOf(domainId)))
  }

  #act(domainId: string, action: DomainAction): Result<null, SimRefusal> {
    const info = this.xen.findDomain(domainId)
    if (info?.migration?.role === 'source' && info.migration.isSuspended) {
      return err({ code: 'migration-in-progress', migrationId: info.migration.migrationId })
    }
    switch (action) {
      case 'start':
        if (info?.state !== 'crashed') return this.xen.startDomain(domainId)
        this.#startWhenOff.add(domainId)
        return this.xen.destroyDomain(domainId)
      case 'pause':
        return this.xen.pauseDomain(domainId)
      case 'unpause':
        return this.xen.unpauseDomain(domainId)
      case 'shut-down':
        return this.xen.shutDownDomain(domainId)
      case 'reboot':
        return this.xen.rebootDomain(domainId)
      case 'destroy':
        return this.xen.destroyDomain(domainId)
      default:
        return assertNever(action)
    }
  }

  advance(elapsedMs: number): void {
    this.xen.tick(elapsedMs)
    for (const domainId of this.#startWhenOff) {
      if (this.xen.findDomain(domainId)?.state === 'dying') continue
      this.#startWhenOff.delete(domainId)
      this.xen.startDomain(domainId)
    }
  }

  readCounters(): HypervisorReading {
    const host = this.xen.hostStats()
    const domains = this.xen.allDomainStats()
    return {
      atMs: host.clockMs,
      host: {
        cpuTimeMs: host.cpuTimeMs,
        dom0CpuTimeMs: host.dom0.cpuTimeMs,
        memHeldBytes: host.memTotalBytes - host.memFreeBytes,
        netRxBytes: host.netRxBytes,
        netTxBytes: host.netTxBytes,
        diskReadBytes: host.diskReadBytes,
        diskWriteBytes: host.diskWriteBytes,
      },
      domains: domains.map((domain) => ({
        domainId: domain.domainId,
        startKey: String(domain.domid),
        cpuTimeMs: domain.cpuTimeMs,
        waitMs: domain.stealMs,
        memUsedBytes: domain.domid === null ? 0 : domain.memUsedBytes,
        netRxBytes: domain.netRxBytes,
        netTxBytes: domain.netTxBytes,
        diskReadBytes: domain.diskReadBytes,
        diskWriteBytes: domain.diskWriteBytes,
      })),
    }
  }

  async prepareIncoming(request: IncomingRequest): Promise<Result<IncomingCopy, Refusal>> {
    const { domain, generation, migrationId } = request
    // Enough to check and to reserve; `describe` puts the source's own description in its place.
    const prepared = this.xen.prepareIncoming({
      migrationId,
      generation,
      spec: standIn(domain),
      pageCount: Math.floor(Math.max(domain.memCurrentBytes, domain.memTargetBytes) / PAGE_BYTES),
      memorySeed: 0,
      sourceXenVersion: this.xen.spec.xenVersion,
    })
    if (!prepared.ok) return err(refusalOf(prepared.error, domain.name, this.host.name))
    return ok(new SimIncoming(this.xen, request))
  }

  async startOutgoing(request: OutgoingRequest): Promise<Result<OutgoingCopy, Refusal>> {
    const begun = this.xen.beginOutgoing(request.domainId, request.migrationId, request.profile)
    if (!begun.ok) return err(refusalOf(begun.error, this.#nameOf(request.domainId)))
    const { spec, pageCount, memorySeed, sourceXenVersion } = begun.value
    const description = JSON.stringify({ spec, pageCount, memorySeed, sourceXenVersion })
    return ok(new SimOutgoing(this.xen, request, { description, hasRealPages: this.#hasRealPages }))
  }

  openServing(
    suspended: { domainId: string; migrationId: string },
    missing: Uint32Array,
  ): Result<ServingCopy, Refusal> {
    const name = this.#nameOf(suspended.domainId)
    const served = this.xen.servePages(suspended, missing)
    if (!served.ok) return err(refusalOf(served.error, name))
    return ok(new SimServing(this.xen, suspended.domainId, this.#hasRealPages))
  }

  openFilling(migrationId: string): FillingCopy | null {
    const found = this.xen
      .listDomains()
      .find(
        ({ migration }) => migration?.role === 'filling' && migration.migrationId === migrationId,
      )
    return found === undefined
      ? null
      : new SimFilling(this.xen, { migrationId, domainId: found.spec.domainId })
  }

  suspended(): readonly { domainId: string; migrationId: string }[] {
    return this.xen
      .listDomains()
      .flatMap(({ spec, migration }) =>
        migration?.role === 'source' && migration.isSuspended
          ? [{ domainId: spec.domainId, migrationId: migration.migrationId }]
          : [],
      )
  }

  async resumeSuspended(domainId: string, migrationId: string): Promise<void> {
    this.xen.resumeAfterMigration(domainId, migrationId)
  }

  async releaseSuspended(domainId: string, migrationId: string): Promise<void> {
    this.xen.releaseMigrated(domainId, migrationId)
  }

  checkpoint(): unknown {
    return this.xen.snapshot()
  }

  async crash(domainId: string): Promise<void> {
    this.xen.crashDomain(domainId)
  }

  fault(domainName: string, phase: FaultPhase): Fault | null {
    return faultFor(domainName, phase)?.effect ?? null
  }

  #nameOf(domainId: string): string {
    return this.xen.findDomain(domainId)?.spec.name ?? 'The domain'
  }
}

function stateOf(info: NonNullable<ReturnType<XenHost['findDomain']>>): HypervisorDomainState {
  if (info.migration?.role === 'source' && info.migration.isSuspended) return 'suspended'
  if (info.pending === 'shut-down' && info.isExecuting) return 'shutting-down'
  return info.state
}

/** What the console knows of a domain, as a definition that reserves as much and does nothing. */
function standIn(facts: DomainFacts): DomainSpec {
  const { isMigratable, ...spec } = facts
  const noLoad = {
    cpuVcpus: 0,
    netRxBytesPerSec: 0,
    netTxBytesPerSec: 0,
    diskReadBytesPerSec: 0,
    diskWriteBytesPerSec: 0,
    memUsedBytes: 0,
    hotPages: 0,
    hotWritesPerSec: 0,
    coldPages: 0,
    coldWritesPerSec: 0,
  }
  return {
    ...spec,
    migratable: isMigratable,
    workload: { kind: 'steady', load: noLoad, jitterRatio: 0 },
    seed: 0,
  }
}

class SimIncoming implements IncomingCopy {
  readonly #xen: XenHost
  readonly #request: IncomingRequest
  #handover: Parameters<XenHost['activateIncoming']>[0] | null = null
  #split: Parameters<XenHost['activateFilling']>[0] | null = null

  constructor(xen: XenHost, request: IncomingRequest) {
    this.#xen = xen
    this.#request = request
  }

  async describe(description: string): Promise<Result<null, Refusal>> {
    const { domain, generation, migrationId } = this.#request
    const parsed = arrivalSchema.safeParse(parseJson(description))
    if (!parsed.success)
      return err(
        refusal('peer-refused', 'The source describes the domain in a way that is not understood.'),
      )
    const arrival = parsed.data
    if (arrival.spec.domainId !== domain.domainId) {
      return err(
        refusal(
          'peer-refused',
          'The source describes another domain than the one that was prepared for.',
        ),
      )
    }
    // The simulator's time stands still, so nobody can take the reserved memory in between.
    this.#xen.abortIncoming(migrationId)
    const prepared = this.#xen.prepareIncoming({ ...arrival, migrationId, generation })
    return prepared.ok ? ok(null) : err(refusalOf(prepared.error, domain.name, this.#xen.spec.name))
  }

  takeCreditBytes(maxBytes: number): number {
    return this.#xen.takeIncomingBudgetBytes(this.#request.migrationId, maxBytes)
  }

  receive(frame: PageFrame): Result<null, Refusal> {
    const applied = this.#xen.applyIncoming(this.#request.migrationId, frame)
    return applied.ok ? ok(null) : err(refusalOf(applied.error, this.#request.domain.name))
  }

  async verify(image: {
    pageCount: number
    digest: string
    deviceState: string
  }): Promise<Result<{ digest: string }, Refusal>> {
    const { domain, migrationId } = this.#request
    const received = this.#xen.incomingImage(migrationId)
    if (!received.ok) return err(refusalOf(received.error, domain.name))
    const { digest, missingPages, pageCount } = received.value
    if (image.pageCount !== pageCount || missingPages > 0) {
      return err(
        refusal('digest-mismatch', `${missingPages} pages of ${domain.name} never arrived.`),
      )
    }
    if (digest !== image.digest) {
      return err(
        refusal(
          'digest-mismatch',
          `The memory of ${domain.name} that arrived (${digest}) is not what was sent (${image.digest}).`,
        ),
      )
    }
    const handover = handoverSchema.safeParse(parseJson(image.deviceState))
    if (!handover.success)
      return err(refusal('peer-refused', 'The device state is not understood.'))
    this.#handover = { ...handover.data, migrationId, pageCount, digest }
    return ok({ digest })
  }

  async verifySplit(image: SplitImage): Promise<Result<{ digest: string }, Refusal>> {
    const { domain, migrationId } = this.#request
    const handover = handoverSchema.safeParse(parseJson(image.deviceState))
    if (!handover.success)
      return err(refusal('peer-refused', 'The device state is not understood.'))
    const { deviceState: _, ...pages } = image
    const split = { ...handover.data, ...pages, migrationId }
    const compared = this.#xen.splitIncoming(split)
    if (!compared.ok) return err(refusalOf(compared.error, domain.name))
    this.#split = split
    return ok({ digest: compared.value.digest })
  }

  async settle(): Promise<Result<null, Refusal>> {
    if (this.#split !== null) {
      const running = this.#xen.activateFilling(this.#split)
      return running.ok ? ok(null) : err(refusalOf(running.error, this.#request.domain.name))
    }
    invariant(this.#handover !== null, 'An image is verified before it is settled')
    const activated = this.#xen.activateIncoming(this.#handover)
    return activated.ok ? ok(null) : err(refusalOf(activated.error, this.#request.domain.name))
  }

  async run(): Promise<void> {
    // It executes from the next `advance` on.
  }

  async discard(): Promise<void> {
    this.#xen.abortIncoming(this.#request.migrationId)
  }
}

class SimFilling implements FillingCopy {
  readonly #xen: XenHost
  readonly #of: { readonly migrationId: string; readonly domainId: string }

  constructor(xen: XenHost, of: { migrationId: string; domainId: string }) {
    this.#xen = xen
    this.#of = of
  }

  takeCreditBytes(maxBytes: number): number {
    return this.#xen.takeIncomingBudgetBytes(this.#of.migrationId, maxBytes)
  }

  receive(frame: PageFrame): Result<null, Refusal> {
    const applied = this.#xen.applyFilling(this.#of.migrationId, frame)
    // A guest that has just rebooted needs them no more.
    if (applied.ok || applied.error.code === 'no-such-migration') return ok(null)
    return err(refusalOf(applied.error, this.#name()))
  }

  takeWanted(): readonly number[] {
    const asked = this.#xen.takeAsks(this.#of.migrationId)
    return asked.ok ? asked.value : []
  }

  missing(): Uint32Array {
    const missing = this.#xen.missingOf(this.#of.migrationId)
    return missing.ok ? missing.value : new Uint32Array()
  }

  progress(): FillingProgress | null {
    const progress = this.#xen.fillingProgress(this.#of.migrationId)
    return progress.ok ? progress.value : null
  }

  async finish(): Promise<Result<{ digest: string }, Refusal>> {
    const finished = this.#xen.finishFilling(this.#of.migrationId)
    if (finished.ok) return finished
    if (finished.error.code === 'no-such-migration') return ok({ digest: '' })
    return err(refusalOf(finished.error, this.#name()))
  }

  async lose(): Promise<void> {
    this.#xen.destroyDomain(this.#of.domainId)
  }

  #name(): string {
    return this.#xen.findDomain(this.#of.domainId)?.spec.name ?? 'The domain'
  }
}

class SimServing implements ServingCopy {
  readonly #xen: XenHost
  readonly #domainId: string
  readonly #hasRealPages: boolean

  constructor(xen: XenHost, domainId: string, hasRealPages: boolean) {
    this.#xen = xen
    this.#domainId = domainId
    this.#hasRealPages = hasRealPages
    const fault = faultFor(xen.findDomain(domainId)?.spec.name ?? '', 'pre-copy')
    if (fault?.effect.kind === 'limit-link')
      xen.setOutgoingRateLimit(domainId, fault.effect.bytesPerSec)
  }

  takePages(maxBytes: number): PageFrame | null {
    const maxPages = Math.min(mostPages(this.#hasRealPages), Math.floor(maxBytes / PAGE_BYTES))
    const step = this.#xen.takeServedBatch(this.#domainId, maxPages)
    return step.ok && step.value.kind === 'batch'
      ? withPayload(step.value.batch, this.#hasRealPages)
      : null
  }

  want(frame: number): void {
    this.#xen.reportMissing(this.#domainId, frame)
  }
}

/** A real payload of 1024 pages would be larger than the largest frame; a quarter of it also paces better. */
const mostPages = (hasRealPages: boolean) => (hasRealPages ? 256 : 1024)

function withPayload(batch: Omit<PageFrame, 'payload'>, hasRealPages: boolean): PageFrame {
  return { ...batch, payload: hasRealPages ? stampPages(batch.frames, batch.versions) : null }
}

class SimOutgoing implements OutgoingCopy {
  readonly description: string
  readonly #xen: XenHost
  readonly #request: OutgoingRequest
  readonly #hasRealPages: boolean
  readonly #startedDomid: number | null
  /** By a fault of the domain's name. */
  #isRoundSent = false

  constructor(
    xen: XenHost,
    request: OutgoingRequest,
    how: { description: string; hasRealPages: boolean },
  ) {
    this.#xen = xen
    this.#request = request
    this.description = how.description
    this.#hasRealPages = how.hasRealPages
    const info = xen.findDomain(request.domainId)
    this.#startedDomid = info?.domid ?? null
    const fault = faultFor(info?.spec.name ?? '', 'pre-copy')
    if (fault?.effect.kind === 'limit-link')
      xen.setOutgoingPath(request.domainId, fault.effect.bytesPerSec)
  }

  takePages(maxBytes: number): PageFrame | null {
    const maxPages = Math.min(mostPages(this.#hasRealPages), Math.floor(maxBytes / PAGE_BYTES))
    if (this.guest() !== 'copyable') return null
    const step = this.#xen.takeOutgoingBatch(this.#request.domainId, maxPages)
    if (!step.ok) return null
    switch (step.value.kind) {
      case 'batch':
        return withPayload(step.value.batch, this.#hasRealPages)
      case 'no-budget':
        return null
      case 'round-sent':
        this.#isRoundSent = true
        return null
      default:
        return assertNever(step.value)
    }
  }

  isRoundSent(): boolean {
    return this.#isRoundSent
  }

  endRound() {
    const ended = this.#must(this.#xen.endOutgoingRound(this.#request.domainId))
    this.#isRoundSent = false
    return { round: wireRound(ended.round), decision: this.#decisionOf(ended.decision) }
  }

  #decisionOf(
    decision: NonNullable<
      ReturnType<XenHost['endOutgoingRound']> & { ok: true }
    >['value']['decision'],
  ): RoundDecision {
    switch (decision.kind) {
      case 'another-round':
      case 'throttle':
        return { kind: 'another-round' }
      case 'stop-and-copy':
      case 'post-copy':
        return decision
      case 'give-up':
        return {
          kind: 'give-up',
          refusal: refusal(
            'not-converging',
            `${this.#name()} writes memory faster than it can be copied (${decision.reason}).`,
          ),
        }
      default:
        return assertNever(decision)
    }
  }

  async suspend(): Promise<Result<null, Refusal>> {
    const suspended = this.#xen.suspendForMigration(this.#request.domainId)
    if (!suspended.ok) return err(refusalOf(suspended.error, this.#name()))
    this.#isRoundSent = false
    return ok(null)
  }

  async split() {
    const split = this.#xen.splitOutgoing(this.#request.domainId)
    if (!split.ok) return err(refusalOf(split.error, this.#name()))
    const { handover, cutShort } = split.value
    const { pageCount, digest, heldDigest, missing, migrationId: _, ...deviceState } = handover
    return ok({
      pageCount,
      digest,
      heldDigest,
      missing,
      deviceState: JSON.stringify(deviceState),
      cutShort: cutShort === null ? null : wireRound(cutShort),
    })
  }

  finish() {
    const finished = this.#must(this.#xen.finishOutgoing(this.#request.domainId))
    const { pageCount, digest, migrationId: _, ...deviceState } = finished.handover
    return {
      round: wireRound(finished.round),
      pageCount,
      digest,
      deviceState: JSON.stringify(deviceState),
    }
  }

  progress(): CopyProgress {
    const progress = this.#xen.outgoingProgress(this.#request.domainId)
    if (!progress.ok)
      return {
        roundIndex: 0,
        roundSentPages: 0,
        roundPages: 0,
        totalBytes: 0,
        dirtyPagesPerSec: null,
        throttleRatio: 0,
      }
    const { roundIndex, roundSentPages, roundPages, totalSentPages, rounds, throttleRatio } =
      progress.value
    return {
      roundIndex,
      roundSentPages,
      roundPages,
      totalBytes: totalSentPages * PAGE_BYTES,
      dirtyPagesPerSec: rounds.at(-1)?.dirtyPagesPerSec ?? null,
      throttleRatio,
    }
  }

  guest(): GuestCondition {
    const info = this.#xen.findDomain(this.#request.domainId)
    if (info?.migration?.migrationId === this.#request.migrationId) return 'copyable'
    return info?.isExecuting === true && info.domid !== this.#startedDomid ? 'rebooted' : 'stopped'
  }

  async keep(): Promise<void> {
    this.#xen.resumeAfterMigration(this.#request.domainId, this.#request.migrationId)
  }

  async release(): Promise<void> {
    this.#xen.releaseMigrated(this.#request.domainId, this.#request.migrationId)
  }

  limitBandwidth(bytesPerSec: number | null): void {
    this.#xen.setOutgoingRateLimit(this.#request.domainId, bytesPerSec)
  }

  #name(): string {
    return this.#xen.findDomain(this.#request.domainId)?.spec.name ?? 'The domain'
  }

  /** Refused only when called out of turn, which is a bug of the caller. */
  #must<T>(result: Result<T, SimRefusal>): T {
    invariant(result.ok, `the copy is in turn (${result.ok ? '' : result.error.code})`)
    return result.value
  }
}

type SimRound = Extract<ReturnType<XenHost['endOutgoingRound']>, { ok: true }>['value']['round']

function wireRound({ dirtyPagesPerSec: _, bytesPerSec: __, ...round }: SimRound): PrecopyRound {
  return round
}

const codeOf: Record<RefusalCode, ErrorCode> = {
  'no-such-domain': 'domain-not-found',
  'domain-exists': 'same-host',
  'wrong-state': 'wrong-state',
  'bad-spec': 'hypervisor-refused',
  'not-enough-memory': 'not-enough-memory',
  'no-hardware-virtualisation': 'no-hardware-virtualisation',
  'pvh-unsupported': 'hypervisor-refused',
  'architecture-mismatch': 'architecture-mismatch',
  'cpu-features-missing': 'missing-cpu-features',
  'too-many-vcpus': 'too-many-vcpus',
  'mem-target-out-of-range': 'hypervisor-refused',
  'weight-out-of-range': 'hypervisor-refused',
  'cap-out-of-range': 'hypervisor-refused',
  'unknown-trace': 'hypervisor-refused',
  'not-migratable': 'not-migratable',
  'migration-in-progress': 'domain-migrating',
  'no-such-migration': 'unknown-migration',
  'not-migrating': 'hypervisor-refused',
  'hvm-migration-unsupported': 'hvm-migration-unsupported',
  'xen-version-too-old': 'older-hypervisor',
  'round-not-over': 'hypervisor-refused',
  'not-suspended': 'hypervisor-refused',
  'pages-missing': 'digest-mismatch',
  'digest-mismatch': 'digest-mismatch',
  'page-count-mismatch': 'digest-mismatch',
  'bad-batch': 'peer-refused',
}

/** The simulator's refusal in the contract's codes, as a sentence with its numbers. */
function refusalOf(why: SimRefusal, domainName: string, hostName = 'The host'): Refusal {
  return refusal(codeOf[why.code], sentenceOf(why, domainName, hostName))
}

function sentenceOf(why: SimRefusal, domain: string, host: string): string {
  switch (why.code) {
    case 'no-such-domain':
      return 'There is no such domain on this host.'
    case 'domain-exists':
      return `${domain} is on this host already.`
    case 'wrong-state':
      return `${domain} is ${why.state}.`
    case 'bad-spec':
      return `${domain}: ${why.field} ${why.problem}.`
    case 'not-enough-memory':
      return `${host} has ${describeBytes(why.freeBytes)} free; ${domain} needs ${describeBytes(why.neededBytes)}.`
    case 'no-hardware-virtualisation':
      return `${host} has no VT-x or AMD-V; ${domain} is ${why.kind.toUpperCase()} and needs it.`
    case 'pvh-unsupported':
      return `Xen ${why.xenVersion} has no PVH; ${domain} needs it.`
    case 'architecture-mismatch':
      return `${host} is ${why.hostArchitecture}; ${domain} is ${why.guestArchitecture}.`
    case 'cpu-features-missing':
      return `${host} lacks CPU features ${domain} uses: ${why.missing.join(', ')}.`
    case 'too-many-vcpus':
      return `${domain} has ${why.vcpuCount} vCPUs; ${host} runs at most ${why.maxVcpuCount}.`
    case 'unknown-trace':
      return `${domain} replays the trace ${why.traceId}, which ${host} was not started with.`
    case 'not-migratable':
      return `${domain} is marked as not migratable.`
    case 'migration-in-progress':
      return `${domain} is being migrated.`
    case 'hvm-migration-unsupported':
      return `Xen ${why.xenVersion} cannot migrate HVM domains live; 3.1 can.`
    case 'xen-version-too-old':
      return `${host} runs Xen ${why.hostXenVersion}, older than the source's ${why.sourceXenVersion}.`
    case 'pages-missing':
      return `${why.missingPages} pages of ${domain} never arrived.`
    case 'mem-target-out-of-range':
    case 'weight-out-of-range':
    case 'cap-out-of-range':
    case 'no-such-migration':
    case 'not-migrating':
    case 'round-not-over':
    case 'not-suspended':
    case 'digest-mismatch':
    case 'page-count-mismatch':
    case 'bad-batch':
      return `${domain}: the hypervisor refused (${why.code}).`
    default:
      return assertNever(why)
  }
}
