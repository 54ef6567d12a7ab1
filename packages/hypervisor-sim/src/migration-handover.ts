import type { DomainSpec } from './domain.ts'

/** What the destination needs to reserve and rebuild the domain. Plain JSON. */
export interface IncomingDescription {
  readonly migrationId: string
  readonly spec: DomainSpec
  readonly pageCount: number
  readonly memorySeed: number
  /** Of the host it comes from. */
  readonly sourceXenVersion: string
  /** Ownership generation the copy has once activated. */
  readonly generation: number
}

/** What goes over with the last bytes: counters and device state. Plain JSON. */
export interface Handover {
  readonly migrationId: string
  readonly pageCount: number
  readonly digest: string
  readonly hotWrites: number
  readonly coldWrites: number
  readonly workloadTimeMs: number
  /** Since the guest was started: it does not start anew by moving. */
  readonly uptimeMs: number
  /** The administrator had paused it: it stays paused on the destination. */
  readonly isPaused: boolean
  readonly pending: { readonly kind: 'shut-down' | 'reboot'; readonly leftMs: number } | null
}

/** The same in post-copy, where the domain goes over before its pages have. */
export interface SplitHandover extends Handover {
  /** What the destination has not got as it was at the pause; 1 bit per page. */
  readonly missing: Uint32Array
  /** Of the other pages. `digest` is of all. */
  readonly heldDigest: string
}
