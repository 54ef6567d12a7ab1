import type { PrecopyRun } from '@drover/hypervisor-sim/precopy-run.ts'
import { median } from '../lib/statistics.ts'
import { MB, type Published } from './workload.ts'

/** What the published figures are compared with, and how far off each may be. */
export type Comparison = {
  readonly figure: string
  readonly unit: string
  /** Null: not published. */
  readonly paper: number | null
  readonly ours: number
  readonly lowest: number
  readonly highest: number
  /** Signed; in percent, or in rounds. */
  readonly error: number | null
  readonly bar: Bar
  readonly isWithin: boolean | null
}

type Bar =
  | { readonly kind: 'percent'; readonly atMost: number }
  | { readonly kind: 'rounds'; readonly atMost: number }
  | { readonly kind: 'range'; readonly from: number; readonly to: number }

/** The same guest over several seeds: the median stands for ours. */
export function compare(published: Published, runs: readonly PrecopyRun[]): Comparison[] {
  const downtime = published.downtimeMsRange
  return [
    comparison(
      'total sent',
      'MB',
      published.totalMb,
      { kind: 'percent', atMost: 10 },
      runs.map((run) => run.totalBytes / MB),
    ),
    comparison(
      'rounds',
      '',
      published.rounds,
      { kind: 'rounds', atMost: 2 },
      runs.map((run) => run.rounds.length),
    ),
    comparison(
      'total time',
      's',
      published.totalSeconds,
      { kind: 'percent', atMost: 15 },
      runs.map((run) => run.totalMs / 1000),
    ),
    comparison(
      'downtime',
      'ms',
      published.downtimeMs,
      downtime === undefined
        ? { kind: 'percent', atMost: 25 }
        : { kind: 'range', from: downtime[0], to: downtime[1] },
      runs.map(downtimeOf),
    ),
  ]
}

export const downtimeOf = ({ outcome }: PrecopyRun): number =>
  outcome.kind === 'completed' ? outcome.downtimeMs : Number.NaN

export const reasonOf = ({ outcome }: PrecopyRun): string =>
  outcome.kind === 'post-copy' ? outcome.kind : outcome.reason

function comparison(
  figure: string,
  unit: string,
  paper: number | null,
  bar: Bar,
  values: readonly number[],
): Comparison {
  const ours = median(values)
  const range = { lowest: Math.min(...values), highest: Math.max(...values) }
  if (paper === null) {
    return { figure, unit, paper, ours, ...range, error: null, bar, isWithin: null }
  }
  const error = bar.kind === 'rounds' ? ours - paper : (100 * (ours - paper)) / paper
  const isWithin =
    bar.kind === 'range' ? ours >= bar.from && ours <= bar.to : Math.abs(error) <= bar.atMost
  return { figure, unit, paper, ours, ...range, error, bar, isWithin }
}

export function describeBar(bar: Bar): string {
  switch (bar.kind) {
    case 'percent':
      return `± ${bar.atMost} %`
    case 'rounds':
      return `± ${bar.atMost}`
    case 'range':
      return `${bar.from}–${bar.to}`
  }
}
