import fs from 'node:fs'
import type { Browser, CDPSession, Page } from '@playwright/test'
import { launchBrowser, signedInContext } from '../lib/browser.ts'
import { freshFolder, RunningDemo, startFleet } from '../lib/demo.ts'
import { readFlags } from '../lib/flags.ts'
import { addProbe, firstSamplePainted } from '../lib/page-probe.ts'
import { type Figure, printTable, report, show } from '../lib/report.ts'
import { median, round, slope } from '../lib/statistics.ts'
import { type Carried, carryCard } from './carry.ts'
import { readTrace, type Smoothness, startTrace } from './trace.ts'

/** A card carried across a large live board in a real Chromium, and the browser's heap over time. */
const flags = readFlags('bench:board: smoothness and memory of a large live board', {
  hosts: { default: 200, help: 'simulated hosts, all in one agent process' },
  'domains-per-host': { default: 20, help: 'domains on each' },
  seconds: { default: 12, help: 'of carrying a card, per repetition' },
  repetitions: { default: 3, help: 'of carrying' },
  'heap-minutes': { default: 10, help: 'of watching the heap; 0 leaves it out' },
  'heap-every': { default: 20, help: 'seconds between readings of the heap' },
  css: { default: '', help: 'a style added to the page, to try out what costs how much' },
  screenshot: { default: '', help: 'save a picture of the board while a card is carried' },
})
const MIB = 2 ** 20

type HeapReading = { readonly x: number; readonly y: number; readonly nodes: number }

async function readHeap(session: CDPSession, atMs: number): Promise<HeapReading> {
  // Twice: what finalisers release in the first pass is gone after the second.
  await session.send('HeapProfiler.collectGarbage')
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  const { nodes } = await session.send('Memory.getDOMCounters')
  return { x: atMs / 60_000, y: usedSize / MIB, nodes }
}

async function watchHeap(page: Page): Promise<HeapReading[]> {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.enable')
  const readings: HeapReading[] = []
  const startedAt = performance.now()
  const lastMs = flags['heap-minutes'] * 60_000
  for (let dueMs = 0; dueMs <= lastMs; dueMs += flags['heap-every'] * 1000) {
    await page.waitForTimeout(Math.max(0, dueMs - (performance.now() - startedAt)))
    readings.push(await readHeap(session, performance.now() - startedAt))
  }
  return readings
}

/** The renderer of this page among the browser's processes, as the trace numbers them. */
async function rendererPid(browser: Browser, page: Page): Promise<number> {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  const renderers = processInfo
    .filter(({ type }) => type === 'renderer')
    .sort((a, b) => b.cpuTime - a.cpuTime)
  const busiest = renderers[0]
  if (busiest === undefined) throw new Error(`No renderer for ${page.url()}.`)
  return busiest.id
}

async function carryTraced(
  browser: Browser,
  page: Page,
): Promise<{ carried: Carried; smoothness: Smoothness }> {
  const pid = await rendererPid(browser, page)
  const session = await browser.newBrowserCDPSession()
  const stop = await startTrace(session)
  const carried = await carryCard(page, flags.seconds)
  const events = await stop()
  await session.detach()
  return { carried, smoothness: readTrace(events, pid) }
}

const dataDir = freshFolder()
const demo = await RunningDemo.start({ dataDir, args: ['--no-agents'] })
const fleet = await startFleet(demo, {
  hosts: flags.hosts,
  domainsPerHost: flags['domains-per-host'],
})
const browser = await launchBrowser()
const runs: { carried: Carried; smoothness: Smoothness }[] = []
const voidBecause: string[] = []
let heap: HeapReading[] = []
try {
  const context = await signedInContext(browser, demo)
  await addProbe(context, false)
  const page = await context.newPage()
  await page.goto('/')
  await firstSamplePainted(page)
  const size = await (await context.request.get('/api/v1/fleet')).json()
  if (size.hosts.length !== flags.hosts)
    voidBecause.push(`the board has ${size.hosts.length} hosts`)
  const domains = flags.hosts * flags['domains-per-host']
  if (size.domains.length !== domains)
    voidBecause.push(`the board has ${size.domains.length} domains`)
  if (flags.css !== '') await page.addStyleTag({ content: flags.css })
  await page.waitForTimeout(5000)
  for (let repetition = 0; repetition < flags.repetitions; repetition += 1) {
    const run = await carryTraced(browser, page)
    runs.push(run)
    const { smoothness, carried } = run
    console.log(
      `${show(smoothness.framesPerSecP50)} frames/s (slowest 5 %: ${show(smoothness.framesPerSecP5)}), longest task ${show(smoothness.longestTaskMs)} ms (${show(smoothness.longestTaskCpuMs)} on the processor), ${smoothness.longTasks.length} over 50 ms (${smoothness.longTasksByCpu} by processor time); ${carried.moves} moves, ${carried.hostsPassed} hosts passed, ${show(carried.scrolledPx)} px scrolled`,
    )
    for (const task of [...smoothness.longTasks].sort((a, b) => b.ms - a.ms).slice(0, 6)) {
      console.log(`  ${task.ms} ms at ${task.atSec} s: ${task.inside.join(', ')}`)
    }
    if (!carried.isCarried) voidBecause.push('no card was in hand while the mouse moved')
    if (carried.scrolledPx < 500) voidBecause.push('the board did not scroll by itself')
  }
  if (flags.screenshot !== '') await page.screenshot({ path: flags.screenshot })
  if (flags['heap-minutes'] > 0) heap = await watchHeap(page)
} finally {
  await browser.close()
  await fleet.stop()
  await demo.stop()
  fs.rmSync(dataDir, { recursive: true, force: true })
}

const of = (
  field:
    | 'framesPerSecP50'
    | 'framesPerSecP5'
    | 'longestTaskMs'
    | 'longestTaskCpuMs'
    | 'longestFrameMs'
    | 'scriptMsPerSec'
    | 'mainThreadShare',
) => runs.map(({ smoothness }) => smoothness[field])
if (heap.length > 0) {
  printTable(
    ['minute', 'heap MiB after collection', 'DOM nodes'],
    heap.map((reading) => [
      show(round(reading.x, 1)),
      show(round(reading.y, 2)),
      String(reading.nodes),
    ]),
  )
}
/** The first minutes fill rings that are as long as what is shown. */
const settled = heap.filter(({ x }) => x >= flags['heap-minutes'] * 0.3)
const figure = (name: string, value: number, unit: string) => ({
  name,
  value: round(value, 2),
  unit,
  target: null,
})
function dragFigures(): Figure[] {
  return [
    {
      ...figure('frames per second, median', median(of('framesPerSecP50')), '/s'),
      target: { is: 'at least', value: 59 },
    },
    figure('frames per second, slowest 5 % of frames', median(of('framesPerSecP5')), '/s'),
    {
      ...figure('longest task of all repetitions', Math.max(...of('longestTaskMs')), 'ms'),
      target: { is: 'at most', value: 50 },
    },
    {
      ...figure(
        'tasks over 50 ms, all repetitions',
        runs.reduce((sum, run) => sum + run.smoothness.longTasks.length, 0),
        '',
      ),
      target: { is: 'at most', value: 0 },
    },
    figure('longest task by processor time', Math.max(...of('longestTaskCpuMs')), 'ms'),
    figure(
      'tasks over 50 ms by processor time',
      runs.reduce((sum, run) => sum + run.smoothness.longTasksByCpu, 0),
      '',
    ),
    figure('longest frame of all repetitions', Math.max(...of('longestFrameMs')), 'ms'),
    figure('script', median(of('scriptMsPerSec')), 'ms/s'),
    figure('main thread busy', median(of('mainThreadShare')) * 100, '%'),
  ]
}
report('board', flags, {
  figures: [
    ...(runs.length === 0 ? [] : dragFigures()),
    ...(heap.length > 2
      ? [
          {
            ...figure('heap growth once settled', slope(settled), 'MiB/min'),
            target: { is: 'at most', value: 0.1 } as const,
          },
          figure('heap at the end', heap.at(-1)?.y ?? Number.NaN, 'MiB'),
        ]
      : []),
  ],
  details: { runs, heap },
  voidBecause,
  notCovered: [
    'a screen and a graphics card: Chromium is headless and draws with the processor, which shares two cores with the console, the agents and this program',
    'touch',
    'a median of 59 counts as 60: the trace rounds to microseconds',
  ],
})
