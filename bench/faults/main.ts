import { measureExtents, type Outcome, run } from '../../faults/run.ts'
import { describeFault, type Fault, type Schedule, scheduleFrom } from '../../faults/schedule.ts'
import { shrink } from '../../faults/shrink.ts'
import { readFlags } from '../lib/flags.ts'
import { printTable, report } from '../lib/report.ts'

/** Plays fault schedules through the real agents and coordinator and counts how their migrations end. */
const flags = readFlags('bench:faults: broken promises in many fault schedules', {
  schedules: { default: 5_000, help: 'schedules of one or two faults' },
  from: { default: 0, help: 'seed of the first' },
  seed: { default: -1, help: 'play this one only, and shrink it when it fails' },
})

const reportEvery = 5_000

type Failure = { readonly schedule: Schedule; readonly sentence: string }

function kindOf(fault: Fault): string {
  switch (fault.kind) {
    case 'frame':
      return `frame: ${fault.treatment.kind}`
    case 'guest':
      return `guest: ${fault.action}`
    case 'kill':
    case 'stop':
      return `${fault.kind} ${fault.process}`
    case 'kill-writing':
      return `${fault.kind} ${fault.host}`
    case 'power-cut':
      return `power cut of ${fault.host}`
    case 'kill-saving':
    case 'database-away':
    case 'cancel':
    case 'second-request':
    case 'clock-jump':
      return fault.kind
  }
}

/** How many migrations with this kind of fault ended in this way. */
const ends = new Map<string, Map<string, number>>()
function count({ faults }: Schedule, { end }: Outcome): void {
  for (const kind of new Set(faults.map(kindOf))) {
    const ofKind = ends.get(kind) ?? new Map<string, number>()
    ofKind.set(end, (ofKind.get(end) ?? 0) + 1)
    ends.set(kind, ofKind)
  }
}

const extents = await measureExtents()
const failures: Failure[] = []
const seeds =
  flags.seed >= 0
    ? [flags.seed]
    : Array.from({ length: flags.schedules }, (_, index) => flags.from + index)
const startedAt = performance.now()
let steps = 0
let fired = 0
let virtualMs = 0
for (const [index, seed] of seeds.entries()) {
  const schedule = scheduleFrom(seed, extents)
  const outcome = await run(schedule)
  steps += outcome.steps
  fired += outcome.fired
  virtualMs += outcome.virtualMs
  count(schedule, outcome)
  if (outcome.violation !== null) {
    const { promise, sentence } = outcome.violation
    failures.push({ schedule, sentence })
    const shortest = await shrink(schedule)
    console.log(`Schedule ${seed} breaks "never ${promise}": ${sentence}`)
    console.log(`  in ${schedule.course}: ${schedule.faults.map(describeFault).join('; ')}`)
    console.log(`  the shortest that fails: ${JSON.stringify(shortest.faults)}`)
  }
  if ((index + 1) % reportEvery === 0)
    console.log(`${index + 1} schedules, ${failures.length} broken promises`)
}
const seconds = (performance.now() - startedAt) / 1000

const columns = [...new Set([...ends.values()].flatMap((ofKind) => [...ofKind.keys()]))].sort()
printTable(
  ['fault', ...columns],
  [...ends]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([kind, ofKind]) => [kind, ...columns.map((end) => String(ofKind.get(end) ?? ''))]),
)
console.log('')

report('faults', flags, {
  figures: [
    {
      name: 'broken promises',
      value: failures.length,
      unit: '',
      target: { is: 'at most', value: 0 },
    },
    { name: 'schedules', value: seeds.length, unit: '', target: null },
    { name: 'faults that came to be', value: fired, unit: '', target: null },
    { name: 'schedules a second', value: seeds.length / seconds, unit: '/s', target: null },
    { name: 'simulated time', value: virtualMs / 3_600_000, unit: 'h', target: null },
    { name: 'steps of processes', value: steps, unit: '', target: null },
  ],
  details: {
    failures: failures.map(({ schedule, sentence }) => ({ ...schedule, sentence })),
    ends: Object.fromEntries([...ends].map(([kind, ofKind]) => [kind, Object.fromEntries(ofKind)])),
  },
  voidBecause: [],
  notCovered: [
    'more than two faults at once',
    'the bytes below a frame (TCP, TLS, the WebSocket library)',
    'PostgreSQL itself: the database of the harness keeps what it has confirmed',
    'the hypervisor of a host whose agent is dead: the simulated one stands still with it',
  ],
})
