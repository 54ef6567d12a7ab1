import fs from 'node:fs'
import { launchBrowser, signedInContext } from '../lib/browser.ts'
import { freshFolder, RunningDemo } from '../lib/demo.ts'
import { readFlags } from '../lib/flags.ts'
import { addProbe, firstSamplePainted, readProbe, resetProbe } from '../lib/page-probe.ts'
import { printTable, report, show } from '../lib/report.ts'
import { percentile, round } from '../lib/statistics.ts'

/** From a reading in an agent to its paint on the board in a real Chromium, all processes real. */
const flags = readFlags('bench:latency: sample to screen', {
  seconds: { default: 60, help: 'of watching the board' },
  'warm-up': { default: 10, help: 'seconds before that are not counted' },
  agents: { default: 6, help: 'agent processes of the demo' },
})

const dataDir = freshFolder()
const demo = await RunningDemo.start({ dataDir, args: ['--agents', String(flags.agents)] })
const browser = await launchBrowser()
try {
  const context = await signedInContext(browser, demo)
  await addProbe(context, true)
  const page = await context.newPage()
  await page.goto('/')
  await firstSamplePainted(page)
  await page.waitForTimeout(flags['warm-up'] * 1000)
  await resetProbe(page)
  await page.waitForTimeout(flags.seconds * 1000)
  const { paints, ages } = await readProbe(page)

  const parts = {
    'sample → browser': paints.map((paint) => paint.arrivedAt - paint.sampledAt),
    'browser → paint': paints.map((paint) => paint.paintedAt - paint.arrivedAt),
    'added by us: sample → paint': paints.map((paint) => paint.paintedAt - paint.sampledAt),
    'age of what is on screen': ages,
  }
  printTable(
    ['milliseconds', 'values', 'p50', 'p95', 'max'],
    Object.entries(parts).map(([name, values]) => [
      name,
      String(values.length),
      show(percentile(values, 0.5)),
      show(percentile(values, 0.95)),
      show(percentile(values, 1)),
    ]),
  )
  const hosts = new Set(paints.map((paint) => paint.hostId)).size
  const expected = hosts * flags.seconds
  const voidBecause: string[] = []
  if (hosts < flags.agents) voidBecause.push(`only ${hosts} of ${flags.agents} hosts were painted`)
  if (paints.length < 0.9 * expected)
    voidBecause.push(`only ${paints.length} paints, about ${expected} samples`)
  const added = parts['added by us: sample → paint']
  const p = (values: readonly number[], ratio: number) => round(percentile(values, ratio), 1)
  report('latency', flags, {
    figures: [
      {
        name: 'sample to screen (age of what is shown), p95',
        value: p(ages, 0.95),
        unit: 'ms',
        target: { is: 'at most', value: 1500 },
      },
      {
        name: 'added by us, p95',
        value: p(added, 0.95),
        unit: 'ms',
        target: { is: 'at most', value: 200 },
      },
      { name: 'added by us, p50', value: p(added, 0.5), unit: 'ms', target: null },
      { name: 'added by us, worst', value: p(added, 1), unit: 'ms', target: null },
    ],
    details: {
      hosts,
      paints: paints.length,
      percentiles: Object.fromEntries(
        Object.entries(parts).map(([name, values]) => [
          name,
          [0.5, 0.95, 0.99, 1].map((ratio) => p(values, ratio)),
        ]),
      ),
    },
    voidBecause,
    notCovered: [
      'a network between the machines',
      'the compositor and the display: paint is when the frame was handed over, up to one frame before it is seen',
      'the agent stamps a reading just before it sends it: that step counts as added',
    ],
  })
} finally {
  await browser.close()
  await demo.stop()
  fs.rmSync(dataDir, { recursive: true, force: true })
}
