/** Rules on placement: made in the editor, seen where they do not hold, refusing a move, mended with one press. */
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test } from './harness/fixtures.ts'
import { fleetFor } from './harness/fleet.ts'
import { labOf, smallDomain, smallHost } from './harness/small-hosts.ts'
import { BoardPage } from './pages/board-page.ts'

const fleet = fleetFor(
  labOf(
    smallHost('lab-01', [smallDomain('web-1'), smallDomain('web-2')], { nicMbit: 1000 }),
    smallHost('lab-02', [smallDomain('db-1')], { nicMbit: 1000 }),
  ),
)

async function isAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
  }
}

test('a rule that keeps domains apart is made, seen broken, mended, and refuses from then on', async ({
  page,
}) => {
  const board = await BoardPage.in(page)
  await fleet.open(page, '/policies')
  await expect(page.getByText('No rules yet')).toBeVisible()
  await isAccessible(page)
  await page.getByRole('link', { name: 'Start from nothing' }).click()

  await page.getByLabel('Name', { exact: true }).fill('Web apart')
  const domains = page.getByRole('combobox', { name: 'Which domains' })
  await domains.pressSequentially('nam')
  await domains.press('Tab')
  await domains.pressSequentially('~ web')
  await expect(domains).toHaveValue('name ~ web')
  await domains.press('Escape')
  const meaning = page.getByRole('region', { name: 'What it would mean now' })
  await expect(meaning).toContainText('2 domains')
  await expect(meaning).toContainText('It does not hold in 1 place.')
  await isAccessible(page)
  await page.getByRole('button', { name: 'Make rule' }).click()

  const broken = page.getByRole('list', { name: 'Where rules do not hold' })
  await expect(broken).toContainText('both run on lab-01')
  await expect(page.getByRole('row', { name: /Web apart/ })).toContainText('in 1 place')
  await expect(page.getByRole('link', { name: /^Policies.*required rules/ }).first()).toBeVisible()

  await broken.getByRole('button', { name: /^Show the fix/ }).click()
  const dialog = page.getByRole('dialog', { name: 'What would mend it' })
  await dialog.getByRole('button', { name: 'Migrate 1 domain' }).click()
  await expect(page.getByText('Every rule holds.')).toBeVisible()

  await page.getByRole('link', { name: 'Board', exact: true }).click()
  await expect(board.hosts).toHaveCount(2)
  await board.hasReadings()
  const [left] = await board.namesOn('lab-01')
  if (left === undefined) throw new Error('lab-01 has no domain left')
  await board.pickUp(left)
  await board.carryOver('lab-02', /Web apart/)
  await board.drop()
  expect(await board.namesOn('lab-01')).toEqual([left])
})
