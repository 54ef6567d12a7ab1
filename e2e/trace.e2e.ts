/** The demo on recorded load: what a real fleet did on a day in 2013, on the screen. */
import fs from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { root } from '../scripts/steps.mjs'
import { expect, test } from './harness/fixtures.ts'
import { fleetFor } from './harness/fleet.ts'
import { smallHost } from './harness/small-hosts.ts'
import { BoardPage } from './pages/board-page.ts'

const file = path.join(root, '../shared/data/bitbrains/rnd_2013-08-07.csv.gz')
const isThere = fs.existsSync(file)
const speed = 60
const binMs = 300_000
/** A bin lasts five seconds then; a sample may lie this far from where its clock says it is. */
const slackBins = 0.5
const hostNames = ['replay-01', 'replay-02']
const replayHost = (name: string) =>
  smallHost(name, [], {
    memMib: 131_072,
    nicMbit: 10_000,
    cpu: { model: 'Xeon', mhz: 2600, pcpuCount: 32, virtualisation: 'vt-x', features: ['sse2'] },
  })

const fleet = fleetFor({
  agents: isThere ? hostNames : [],
  configs: Object.fromEntries(hostNames.map((name) => [name, replayHost(name)])),
  agentArgs: (name) => [
    ...['--trace', file, '--trace-speed', String(speed)],
    ...['--trace-part', `${hostNames.indexOf(name) + 1}/${hostNames.length}`],
  ],
})

test.beforeEach(() => {
  test.info().skip(!isThere, `The recorded load ${path.relative(root, file)} is not here.`)
})

test('hosts replay the recording: its machines appear, and their load moves', async ({ page }) => {
  const board = await BoardPage.in(page)
  await fleet.open(page)
  await board.hasReadings()
  const { domains } = await fleet.api.fleet()
  expect(domains).toHaveLength(16)
  for (const { name } of domains) expect(name).toMatch(/^bb-\d{4}$/)
  const rows = page.getByRole('button', { name: /^bb-\d{4}, PV, Linux/ })
  await expect(rows).toHaveCount(16)
  const items = page.locator('[data-domain]').filter({ has: rows })
  const before = await items.allTextContents()
  await expect.poll(() => items.allTextContents()).not.toEqual(before)
})

test("the domain's page shows what the file says of that machine at that time", async ({
  page,
}) => {
  const recording = readRecording()
  const { domains } = await fleet.api.fleet()
  // One that does something all the time, so that comparing means something.
  const busiest = domains
    .map((domain) => ({ domain, bins: recording(Number(domain.name.slice(3))) }))
    .sort((a, b) => median(b.bins) - median(a.bins))[0]
  if (!busiest) throw new Error('The recording has no machine')
  const { domain, bins } = busiest
  expect(median(bins)).toBeGreaterThan(20)

  const { hostId, domainId } = domain
  const host = await fleet.api.call('getHost', { params: { hostId } })
  await fleet.open(page, `/domains/${domainId}`)
  const network = page.getByRole('figure', { name: 'Network', exact: true })
  await expect(network).toHaveAccessibleDescription(/Received: now \d/)
  await network.getByRole('button', { name: 'Network: Show as table' }).click()
  await expect(network.getByRole('table')).toBeVisible()

  // The readings behind the chart, each compared with the recording at its moment, sixty times as fast.
  const samples = await fleet.api.call('getDomainSamples', { params: { domainId } })
  const column = samples.values[samples.metrics.indexOf('net-rx')] ?? []
  const compared = samples.at.flatMap((at, index) => {
    const shown = column[index]
    if (shown === null || shown === undefined) return []
    const recorded = around(bins, ((at - host.bootedAt) * speed) / binMs)
    return [{ shown, recorded }]
  })
  expect(compared.length).toBeGreaterThan(3)
  for (const { shown, recorded } of compared) {
    const [least, most] = [Math.min(...recorded), Math.max(...recorded)]
    expect(shown).toBeGreaterThanOrEqual(least * 0.95)
    expect(shown).toBeLessThanOrEqual(most * 1.05)
  }
  // And the page shows those readings.
  const described = (await network.getAttribute('aria-describedby')) ?? ''
  const text = await page.locator(`[id="${described}"]`).textContent()
  const shownNow = /Received: now ([\d.]+)\s(k|M|G)?bit\/s/.exec(text ?? '')
  const scale = { k: 1e3, M: 1e6, G: 1e9 }[shownNow?.[2] ?? ''] ?? 1
  const nowBytesPerSec = (Number(shownNow?.[1]) * scale) / 8
  const newest = compared.map(({ shown }) => shown).slice(-5)
  expect(nowBytesPerSec).toBeGreaterThan(Math.min(...newest) * 0.5)
  expect(nowBytesPerSec).toBeLessThan(Math.max(...newest) * 2)
})

/** Received bytes per second of a machine, per bin of five minutes. */
function readRecording(): (vm: number) => number[] {
  const lines = gunzipSync(fs.readFileSync(file)).toString('utf8').trim().split('\n')
  const head = (lines[0] ?? '').split(',')
  const column = (name: string) => head.indexOf(name)
  const perVm = new Map<number, number[]>()
  for (const line of lines.slice(1)) {
    const fields = line.split(',').map(Number)
    const vm = fields[column('vm')] ?? 0
    const bins = perVm.get(vm) ?? []
    bins[fields[column('bin')] ?? 0] = (fields[column('net_rx_kbs')] ?? 0) * 1000
    perVm.set(vm, bins)
  }
  return (vm) => perVm.get(vm) ?? []
}

/** What the recording says around a place: linear between bins, from the slack before to the slack after. */
function around(bins: readonly number[], position: number): number[] {
  const at = (place: number) => {
    const low = Math.floor(place)
    const [before = 0, after = 0] = [bins[low % bins.length], bins[(low + 1) % bins.length]]
    return before + (after - before) * (place - low)
  }
  const first = Math.max(0, position - slackBins)
  const last = position + slackBins
  const corners = Array.from({ length: Math.floor(last) - Math.floor(first) }, (_, step) =>
    at(Math.floor(first) + 1 + step),
  )
  return [at(first), ...corners, at(last)]
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
