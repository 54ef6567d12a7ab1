/** Everything the mouse does on the board, without one. */
import type { Page } from '@playwright/test'
import { expect, test } from './harness/fixtures.ts'
import { fleetFor } from './harness/fleet.ts'
import { labOf, smallDomain, smallHost } from './harness/small-hosts.ts'
import { BoardPage } from './pages/board-page.ts'

const fast = { nicMbit: 1000 }
const noVt = {
  cpu: {
    model: 'Xeon',
    mhz: 2000,
    pcpuCount: 2,
    virtualisation: 'none' as const,
    features: ['sse2'],
  },
}
const fleet = fleetFor(
  labOf(
    smallHost(
      'lab-01',
      ['a-1', 'a-2', 'a-3', 'a-4'].map((name) => smallDomain(name)),
      fast,
    ),
    smallHost('lab-02', [smallDomain('b-1'), smallDomain('b-2', { kind: 'hvm' })], fast),
    smallHost('lab-03', [], { ...fast, ...noVt }),
  ),
)

async function openBoard(page: Page): Promise<BoardPage> {
  const board = await BoardPage.in(page)
  await fleet.open(page)
  await expect(board.host('lab-03')).toBeVisible()
  await board.hasReadings()
  return board
}

test('space picks up, arrows go from host to host, space drops, and each step is said', async ({
  page,
}) => {
  const board = await openBoard(page)
  const row = board.row('a-1')
  await row.focus()
  await expect(row).toHaveAccessibleDescription(/Press space or enter to pick up/)
  await page.keyboard.press('Space')
  await board.says(/^a-1 picked up from lab-01\. 2 hosts can take it; best is lab-0\d\.$/)
  await page.keyboard.press('ArrowRight')
  await board.says(/^Over lab-02: .* free, CPU \d+ → \d+ %\.$/)
  await page.keyboard.press('ArrowRight')
  await board.says(/^Over lab-03: /)
  await page.keyboard.press('ArrowLeft')
  await board.says(/^Over lab-02: /)
  await page.keyboard.press('Space')
  await board.says(/^Moving a-1 to lab-02\.$/)
  await board.says(/^a-1 is on lab-02\. .* pause \d+ ms$/)
  await expect(board.row('a-1', 'lab-02')).toBeVisible()
})

test('a refusal is said where the card would go, and Enter there moves nothing', async ({
  page,
}) => {
  const board = await openBoard(page)
  await board.row('b-2').focus()
  await page.keyboard.press('Enter')
  await board.says(/^b-2 picked up from lab-02\. 1 host can take it; best is lab-01\.$/)
  await page.keyboard.press('ArrowRight')
  await board.says(/^lab-03 refuses: lab-03 has no VT-x or AMD-V; b-2 is HVM and needs it\./)
  await page.keyboard.press('Enter')
  await expect(board.toast('Refused: b-2 stays, lab-03 cannot take it')).toBeVisible()
  expect((await fleet.api.domain('b-2')).migrationId).toBeNull()
  expect(await fleet.api.hostsOf('b-2')).toEqual(['lab-02'])
})

test('Escape puts the card back and the focus is where it was', async ({ page }) => {
  const board = await openBoard(page)
  const row = board.row('a-2')
  await row.focus()
  await page.keyboard.press('Space')
  await board.says(/^a-2 picked up/)
  await page.keyboard.press('ArrowRight')
  await board.says(/^Over lab-02/)
  await page.keyboard.press('Escape')
  await board.says(/^a-2 put back\.$/)
  await expect(row).toBeFocused()
  await expect(board.host('lab-02')).not.toContainText('best')
  expect((await fleet.api.domain('a-2')).migrationId).toBeNull()
})

test('Tab while carrying drops nothing: the card stays in hand and the focus on it', async ({
  page,
}) => {
  const board = await openBoard(page)
  const row = board.row('a-3')
  await row.focus()
  await page.keyboard.press('Space')
  await board.says(/^a-3 picked up/)
  await page.keyboard.press('ArrowRight')
  await board.says(/^Over lab-02: /)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Shift+Tab')
  await expect(row).toBeFocused()
  // It is still carried: it goes on to the next host, and is put back from there.
  await page.keyboard.press('ArrowRight')
  await board.says(/^Over lab-03: /)
  await page.keyboard.press('Escape')
  await board.says(/^a-3 put back\.$/)
  await expect(row).toBeFocused()
  const { migrations } = await fleet.api.fleet()
  expect(migrations.map(({ domainName }) => domainName)).not.toContain('a-3')
})

test('a drop is undone from the keyboard, also after it has arrived', async ({ page }) => {
  const board = await openBoard(page)
  await board.row('a-4').focus()
  await page.keyboard.press('Space')
  await board.says(/^a-4 picked up/)
  await page.keyboard.press('ArrowRight')
  await board.says(/^Over lab-02: /)
  await page.keyboard.press('Space')
  await expect(board.row('a-4', 'lab-02')).toBeVisible({ timeout: 20_000 })
  await expect(board.toast('a-4 is on lab-02')).toBeVisible()
  await page.keyboard.press('F8')
  const undo = board.toasts.getByRole('button', { name: 'Undo' })
  // First the toast, then what can be done in it.
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await expect(undo).toBeFocused()
  await page.keyboard.press('Enter')
  await board.says(/^Moving a-4 to lab-01\.$/)
  await expect(board.row('a-4', 'lab-01')).toBeVisible({ timeout: 20_000 })
})

test('m and the menu lead to a list of hosts, best first, with the reasons of the others', async ({
  page,
}) => {
  const board = await openBoard(page)
  const row = board.row('b-2')
  await row.focus()
  await page.keyboard.press('m')
  const dialog = page.getByRole('dialog', { name: 'Migrate b-2' })
  const options = dialog.getByRole('option')
  await expect(options).toHaveCount(3)
  await expect(options.nth(0)).toContainText('lab-01')
  await expect(dialog.getByRole('option', { name: /lab-03/ })).toContainText('has no VT-x or AMD-V')
  await expect(dialog.getByRole('option', { name: /lab-03/ })).toHaveAttribute(
    'aria-disabled',
    'true',
  )
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await expect(row).toBeFocused()

  await row.click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Migrate to…' }).press('Enter')
  await expect(dialog).toBeVisible()
  await page.keyboard.type('lab-01')
  await expect(options).toHaveCount(1)
  await page.keyboard.press('Enter')
  await expect(dialog).toBeHidden()
  await expect(board.row('b-2', 'lab-01')).toBeVisible({ timeout: 20_000 })
})

test('j and k walk through the rows, i opens what is known, x and Shift select', async ({
  page,
}) => {
  const board = await openBoard(page)
  await board.row('a-2').focus()
  await page.keyboard.press('j')
  await expect(board.row('a-3')).toBeFocused()
  await page.keyboard.press('k')
  await expect(board.row('a-2')).toBeFocused()
  await page.keyboard.press('i')
  await expect(board.inspector.getByRole('heading', { name: 'a-2' })).toBeVisible()
  await expect(page).toHaveURL(/inspect=domain/)
  await page.keyboard.press('j')
  await expect(board.inspector.getByRole('heading', { name: 'a-3' })).toBeVisible()
  await expect(board.inspector).toContainText('Debian 12')
  await page.keyboard.press('i')
  await expect(board.inspector).toBeHidden()
  await expect(board.row('a-3')).toBeFocused()

  await page.keyboard.press('x')
  await page.keyboard.press('Shift+ArrowDown')
  await expect(board.row('a-3')).toHaveAttribute('aria-pressed', 'true')
  await expect(board.row('a-4')).toHaveAttribute('aria-pressed', 'true')
  await page.keyboard.press('m')
  await expect(page.getByRole('dialog', { name: /Migrate 2 domains|Migrate a-3/ })).toBeVisible()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await expect(board.row('a-3')).toHaveAttribute('aria-pressed', 'false')
})

test('the palette finds a domain by name and opens its page', async ({ page }) => {
  await openBoard(page)
  await page.keyboard.press('ControlOrMeta+k')
  await page.keyboard.type('a-4')
  await page.getByRole('option', { name: /a-4/ }).waitFor()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'a-4', level: 1 })).toBeVisible()
  // At once, as fingers do it: the second key counts only shortly after the first.
  await Promise.all([page.keyboard.press('g'), page.keyboard.press('b')])
  await expect(page.getByRole('region', { name: 'lab-01' })).toBeVisible()
})
