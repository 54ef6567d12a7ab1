/** The board of the demo fleet: watching it, arranging it, and dragging with the mouse. */
import type { Locator, Page } from '@playwright/test'
import { expect, test } from './harness/fixtures.ts'
import { fleetFor } from './harness/fleet.ts'
import { BoardPage } from './pages/board-page.ts'

const hostNames = ['xen-01', 'xen-02', 'xen-03', 'xen-04', 'xen-05', 'xen-06']
const fleet = fleetFor({ agents: hostNames })
test.use({ viewport: { width: 1600, height: 1000 } })
const viewer = { name: 'Vera Viewer', email: 'vera@example.org', password: 'only looking around' }

async function openBoard(page: Page, path = '/'): Promise<BoardPage> {
  const board = await BoardPage.in(page)
  await fleet.open(page, path)
  await expect(board.host('xen-01')).toBeVisible()
  await board.hasReadings()
  return board
}

test('six hosts and forty domains appear, and their figures change', async ({ page }) => {
  const board = await openBoard(page)
  await expect(board.hosts).toHaveCount(6)
  await expect(page.getByText('40 domains on 6 hosts')).toBeVisible()
  for (const name of hostNames) await expect(board.host(name)).toBeVisible()

  const row = board.row('exchange-1', 'xen-01')
  await expect(row).toHaveAccessibleName(
    'exchange-1, HVM, Windows Server 2003, 2 vCPUs, 4 GiB, Running',
  )
  const item = board.item('exchange-1')
  await expect(item).toContainText(/\d+\s?%/)
  for (const meter of ['CPU of xen-02', 'Memory of xen-02', 'Network of xen-02']) {
    await expect(page.getByRole('meter', { name: meter })).toHaveAttribute('aria-valuetext', /\d/)
  }
  await changes(item, (element) => element.textContent)
  await changes(board.item('web-3'), (element) => element.textContent)
  await changes(page.getByRole('meter', { name: 'Network of xen-03' }), (element) =>
    element.getAttribute('aria-valuetext'),
  )
  // What differs between hosts is said.
  await expect(board.host('xen-04').getByTitle(/No hardware virtualisation/)).toBeVisible()
  await expect(board.host('xen-06').getByTitle(/32 cores/)).toBeVisible()
})

test('search, order, groups, colour and density; the address keeps them all', async ({ page }) => {
  const board = await openBoard(page)
  await board.filter.fill('exchange')
  await expect(page.getByText('1 domain on 1 host')).toBeVisible()
  await expect(board.row('exchange-1')).toBeVisible()
  await expect(board.row('web-1')).toHaveCount(0)
  await board.filter.fill('windows')
  await expect(board.row('win2003-ad')).toBeVisible()
  await expect(board.row('erp-1')).toHaveCount(0)
  await board.filter.fill('no such thing')
  await expect(page.getByRole('heading', { name: 'Nothing matches the filter' })).toBeVisible()
  await page.getByRole('button', { name: 'Clear the filter' }).last().click()
  await expect(board.hosts).toHaveCount(6)

  await board.choose('Sort', 'Memory')
  expect((await board.namesOn('xen-01'))[0]).toBe('sql-prod-1')
  await board.choose('Group', 'Label rack')
  await expect(page.getByRole('heading', { level: 2 })).toHaveText(['r1', 'r2', 'r3'])
  await board.choose('Colour', 'Memory')
  await page.getByRole('radio', { name: 'Heat' }).click()
  await expect(page).toHaveURL(/sort=memory&group=label%3Arack&heat=memory&density=heat/)

  await page.reload()
  await expect(page.getByRole('heading', { level: 2 })).toHaveText(['r1', 'r2', 'r3'])
  await expect(page.getByRole('combobox', { name: 'Sort: Memory' })).toBeVisible()
  await expect(page.getByRole('combobox', { name: 'Colour: Memory' })).toBeVisible()
  await expect(page.getByRole('radio', { name: 'Heat' })).toBeChecked()
  // In the heat view a domain is a square that still has its name.
  await expect(board.row('sql-prod-1', 'xen-01')).toHaveAttribute('title', 'sql-prod-1')
})

test('a card dragged with the mouse says that it migrates, then is on the other host', async ({
  page,
}) => {
  const board = await openBoard(page)
  await board.pickUp('win2003-ad')
  await expect(board.host('xen-03')).toContainText('moving away')
  // Every host says what it would be like there: rank, duration, pause, load before and after.
  await expect(board.host('xen-06')).toContainText(/best/)
  await expect(board.host('xen-06')).toContainText(/~\d.* · pause ~\d+/)
  await expect(board.host('xen-06')).toContainText(/\d+ → \d+/)
  await board.carryOver('xen-06', /^Over xen-06: .* free, CPU/)
  await board.drop()

  const item = board.item('win2003-ad', 'xen-03')
  await expect(item).toContainText('migrating to xen-06')
  await expect(board.row('win2003-ad')).toHaveAccessibleName(/, migrating to xen-06$/)
  // For those who do not see it the row's name says it; a ring that is read out at every step would be noise.
  const ring = item.getByRole('progressbar', {
    name: 'Migration of win2003-ad',
    includeHidden: true,
  })
  await expect(ring).toHaveAttribute('aria-valuenow', /\d/)
  await changes(ring, (element) => element.getAttribute('aria-valuenow'))
  await expect(page.getByRole('link', { name: '1 migrating' })).toBeVisible()
  await expect(
    board.host('xen-06').getByTitle('win2003-ad is on its way from xen-03'),
  ).toBeVisible()

  await expect(board.row('win2003-ad', 'xen-06')).toBeVisible({ timeout: 40_000 })
  await expect(board.row('win2003-ad')).toHaveCount(1)
  await expect(board.toasts.filter({ hasText: 'win2003-ad is on xen-06' })).toContainText(
    /\d+\.\d\ss · pause \d+\sms/,
  )
  expect(await fleet.api.hostsOf('win2003-ad')).toEqual(['xen-06'])
})

test.describe('a host that cannot take the card', () => {
  const cases = [
    ['exchange-1', 'xen-04', /xen-04 has no VT-x or AMD-V; exchange-1 is HVM and needs it\./],
    ['exchange-1', 'xen-05', /xen-05 runs Xen 3\.0\.4, older than 4\.17\.2 on xen-01/],
    ['erp-1', 'xen-02', /xen-02 has \d.* GiB free; erp-1 needs 6 GiB\. Free .* or pick another/],
    ['crypto-gw-1', 'xen-03', /xen-03 lacks CPU features crypto-gw-1 uses: aes, avx2\./],
  ] as const
  /** Reasons that no host can help: said once, where the card is. */
  const stuck = [
    ['licence-dongle', /licence-dongle is marked as not migratable\./],
    ['ci-agent-1', /ci-agent-1 is not running; only running domains migrate live\./],
  ] as const

  test('says exactly why while it is dragged, and a drop there sends nothing', async ({ page }) => {
    const board = await openBoard(page)
    const sent: string[] = []
    page.on('request', (request) => {
      if (request.method() !== 'GET') sent.push(`${request.method()} ${request.url()}`)
    })
    for (const [domain, host, reason] of cases) {
      const [source = ''] = await fleet.api.hostsOf(domain)
      await board.pickUp(domain)
      await board.carryOver(host, reason)
      await expect(board.host(host)).toContainText('cannot')
      await expect(board.host(host).getByText(reason)).toBeVisible()
      await board.drop()
      await expect(board.toast(`Refused: ${domain} stays, ${host} cannot take it`)).toBeVisible()
      await expect(board.row(domain, source)).toBeVisible()
    }
    for (const [domain, reason] of stuck) {
      const [source = ''] = await fleet.api.hostsOf(domain)
      await board.pickUp(domain)
      await expect(board.inHand.getByText(reason)).toBeVisible()
      await expect(board.host('xen-06')).toContainText('cannot')
      await expect(board.host('xen-06').getByText(reason)).toHaveCount(0)
      await board.carryOver('xen-06', reason)
      await board.drop()
      await expect(board.toast(`Refused: ${domain} stays, xen-06 cannot take it`)).toBeVisible()
      await expect(board.row(domain, source)).toBeVisible()
    }
    expect(sent).toEqual([])
    const { migrations } = await fleet.api.fleet()
    expect(migrations.map(({ domainName }) => domainName)).not.toContain('exchange-1')
  })

  test('a host without CPU to spare takes it with a warning, and is not among the best', async ({
    page,
  }) => {
    const board = await openBoard(page)
    await expect(page.getByRole('meter', { name: 'CPU of xen-02' })).toHaveAttribute(
      'aria-valuetext',
      /^(9\d|100)/,
    )
    await board.pickUp('mail-1')
    const warning = /xen-02 would need 1\d\d % of its CPU; its domains would wait\./
    await expect(board.host('xen-02')).toContainText('warning')
    await expect(board.host('xen-02').getByText(warning)).toBeVisible()
    await expect(page.locator('[data-best]').first()).toContainText('xen-06')
    await board.carryOver('xen-02', new RegExp(`^Over xen-02\\. Warning: ${warning.source}`))
    await page.keyboard.press('Escape')
    await board.drop()
  })

  test('what becomes of a card in the hand is said', async ({ page }) => {
    const board = await openBoard(page)
    await board.pickUp('web-7')
    await fleet.api.act('web-7', 'pause')
    await board.says(/^web-7 is not running; only running domains migrate live\.$/)
    await expect(board.host('xen-06')).toContainText('cannot')
    await page.keyboard.press('Escape')
    await board.drop()
    await fleet.api.act('web-7', 'unpause')
  })

  test('dropped where it came from, nothing happens', async ({ page }) => {
    const board = await openBoard(page)
    await board.pickUp('mail-1')
    await board.carryOver('xen-06', /^Over xen-06/)
    await board.carryOver('xen-03', /^Over xen-03, where it is now\.$/)
    await board.drop()
    await board.says(/^mail-1 put back\.$/)
    expect((await fleet.api.domain('mail-1')).migrationId).toBeNull()
  })

  test('Escape in mid-drag puts the card back', async ({ page }) => {
    const board = await openBoard(page)
    await board.pickUp('mail-1')
    await board.carryOver('xen-06', /^Over xen-06/)
    await page.keyboard.press('Escape')
    await board.says(/^mail-1 put back\.$/)
    await board.drop()
    await expect(board.host('xen-06')).not.toContainText('best')
    expect(await fleet.api.hostsOf('mail-1')).toEqual(['xen-03'])
    expect((await fleet.api.domain('mail-1')).migrationId).toBeNull()
  })
})

test('several selected cards are dragged together and arrive together', async ({ page }) => {
  const board = await openBoard(page)
  await board.row('web-1').click()
  await board.row('web-2').click({ modifiers: ['ControlOrMeta'] })
  await expect(board.inspector.getByRole('heading', { name: '2 domains selected' })).toBeVisible()
  await page.getByRole('button', { name: 'Close the inspector' }).first().click()
  await board.pickUp('web-2')
  await expect(board.host('xen-06')).toContainText('best')
  await board.carryOver('xen-06', /^Over xen-06/)
  await board.drop()
  for (const name of ['web-1', 'web-2']) {
    await expect(board.row(name, 'xen-06')).toBeVisible({ timeout: 30_000 })
  }
  const { migrations } = await fleet.api.fleet()
  const groups = migrations.filter(({ domainName }) => /^web-[12]$/.test(domainName))
  expect(groups).toHaveLength(2)
  expect(groups[0]?.groupId).not.toBeNull()
  expect(groups[0]?.groupId).toBe(groups[1]?.groupId)
})

test('a drop can be undone: while it is under way the domain stays where it is', async ({
  page,
}) => {
  const board = await openBoard(page)
  await board.dragTo('erp-1', 'xen-06')
  const toast = board.toasts.filter({ hasText: 'Migrating erp-1 to xen-06' })
  await expect(board.item('erp-1', 'xen-03')).toContainText('migrating to xen-06')
  await toast.getByRole('button', { name: 'Undo' }).click()
  await expect(board.toast('Stopped: erp-1 stays on xen-03')).toBeVisible()
  await expect(toast).toHaveCount(0)
  expect(await fleet.api.hostsOf('erp-1')).toEqual(['xen-03'])
})

test('a host whose readings stop looks old within seconds, long before it is stale', async ({
  page,
}) => {
  const board = await openBoard(page)
  const card = board.host('xen-05')
  await expect(card).not.toHaveClass(/hatched/)
  fleet.drover.agent('xen-05').freeze()
  try {
    await expect(card).toContainText(/no reading for [3-9]\ss/, { timeout: 9000 })
    await expect(card).toHaveClass(/hatched/)
    expect((await fleet.api.host('xen-05')).connection.status).toBe('online')
    await expect(board.host('xen-06')).not.toHaveClass(/hatched/)
  } finally {
    fleet.drover.agent('xen-05').resume()
  }
  await expect(card).not.toContainText('no reading')
  await expect(card).not.toHaveClass(/hatched/)
})

test('who may only look can neither drag nor act', async ({ page }) => {
  await fleet.api.createUser(viewer, 'viewer')
  const api = await fleet.signedIn(viewer)
  const board = await BoardPage.in(page)
  await fleet.open(page, '/', api)
  await board.hasReadings()
  await expect(board.row('erp-1')).toBeVisible()
  await changes(board.item('erp-1'), (element) => element.textContent)

  const box = await board.row('erp-1').boundingBox()
  if (!box) throw new Error('erp-1 is not on the screen')
  await page.mouse.move(box.x + 40, box.y + 8)
  await page.mouse.down()
  await page.mouse.move(box.x + 80, box.y + 60, { steps: 5 })
  await page.mouse.up()
  expect(board.announcements.all).toEqual([])

  await board.row('erp-1').click({ button: 'right' })
  const menu = page.getByRole('menu', { name: 'Actions for erp-1' })
  for (const label of ['Migrate to…', 'Pause', 'Destroy…']) {
    const item = menu.getByRole('menuitem', { name: new RegExp(`^${label}`) })
    await expect(item).toHaveAttribute('aria-disabled', 'true')
    await expect(item).toContainText('Your role does not allow this.')
  }
  await page.keyboard.press('Escape')
  await board.row('erp-1').focus()
  await page.keyboard.press('m')
  await expect(page.getByRole('dialog')).toHaveCount(0)

  // The server says the same to somebody who leaves the browser aside.
  await expect(api.move('erp-1', 'xen-06')).rejects.toThrow('403')
  await expect(api.act('erp-1', 'pause')).rejects.toThrow('403')
  await expect(api.call('listUsers')).rejects.toThrow('403')
})

/** The thing shows something else than a moment ago. */
async function changes(locator: Locator, read: (element: Element) => string | null): Promise<void> {
  const before = await locator.evaluate(read)
  await expect.poll(() => locator.evaluate(read)).not.toBe(before)
}
