import type { DomainId } from '@drover/api-schema/ids.ts'
import type {
  Migration,
  MigrationPhase,
  MigrationPrediction,
  PrecopyRound,
} from '@drover/api-schema/migration.ts'
import { pagesToBytes } from '@drover/api-schema/units.ts'
import type { Calibration } from './migration-cost.ts'
import { type DirtyCurve, type DirtyRun, fitDirtyCurve } from './migration-cost-curve.ts'

/**
 * What finished migrations teach: how each domain writes (its history), what predictions were wrong by (calibration), and how
 * good they are (accuracy). All three are computed from the stored migrations whenever they are needed; nothing is kept that
 * could differ from them.
 */

/** Older ones tell of another load. */
const historyLength = 8
const sampleLength = 12
/** A round that left about as much as the one before; two of them and `auto-converge` slows the guest down. */
const shrinkRatio = 0.95
const patienceRounds = 2

type Basis = NonNullable<MigrationPrediction['basis']>
type Completed = Extract<Migration['state'], { phase: 'completed' }>

/** The rounds of one domain's earlier migrations as looks at its writing, newest migration first. */
export function historyOf(migrations: readonly Migration[], domainId: DomainId): DirtyRun[] {
  return newestFirst(migrations.filter((migration) => migration.domainId === domainId))
    .map(runOf)
    .filter((run) => run.length > 0)
    .slice(0, historyLength)
}

/** Ready for `predictMigration`; null when no earlier migration of the domain tells anything. */
export function dirtyCurveOf(
  migrations: readonly Migration[],
  { domainId, memBytes }: { readonly domainId: DomainId; readonly memBytes: number },
): DirtyCurve | null {
  return fitDirtyCurve(historyOf(migrations, domainId), memBytes)
}

/** Each round is a window in which the guest ran; what it left dirty was written in it. */
function runOf({ state, profile }: Migration): DirtyRun {
  const rounds = runningRounds(state)
  const slows = profile.kind === 'downtime-target' && profile.lastResort.kind === 'auto-converge'
  return (slows ? beforeThrottling(rounds) : rounds)
    .filter(({ durationMs }) => durationMs > 0)
    .slice(0, sampleLength)
    .map(({ durationMs, dirtyPages }) => ({
      seconds: durationMs / 1000,
      bytes: pagesToBytes(dirtyPages),
    }))
}

function runningRounds(state: Migration['state']): readonly PrecopyRound[] {
  switch (state.phase) {
    case 'completed':
      // The last round was sent with the guest paused. A guest that was paused throughout wrote nothing, which tells nothing.
      return state.stopReason === 'not-running' || state.stopReason === null
        ? []
        : state.rounds.slice(0, -1)
    case 'failed':
      // A guest that could not be followed tells the most.
      return roundsBefore(state.failedIn, state.rounds)
    case 'cancelled':
      return roundsBefore(state.cancelledIn, state.rounds)
    default:
      return []
  }
}

/** Of one that ended early. Whether its last pages had gone over is not told, but they left nothing dirty. */
function roundsBefore(
  endedIn: MigrationPhase,
  rounds: readonly PrecopyRound[],
): readonly PrecopyRound[] {
  return endedIn === 'pre-copy' ? rounds : rounds.filter(({ dirtyPages }) => dirtyPages > 0)
}

/** A throttled guest writes less than it would; its later rounds would make it look calm. */
function beforeThrottling(rounds: readonly PrecopyRound[]): readonly PrecopyRound[] {
  let stalled = 0
  for (const [index, round] of rounds.entries()) {
    const before = rounds[index - 1]
    const hasShrunk = before === undefined || round.dirtyPages < shrinkRatio * before.dirtyPages
    stalled = hasShrunk ? 0 : stalled + 1
    if (stalled >= patienceRounds) return rounds.slice(0, index + 1)
  }
  return rounds
}

/** How many migrations "it will be as for the others" counts for against the domain's own. */
const othersWeight = 3
/** How many "the model is right" counts for against this console's. */
const modelWeight = 5
/** More than this is an accident (a host that was away for minutes), not a property of the domain. */
const mostFactor = 4
const calibrationLength = 50

/**
 * The factors for the next migration of a domain: the mean of the logarithms of measured over predicted (before earlier
 * factors), of the domain's own migrations, drawn towards the console's, which is drawn towards 1. So one odd migration
 * moves little, ten alike move nearly all the way, and a domain never seen gets what the console has learned. Predictions that
 * assumed an ordinary guest were wrong by how far the guest is from ordinary, those from its own history were not: neither
 * teaches the other.
 */
export function calibrationOf(
  migrations: readonly Migration[],
  { domainId, basis }: { readonly domainId: DomainId; readonly basis: Basis },
): Calibration {
  const known = newestFirst(migrations)
    .flatMap(judged)
    .filter(({ predicted }) => (predicted.basis ?? 'assumed') === basis)
    .slice(0, calibrationLength)
  const own = known
    .filter(({ migration }) => migration.domainId === domainId)
    .slice(0, historyLength)
  const factor = (ratioOf: (one: Judged) => number | null) => {
    const overall = shrunken(known.map(ratioOf), 0, modelWeight)
    return Math.exp(shrunken(own.map(ratioOf), overall, othersWeight))
  }
  const totalOf = ({ predicted, state }: Judged) =>
    ratio(state.totalMs, predicted.totalMs, predicted.calibration?.total)
  const downtimeOf = ({ predicted, state }: Judged) =>
    ratio(state.downtimeMs, predicted.downtimeMs, predicted.calibration?.downtime)
  const total = factor(totalOf)
  const downtime = factor(downtimeOf)
  const spread = {
    total: spreadOf(known.map(totalOf), Math.log(total)),
    downtime: spreadOf(known.map(downtimeOf), Math.log(downtime)),
  }
  return { total, downtime, spread }
}

/**
 * How far, as a logarithm, measured figures lay from predictions corrected by the factor: four out of five lay within, and the
 * next will by the same odds if it is like them (split conformal prediction, hence n + 1). 0 while there are too few to tell.
 */
function spreadOf(logs: readonly (number | null)[], center: number): number {
  const off = logs
    .filter((log) => log !== null)
    .map((log) => Math.abs(log - center))
    .sort((a, b) => a - b)
  if (off.length < fewestForAccuracy) return 0
  return off[Math.min(off.length, Math.ceil(0.8 * (off.length + 1))) - 1] ?? 0
}

function shrunken(logs: readonly (number | null)[], towards: number, weight: number): number {
  const known = logs.filter((log) => log !== null)
  return known.reduce((sum, log) => sum + log, weight * towards) / (weight + known.length)
}

/** As a logarithm; null when either is unknown. */
function ratio(measured: number | null, predicted: number, factor = 1): number | null {
  if (measured === null || measured <= 0 || predicted <= 0) return null
  const most = Math.log(mostFactor)
  return Math.min(most, Math.max(-most, Math.log((measured * factor) / predicted)))
}

/** How good the console's predictions were; errors and coverage are shares, 0.1 = 10 %. */
export type Accuracy = { readonly total: FigureAccuracy; readonly downtime: FigureAccuracy }
export type FigureAccuracy = {
  /** Finished migrations that have both a prediction and a measurement. */
  readonly count: number
  /** Median of |predicted / measured - 1|. */
  readonly medianError: number
  /** Measured within its 80 % interval; null when too few of them had one. */
  readonly coverage: number | null
}
/** Fewer say nothing about a median. */
export const fewestForAccuracy = 5
export const accuracyLength = 100

/** Null while there are too few to tell. */
export function accuracyOf(migrations: readonly Migration[]): Accuracy | null {
  const known = newestFirst(migrations).flatMap(judged).slice(0, accuracyLength)
  const total = figureAccuracy(known, 'totalMs')
  const downtime = figureAccuracy(known, 'downtimeMs')
  return total === null || downtime === null ? null : { total, downtime }
}

function figureAccuracy(
  known: readonly Judged[],
  figure: 'totalMs' | 'downtimeMs',
): FigureAccuracy | null {
  const errors: number[] = []
  const within: boolean[] = []
  for (const { predicted, state } of known) {
    const measured = state[figure]
    if (measured === null || measured <= 0) continue
    errors.push(Math.abs(predicted[figure] / measured - 1))
    const likely = predicted.likely?.[figure]
    if (likely !== undefined) within.push(measured >= likely.low && measured <= likely.high)
  }
  if (errors.length < fewestForAccuracy) return null
  return {
    count: errors.length,
    medianError: medianOf(errors),
    coverage:
      within.length < fewestForAccuracy ? null : within.filter(Boolean).length / within.length,
  }
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const lower = sorted[(sorted.length - 1) >> 1] ?? 0
  const upper = sorted[sorted.length >> 1] ?? 0
  return (lower + upper) / 2
}

type Judged = {
  readonly migration: Migration
  readonly predicted: MigrationPrediction
  readonly state: Completed
}

/** Completed with the guest running throughout; of a paused guest nothing was predicted. */
function judged(migration: Migration): Judged[] {
  const { state, predicted } = migration
  if (state.phase !== 'completed' || predicted === null) return []
  // What a person changed on the way was not foretold, and says nothing of what was.
  if (migration.steered !== undefined) return []
  return state.stopReason === 'not-running' ? [] : [{ migration, predicted, state }]
}

function newestFirst(migrations: readonly Migration[]): Migration[] {
  const endedAt = ({ state }: Migration) => ('endedAt' in state ? state.endedAt : 0)
  return [...migrations].sort((a, b) => endedAt(b) - endedAt(a))
}
