import { consoleFlags, memoryEnv } from '../../scripts/demo.mjs'
import { Child } from '../lib/child.ts'
import { readFlags } from '../lib/flags.ts'
import { type Figure, printTable, report, show } from '../lib/report.ts'
import { median, round, spread } from '../lib/statistics.ts'
import type { BareHandlers } from './bare-process.ts'
import type { ConsoleHandlers } from './console-process.ts'
import type { LoadHandlers, Target } from './load-process.ts'
import type { ViewerHandlers } from './viewer-process.ts'

/**
 * How much of a core the console spends on the telemetry of a large fleet, and how many frames a second it takes at most,
 * beside a bare `ws` server that gets the same frames in the same run.
 */
const flags = readFlags('bench:ingest: telemetry into the live state', {
  hosts: { default: 2500, help: 'simulated agents' },
  domains: { default: 16, help: 'domains per host' },
  seconds: { default: 10, help: 'of each part at 1 Hz' },
  'flood-seconds': { default: 4, help: 'of each part flat out' },
  repetitions: { default: 3, help: 'of every part, in turn' },
  'per-write': { default: 16, help: 'frames of a host in one write when flat out in bunches' },
  'console-flags': {
    default: consoleFlags.join(' '),
    help: 'of Node for the console; the default is what npm start gives it. The bare server has none',
  },
  profile: { default: false, help: 'write a CPU profile of the console to bench/dist/profiles' },
})
const token = 'bench-token-0123456789'
const profiling = flags.profile ? ['--cpu-prof', '--cpu-prof-dir=bench/dist/profiles'] : []
const consoleChild = new Child<ConsoleHandlers>(
  'console-process',
  [...flags['console-flags'].split(' ').filter((flag) => flag !== ''), ...profiling],
  memoryEnv,
)
const bareChild = new Child<BareHandlers>('bare-process')
const load = new Child<LoadHandlers>('load-process')
const viewer = new Child<ViewerHandlers>('viewer-process')
const receivers = { console: consoleChild, bare: bareChild }
for (const target of ['console', 'bare'] as const) {
  receivers[target].onNews = (frames) => void load.ask('progress', { target, frames })
}

type Part = {
  readonly cpuShare: number
  readonly framesPerSec: number
  readonly microsPerFrame: number
}
const parts = new Map<string, Part[]>()
const voidBecause: string[] = []
const rss: Record<string, number> = {}

const reading = (target: Target) =>
  target === 'console' ? consoleChild.ask('reading') : bareChild.ask('reading')

/** Until the receiver has counted everything that was sent to it; a lost frame makes the run void. */
async function drained(target: Target): Promise<void> {
  const { sent } = await load.ask('state', { target })
  const giveUpAt = performance.now() + 20_000
  while ((await reading(target)).frames < sent) {
    if (performance.now() > giveUpAt) {
      voidBecause.push(`${target} received ${(await reading(target)).frames} of ${sent} frames`)
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function part(
  name: string,
  target: Target,
  work: () => Promise<{ cpuMs: number }>,
): Promise<void> {
  const before = await reading(target)
  const done = await work()
  const after = await reading(target)
  await drained(target)
  const tookMs = after.atMs - before.atMs
  const frames = after.frames - before.frames
  const cpuMs = after.cpuMs - before.cpuMs
  const result = {
    cpuShare: cpuMs / tookMs,
    framesPerSec: (frames * 1000) / tookMs,
    microsPerFrame: (cpuMs * 1000) / frames,
  }
  // A part that was left out (0 seconds) has no figures.
  if (frames === 0) return
  parts.set(name, [...(parts.get(name) ?? []), result])
  console.log(
    `${name}: ${show(result.framesPerSec)} frames/s, ${show(result.cpuShare * 100)} % of a core, ${show(result.microsPerFrame)} µs CPU a frame (generator ${show((done.cpuMs / tookMs) * 100)} %)`,
  )
}

async function paced(name: string, target: Target): Promise<void> {
  await part(name, target, async () => {
    const done = await load.ask('pace', { target, seconds: flags.seconds })
    if (done.blocked > 0)
      voidBecause.push(`${done.blocked} frames could not be sent in time to ${target}`)
    return done
  })
}

const flood = (name: string, target: Target, perWrite: number) =>
  part(name, target, () => load.ask('flood', { target, seconds: flags['flood-seconds'], perWrite }))

const url = {
  console: await consoleChild.ask('listen', { token }),
  bare: await bareChild.ask('listen'),
}
for (const target of ['console', 'bare'] as const) {
  const { hosts, domains } = flags
  const { connectMs, frameBytes } = await load.ask('connect', {
    target,
    url: url[target],
    token,
    hosts,
    domains,
    longestTrain: flags['per-write'],
  })
  rss[target] = (await reading(target)).rssBytes
  console.log(
    `${hosts} agents connected to ${target} in ${show(connectMs / 1000)} s; ${frameBytes} bytes a frame; ${show(rss[target] / 2 ** 20)} MiB resident`,
  )
}

/** The sums of what was sent and of what is there must agree, or nothing above means anything. */
async function verify(withViewer: boolean) {
  const sent = await load.ask('state', { target: 'console' })
  const held = await consoleChild.ask('state', { hosts: flags.hosts })
  const expected = JSON.stringify({ values: sent.values, sum: sent.sum })
  if (JSON.stringify(held.newest) !== expected)
    voidBecause.push('the newest batches are not those sent last')
  if (JSON.stringify(held.ring) !== expected)
    voidBecause.push('the newest slots are not the values sent last')
  if (held.hosts !== flags.hosts)
    voidBecause.push(`${held.hosts} hosts are online, not ${flags.hosts}`)
  if (held.domains !== flags.hosts * flags.domains)
    voidBecause.push(`${held.domains} domains are known`)
  if (sent.open !== flags.hosts) voidBecause.push(`${sent.open} agents are still connected`)
  if (withViewer) {
    const seen = await viewer.ask('state')
    if (JSON.stringify(seen) !== expected)
      voidBecause.push('the browser does not hold the values sent last')
  }
  return { sent, held }
}

const names = {
  idle: '1 Hz, console',
  watched: '1 Hz, console, one browser watching all',
  bare: '1 Hz, bare ws',
  bunched: `flat out, ${flags['per-write']} a write, console`,
  bunchedBare: `flat out, ${flags['per-write']} a write, bare ws`,
  single: 'flat out, 1 a write, console',
  singleBare: 'flat out, 1 a write, bare ws',
}
for (let repetition = 0; repetition < flags.repetitions; repetition += 1) {
  await paced(names.idle, 'console')
  await paced(names.bare, 'bare')
  await viewer.ask('watch', { url: url.console, hosts: flags.hosts })
  await paced(names.watched, 'console')
  // The hub flushes ten times a second: one more flush after the last batch.
  await new Promise((resolve) => setTimeout(resolve, 500))
  await verify(true)
  await viewer.ask('unwatch')
  await flood(names.bunchedBare, 'bare', flags['per-write'])
  await flood(names.bunched, 'console', flags['per-write'])
  await flood(names.singleBare, 'bare', 1)
  await flood(names.single, 'console', 1)
}
const { held } = await verify(false)
const rssAtEnd = (await reading('console')).rssBytes

const of = (name: string, field: keyof Part) =>
  spread((parts.get(name) ?? []).map((each) => each[field]))
printTable(
  ['part (median of repetitions, range)', 'frames/s', '% of a core', 'µs CPU a frame'],
  Object.values(names).map((name) => [
    name,
    cell(of(name, 'framesPerSec')),
    cell(of(name, 'cpuShare'), 100),
    cell(of(name, 'microsPerFrame')),
  ]),
)
function cell(value: { median: number; min: number; max: number }, times = 1): string {
  return `${show(value.median * times)} (${show(value.min * times)}–${show(value.max * times)})`
}
/** Of pairs measured one after the other, so that a slow minute of the machine hits both. */
const ratio = (ours: string, bare: string, field: 'framesPerSec' | 'microsPerFrame') =>
  median(
    (parts.get(ours) ?? []).map((part, index) => {
      const other = parts.get(bare)?.[index]?.[field] ?? Number.NaN
      return field === 'framesPerSec' ? part[field] / other : other / part[field]
    }),
  )
/** Flat out means that the receiver had a core to itself; on a busy machine only CPU time can be compared. */
const starved = [names.bunched, names.bunchedBare, names.single, names.singleBare].filter(
  (name) => of(name, 'cpuShare').median < 0.85,
)
const atLeastHalf = { is: 'at least', value: 0.5 } as const
const atMostHalf = { is: 'at most', value: 0.5 } as const
/** Frames a second decide only where both had a core to themselves; frames per CPU second always do. */
function compared(way: string, ours: string, bare: string): Figure[] {
  const isFair = !starved.includes(ours) && !starved.includes(bare)
  return [
    {
      name: `frames/s of the bare server, ${way}`,
      value: round(ratio(ours, bare, 'framesPerSec'), 3),
      unit: '×',
      target: isFair ? atLeastHalf : null,
    },
    {
      name: `frames per CPU second of the bare server, ${way}`,
      value: round(ratio(ours, bare, 'microsPerFrame'), 3),
      unit: '×',
      target: atLeastHalf,
    },
  ]
}
report('ingest', flags, {
  figures: [
    {
      name: 'cores at 1 Hz, no browser',
      value: round(of(names.idle, 'cpuShare').median, 3),
      unit: 'cores',
      target: atMostHalf,
    },
    {
      name: 'cores at 1 Hz, one browser watching all',
      value: round(of(names.watched, 'cpuShare').median, 3),
      unit: 'cores',
      target: atMostHalf,
    },
    ...compared('bunched', names.bunched, names.bunchedBare),
    ...compared('single', names.single, names.singleBare),
    {
      name: 'most frames/s, bunched',
      value: Math.round(of(names.bunched, 'framesPerSec').median),
      unit: '/s',
      target: null,
    },
    {
      name: 'console resident at the end',
      value: Math.round(rssAtEnd / 2 ** 20),
      unit: 'MiB',
      target: null,
    },
  ],
  details: { parts: Object.fromEntries(parts), held, rss, rssAtEnd },
  voidBecause,
  caveats: starved.map(
    (name) =>
      `"${name}" got only ${show(of(name, 'cpuShare').median * 100)} % of a core: compare frames per CPU second`,
  ),
  notCovered: [
    'the database, HTTP and Next (not in this process)',
    'TLS',
    'facts that change (domains starting, moving)',
    'flat out, most readings replace the one of the same 400 ms instead of opening a slot of the ten minutes',
    'the generator shares the machine’s cores with the receiver',
  ],
})
// Receivers first: they report to the generator until they end.
for (const child of [consoleChild, bareChild, viewer, load]) await child.stop()
