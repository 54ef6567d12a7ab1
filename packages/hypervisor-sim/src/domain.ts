import type { WorkloadSpec } from './workload.ts'

/** What a CPU or a guest kernel is built for: 32 bit (4 GiB), 32 bit with PAE (64 GiB), 64 bit. */
export type Architecture = 'x86_32' | 'x86_32-pae' | 'x86_64'

/** Paravirtualised, fully virtualised (needs VT-x or AMD-V), or PV in a hardware container. */
export type DomainKind = 'pv' | 'hvm' | 'pvh'

export interface Vif {
  readonly vifId: string
  readonly mac: string
  readonly network: string
}

export interface Vbd {
  readonly vbdId: string
  readonly device: string
  readonly sizeBytes: number
  readonly storage: string
}

/** Definition of a domain. Plain JSON; what an administrator may change is changed in here. */
export interface DomainSpec {
  /** UUID given from outside; the same on every host the domain visits. */
  readonly domainId: string
  readonly name: string
  readonly kind: DomainKind
  readonly guestArchitecture: Architecture
  readonly os: { readonly family: OsFamily; readonly name: string }
  readonly vcpuCount: number
  readonly memMinBytes: number
  readonly memTargetBytes: number
  readonly memMaxBytes: number
  /** 1 … 65535, default 256. */
  readonly schedWeight: number
  /** Percent of one pCPU; 0 = no cap. */
  readonly schedCapPercent: number
  readonly vifs: readonly Vif[]
  readonly vbds: readonly Vbd[]
  /** CPU features the running guest has seen and may rely on. */
  readonly requiredCpuFeatures: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  readonly application: string | null
  readonly migratable: boolean
  readonly workload: WorkloadSpec
  readonly seed: number
}

export type OsFamily = 'linux' | 'windows' | 'bsd' | 'solaris' | 'other'

/**
 *     createDomain ─► shut-off ──start──► running ◄──► blocked      (blocked = running, nothing to do)
 *                        ▲                 │  ▲
 *                        │           pause │  │ unpause
 *                        │                 ▼  │
 *                      dying ◄─destroy── paused      crash: running ─► crashed ─destroy─► dying
 *
 * A guest shutting down or rebooting goes on running until it is done, then its memory is given back
 * (`dying`). Only `running` and `blocked` execute, and not while suspended for a migration.
 */
export type DomainState = 'running' | 'blocked' | 'paused' | 'shut-off' | 'crashed' | 'dying'

/** Every way the simulated Xen can say no, with the numbers a sentence needs. */
export type Refusal =
  | { readonly code: 'no-such-domain'; readonly domainId: string }
  | { readonly code: 'domain-exists'; readonly domainId: string }
  | {
      readonly code: 'wrong-state'
      readonly state: DomainState
      readonly allowedStates: readonly DomainState[]
    }
  | { readonly code: 'bad-spec'; readonly field: string; readonly problem: string }
  | { readonly code: 'not-enough-memory'; readonly freeBytes: number; readonly neededBytes: number }
  | { readonly code: 'no-hardware-virtualisation'; readonly kind: DomainKind }
  | { readonly code: 'pvh-unsupported'; readonly xenVersion: string }
  | {
      readonly code: 'architecture-mismatch'
      readonly hostArchitecture: Architecture
      readonly guestArchitecture: Architecture
    }
  | { readonly code: 'cpu-features-missing'; readonly missing: readonly string[] }
  | { readonly code: 'too-many-vcpus'; readonly vcpuCount: number; readonly maxVcpuCount: number }
  | {
      readonly code: 'mem-target-out-of-range'
      readonly memTargetBytes: number
      readonly memMinBytes: number
      readonly memMaxBytes: number
    }
  | { readonly code: 'weight-out-of-range'; readonly schedWeight: number }
  | {
      readonly code: 'cap-out-of-range'
      readonly schedCapPercent: number
      readonly maxPercent: number
    }
  | { readonly code: 'unknown-trace'; readonly traceId: string }
  | { readonly code: 'not-migratable'; readonly domainId: string }
  | { readonly code: 'migration-in-progress'; readonly migrationId: string }
  | { readonly code: 'no-such-migration'; readonly migrationId: string }
  | { readonly code: 'not-migrating'; readonly domainId: string }
  | { readonly code: 'hvm-migration-unsupported'; readonly xenVersion: string }
  | {
      readonly code: 'xen-version-too-old'
      readonly sourceXenVersion: string
      readonly hostXenVersion: string
    }
  | { readonly code: 'round-not-over'; readonly migrationId: string }
  | { readonly code: 'not-suspended'; readonly migrationId: string }
  | { readonly code: 'pages-missing'; readonly missingPages: number }
  | {
      readonly code: 'digest-mismatch'
      readonly expectedDigest: string
      readonly actualDigest: string
    }
  | {
      readonly code: 'page-count-mismatch'
      readonly expectedPages: number
      readonly actualPages: number
    }
  | { readonly code: 'bad-batch'; readonly problem: 'length-mismatch' | 'frame-out-of-range' }

export type RefusalCode = Refusal['code']
