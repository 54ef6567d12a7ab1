import type { Command, DomainAction } from '@drover/api-schema/agent-protocol.ts'
import type { DomainFacts } from '@drover/api-schema/domain.ts'
import type { Refusal } from '@drover/api-schema/errors.ts'
import type { HypervisorCapabilities } from '@drover/api-schema/host.ts'
import type { MigrationProfile, PrecopyRound, StopReason } from '@drover/api-schema/migration.ts'
import type { PageFrame } from '@drover/api-schema/peer-protocol.ts'
import type { Result } from '@drover/api-schema/result.ts'

/**
 * The port: what the agent needs from any hypervisor. The simulated Xen meets it in `sim-hypervisor.ts`; drivers for real
 * ones come beside it. What real ones cannot do is in `capabilities`, as data. Domains are keyed by their UUID: `domid` is
 * a local number that changes, and during a migration both hosts list the same domain, which is one domain, not two.
 * What may take a while on a real host (everything that goes through its toolstack) answers by promise.
 */
export type Hypervisor = {
  readonly capabilities: HypervisorCapabilities
  readonly host: HypervisorHost
  memFreeBytes(): number
  /** Those that live here: arriving copies are not among them until they run. */
  domains(): readonly HypervisorDomain[]
  findDomain(domainId: string): HypervisorDomain | null
  /** Raised whenever `domains` would answer differently, load and memory held excepted. */
  changeCount(): number
  act(domainId: string, action: DomainAction): Promise<Result<null, Refusal>>
  /** Counters since the boot of the host or the start of the domain; they restart after a migration. */
  readCounters(): HypervisorReading
  prepareIncoming(request: IncomingRequest): Promise<Result<IncomingCopy, Refusal>>
  startOutgoing(request: OutgoingRequest): Promise<Result<OutgoingCopy, Refusal>>
  /** Post-copy: the memory of a suspended domain, of which the destination misses these pages. Also after a restart. */
  openServing(
    suspended: { readonly domainId: string; readonly migrationId: string },
    missing: Uint32Array,
  ): Result<ServingCopy, Refusal>
  /** Post-copy: the domain that runs here while its pages follow, by its migration; null when none is followed any more. */
  openFilling(migrationId: string): FillingCopy | null
  /** Domains held suspended by a migration whose copy object is gone with an earlier run of the agent. */
  suspended(): readonly { readonly domainId: string; readonly migrationId: string }[]
  resumeSuspended(domainId: string, migrationId: string): Promise<void>
  releaseSuspended(domainId: string, migrationId: string): Promise<void>
  /** Simulated: lets virtual time pass; copies get their share of the network by it. Real ones have time of their own. */
  advance(elapsedMs: number): void
  /** JSON to find the host as it is after a restart of the agent; null from a hypervisor that remembers by itself. */
  checkpoint(): unknown
  /** Panics the guest: for the fault of that name only. */
  crash(domainId: string): Promise<void>
  /** The fault that this domain's name switches on in this phase, for tests and demonstrations. */
  fault(domainName: string, phase: FaultPhase): Fault | null
}

export type HypervisorHost = {
  readonly name: string
  readonly xenVersion: string
  readonly isSimulated: boolean
  readonly cpuModel: string
  readonly cpuMhz: number
  readonly sockets: number
  readonly pcpuCount: number
  readonly architecture: 'x86_32' | 'x86_32-pae' | 'x86_64'
  readonly virtualisation: 'none' | 'vt-x' | 'amd-v'
  readonly cpuFeatures: readonly string[]
  readonly memTotalBytes: number
  readonly dom0: { readonly memBytes: number; readonly vcpuCount: number }
  readonly nicBytesPerSec: number
  readonly diskBytesPerSec: number
}

/** A hypervisor's own words; `to-wire.ts` maps them. `suspended`: held by a migration. `dying`: being torn down. */
export const hypervisorDomainStates = [
  'running',
  'blocked',
  'paused',
  'suspended',
  'shutting-down',
  'shut-off',
  'crashed',
  'dying',
] as const
export type HypervisorDomainState = (typeof hypervisorDomainStates)[number]

export type HypervisorDomain = {
  readonly domainId: string
  readonly name: string
  readonly domid: number | null
  readonly kind: DomainFacts['kind']
  readonly guestArchitecture: DomainFacts['guestArchitecture']
  readonly os: DomainFacts['os']
  readonly vcpuCount: number
  readonly memMinBytes: number
  readonly memTargetBytes: number
  readonly memCurrentBytes: number
  readonly memMaxBytes: number
  readonly schedWeight: number
  readonly schedCapPercent: number
  readonly vifs: DomainFacts['vifs']
  readonly vbds: DomainFacts['vbds']
  readonly requiredCpuFeatures: readonly string[]
  readonly labels: DomainFacts['labels']
  readonly application: string | null
  readonly isMigratable: boolean
  readonly state: HypervisorDomainState
  /** How long it has been up; null when it is not. */
  readonly uptimeMs: number | null
  /** The ownership generation it was created or has arrived with. */
  readonly generation: number
}

export type DomainReading = {
  readonly domainId: string
  /** Tells one start of the domain on this host from the next: rates never span it. */
  readonly startKey: string
  readonly cpuTimeMs: number
  readonly waitMs: number
  readonly memUsedBytes: number
  readonly netRxBytes: number
  readonly netTxBytes: number
  readonly diskReadBytes: number
  readonly diskWriteBytes: number
}

export type HypervisorReading = {
  /** The hypervisor's own time of the reading; rates divide by its differences. */
  readonly atMs: number
  readonly host: {
    /** All pCPUs together, dom0 included. */
    readonly cpuTimeMs: number
    readonly dom0CpuTimeMs: number
    readonly memHeldBytes: number
    /** Guests and migrations together, as the NIC sees them. */
    readonly netRxBytes: number
    readonly netTxBytes: number
    readonly diskReadBytes: number
    readonly diskWriteBytes: number
  }
  readonly domains: readonly DomainReading[]
}

export type IncomingRequest = Pick<
  Extract<Command, { kind: 'prepare-incoming' }>,
  'migrationId' | 'generation' | 'domain'
>

/** A copy that arrives: memory reserved, nothing executing. */
export type IncomingCopy = {
  /** What the source's hypervisor says about the domain before the first page, opaque to the agent. */
  describe(description: string): Promise<Result<null, Refusal>>
  /** Bytes its share of the network has room for by now; taking them uses them up. At most `maxBytes`. */
  takeCreditBytes(maxBytes: number): number
  receive(frame: PageFrame): Result<null, Refusal>
  /** Compares the whole image with the source's digest and takes the device state; it stays suspended. */
  verify(image: {
    readonly pageCount: number
    readonly digest: string
    readonly deviceState: string
  }): Promise<Result<{ readonly digest: string }, Refusal>>
  /** The same for a guest that goes over before its memory: of what is not missing. */
  verifySplit(image: SplitImage): Promise<Result<{ readonly digest: string }, Refusal>>
  /** Makes it a domain of this host, held suspended, so that a checkpoint has it; then the agent makes the decision durable. */
  settle(): Promise<Result<null, Refusal>>
  run(): Promise<void>
  discard(): Promise<void>
}

/** What goes over of a guest in post-copy, before it runs and before its memory. */
export type SplitImage = {
  readonly pageCount: number
  /** Of every page as it is at the pause. */
  readonly digest: string
  /** Of those that are not missing. */
  readonly heldDigest: string
  /** What follows; 1 bit per page, 32 to a word. */
  readonly missing: Uint32Array
  readonly deviceState: string
}

export type FillingProgress = {
  readonly firstMissingPages: number
  readonly missingPages: number
  readonly demandedPages: number
  readonly waitedMs: number
  /** The page for which the guest stands still now. */
  readonly waitsFor: number | null
}

/** A domain that runs here while its pages follow. */
export type FillingCopy = {
  takeCreditBytes(maxBytes: number): number
  /** Pages that are here already stay as the guest has them. */
  receive(frame: PageFrame): Result<null, Refusal>
  /** Pages that the guest has touched since the last call and that are not here. */
  takeWanted(): readonly number[]
  missing(): Uint32Array
  /** Null once the guest needs none of them any more: it has rebooted or is gone. */
  progress(): FillingProgress | null
  /** Every page has come: proves that each is as it was at the pause. An empty digest when none was needed any more. */
  finish(): Promise<Result<{ readonly digest: string }, Refusal>>
  /** What is missing will never come: stops the guest and gives its memory back. Its definition stays. */
  lose(): Promise<void>
}

/** The memory of a guest that runs on the destination, kept as it was paused. */
export type ServingCopy = {
  /** The next pages, those wanted first, each once; null when there is nothing to send right now. */
  takePages(maxBytes: number): PageFrame | null
  want(frame: number): void
}

export type OutgoingRequest = {
  readonly migrationId: string
  readonly domainId: string
  readonly profile: MigrationProfile
}

export type RoundDecision =
  | { readonly kind: 'another-round' }
  | { readonly kind: 'stop-and-copy'; readonly reason: StopReason }
  | { readonly kind: 'give-up'; readonly refusal: Refusal }
  | { readonly kind: 'post-copy' }

export type CopyProgress = {
  readonly roundIndex: number
  readonly roundSentPages: number
  readonly roundPages: number
  readonly totalBytes: number
  /** Of the last round; null before the second fetch of the dirty bitmap. */
  readonly dirtyPagesPerSec: number | null
  readonly throttleRatio: number
}

/** The guest of an outgoing copy, as far as the migration cares. */
export type GuestCondition = 'copyable' | 'stopped' | 'rebooted'

/** A copy that leaves: the guest runs on while its memory is read. */
export type OutgoingCopy = {
  /** For `IncomingCopy.describe` of the same kind of hypervisor. */
  readonly description: string
  /** The next pages that its share of the network and `maxBytes` allow; null when there is nothing to send right now. */
  takePages(maxBytes: number): PageFrame | null
  isRoundSent(): boolean
  /** At most this much of the link; null: as much as its share is. */
  limitBandwidth(bytesPerSec: number | null): void
  /** Fetches the dirty pages, which are the next round, and decides by the profile. */
  endRound(): { readonly round: PrecopyRound; readonly decision: RoundDecision }
  /** Pauses the guest; what is left to send becomes the last round. */
  suspend(): Promise<Result<null, Refusal>>
  /** Pauses the guest for post-copy, at any point of a round; `cutShort` is that round. No page is sent before it runs there. */
  split(): Promise<Result<SplitImage & { readonly cutShort: PrecopyRound | null }, Refusal>>
  /** After the last round is sent. */
  finish(): {
    readonly round: PrecopyRound
    readonly pageCount: number
    readonly digest: string
    readonly deviceState: string
  }
  progress(): CopyProgress
  guest(): GuestCondition
  /** The guest stays: it runs again if it was suspended, a throttle is undone. */
  keep(): Promise<void>
  /** The guest has left: the copy here is destroyed. */
  release(): Promise<void>
}

export type FaultPhase = 'preparing' | 'pre-copy' | 'stop-and-copy' | 'activating'
export type Fault =
  | { readonly kind: 'refuse-memory' }
  | { readonly kind: 'drop-connection'; readonly inRound: number }
  | { readonly kind: 'corrupt-digest' }
  | { readonly kind: 'limit-link'; readonly bytesPerSec: number }
  | { readonly kind: 'crash-guest'; readonly inRound: number }
  | { readonly kind: 'shut-down-guest'; readonly inRound: number }
  | { readonly kind: 'refuse-activation' }
  | { readonly kind: 'swallow-answer' }
