import { runPrecopy } from '@drover/hypervisor-sim/precopy-run.ts'
import { printTable } from '../lib/report.ts'
import { type Comparison, compare } from './compare.ts'
import { precopyInput } from './guest.ts'
import { type Fit, fitWorkingSet, type HouseRules, houseRules } from './working-set-fit.ts'
import { MB, type Workload } from './workload.ts'

type Variant = {
  readonly name: string
  readonly rules?: Partial<HouseRules>
  readonly linkMbitPerSec?: number
  readonly switchOverMs?: number
  readonly batchPages?: number
}

/** One assumption changed at a time, so that nobody has to believe that the others were not chosen for the result. */
const variants: readonly Variant[] = [
  { name: 'as above' },
  { name: 'a figure missed by 0.5 % counts as 1', rules: { figureError: 0.005 } },
  { name: '… by 2 %', rules: { figureError: 0.02 } },
  { name: '… by 5 %', rules: { figureError: 0.05 } },
  { name: 'a twelfth of the memory is written', rules: { writtenShare: 1 / 12 } },
  { name: 'a third of it', rules: { writtenShare: 1 / 3 } },
  { name: 'a twentieth of that is hot', rules: { hotShare: 1 / 20 } },
  { name: 'a fifth of that', rules: { hotShare: 1 / 5 } },
  { name: 'hot pages are written 20 times a second', rules: { hotWritesPerPagePerSec: 20 } },
  { name: '… 5 times a second', rules: { hotWritesPerPagePerSec: 5 } },
  { name: 'dirty bitmap read every 256 pages', batchPages: 256 },
  { name: 'switch-over 30 ms, the simulator’s own', switchOverMs: 30 },
  { name: 'last round at 500 Mbit/s for all', linkMbitPerSec: 500 },
  { name: 'last round at 1000 Mbit/s for all', linkMbitPerSec: 1000 },
]

const seeds = [0, 1, 2, 3, 4]

type Fitted = { readonly workload: Workload; readonly fit: Fit }

export function printSensitivity(fitted: readonly Fitted[]): void {
  console.log(
    '\nWith one assumption changed (error in MB %, rounds, time %, downtime %; ! beyond its bar):',
  )
  printTable(
    ['assumption', ...fitted.map(({ workload }) => workload.name)],
    variants.map((variant) => [
      variant.name,
      ...fitted.map((each) => describe(compareVariant(each, variant))),
    ]),
  )
}

function compareVariant({ workload, fit }: Fitted, variant: Variant): Comparison[] {
  const { set } =
    variant.rules === undefined
      ? fit
      : fitWorkingSet(workload.firstRounds, { ...houseRules, ...variant.rules })
  const testbed = {
    linkBytesPerSec: ((variant.linkMbitPerSec ?? workload.testbed.linkMbitPerSec) * MB) / 8,
    switchOverMs: variant.switchOverMs ?? workload.testbed.switchOverMs,
  }
  const runs = seeds.map((seed) => {
    const input = precopyInput({ memBytes: workload.memBytes, set, testbed, seed })
    return runPrecopy(
      variant.batchPages === undefined ? input : { ...input, batchPages: variant.batchPages },
    )
  })
  return compare(workload.published, runs)
}

const describe = (comparisons: readonly Comparison[]): string =>
  comparisons
    .map(({ error, isWithin }) =>
      error === null ? '–' : `${Math.round(error)}${isWithin === false ? '!' : ''}`,
    )
    .join(' / ')
