import type { MigrationPrediction, MigrationProfile } from '@drover/api-schema/migration.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { bitsToBytesPerSec, PAGE_BYTES } from '@drover/api-schema/units.ts'

/**
 * What a live migration will cost, before it starts: the rounds of the chosen profile played through with a guest
 * that writes a working set of W bytes at d bytes per second. In a time t such a guest dirties
 * W × (1 - e^(-d·t/W)) bytes: all of d·t at first, never more than W. What it does not know: the
 * guest's own traffic, other copies on the link (pass them as `sharers`) and how the load will change. It is a
 * prediction, marked as one, and each migration shows it beside what was measured.
 */
export type MigrationCostInput = {
  /** What the guest holds: all of it is sent in round 0. */
  readonly memBytes: number
  readonly vcpuCount: number
  readonly sourceNicBytesPerSec: number
  readonly destinationNicBytesPerSec: number
  readonly profile: MigrationProfile
  /** Measured before; without it `assumedDirtyBytesPerSec` of each vCPU. */
  readonly dirtyBytesPerSec?: number
  /** Measured before; without it `assumedWorkingSetRatio` of the memory. */
  readonly workingSetBytes?: number
  /** Migrations that share the narrower NIC, this one included. */
  readonly sharers?: number
}

/**
 * An ordinary server guest, when nothing is known. Clark et al. (NSDI 2005) found SPECweb99 at 90 % load, one CPU and
 * 800 MB, to have written 127 MB during the 54 s of the first round: 2.3 MB/s into about a sixth of its memory.
 */
export const assumedDirtyBytesPerSec = 2.3e6
export const assumedWorkingSetRatio = 1 / 6

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
const maxRounds = 1000

type Guest = { readonly dirtyBytesPerSec: number; readonly workingSetBytes: number }
type Run = {
  /** Rounds ended. */
  readonly rounds: number
  readonly lastSentBytes: number
  readonly sentBytes: number
  /** Dirty now, and after the round before. */
  readonly leftBytes: number
  readonly stalledRounds: number
  readonly throttleRatio: number
  readonly bytesPerSec: number
  readonly elapsedMs: number
}
type Decision =
  | { readonly kind: 'stop' }
  | { readonly kind: 'give-up' }
  | { readonly kind: 'go-on'; readonly throttleRatio: number; readonly bytesPerSec: number }

/** Null when the profile would give up on such a guest: then there is no total and no pause to predict. */
export function predictMigration(input: MigrationCostInput): MigrationPrediction | null {
  const linkBytesPerSec =
    Math.min(input.sourceNicBytesPerSec, input.destinationNicBytesPerSec) /
    Math.max(1, input.sharers ?? 1)
  const guest: Guest = {
    dirtyBytesPerSec: input.dirtyBytesPerSec ?? assumedDirtyBytesPerSec * input.vcpuCount,
    workingSetBytes: Math.min(
      input.memBytes,
      input.workingSetBytes ?? input.memBytes * assumedWorkingSetRatio,
    ),
  }
  let run: Run = {
    rounds: 0,
    lastSentBytes: 0,
    sentBytes: 0,
    leftBytes: input.memBytes,
    stalledRounds: 0,
    throttleRatio: 0,
    bytesPerSec: firstRate(input.profile, linkBytesPerSec),
    elapsedMs: setupMs,
  }
  while (run.rounds < maxRounds) {
    run = playRound(run, guest)
    const decision = decide(input, run, linkBytesPerSec)
    if (decision.kind === 'give-up') return null
    if (decision.kind === 'stop') return finish(run, linkBytesPerSec)
    run = { ...run, throttleRatio: decision.throttleRatio, bytesPerSec: decision.bytesPerSec }
  }
  return null
}

function playRound(run: Run, guest: Guest): Run {
  const seconds = run.leftBytes / run.bytesPerSec
  const dirtied = dirtiedIn(seconds, guest, run.throttleRatio)
  const hasShrunk = dirtied < shrinkRatio * run.leftBytes
  return {
    ...run,
    rounds: run.rounds + 1,
    lastSentBytes: run.leftBytes,
    sentBytes: run.sentBytes + run.leftBytes,
    leftBytes: dirtied,
    stalledRounds: hasShrunk ? 0 : run.stalledRounds + 1,
    elapsedMs: run.elapsedMs + 1000 * seconds,
  }
}

/** Bytes written at least once in `seconds`; a throttled guest writes in proportion to the CPU it keeps. */
function dirtiedIn(seconds: number, guest: Guest, throttleRatio: number): number {
  if (guest.workingSetBytes <= 0) return 0
  const written = guest.dirtyBytesPerSec * (1 - throttleRatio) * seconds
  return guest.workingSetBytes * (1 - Math.exp(-written / guest.workingSetBytes))
}

/** The last pages always go at full speed. */
function finish(run: Run, linkBytesPerSec: number): MigrationPrediction {
  const downtimeMs = (1000 * run.leftBytes) / linkBytesPerSec + switchOverMs
  return {
    totalMs: Math.round(run.elapsedMs + downtimeMs),
    downtimeMs: Math.round(downtimeMs),
    bytes: Math.round(run.sentBytes + run.leftBytes),
  }
}

const nsdiFirst = bitsToBytesPerSec(100e6)
const nsdiMost = bitsToBytesPerSec(500e6)
const nsdiStep = bitsToBytesPerSec(50e6)

function firstRate(profile: MigrationProfile, linkBytesPerSec: number): number {
  return profile.kind === 'nsdi-2005' ? Math.min(nsdiFirst, linkBytesPerSec) : linkBytesPerSec
}

/** The stop rules of `docs/live-migration.md`, on bytes instead of a bitmap. */
function decide(input: MigrationCostInput, run: Run, linkBytesPerSec: number): Decision {
  const { profile } = input
  const goOn: Decision = { kind: 'go-on', throttleRatio: 0, bytesPerSec: linkBytesPerSec }
  const stop: Decision = { kind: 'stop' }
  switch (profile.kind) {
    case 'xen-4':
      return run.rounds >= 5 || run.leftBytes < fewPagesBytes ? stop : goOn
    case 'xen-3.0':
      return stopsLikeXen3(input, run) ? stop : goOn
    case 'nsdi-2005':
      return decideNsdi(input, run, linkBytesPerSec)
    case 'downtime-target':
      return decideDowntimeTarget(profile, run, linkBytesPerSec)
    default:
      return assertNever(profile)
  }
}

function stopsLikeXen3(input: MigrationCostInput, run: Run): boolean {
  return run.rounds >= 29 || run.lastSentBytes < fewPagesBytes || run.sentBytes > 3 * input.memBytes
}

function decideNsdi(input: MigrationCostInput, run: Run, linkBytesPerSec: number): Decision {
  const most = Math.min(nsdiMost, linkBytesPerSec)
  const hasGrownAtMost = run.bytesPerSec >= most && run.rounds > 1 && run.stalledRounds > 0
  if (hasGrownAtMost || stopsLikeXen3(input, run)) return { kind: 'stop' }
  const measured = run.leftBytes / (run.lastSentBytes / run.bytesPerSec)
  const wanted = Math.max(Math.min(nsdiFirst, most), measured + nsdiStep)
  return { kind: 'go-on', throttleRatio: 0, bytesPerSec: Math.min(most, wanted) }
}

function decideDowntimeTarget(
  profile: Extract<MigrationProfile, { kind: 'downtime-target' }>,
  run: Run,
  linkBytesPerSec: number,
): Decision {
  const pauseMs = (1000 * run.leftBytes) / linkBytesPerSec + switchOverMs
  if (pauseMs <= profile.downtimeLimitMs || run.leftBytes < PAGE_BYTES) return { kind: 'stop' }
  const { throttleRatio } = run
  if (run.stalledRounds < patienceRounds) {
    return { kind: 'go-on', throttleRatio, bytesPerSec: linkBytesPerSec }
  }
  const { lastResort } = profile
  switch (lastResort.kind) {
    case 'give-up':
      return { kind: 'give-up' }
    case 'longer-pause':
      return { kind: pauseMs <= lastResort.downtimeLimitMs ? 'stop' : 'give-up' }
    case 'auto-converge': {
      if (throttleRatio >= throttleMaxRatio) return { kind: 'give-up' }
      const next = throttleRatio === 0 ? throttleFirstRatio : throttleRatio + throttleStepRatio
      return {
        kind: 'go-on',
        throttleRatio: Math.min(throttleMaxRatio, next),
        bytesPerSec: linkBytesPerSec,
      }
    }
    default:
      return assertNever(lastResort)
  }
}
