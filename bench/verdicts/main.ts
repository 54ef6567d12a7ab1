import { performance } from 'node:perf_hooks'
import { groupVerdicts } from '@drover/optimizer/group-verdict.ts'
import { compileRules } from '@drover/optimizer/rules/compile-rules.ts'
import { pickUp } from '@drover/optimizer/rules/pick-up.ts'
import { snapshotOf } from '@drover/optimizer/rules/snapshot.ts'
import { violationsOf } from '@drover/optimizer/rules/violations.ts'
import { nothingPromised } from '@drover/optimizer/verdict.ts'
import { numberList, readFlags } from '../lib/flags.ts'
import { printTable, report, show } from '../lib/report.ts'
import { median, percentile } from '../lib/statistics.ts'
import { benchFleet, benchRules } from './fleet.ts'
import { lintCases } from './lint-cases.ts'
import { measureLint } from './measure-lint.ts'

/**
 * Verdicts of every host on picked-up groups under rules, and what comes before: compiling and violations. Then the linter on
 * fleets of which it is known whether the rules can hold.
 */
const flags = readFlags('bench:verdicts: verdicts of every host, under rules', {
  hosts: { default: 200, help: 'hosts' },
  domains: { default: 4000, help: 'domains' },
  rules: { default: 50, help: 'rules, of every kind in turn' },
  groups: { default: '1,20,200', help: 'domains picked up at once, several sizes' },
  'lint-domains': { default: 2000, help: 'domains of the fleets that are linted' },
  repetitions: { default: 100, help: 'of each, the first tenth not counted' },
})

type Timing = {
  readonly what: string
  readonly medianMs: number
  readonly worstMs: number
  /** Mean CPU time, all threads: what a busy machine does not lengthen much. */
  readonly cpuMs: number
}

function time(what: string, work: (turn: number) => void): Timing {
  const warmUp = Math.ceil(flags.repetitions / 10)
  const times: number[] = []
  let before = process.cpuUsage()
  for (let turn = 0; turn < flags.repetitions + warmUp; turn += 1) {
    if (turn === warmUp) before = process.cpuUsage()
    const start = performance.now()
    work(turn)
    if (turn >= warmUp) times.push(performance.now() - start)
  }
  const { user, system } = process.cpuUsage(before)
  const cpuMs = (user + system) / 1000 / flags.repetitions
  return { what, medianMs: median(times), worstMs: percentile(times, 0.95), cpuMs }
}

const { hosts, domains } = benchFleet(flags.hosts, flags.domains)
const rules = benchRules(flags.rules)
const facts = { hosts, domains, cpuOfHost: () => 6, cpuOfDomain: () => 0.2 }
const policies = compileRules(rules, snapshotOf(facts))
if (policies.unreadable.length > 0) throw new Error(JSON.stringify(policies.unreadable))
const hostOf = new Map(hosts.map((host) => [host.hostId, host]))

let spoken = 0
function verdictsOnGroup(size: number, turn: number): void {
  const group = Array.from(
    { length: size },
    (_, n) => domains[(turn * 97 + n * 13) % domains.length],
  ).flatMap((domain) => domain ?? [])
  const picked = pickUp(
    policies,
    group.map(({ domainId }) => domainId),
    {
      purpose: 'manual',
      minuteOfWeek: () => 0,
      promisedOn: () => nothingPromised,
    },
  )
  const movers = group.flatMap((domain) => {
    const source = hostOf.get(domain.hostId)
    return source === undefined ? [] : [{ domain, source }]
  })
  const verdictOn = groupVerdicts(movers)
  for (const host of hosts) {
    const verdict = verdictOn(host, nothingPromised, picked.on(host.hostId))
    spoken += verdict.ofHost.length + verdict.warnings.length
  }
}

const sizes = numberList(flags.groups)
const timings = [
  time('compile all rules', () => compileRules(rules, snapshotOf(facts))),
  time('violations of all rules', () => violationsOf(policies)),
  ...sizes.map((size) =>
    time(`verdicts of every host on ${size} picked up`, (turn) => verdictsOnGroup(size, turn)),
  ),
]
const violations = violationsOf(policies).length
printTable(
  ['what', 'median ms', '95 % ms', 'CPU ms'],
  timings.map(({ what, medianMs, worstMs, cpuMs }) => [
    what,
    show(medianMs),
    show(worstMs),
    show(cpuMs),
  ]),
)

const lints = lintCases(flags.hosts, flags['lint-domains']).map(measureLint)
console.log(`\nThe linter on ${flags.hosts} hosts and ${flags['lint-domains']} domains:`)
printTable(
  ['fleet', 'truth', 'answer', 'conflict of', 'moves', 'ms', 'CPU ms'],
  lints.map(({ name, truth, answer, coreSize, moves, ms, cpuMs }) => [
    name,
    truth,
    answer,
    coreSize === null ? '–' : `${coreSize} rules`,
    moves === null ? '–' : String(moves),
    show(ms),
    show(cpuMs),
  ]),
)
const wrong = lints.filter(({ truth, answer }) => answer !== 'undecided' && answer !== truth)

report('verdicts', flags, {
  figures: [
    ...timings.map(({ what, medianMs }) => ({
      name: what,
      value: medianMs,
      unit: 'ms',
      target: what.startsWith('verdicts') ? ({ is: 'at most', value: 20 } as const) : null,
    })),
    {
      name: 'linter, slowest fleet',
      value: Math.max(...lints.map(({ ms }) => ms)),
      unit: 'ms',
      target: { is: 'at most', value: 5000 },
    },
    {
      name: 'linter, share of fleets decided',
      value: lints.filter(({ answer }) => answer !== 'undecided').length / lints.length,
      unit: '',
      target: null,
    },
  ],
  details: { timings, violations, spoken, lints },
  voidBecause: [
    ...(spoken === 0 ? ['no rule ever spoke'] : []),
    ...wrong.map(({ name }) => `the linter is wrong about ${name}`),
  ],
  notCovered: ['predictions, load warnings and meters of the board', 'painting'],
})
