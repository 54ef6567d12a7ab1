import type { RoundStats } from './precopy.ts'
import { assertNever } from './result.ts'
import { mbitPerSec, PAGE_BYTES } from './units.ts'

/** When to stop sending rounds; selectable per migration. Same shape as the wire's `MigrationProfile`. */
export type PrecopyProfile =
  | { readonly kind: 'xen-3.0' }
  | { readonly kind: 'nsdi-2005' }
  | { readonly kind: 'xen-4' }
  | {
      readonly kind: 'downtime-target'
      readonly downtimeLimitMs: number
      readonly lastResort: LastResort
    }

/** What to do when rounds no longer shrink the pause. */
export type LastResort =
  | { readonly kind: 'auto-converge' }
  | { readonly kind: 'longer-pause'; readonly downtimeLimitMs: number }
  | { readonly kind: 'give-up' }
  | { readonly kind: 'post-copy' }

export type StopReason =
  | 'few-pages-left'
  | 'round-limit'
  | 'sent-limit'
  | 'sent-grew-at-full-rate'
  | 'downtime-reached'
  | 'longer-pause-accepted'
  | 'not-running'

export type GiveUpReason = 'no-progress' | 'pause-over-second-limit' | 'throttle-exhausted'

export type PrecopyDecision =
  | { readonly kind: 'another-round'; readonly rateLimitBytesPerSec: number | null }
  | { readonly kind: 'stop-and-copy'; readonly reason: StopReason }
  /** Take this share of its CPU time from the guest, then send another round. */
  | { readonly kind: 'throttle'; readonly ratio: number }
  | { readonly kind: 'give-up'; readonly reason: GiveUpReason }
  /** Run it on the destination now; what is dirty follows (`host-serving.ts`). */
  | { readonly kind: 'post-copy' }

export interface PrecopyContext {
  /** Pages of the guest. */
  readonly pageCount: number
  /** Rounds ended so far, oldest first; at least one. */
  readonly rounds: readonly RoundStats[]
  /** What the link gives this migration now. */
  readonly linkBytesPerSec: number
  /** Limit in force during the last round, null for none. */
  readonly rateLimitBytesPerSec: number | null
  readonly throttleRatio: number
  /** Part of the pause that is not copying: device state, resuming. */
  readonly switchOverMs: number
  /** False when the domain was paused by an administrator: then no further round can help. */
  readonly isExecuting: boolean
}

/** Shipped Xen 3.0.0, December 2005: tools/libxc/xc_linux_save.c and xg_private.h. */
export const XEN_3_0 = {
  /** `max_iters`: the last of these rounds is followed by stop-and-copy. */
  maxRounds: 29,
  /** Stop when sent and skipped of a round are fewer than this. */
  fewPages: 50,
  /** `max_factor`: stop when more than this many times the guest's pages were sent. */
  maxSentFactor: 3,
  /** `MAX_BATCH_SIZE`: the dirty bitmap is peeked at once per so many pages sent, 4 MiB. */
  batchPages: 1024,
} as const

/** xc_sr_save.c, Xen 4.6 to 4.21. */
export const XEN_4 = { maxRounds: 5, fewPages: 50 } as const

/**
 * The prototype of Clark et al., NSDI 2005: `START_MBIT_RATE`, `MAX_MBIT_RATE` and the 50 that `print_stats` adds, under
 * ADAPTIVE_SAVE in the source of 3.0.0. Bytes per second.
 */
export const NSDI_2005 = {
  firstBytesPerSec: mbitPerSec(100),
  mostBytesPerSec: mbitPerSec(500),
  stepBytesPerSec: mbitPerSec(50),
} as const

/** QEMU's defaults for auto-converge: first 20 %, then 10 % more each time, at most 99 %. */
export const AUTO_CONVERGE = { firstRatio: 0.2, stepRatio: 0.1, mostRatio: 0.99 } as const

/** Of `downtime-target`, and ours: when rounds have stopped helping. */
export const DOWNTIME_TARGET = {
  /** A round that leaves more than this share of what the one before left has not helped; */
  shrinkRatio: 0.95,
  /** so many of them in a row, and the last resort follows. */
  patienceRounds: 2,
  /**
   * More rounds than any guest gains by: one that is busy and quiet in turns would otherwise shrink and grow for ever.
   * Then the last resort; auto-converge has at most nine more, one for each step of the throttle.
   */
  maxRounds: 100,
} as const

/** How much of the latest rounds the bandwidth is measured over. */
const MEASURE_MS = 500

/** Rate limit of round 0; null = all the link gives. */
export function firstRateLimit(profile: PrecopyProfile): number | null {
  return profile.kind === 'nsdi-2005' ? NSDI_2005.firstBytesPerSec : null
}

/**
 * Whether a page found dirty again when its turn comes waits for the next round. Xen peeked at the bitmap for that until its
 * stream was written anew (tools/libxc/xc_sr_save.c, 4.6), which sends what the round began with.
 */
export function skipsDirtyPages(profile: PrecopyProfile): boolean {
  return profile.kind !== 'xen-4'
}

/** What to do at the end of a round. Pure; tables of the rules are in the test. */
export function decide(profile: PrecopyProfile, context: PrecopyContext): PrecopyDecision {
  if (!context.isExecuting) return { kind: 'stop-and-copy', reason: 'not-running' }
  switch (profile.kind) {
    case 'xen-3.0':
      return stopLikeXen3(context) ?? { kind: 'another-round', rateLimitBytesPerSec: null }
    case 'nsdi-2005':
      return decideNsdi(context)
    case 'xen-4':
      return decideXen4(context)
    case 'downtime-target':
      return decideDowntimeTarget(profile, context)
    default:
      return assertNever(profile)
  }
}

/**
 * What the path really carried over the last half second of rounds; null before anything was sent. The
 * NIC's share alone promises too much: the destination's end, other migrations and pacing take theirs.
 * Short rounds are added up, because a few pages in one pacing step say little about the rate.
 */
export function measuredBytesPerSec(rounds: readonly RoundStats[]): number | null {
  let bytes = 0
  let durationMs = 0
  for (let i = rounds.length - 1; i >= 0 && durationMs < MEASURE_MS; i--) {
    bytes += rounds[i]?.bytes ?? 0
    durationMs += rounds[i]?.durationMs ?? 0
  }
  return bytes > 0 && durationMs > 0 ? (1000 * bytes) / durationMs : null
}

/** Pause if the domain were suspended now: what is dirty over the link, plus the switch-over. */
export function predictedPauseMs(context: PrecopyContext): number {
  const last = context.rounds.at(-1)
  const bytes = (last?.dirtyPages ?? context.pageCount) * PAGE_BYTES
  return (1000 * bytes) / Math.max(1, context.linkBytesPerSec) + context.switchOverMs
}

function stop(reason: StopReason): PrecopyDecision {
  return { kind: 'stop-and-copy', reason }
}

/**
 * Xen 3.0 looks at what the finished round handled (sent + skipped), not at what is dirty now. Round
 * numbers start at 1 there and at 0 here.
 */
function stopLikeXen3(context: PrecopyContext): PrecopyDecision | null {
  const last = context.rounds.at(-1)
  if (last === undefined) return null
  if (context.rounds.length >= XEN_3_0.maxRounds) return stop('round-limit')
  if (last.sentPages + last.skippedPages < XEN_3_0.fewPages) return stop('few-pages-left')
  const totalSent = context.rounds.reduce((sum, round) => sum + round.sentPages, 0)
  if (totalSent > XEN_3_0.maxSentFactor * context.pageCount) return stop('sent-limit')
  return null
}

/**
 * Each round at the rate at which the last one was dirtied plus 50 Mbit/s, within 100 … 500. (The
 * source of 3.0.0 only ever raises the rate; the paper, followed here, lets it fall again.)
 */
function decideNsdi(context: PrecopyContext): PrecopyDecision {
  const last = context.rounds.at(-1)
  const before = context.rounds.at(-2)
  const atMaximum =
    context.rateLimitBytesPerSec !== null &&
    context.rateLimitBytesPerSec >= NSDI_2005.mostBytesPerSec
  if (atMaximum && last !== undefined && before !== undefined) {
    if (last.sentPages > before.sentPages) return stop('sent-grew-at-full-rate')
  }
  const stopped = stopLikeXen3(context)
  if (stopped !== null) return stopped
  const wanted = (last?.dirtyPagesPerSec ?? 0) * PAGE_BYTES + NSDI_2005.stepBytesPerSec
  const limit = Math.min(NSDI_2005.mostBytesPerSec, Math.max(NSDI_2005.firstBytesPerSec, wanted))
  return { kind: 'another-round', rateLimitBytesPerSec: limit }
}

function decideXen4(context: PrecopyContext): PrecopyDecision {
  const last = context.rounds.at(-1)
  if (last !== undefined && last.dirtyPages < XEN_4.fewPages) return stop('few-pages-left')
  if (context.rounds.length >= XEN_4.maxRounds) return stop('round-limit')
  return { kind: 'another-round', rateLimitBytesPerSec: null }
}

function decideDowntimeTarget(
  profile: Extract<PrecopyProfile, { kind: 'downtime-target' }>,
  context: PrecopyContext,
): PrecopyDecision {
  const pauseMs = predictedPauseMs(context)
  if (pauseMs <= profile.downtimeLimitMs) return stop('downtime-reached')
  // With nothing dirty the rest of the pause is switch-over, which no further round shortens.
  if (context.rounds.at(-1)?.dirtyPages === 0) return stop('few-pages-left')
  if (
    context.rounds.length < DOWNTIME_TARGET.maxRounds &&
    stalledRounds(context) < DOWNTIME_TARGET.patienceRounds
  ) {
    return { kind: 'another-round', rateLimitBytesPerSec: null }
  }
  switch (profile.lastResort.kind) {
    case 'give-up':
      return { kind: 'give-up', reason: 'no-progress' }
    case 'post-copy':
      return { kind: 'post-copy' }
    case 'longer-pause':
      return pauseMs <= profile.lastResort.downtimeLimitMs
        ? stop('longer-pause-accepted')
        : { kind: 'give-up', reason: 'pause-over-second-limit' }
    case 'auto-converge': {
      // Auto-converge is no cure: who touches all its memory dirties all of it even at 1 % CPU.
      if (context.throttleRatio >= AUTO_CONVERGE.mostRatio) {
        return { kind: 'give-up', reason: 'throttle-exhausted' }
      }
      const next =
        context.throttleRatio === 0
          ? AUTO_CONVERGE.firstRatio
          : Math.min(AUTO_CONVERGE.mostRatio, context.throttleRatio + AUTO_CONVERGE.stepRatio)
      return { kind: 'throttle', ratio: next }
    }
    default:
      return assertNever(profile.lastResort)
  }
}

/** How many rounds at the end did not leave clearly less than the one before them. */
function stalledRounds(context: PrecopyContext): number {
  const { rounds } = context
  let stalled = 0
  for (let i = rounds.length - 1; i >= 0; i--) {
    const before = i === 0 ? context.pageCount : (rounds[i - 1]?.dirtyPages ?? 0)
    if ((rounds[i]?.dirtyPages ?? 0) < DOWNTIME_TARGET.shrinkRatio * before) break
    stalled++
  }
  return stalled
}
