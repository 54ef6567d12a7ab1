/** Controlling migrations: what is asked for beside the host, limits and the queue, groups, and trying again. */
import type { Page } from '@playwright/test'
import { expect, failedRequests, test } from './harness/fixtures.ts'
import { fleetFor } from './harness/fleet.ts'
import { labOf, smallDomain, smallHost } from './harness/small-hosts.ts'

const together = ['team-1', 'team-2', 'team-3', 'team-4'] as const
// 16 MiB at 100 Mbit/s move in two seconds, 256 MiB in twenty.
const fleet = fleetFor(
  labOf(
    smallHost('lab-01', [
      smallDomain('chosen', { memMib: 128 }),
      smallDomain('first', { memMib: 256 }),
      smallDomain('second'),
      smallDomain('third'),
      smallDomain('team-1', { memMib: 16 }),
      ...together.slice(1).map((name) => smallDomain(name, { memMib: 256 })),
      smallDomain('unlucky', { memMib: 256 }),
    ]),
    smallHost('lab-02', []),
    smallHost('lab-03', []),
  ),
)
test.use({ expectedErrors: failedRequests })

const details = (page: Page) => page.getByRole('region', { name: 'Details' })

async function cancel(migrationId: string): Promise<void> {
  await fleet.api.fetch('cancelMigration', { params: { migrationId } })
  await fleet.api.waitForPhase(migrationId, ['cancelled', 'completed', 'failed'])
}

test('options of the dialog say what they do, and hold for the migration', async ({ page }) => {
  const { domainId } = await fleet.api.domain('chosen')
  await fleet.open(page, `/domains/${domainId}`)
  await page.getByRole('button', { name: 'Migrate to…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Migrate chosen' })
  // Closed by default, and then as set for the pool.
  await expect(dialog.getByText(/^As set for pool-a: Shortest pause/)).toBeVisible()
  await dialog.getByText('Options', { exact: true }).click()
  const effect = dialog.getByRole('status')
  await expect(effect).toContainText(/^To lab-0\d: ~.*, pause ~/)
  await dialog.getByRole('combobox', { name: /^Profile/ }).click()
  await page.getByRole('option', { name: 'Xen 4' }).click()
  await dialog.getByRole('combobox', { name: /^Priority/ }).click()
  await page.getByRole('option', { name: 'High' }).click()
  const bandwidth = dialog.getByLabel('Bandwidth (Mbit/s)')
  await bandwidth.fill('0.1')
  await expect(dialog.getByText('Give at least 1.1, or leave it empty.')).toBeVisible()
  await expect(effect).toHaveText('Mend the options first.')
  await bandwidth.fill('20')
  await expect(effect).toContainText('As set for the pool: ~')
  await dialog.getByRole('option', { name: /^lab-02/ }).click()
  await expect(dialog).toBeHidden()
  await page.getByRole('link', { name: 'Follow it' }).click()
  await expect(details(page)).toContainText('Xen 4')
  await expect(details(page)).toContainText('High')
  await expect(details(page)).toContainText('20 Mbit/s')
  const { migrations } = await fleet.api.fleet()
  const [asked] = migrations.filter(({ domainName }) => domainName === 'chosen')
  expect(asked).toMatchObject({
    profile: { kind: 'xen-4' },
    priority: 'high',
    bandwidthBytesPerSec: 2_500_000,
  })
  await cancel(asked?.migrationId ?? '')
})

test('a lower limit makes the queue wait, which says why; priority changes whose turn it is', async ({
  page,
}) => {
  await fleet.open(page, '/settings/migrations')
  const leaving = page.getByLabel('Leaving a host (migrations)')
  await leaving.fill('0')
  await expect(page.getByText('Give a whole number from 1 to 1000.')).toBeVisible()
  await page.getByRole('button', { name: 'Undo the changes: At once' }).click()
  await expect(leaving).toHaveValue('2')
  await leaving.fill('1')
  await page.getByRole('button', { name: 'Save: At once' }).click()
  await expect(page.getByText(/^Changed by Ada Lovelace/)).toBeVisible()

  const moves = []
  for (const name of ['first', 'second', 'third']) {
    moves.push(await fleet.api.startMove(name, 'lab-02'))
  }
  await page.goto(`${fleet.url}/migrations`)
  const rows = page.getByRole('list', { name: 'Running and queued' }).getByRole('listitem')
  await expect(rows).toHaveCount(3)
  await expect(rows.nth(1)).toContainText('second')
  await expect(rows.nth(1)).toContainText('Next in line; lab-01 already sends 1.')
  await expect(rows.nth(2)).toContainText('2nd in line')
  await rows.nth(2).getByRole('button', { name: 'Priority: normal, of third' }).click()
  await page.getByRole('menuitemcheckbox', { name: 'High' }).click()
  await expect(rows.nth(1)).toContainText('third')
  await expect(rows.nth(2)).toContainText('second')
  for (const { migrationId } of moves.toReversed()) await cancel(migrationId)
  await fleet.api.call('updateMigrationLimits', { body: { outgoingPerHost: 2 } })
})

test('others than administrators read the limits and change nothing', async ({ page }) => {
  const grace = { name: 'Grace', email: 'grace@example.org', password: 'a rather long password' }
  await fleet.api.createUser(grace, 'operator')
  await fleet.open(page, '/settings/migrations', await fleet.signedIn(grace))
  await expect(page.getByText(/Only administrators change these\. Ask one of them\./)).toBeVisible()
  await expect(page.getByLabel('Leaving a host (migrations)')).toHaveAttribute('readonly', '')
  await expect(page.getByRole('main').getByRole('combobox')).toHaveCount(0)
})

test('domains moved together are one line; the rest is cancelled, what has arrived stays', async ({
  page,
}) => {
  await fleet.open(page, '/migrations')
  await expect(page.getByText('Nothing is moving')).toBeVisible()
  const { hostId } = await fleet.api.host('lab-02')
  const moves = []
  for (const name of together) {
    moves.push({ domainId: (await fleet.api.domain(name)).domainId, destinationHostId: hostId })
  }
  const { outcomes } = await fleet.api.call('createMigrations', { body: { moves } })
  const line = page
    .getByRole('list', { name: 'Groups that move together' })
    .getByRole('listitem')
    .first()
  await expect(line).toContainText('4 domains to lab-02')
  await expect(line).toContainText(/1 done, 2 copying, 1 waiting · \d+\s%/, { timeout: 30_000 })
  await line.getByRole('button', { name: /^Show the domains/ }).click()
  await expect(line.getByRole('link', { name: 'team-4' })).toBeVisible()
  await line.getByRole('link', { name: '4 domains to lab-02' }).click()
  await expect(page.getByRole('heading', { name: '4 domains to lab-02' })).toBeVisible()
  await page.getByRole('button', { name: /^Cancel the rest/ }).click()
  const dialog = page.getByRole('alertdialog', { name: 'Cancel the 3 that are not done?' })
  await expect(dialog).toContainText('The one that has arrived stays on lab-02.')
  await expect(dialog).toContainText('keep running where they are.')
  await expect(dialog.getByRole('button', { name: 'Keep going' })).toBeFocused()
  await dialog.getByRole('button', { name: 'Cancel the rest' }).click()
  await expect(page.getByText('1 done, 3 cancelled', { exact: true })).toBeVisible()
  for (const one of outcomes) {
    if (one.outcome !== 'accepted') throw new Error('refused')
    const { domainName, state } = await fleet.api.migration(one.migration.migrationId)
    expect(state.phase).toBe(domainName === 'team-1' ? 'completed' : 'cancelled')
  }
  expect(await fleet.api.hostsOf('team-1')).toEqual(['lab-02'])
  expect(await fleet.api.hostsOf('team-4')).toEqual(['lab-01'])
  // One word for all of them, not one for each.
  await expect(
    page
      .getByRole('region', { name: /Notifications/ })
      .getByText('4 domains to lab-02: 1 done, 3 cancelled'),
  ).toBeVisible()
})

test('after its destination has died, a domain is sent to another host', async ({ page }) => {
  const { migrationId } = await fleet.api.startMove('unlucky', 'lab-03')
  await fleet.api.waitForPhase(migrationId, ['pre-copy'])
  await fleet.open(page, `/migrations/${migrationId}`)
  await fleet.drover.agent('lab-03').kill()
  await expect(page.getByText('unlucky stayed where it was')).toBeVisible({ timeout: 60_000 })
  await page.getByRole('button', { name: 'Choose another host for unlucky' }).click()
  const dialog = page.getByRole('dialog', { name: 'Migrate unlucky' })
  await expect(dialog.getByRole('option', { name: /^lab-03/ })).toContainText(
    'lab-03 is not connected',
  )
  await dialog.getByRole('option', { name: /^lab-02/ }).click()
  await expect.poll(() => fleet.api.hostsOf('unlucky'), { timeout: 60_000 }).toEqual(['lab-02'])
})
