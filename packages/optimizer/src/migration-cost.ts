import type { MigrationPrediction, MigrationProfile } from '@drover/api-schema/migration.ts'
import { assumedCurve, type DirtyCurve } from './migration-cost-curve.ts'
import { type Played, playMigration, switchOverMs } from './migration-cost-rounds.ts'

/**
 * What a live migration will cost, before it starts: the rounds of the chosen profile played through with a guest that
 * dirties its memory as its earlier migrations showed (`migration-cost-curve.ts`).
 *
 * Where the 80 % intervals come from:
 *
 * 1. What is uncertain beforehand is carried through the rounds. The load is not what it was when it was measured: its
 *    spread between the domain's own migrations. The link does not give all it has. Eleven equally likely
 *    pairs of the two, a fixed lattice and no dice, are each played through; 10 %, 50 % and 90 % of their outcomes are the
 *    low end, the prediction and the high end. This sees what a formula would not: that a fast guest needs another round,
 *    or that the profile's limit cuts the pause off.
 * 2. What the model leaves out (the phase of the guest's writing, samples that lie, setting up) is added as a spread of
 *    its own, in quadrature of logarithms. Its size, `leftOut`, is fitted by `npm run bench:prediction -- --fit`, per
 *    profile, regime and figure, so that the intervals cover 80 % of simulated migrations of one range of seeds; the
 *    benchmark reports how many they cover of another.
 *
 * What it does not know: guests' own traffic, migrations that will start or end meanwhile, and a load unlike any
 * before. The first is learned from what was measured (`calibration`), the others are not.
 */
export type MigrationCostInput = {
  /** What the guest holds: all of it is sent in round 0. */
  readonly memBytes: number
  readonly vcpuCount: number
  readonly sourceNicBytesPerSec: number
  readonly destinationNicBytesPerSec: number
  readonly profile: MigrationProfile
  /** What an administrator lets the rounds take; null or left out: all that the links give. */
  readonly bandwidthBytesPerSec?: number | null
  /** Of `fitDirtyCurve`; null or left out: nothing was ever measured, an ordinary guest of this size is assumed. */
  readonly dirty?: DirtyCurve | null
  /** Migrations that share each NIC, this one included. */
  readonly sourceSharers?: number
  readonly destinationSharers?: number
  /** What this console's predictions of such migrations were wrong by. */
  readonly calibration?: Calibration
}

/** Factors that the predictions are multiplied by, learned from finished migrations; 1 changes nothing. */
export type Calibration = {
  readonly total: number
  readonly downtime: number
  /** Intervals are at least so wide to either side, as a logarithm: what measured figures were off by in spite of the factors. */
  readonly spread?: { readonly total: number; readonly downtime: number }
}

/** Equally likely levels: quantiles of the normal distribution at 1/22, 3/22 … 21/22. */
const levels = [
  -1.6906, -1.0968, -0.7479, -0.4728, -0.2299, 0, 0.2299, 0.4728, 0.7479, 1.0968, 1.6906,
] as const
/** The link's quantile that goes with each level: neighbours in level are far apart here. */
const linkOf = [4, 8, 1, 6, 10, 5, 0, 9, 3, 7, 2] as const
/** What guests' traffic leaves of the link when nothing is known of it, as the deviation of a logarithm. */
const linkSpread = 0.03

export const predictedFigures = ['totalMs', 'downtimeMs', 'bytes', 'rounds'] as const
export type PredictedFigure = (typeof predictedFigures)[number]
/** How far, as a logarithm, from the prediction to the 10 % and to the 90 % end by what the model leaves out alone. */
export type LeftOut = Readonly<Record<PredictedFigure, number>>
/**
 * Calm: the guest will hardly be paused for longer than the switch-over, whatever it does. Busy: how fast it writes and how
 * fast the link is decide, and the model's own errors are larger.
 */
export const regimes = ['calm', 'busy'] as const
export type Regime = (typeof regimes)[number]
/** The pause at its high end, from which on a migration is busy. */
export const busyFromMs = 2 * switchOverMs
type ByProfile = Readonly<Record<MigrationProfile['kind'], Readonly<Record<Regime, LeftOut>>>>
/** For guests whose writing was measured before, and for those taken to be ordinary. */
export type LeftOutTable = { readonly measured: ByProfile; readonly assumed: ByProfile }

const none: LeftOut = { totalMs: 0, downtimeMs: 0, bytes: 0, rounds: 0 }
const nowhere: ByProfile = {
  'xen-3.0': { calm: none, busy: none },
  'nsdi-2005': { calm: none, busy: none },
  'xen-4': { calm: none, busy: none },
  'downtime-target': { calm: none, busy: none },
}
/** For fitting: intervals of what is carried through alone. */
export const nothingLeftOut: LeftOutTable = { measured: nowhere, assumed: nowhere }
/** As `bench:prediction -- --fit --migrations 3000` prints them. */
const leftOut: LeftOutTable = {
  measured: {
    'xen-3.0': {
      calm: { totalMs: 0.074, downtimeMs: 0.252, bytes: 0.012, rounds: 0 },
      busy: { totalMs: 0.218, downtimeMs: 0.298, bytes: 0.18, rounds: 0 },
    },
    'nsdi-2005': {
      calm: { totalMs: 0.048, downtimeMs: 0.243, bytes: 0.066, rounds: 0.283 },
      busy: { totalMs: 0.092, downtimeMs: 0.226, bytes: 0.19, rounds: 1.204 },
    },
    'xen-4': {
      calm: { totalMs: 0.067, downtimeMs: 0.236, bytes: 0.007, rounds: 0 },
      busy: { totalMs: 0.063, downtimeMs: 0.137, bytes: 0.023, rounds: 0 },
    },
    'downtime-target': {
      calm: { totalMs: 0.096, downtimeMs: 0.213, bytes: 0.004, rounds: 0 },
      busy: { totalMs: 0.068, downtimeMs: 0.11, bytes: 0.01, rounds: 0 },
    },
  },
  assumed: {
    'xen-3.0': {
      calm: { totalMs: 0.126, downtimeMs: 0.351, bytes: 0.038, rounds: 0.985 },
      busy: { totalMs: 0.005, downtimeMs: 0.631, bytes: 0.038, rounds: 0.955 },
    },
    'nsdi-2005': {
      calm: { totalMs: 0.069, downtimeMs: 0.52, bytes: 0.048, rounds: 0.259 },
      busy: { totalMs: 0.104, downtimeMs: 0.301, bytes: 0.072, rounds: 0 },
    },
    'xen-4': {
      calm: { totalMs: 0.099, downtimeMs: 0.333, bytes: 0.013, rounds: 0 },
      busy: { totalMs: 0.098, downtimeMs: 0.273, bytes: 0.094, rounds: 0 },
    },
    'downtime-target': {
      calm: { totalMs: 0.132, downtimeMs: 0.309, bytes: 0.008, rounds: 0 },
      busy: { totalMs: 0.075, downtimeMs: 0.203, bytes: 0.032, rounds: 0 },
    },
  },
}

/** Null when the profile would more likely give up than not: then there is no total and no pause to predict. */
export function predictMigration(
  input: MigrationCostInput,
  added: LeftOutTable = leftOut,
): MigrationPrediction | null {
  const outcomes = playAll(input)
  if (2 * outcomes.length <= levels.length) return null
  const { total = 1, downtime = 1, spread: seen } = input.calibration ?? {}
  const basis = (input.dirty?.isAssumed ?? true) ? 'assumed' : 'measured'
  const pauses = outcomes.map((outcome) => outcome.downtimeMs).sort((a, b) => a - b)
  const regime: Regime = quantile(pauses, 0.9) > busyFromMs ? 'busy' : 'calm'
  const spread = added[basis][input.profile.kind][regime]
  const range = (figure: PredictedFigure, factor: number) => {
    const sorted = outcomes.map((outcome) => factor * outcome[figure]).sort((a, b) => a - b)
    return widened(sorted, spread[figure])
  }
  const totalMs = notBelow(fastestMs(input), atLeast(range('totalMs', total), seen?.total))
  const downtimeMs = atLeast(range('downtimeMs', downtime), seen?.downtime)
  const bytes = range('bytes', 1)
  const rounds = range('rounds', 1)
  return {
    totalMs: Math.round(totalMs.middle),
    downtimeMs: Math.round(downtimeMs.middle),
    bytes: Math.round(bytes.middle),
    rounds: Math.round(rounds.middle),
    likely: {
      totalMs: outwards(totalMs),
      downtimeMs: outwards(downtimeMs),
      bytes: outwards({ ...bytes, low: Math.max(input.memBytes, bytes.low) }),
      // One with the guest running, one with it paused.
      rounds: outwards({ ...rounds, low: Math.max(2, rounds.low) }),
    },
    basis,
    calibration: { total, downtime },
  }
}

/** Sending the memory once over the links as they are: no experience makes it faster. */
function fastestMs(input: MigrationCostInput): number {
  const bytesPerSec = Math.min(
    input.sourceNicBytesPerSec,
    input.destinationNicBytesPerSec,
    input.bandwidthBytesPerSec ?? Number.POSITIVE_INFINITY,
  )
  return (1000 * input.memBytes) / bytesPerSec
}

function notBelow(least: number, { low, middle, high }: Range): Range {
  return { low: Math.max(least, low), middle: Math.max(least, middle), high: Math.max(least, high) }
}

function atLeast({ low, middle, high }: Range, spread = 0): Range {
  const factor = Math.exp(spread)
  return { low: Math.min(low, middle / factor), middle, high: Math.max(high, middle * factor) }
}

/** Those of the equally likely cases in which the profile does not give up. */
function playAll(input: MigrationCostInput): Played[] {
  const { memBytes, profile } = input
  const curve = input.dirty ?? assumedCurve(memBytes, input.vcpuCount)
  const linkBytesPerSec = Math.min(
    input.sourceNicBytesPerSec / Math.max(1, input.sourceSharers ?? 1),
    input.destinationNicBytesPerSec / Math.max(1, input.destinationSharers ?? 1),
  )
  return levels.flatMap((level, index) => {
    const played = playMigration({
      memBytes,
      sets: curve.sets,
      pace: Math.exp(level * curve.levelSpread),
      linkBytesPerSec: linkBytesPerSec * Math.exp(linkSpread * (levels[linkOf[index] ?? 5] ?? 0)),
      bandwidthBytesPerSec: input.bandwidthBytesPerSec ?? null,
      profile,
    })
    return played === null ? [] : [played]
  })
}

type Range = { readonly low: number; readonly middle: number; readonly high: number }

function widened(sorted: readonly number[], spread: number): Range {
  const middle = quantile(sorted, 0.5)
  if (middle <= 0) return { low: 0, middle: 0, high: 0 }
  const below = Math.log(middle / quantile(sorted, 0.1))
  const above = Math.log(quantile(sorted, 0.9) / middle)
  return {
    low: middle * Math.exp(-Math.hypot(below, spread)),
    middle,
    high: middle * Math.exp(Math.hypot(above, spread)),
  }
}

/** Of equally likely values: the k-th of n stands at (k + 1/2) / n. */
function quantile(sorted: readonly number[], share: number): number {
  const place = Math.min(sorted.length - 1, Math.max(0, share * sorted.length - 0.5))
  const lower = sorted[Math.floor(place)] ?? 0
  const upper = sorted[Math.ceil(place)] ?? 0
  return lower + (upper - lower) * (place - Math.floor(place))
}

const outwards = ({ low, high }: Range) => ({ low: Math.floor(low), high: Math.ceil(high) })
