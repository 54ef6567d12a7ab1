import type { MigrationProfile } from '@drover/api-schema/migration.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { bitsToBytesPerSec, PAGE_BYTES } from '@drover/api-schema/units.ts'
import { dirtiedIn, type WrittenSet } from './migration-cost-curve.ts'

/** One migration played through, every quantity taken as exact; `migration-cost.ts` puts the uncertainty around it. */
export type Play = {
  readonly memBytes: number
  readonly sets: readonly WrittenSet[]
  /** Guest seconds per second: 1.2 under a fifth more load than the curve was taken at. */
  readonly pace: number
  readonly linkBytesPerSec: number
  /** What the rounds may take of the link; the last pages are not held back. Null or left out: all of it. */
  readonly bandwidthBytesPerSec?: number | null
  readonly profile: MigrationProfile
}
export type Played = {
  readonly totalMs: number
  readonly downtimeMs: number
  readonly bytes: number
  /** With the last one, which is sent while the guest stands still. */
  readonly rounds: number
}

/** Setting up the destination before the first byte: 0.1 to 4 s on real hosts, here the lower end. */
export const setupMs = 200
/** Device state and resuming, beside copying the last pages: 5 to 50 ms on real hosts. */
export const switchOverMs = 30

const fewPagesBytes = 50 * PAGE_BYTES
const throttleFirstRatio = 0.2
const throttleStepRatio = 0.1
const throttleMaxRatio = 0.99
/** A round that leaves more than this share of what the last one left has not helped. */
const shrinkRatio = 0.95
const patienceRounds = 2
/** Of `downtime-target`: then its last resort. */
const mostRounds = 100

type Run = {
  /** Rounds ended. */
  readonly rounds: number
  /** What the last round set out to send, what it did send, and what the one before it sent. */
  readonly handledBytes: number
  readonly sentBytes: number
  readonly sentBeforeBytes: number
  readonly totalBytes: number
  /** Dirty now. */
  readonly leftBytes: number
  /** Guest seconds of the last round: those in which what is dirty now was dirtied. */
  readonly window: number
  readonly stalledRounds: number
  readonly throttleRatio: number
  /** Limit in force, null for none. */
  readonly limitBytesPerSec: number | null
  readonly seconds: number
  readonly roundSeconds: number
}
type Decision =
  | { readonly kind: 'stop' }
  | { readonly kind: 'give-up' }
  | { readonly kind: 'post-copy' }
  | {
      readonly kind: 'go-on'
      readonly throttleRatio: number
      readonly limitBytesPerSec: number | null
    }

/** Null when the profile gives up on such a guest: then there is no total and no pause. */
export function playMigration(play: Play): Played | null {
  let run: Run = {
    rounds: 0,
    handledBytes: 0,
    sentBytes: 0,
    sentBeforeBytes: 0,
    totalBytes: 0,
    leftBytes: play.memBytes,
    window: Number.POSITIVE_INFINITY,
    stalledRounds: 0,
    throttleRatio: 0,
    limitBytesPerSec: play.profile.kind === 'nsdi-2005' ? nsdiLeast : null,
    seconds: 0,
    roundSeconds: 0,
  }
  for (;;) {
    run = playRound(play, run)
    const decision = decide(play, run)
    if (decision.kind === 'give-up') return null
    if (decision.kind === 'stop') return finish(play, run)
    if (decision.kind === 'post-copy') return split(play, run)
    const { throttleRatio, limitBytesPerSec } = decision
    run = { ...run, throttleRatio, limitBytesPerSec }
  }
}

/**
 * Where a round is, as shares of the pages it has to send. A page whose turn comes after it was written again is skipped; how
 * many depends most steeply on the time at the start, hence the uneven steps.
 */
const stations = [0, 0.01, 0.04, 0.1, 0.2, 0.35, 0.55, 0.77, 1] as const

function playRound(play: Play, run: Run): Run {
  const bytesPerSec = Math.min(
    play.linkBytesPerSec,
    run.limitBytesPerSec ?? Number.POSITIVE_INFINITY,
    play.bandwidthBytesPerSec ?? Number.POSITIVE_INFINITY,
  )
  const pace = play.pace * (1 - run.throttleRatio)
  const fullSeconds = run.leftBytes / bytesPerSec
  let seconds = 0
  for (let k = 1; k < stations.length; k++) {
    const step = ((stations[k] ?? 1) - (stations[k - 1] ?? 0)) * fullSeconds
    const middle = seconds + (step / 2) * freshShare(play, run, pace * seconds)
    seconds += step * freshShare(play, run, pace * middle)
  }
  const leftBytes = Math.min(play.memBytes, dirtiedIn(play, pace * seconds))
  const sentBytes = seconds * bytesPerSec
  return {
    ...run,
    rounds: run.rounds + 1,
    handledBytes: run.leftBytes,
    sentBytes,
    sentBeforeBytes: run.sentBytes,
    totalBytes: run.totalBytes + sentBytes,
    leftBytes,
    window: pace * seconds,
    stalledRounds: leftBytes < shrinkRatio * run.leftBytes ? 0 : run.stalledRounds + 1,
    seconds: run.seconds + seconds,
    roundSeconds: seconds,
  }
}

/** Of the pages of this round, those sent `guestSeconds` into it: all by Xen 4, else those not written again, (D(T + s) - D(s)) / D(T). */
function freshShare(play: Play, run: Run, guestSeconds: number): number {
  if (run.leftBytes <= 0 || play.profile.kind === 'xen-4') return 1
  const again = dirtiedIn(play, guestSeconds)
  const either =
    run.window === Number.POSITIVE_INFINITY
      ? play.memBytes
      : dirtiedIn(play, run.window + guestSeconds)
  return Math.min(1, Math.max(0, (either - again) / run.leftBytes))
}

/** The last pages always go at full speed, none of them twice. */
function finish(play: Play, run: Run): Played {
  const downtimeMs = (1000 * run.leftBytes) / play.linkBytesPerSec + switchOverMs
  return {
    totalMs: setupMs + 1000 * run.seconds + downtimeMs,
    downtimeMs,
    // Every page goes over at least once; the steps of a round lose a thousandth.
    bytes: Math.max(play.memBytes, run.totalBytes + run.leftBytes),
    rounds: run.rounds + 1,
  }
}

/**
 * Post-copy: the pause is the switch-over, whatever is dirty; what is dirty is sent once, after it, as long as the link takes
 * for it. How long the guest then waits for pages is not in it: that depends on the order in which it touches them.
 */
function split(play: Play, run: Run): Played {
  const followMs = (1000 * run.leftBytes) / play.linkBytesPerSec
  return {
    totalMs: setupMs + 1000 * run.seconds + switchOverMs + followMs,
    downtimeMs: switchOverMs,
    bytes: Math.max(play.memBytes, run.totalBytes + run.leftBytes),
    rounds: run.rounds + 1,
  }
}

const nsdiLeast = bitsToBytesPerSec(100e6)
const nsdiMost = bitsToBytesPerSec(500e6)
const nsdiStep = bitsToBytesPerSec(50e6)

const stop: Decision = { kind: 'stop' }
const atFullSpeed: Decision = { kind: 'go-on', throttleRatio: 0, limitBytesPerSec: null }

/** The stop rules of `docs/live-migration.md`, on bytes instead of a bitmap. */
function decide(play: Play, run: Run): Decision {
  const { profile } = play
  switch (profile.kind) {
    case 'xen-4':
      return run.rounds >= 5 || run.leftBytes < fewPagesBytes ? stop : atFullSpeed
    case 'xen-3.0':
      return stopsLikeXen3(play, run) ? stop : atFullSpeed
    case 'nsdi-2005':
      return decideNsdi(play, run)
    case 'downtime-target':
      return decideDowntimeTarget(profile, play, run)
    default:
      return assertNever(profile)
  }
}

function stopsLikeXen3(play: Play, run: Run): boolean {
  return run.rounds >= 29 || run.handledBytes < fewPagesBytes || run.totalBytes > 3 * play.memBytes
}

function decideNsdi(play: Play, run: Run): Decision {
  const isAtMost = run.limitBytesPerSec !== null && run.limitBytesPerSec >= nsdiMost
  const hasGrown = run.rounds > 1 && run.sentBytes > run.sentBeforeBytes
  if ((isAtMost && hasGrown) || stopsLikeXen3(play, run)) return stop
  const dirtied = run.roundSeconds > 0 ? run.leftBytes / run.roundSeconds : 0
  const limitBytesPerSec = Math.min(nsdiMost, Math.max(nsdiLeast, dirtied + nsdiStep))
  return { kind: 'go-on', throttleRatio: 0, limitBytesPerSec }
}

function decideDowntimeTarget(
  profile: Extract<MigrationProfile, { kind: 'downtime-target' }>,
  play: Play,
  run: Run,
): Decision {
  const { throttleRatio } = run
  // The source foretells the pause by what the rounds went at; the last pages go faster when the rounds were held back.
  const seenBytesPerSec = Math.min(
    play.linkBytesPerSec,
    play.bandwidthBytesPerSec ?? Number.POSITIVE_INFINITY,
  )
  const pauseMs = (1000 * run.leftBytes) / seenBytesPerSec + switchOverMs
  if (pauseMs <= profile.downtimeLimitMs || run.leftBytes < PAGE_BYTES) return stop
  if (run.rounds < mostRounds && run.stalledRounds < patienceRounds) {
    return { kind: 'go-on', throttleRatio, limitBytesPerSec: null }
  }
  const { lastResort } = profile
  switch (lastResort.kind) {
    case 'give-up':
      return { kind: 'give-up' }
    case 'post-copy':
      return { kind: 'post-copy' }
    case 'longer-pause':
      return { kind: pauseMs <= lastResort.downtimeLimitMs ? 'stop' : 'give-up' }
    case 'auto-converge': {
      if (throttleRatio >= throttleMaxRatio) return { kind: 'give-up' }
      const next = throttleRatio === 0 ? throttleFirstRatio : throttleRatio + throttleStepRatio
      return {
        kind: 'go-on',
        throttleRatio: Math.min(throttleMaxRatio, next),
        limitBytesPerSec: null,
      }
    }
    default:
      return assertNever(lastResort)
  }
}
