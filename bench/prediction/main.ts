import {
  nothingLeftOut,
  predictedFigures,
  predictMigration,
  regimes,
} from '@drover/optimizer/migration-cost.ts'
import { fitDirtyCurve } from '@drover/optimizer/migration-cost-curve.ts'
import { readFlags } from '../lib/flags.ts'
import { printTable, report, show } from '../lib/report.ts'
import { median, round } from '../lib/statistics.ts'
import { type Case, randomCase, runCase } from './cases.ts'
import {
  fitLeftOut,
  foretold,
  measuredOf,
  type Pair,
  predictCase,
  profiles,
  regimeOf,
  summarise,
} from './judge.ts'

/** Random migrations, each predicted from what a console would know and then run through the simulator's pre-copy. */
const flags = readFlags('bench:prediction: what a migration will cost, said beforehand', {
  migrations: { default: 1000, help: 'random migrations' },
  seed: { default: 1_000_000, help: 'of the first one; each next has the next seed' },
  fit: { default: false, help: 'print the spreads fitted to --fit-seed instead of judging' },
  'fit-seed': { default: 1, help: 'first seed of the migrations that the spreads are fitted to' },
  'most-mem-mib': { default: 2048, help: 'largest guest; the time of a run goes with it' },
})

const longPauseMs = 100

const caseOf = (index: number, first: number): Case =>
  randomCase(first + index, flags['most-mem-mib'])
const indices = Array.from({ length: flags.migrations }, (_, index) => index)

if (flags.fit) printFit()
else judge()

function printFit(): void {
  const cases = indices.map((index) => caseOf(index, flags['fit-seed']))
  const measured = cases.map((one) => measuredOf(runCase(one)))
  console.log(
    `Spreads with which 80 % of ${flags.migrations} migrations from seed ${flags['fit-seed']} on lie within; for leftOut in packages/optimizer/src/migration-cost.ts:`,
  )
  for (const history of [true, false]) {
    const pairs = cases.map((one, index): Pair => {
      const predicted = predictCase(one, { history, added: nothingLeftOut })
      return { profile: one.profile.kind, predicted, measured: measured[index] ?? null }
    })
    console.log(history ? '  measured: {' : '  assumed: {')
    for (const profile of profiles) {
      console.log(`    '${profile}': {`)
      for (const regime of regimes) {
        const own = pairs.filter((pair) => pair.profile === profile && regimeOf(pair) === regime)
        const spreads = predictedFigures.map(
          (name) => `${name}: ${round(fitLeftOut(own, name), 3)}`,
        )
        console.log(`      ${regime}: { ${spreads.join(', ')} }, // ${own.length} migrations`)
      }
      console.log('    },')
    }
    console.log('  },')
  }
}

type Judged = { readonly withHistory: Pair; readonly without: Pair; readonly isSameImage: boolean }

function judgeOne(index: number): Judged {
  const one = caseOf(index, flags.seed)
  const profile = one.profile.kind
  // Both are said before the migration runs.
  const knowing = predictCase(one, { history: true })
  const guessing = predictCase(one, { history: false })
  const run = runCase(one)
  const measured = measuredOf(run)
  return {
    withHistory: { profile, predicted: knowing, measured },
    without: { profile, predicted: guessing, measured },
    isSameImage: measured === null || run.isSameImage,
  }
}

function judge(): void {
  const judged = indices.map(judgeOne)
  const pairs = judged.map(({ withHistory }) => withHistory)
  const guesses = judged.map(({ without }) => without)
  console.log(
    `${flags.migrations} random migrations from seed ${flags.seed} on; spreads were fitted to seeds from ${flags['fit-seed']} on.`,
  )
  const rows = printProfiles(pairs)
  console.log('\nThe same migrations with nothing known of the guest (its first migration):')
  const guessRows = printProfiles(guesses)
  const total = summarise(pairs, 'totalMs')
  const downtime = summarise(pairs, 'downtimeMs')
  const percent = (value: number) => round(100 * value, 1)
  const broken = judged.filter(({ isSameImage }) => !isSameImage).length
  const speed = speedOf(caseOf(0, flags.seed))
  report('prediction', flags, {
    figures: [
      figure('median error of total time', percent(total.medianError), '%', ['at most', 10]),
      figure('median error of downtime', percent(downtime.medianError), '%', ['at most', 25]),
      figure('80 % interval of total time covers', percent(total.coverage), '%', ['at least', 75]),
      figure('… and not more than', percent(total.coverage), '%', ['at most', 90]),
      figure('80 % interval of downtime covers', percent(downtime.coverage), '%', ['at least', 75]),
      figure('… and not more than', percent(downtime.coverage), '%', ['at most', 90]),
      figure('completes or gives up as foretold', percent(foretold(pairs)), '%', null),
      figure('fitting the history of one domain', speed.fitMs, 'ms', null),
      figure('then predicting for 200 hosts', speed.hostsMs, 'ms', null),
    ],
    details: { rows, withNothingKnown: guessRows },
    voidBecause: broken === 0 ? [] : [`${broken} migrations ended with another memory image`],
    notCovered: [
      'a guest whose load changes while it is migrated, and migrations that start or end beside it',
      'guests that write otherwise than in two levels gone through in turns, as the simulator’s do',
      'the agents, their pacing and the network: what they add is learned by the console’s calibration, which is off here',
      'migrations that give up have no total and no downtime and are left out of errors and coverage',
    ],
  })
}

function figure(
  name: string,
  value: number,
  unit: string,
  target: readonly ['at most' | 'at least', number] | null,
) {
  return {
    name,
    value,
    unit,
    target: target === null ? null : { is: target[0], value: target[1] },
  }
}

function printProfiles(pairs: readonly Pair[]) {
  const groups = [
    { name: 'all', pairs },
    // The others pause for little more than the switch-over, which is easily foretold.
    {
      name: `pause > ${longPauseMs} ms`,
      pairs: pairs.filter(({ measured }) => measured !== null && measured.downtimeMs > longPauseMs),
    },
    ...profiles.map((profile) => ({
      name: profile,
      pairs: pairs.filter((pair) => pair.profile === profile),
    })),
  ]
  const rows = groups.flatMap((group) =>
    predictedFigures.map((name) => ({
      profile: group.name,
      figure: name,
      ...summarise(group.pairs, name),
      foretold: foretold(group.pairs),
    })),
  )
  const percent = (value: number) => `${show(round(100 * value, 1))} %`
  printTable(
    ['profile', 'figure', 'both ended', 'median error', '90th', 'measured/predicted', 'covered'],
    rows.map((row) => [
      row.profile,
      row.figure,
      String(row.pairs),
      percent(row.medianError),
      percent(row.ninetiethError),
      show(round(row.bias, 3)),
      percent(row.coverage),
    ]),
  )
  return rows
}

/** A card is picked up: one fit, then every host judged, each with a link of its own so that nothing can be shared. */
function speedOf(one: Case): { readonly fitMs: number; readonly hostsMs: number } {
  const fits: number[] = []
  const judgements: number[] = []
  for (let repetition = 0; repetition < 15; repetition++) {
    const began = performance.now()
    const dirty = fitDirtyCurve(one.history, one.memBytes)
    const fitted = performance.now()
    for (let host = 0; host < 200; host++) {
      predictMigration({
        ...one,
        dirty,
        profile: { kind: 'downtime-target', downtimeLimitMs: 300, lastResort: { kind: 'give-up' } },
        destinationNicBytesPerSec: one.destinationNicBytesPerSec * (1 + host / 1000),
      })
    }
    fits.push(fitted - began)
    judgements.push(performance.now() - fitted)
  }
  return { fitMs: round(median(fits)), hostsMs: round(median(judgements)) }
}
