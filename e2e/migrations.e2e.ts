/** Following migrations: running ones live, ended ones with their figures, and every way to fail. */
import { apiPrefix, endpoints } from '@drover/api-schema/endpoints.ts'
import type { Page } from '@playwright/test'
import { expect, test } from './harness/fixtures.ts'
import { fleetFor } from './harness/fleet.ts'
import { labOf, smallDomain, smallHost } from './harness/small-hosts.ts'
import { escaped } from './pages/board-page.ts'

/** What each fault breaks, as `faults.ts` of the simulator has it, and the sentence about it. */
const failures = [
  ['sentinel-no-memory', 'preparing', 'lab-02 has no memory for sentinel-no-memory.'],
  ['sentinel-lost-peer', 'pre-copy', 'The connection to the other host was lost.'],
  ['sentinel-digest-mismatch', 'stop-and-copy', 'that arrived'],
  ['sentinel-refuse-activate', 'activating', 'refused to run sentinel-refuse-activate'],
] as const
const failedWhile = {
  preparing: 'preparing the destination',
  'pre-copy': 'copying memory',
  'stop-and-copy': 'paused for the last copy',
  activating: 'handing over',
} as const

const others = ['sentinel-crash-in-round', 'sentinel-lost-answer', 'sentinel-slow-link']
const fast = { nicMbit: 1000 }
const fleet = fleetFor(
  labOf(
    smallHost(
      'lab-01',
      [
        ...[...failures.map(([name]) => name), ...others].map((name) => smallDomain(name)),
        smallDomain('quick'),
        // Writes more in each round than a pause may take: several rounds.
        smallDomain('writer', {
          memMib: 512,
          workload: { shape: 'memory-writer', cpu: 0.5, regionMib: 96, writeMibPerSec: 60 },
        }),
        smallDomain('big', { memMib: 1024 }),
        smallDomain('steered', { memMib: 512 }),
      ],
      fast,
    ),
    smallHost('lab-02', [], fast),
  ),
)

test('a running migration is followed round by round, at least twice a second', async ({
  page,
}) => {
  await fleet.open(page, '/migrations')
  await expect(page.getByText('Nothing is moving')).toBeVisible()
  const { migrationId } = await fleet.api.startMove('writer', 'lab-02')
  const row = openRow(page, 'writer')
  await expect(row).toContainText('lab-01 → lab-02')
  await expect(row).toContainText('asked by Ada Lovelace')
  await expect(row).toContainText('Copying')
  for (const figure of ['Sent', 'Left in round', 'Speed', 'Elapsed', 'Ends in', 'Pause']) {
    await expect(row.getByText(figure, { exact: true })).toBeVisible()
  }
  // Counts how often the figure of sent bytes changes while the clock shows about three more seconds.
  const perSecond = await row
    .locator('dd')
    .first()
    .evaluate(
      (figure) =>
        new Promise<number>((resolve) => {
          const startedAt = performance.now()
          let changes = 0
          const seen = new MutationObserver(() => {
            changes += 1
            const elapsed = performance.now() - startedAt
            if (elapsed < 2000) return
            seen.disconnect()
            resolve((changes * 1000) / elapsed)
          })
          seen.observe(figure, { subtree: true, childList: true, characterData: true })
        }),
    )
  expect(perSecond).toBeGreaterThanOrEqual(2)
  await expect(row).toContainText('Round 2')
  await expect(row).toBeHidden({ timeout: 40_000 })

  const past = page.getByRole('table', { name: 'Past' }).getByRole('row', { name: /writer/ })
  await expect(past).toContainText('Completed')
  const ended = await fleet.api.migration(migrationId)
  if (ended.state.phase !== 'completed') throw new Error('not completed')
  expect(ended.state.rounds.length).toBeGreaterThan(1)
  expect(ended.state.downtimeMs).not.toBeNull()
  await expect(past).toContainText(`${Math.round(ended.state.downtimeMs ?? 0)} ms`)
})

test('the page of a migration has its phases, rounds, figures and story', async ({ page }) => {
  const { migrationId } = await fleet.api.startMove('quick', 'lab-02')
  await fleet.open(page, `/migrations/${migrationId}`)
  await expect(page.getByRole('heading', { name: 'Migration of quick' })).toBeVisible()
  await expect(page.getByText('Completed').first()).toBeVisible({ timeout: 20_000 })
  const phases = page.getByRole('list', { name: 'Phases' }).getByRole('listitem')
  await expect(phases).toHaveCount(6)
  for (const phase of await phases.all()) await expect(phase).toContainText('done')

  const { state } = await fleet.api.migration(migrationId)
  if (state.phase !== 'completed') throw new Error('not completed')
  const rounds = page.getByRole('table', { name: /Rounds/ })
  await expect(rounds.getByRole('row')).toHaveCount(state.rounds.length + 1)
  await expect(page.getByText(state.digest ?? 'no digest')).toBeVisible()
  await expect(page.getByText('Measured')).toBeVisible()
  const story = page.getByRole('list', { name: 'What happened' })
  await expect(story).toContainText('Ada Lovelace asked to move quick from lab-01 to lab-02.')
  await expect(story).toContainText('Round 1 sent')
  await expect(story).toContainText('quick runs on lab-02')
  await expect(story).toContainText(/It stood still for \d+\sms\./)
})

test('a running copy is slowed down, let go again, and told to pause and finish', async ({
  page,
}) => {
  await fleet.open(page, '/migrations')
  const { migrationId } = await fleet.api.startMove('steered', 'lab-02')
  await fleet.api.waitForPhase(migrationId, ['pre-copy'])
  // Over the API first: at 100 Mbit/s it takes most of a minute, so that the rest can be done by hand.
  const address = `${fleet.url}${apiPrefix}/migrations/${migrationId}/steer`
  const steered = await page.request.post(address, {
    headers: { 'x-drover': '1' },
    data: { bandwidthBytesPerSec: 12_500_000, pausesNext: false },
  })
  expect(steered.status()).toBe(200)
  await page.getByRole('link', { name: 'steered' }).first().click()
  await expect(page.getByText('Ada Lovelace has limited it to 100 Mbit/s.')).toBeVisible()
  await page.getByRole('button', { name: 'Pause and finish…' }).click()
  const dialog = page.getByRole('alertdialog', {
    name: 'Pause steered after this round and finish?',
  })
  await dialog.getByRole('button', { name: 'Pause and finish' }).click()
  await expect(page.getByText('Ada Lovelace has asked to pause after this round')).toBeVisible()
  await page.getByRole('combobox', { name: /^Bandwidth/ }).click()
  await page.getByRole('option', { name: 'as much as the hosts allow' }).click()
  await expect(page.getByText('Completed').first()).toBeVisible({ timeout: 40_000 })
  const { steered: kept } = await fleet.api.migration(migrationId)
  expect(kept).toEqual({ bandwidthBytesPerSec: null, pausesNext: true, by: 'Ada Lovelace' })
})

test('cancelled by the button, the domain still runs where it was', async ({ page }) => {
  await fleet.open(page, '/migrations')
  const { memFreeBytes: freeBefore } = await fleet.api.host('lab-02')
  const { migrationId } = await fleet.api.startMove('big', 'lab-02')
  await fleet.api.waitForPhase(migrationId, ['pre-copy'])
  await page.getByRole('button', { name: 'Cancel the migration of big' }).click()
  const dialog = page.getByRole('alertdialog', { name: 'Cancel the migration of big?' })
  await expect(dialog).toContainText('big keeps running on lab-01.')
  // Two buttons that could both mean “cancel” would be a trap.
  await expect(dialog.getByRole('button', { name: 'Keep copying' })).toBeFocused()
  await expect(dialog.getByRole('button')).toHaveCount(2)
  expect(await listed(page, '?state=open')).toEqual([migrationId])
  expect((await listed(page))[0]).toBe(migrationId)
  expect(await listed(page, '?state=ended')).not.toContain(migrationId)
  await dialog.getByRole('button', { name: 'Cancel migration' }).click()
  await expect(openRow(page, 'big')).toBeHidden()
  const past = page.getByRole('table', { name: 'Past' }).getByRole('row', { name: /big/ })
  await expect(past).toContainText('Cancelled')
  await expect(past).toContainText('Ada Lovelace, copying memory')
  expect(await listed(page, '?state=open')).toEqual([])
  expect((await listed(page, '?limit=1'))[0]).toBe(migrationId)
  await expect(toast(page, 'Stopped: big stays on lab-01')).toBeVisible()
  expect(await fleet.api.hostsOf('big')).toEqual(['lab-01'])
  expect((await fleet.api.domain('big')).state).toEqual({ status: 'running' })
  // What was sent before it ended is accounted for, also in a round that did not end.
  await past.getByRole('link').click()
  const rounds = page.getByRole('table', { name: 'Rounds' })
  await expect(rounds.getByRole('row', { name: /unfinished/ })).toContainText('MiB')
  // The memory that was kept for it is free again.
  await expect.poll(async () => (await fleet.api.host('lab-02')).memFreeBytes).toBe(freeBefore)
})

for (const [name, phase, sentence] of failures) {
  test(`a failure while ${failedWhile[phase]} leaves the domain where it was`, async ({ page }) => {
    await fleet.open(page, '/migrations')
    await expect(page.getByRole('button', { name: /^live\./ })).toBeVisible()
    const { migrationId } = await fleet.api.startMove(name, 'lab-02')
    await expect(toast(page, `${name} did not move to lab-02`)).toBeVisible()
    const past = page.getByRole('table', { name: 'Past' }).getByRole('row', { name })
    await expect(past).toContainText('Failed')
    await past.getByRole('link').click()
    await expect(
      page.getByText(`${name} stayed where it was: it failed while ${failedWhile[phase]}`),
    ).toBeVisible()
    await expect(page.getByText(new RegExp(escaped(sentence))).first()).toBeVisible()
    await expect(page.getByRole('list', { name: 'Phases' })).toContainText('ended here')
    const { state } = await fleet.api.migration(migrationId)
    expect(state).toMatchObject({ phase: 'failed', failedIn: phase })
    expect(await fleet.api.hostsOf(name)).toEqual(['lab-01'])
    expect((await fleet.api.domain(name)).state).toEqual({ status: 'running' })
  })
}

test('a guest that crashes while it is copied is shown as crashed, on its host', async ({
  page,
}) => {
  const { migrationId } = await fleet.api.startMove('sentinel-crash-in-round', 'lab-02')
  await fleet.api.waitForPhase(migrationId, ['failed'])
  await fleet.open(page, `/migrations/${migrationId}`)
  await expect(
    page.getByText('sentinel-crash-in-round stopped while it was being copied.').first(),
  ).toBeVisible()
  await page.getByRole('link', { name: 'sentinel-crash-in-round' }).first().click()
  await expect(page.getByText(/sentinel-crash-in-round has crashed\./)).toBeVisible()
  expect(await fleet.api.hostsOf('sentinel-crash-in-round')).toEqual(['lab-01'])
})

test('when the last answer is lost, both sides are asked and it runs once', async () => {
  const { migrationId } = await fleet.api.startMove('sentinel-lost-answer', 'lab-02')
  const { state } = await fleet.api.waitForPhase(migrationId, ['completed', 'failed'], 60_000)
  expect(state.phase).toBe('completed')
  expect(await fleet.api.hostsOf('sentinel-lost-answer')).toEqual(['lab-02'])
  expect((await fleet.api.domain('sentinel-lost-answer')).state).toEqual({ status: 'running' })
})

test('only so many move at once; the others wait in the queue and may be cancelled there', async ({
  page,
}) => {
  const slow = await fleet.api.startMove('sentinel-slow-link', 'lab-02')
  const big = await fleet.api.startMove('big', 'lab-02')
  const waiting = await fleet.api.startMove('sentinel-no-memory', 'lab-02')
  await fleet.open(page, '/migrations')
  const row = openRow(page, 'sentinel-no-memory')
  await expect(row).toContainText('Queued')
  await expect(row).toContainText('Waiting')
  for (const { migrationId, domainName } of [waiting, slow, big]) {
    await page.getByRole('button', { name: `Cancel the migration of ${domainName}` }).click()
    await page.getByRole('button', { name: 'Cancel migration' }).click()
    await fleet.api.waitForPhase(migrationId, ['cancelled'])
  }
  await expect(page.getByText('Nothing is moving')).toBeVisible()
})

/** What the interface lists, by id. */
async function listed(page: Page, query = ''): Promise<string[]> {
  const { path, response } = endpoints.listMigrations
  const answer = await page.request.get(fleet.url + apiPrefix + path + query)
  return response.parse(await answer.json()).migrations.map(({ migrationId }) => migrationId)
}

function openRow(page: Page, domainName: string) {
  return page
    .getByRole('list', { name: 'Running and queued' })
    .getByRole('listitem')
    .filter({ has: page.getByRole('link', { name: domainName, exact: true }) })
}

function toast(page: Page, text: string) {
  return page.getByRole('region', { name: /Notifications/ }).getByText(text)
}
