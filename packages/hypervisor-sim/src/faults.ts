/**
 * Failures that anybody can switch on by hand: a domain whose name starts with one of these words has
 * the fault at the named phase (`sentinel-lost-peer-1` has `sentinel-lost-peer` in `pre-copy`). The
 * table only says what shall happen; the agent asks it and lets it happen.
 */
export type FaultPhase = 'preparing' | 'pre-copy' | 'stop-and-copy' | 'activating'

export interface Fault {
  readonly name: string
  readonly phase: FaultPhase
  /** In whose hands it breaks. */
  readonly side: 'source' | 'destination'
  readonly effect: FaultEffect
}

export type FaultEffect =
  | { readonly kind: 'refuse-memory' }
  | { readonly kind: 'drop-connection'; readonly inRound: number }
  | { readonly kind: 'corrupt-digest' }
  | { readonly kind: 'limit-link'; readonly bytesPerSec: number }
  | { readonly kind: 'crash-guest'; readonly inRound: number }
  | { readonly kind: 'shut-down-guest'; readonly inRound: number }
  | { readonly kind: 'refuse-activation' }
  | { readonly kind: 'swallow-answer' }

export const FAULTS = [
  {
    name: 'sentinel-no-memory',
    phase: 'preparing',
    side: 'destination',
    effect: { kind: 'refuse-memory' },
  },
  {
    name: 'sentinel-lost-peer',
    phase: 'pre-copy',
    side: 'source',
    effect: { kind: 'drop-connection', inRound: 0 },
  },
  {
    name: 'sentinel-slow-link',
    phase: 'pre-copy',
    side: 'source',
    effect: { kind: 'limit-link', bytesPerSec: 1_250_000 },
  },
  {
    name: 'sentinel-crash-in-round',
    phase: 'pre-copy',
    side: 'source',
    effect: { kind: 'crash-guest', inRound: 0 },
  },
  {
    name: 'sentinel-shutdown-in-round',
    phase: 'pre-copy',
    side: 'source',
    effect: { kind: 'shut-down-guest', inRound: 0 },
  },
  {
    name: 'sentinel-digest-mismatch',
    phase: 'stop-and-copy',
    side: 'source',
    effect: { kind: 'corrupt-digest' },
  },
  {
    name: 'sentinel-refuse-activate',
    phase: 'activating',
    side: 'destination',
    effect: { kind: 'refuse-activation' },
  },
  {
    name: 'sentinel-lost-answer',
    phase: 'activating',
    side: 'destination',
    effect: { kind: 'swallow-answer' },
  },
] as const satisfies readonly Fault[]

export type FaultName = (typeof FAULTS)[number]['name']

/** The fault a domain's name asks for in this phase, or null. */
export function faultFor(domainName: string, phase: FaultPhase): Fault | null {
  for (const fault of FAULTS) {
    if (fault.phase !== phase) continue
    if (domainName === fault.name || domainName.startsWith(`${fault.name}-`)) return fault
  }
  return null
}
