import type { MigrationPrediction } from '@drover/api-schema/migration.ts'
import type { PrecopyRun } from '@drover/hypervisor-sim/precopy-run.ts'
import {
  busyFromMs,
  type LeftOutTable,
  type PredictedFigure,
  predictMigration,
  type Regime,
} from '@drover/optimizer/migration-cost.ts'
import { fitDirtyCurve } from '@drover/optimizer/migration-cost-curve.ts'
import { median, percentile } from '../lib/statistics.ts'
import type { Case } from './cases.ts'

export type Measured = Readonly<Record<PredictedFigure, number>>
export type Profile = Case['profile']['kind']
/** One migration both ways; null: gave up, or was predicted to. */
export type Pair = {
  readonly profile: Profile
  readonly predicted: MigrationPrediction | null
  readonly measured: Measured | null
}
export const profiles = ['xen-3.0', 'nsdi-2005', 'xen-4', 'downtime-target'] as const

export function measuredOf(run: PrecopyRun): Measured | null {
  if (run.outcome.kind !== 'completed') return null
  return {
    totalMs: run.totalMs,
    downtimeMs: run.outcome.downtimeMs,
    bytes: run.totalBytes,
    rounds: run.rounds.length,
  }
}

/** What a console says beforehand; without its history it knows memory, vCPUs, NICs and profile only. */
export function predictCase(
  one: Case,
  knows: { readonly history: boolean; readonly added?: LeftOutTable },
): MigrationPrediction | null {
  const dirty = knows.history ? fitDirtyCurve(one.history, one.memBytes) : null
  const sharers = { sourceSharers: one.sharers, destinationSharers: one.sharers }
  return predictMigration({ ...one, ...sharers, dirty }, knows.added)
}

export type Summary = {
  readonly pairs: number
  readonly medianError: number
  readonly ninetiethError: number
  /** Median of measured over predicted: above 1 means promised too little. */
  readonly bias: number
  readonly coverage: number
}

type Known = { readonly predicted: MigrationPrediction; readonly measured: Measured }
const known = (pairs: readonly Pair[]): Known[] =>
  pairs.flatMap(({ predicted, measured }) =>
    predicted === null || measured === null ? [] : [{ predicted, measured }],
  )

export function summarise(pairs: readonly Pair[], figure: PredictedFigure): Summary {
  const all = known(pairs).map(({ predicted, measured }) => ({
    predicted: predicted[figure] ?? Number.NaN,
    measured: measured[figure],
    likely: predicted.likely?.[figure] ?? { low: Number.NaN, high: Number.NaN },
  }))
  const errors = all.map((one) => Math.abs(one.predicted / one.measured - 1))
  const covered = all.filter(
    ({ measured, likely }) => measured >= likely.low && measured <= likely.high,
  )
  return {
    pairs: all.length,
    medianError: median(errors),
    ninetiethError: percentile(errors, 0.9),
    bias: median(all.map((one) => one.measured / one.predicted)),
    coverage: covered.length / all.length,
  }
}

/** How often "it will give up" and "it will not" came true. */
export function foretold(pairs: readonly Pair[]): number {
  const right = pairs.filter((pair) => (pair.predicted === null) === (pair.measured === null))
  return right.length / pairs.length
}

/** Of a prediction with `nothingLeftOut`, as the predictor itself tells them apart. */
export const regimeOf = ({ predicted }: Pair): Regime | null =>
  predicted?.likely === undefined
    ? null
    : predicted.likely.downtimeMs.high > busyFromMs
      ? 'busy'
      : 'calm'

const aim = 0.8
/** The least spread, in steps of a thousandth, with which 80 % of these migrations lie within. Pairs of `nothingLeftOut`. */
export function fitLeftOut(pairs: readonly Pair[], figure: PredictedFigure): number {
  const all = known(pairs)
  for (let added = 0; added < 3; added += 0.001) {
    const covered = all.filter((one) => isWithin(one, figure, added)).length
    if (covered >= aim * all.length) return added
  }
  return Number.NaN
}

function isWithin({ predicted, measured }: Known, figure: PredictedFigure, added: number): boolean {
  const middle = predicted[figure] ?? Number.NaN
  const { low, high } = predicted.likely?.[figure] ?? { low: Number.NaN, high: Number.NaN }
  const off = Math.log(measured[figure] / middle)
  const end = off < 0 ? Math.log(middle / low) : Math.log(high / middle)
  return Math.abs(off) <= Math.hypot(end, added)
}
