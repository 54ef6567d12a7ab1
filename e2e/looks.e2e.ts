/** How everything looks: accessible in both themes, usable from a phone to a wall, with pictures for people. */
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, failedRequests, test } from './harness/fixtures.ts'
import { fleetFor } from './harness/fleet.ts'
import { BoardPage, boxOf } from './pages/board-page.ts'

const fleet = fleetFor({ agents: ['xen-01', 'xen-02', 'xen-03', 'xen-04', 'xen-05', 'xen-06'] })
const themes = ['dark', 'light'] as const
// Hundreds of pictures are taken here anyway.
test.use({ trace: 'off' })

const widest = ['board', 'board-heat', 'migrations', 'host', 'domain']
/** Checked everywhere; the large pictures, which take long, are made of the pages that have most on them. */
const sizes = [
  { width: 360, height: 780, isForPictures: () => true },
  { width: 1280, height: 800, isForPictures: () => true },
  { width: 1920, height: 1080, isForPictures: (name: string) => widest.includes(name) },
  { width: 3840, height: 2160, isForPictures: (name: string) => widest.includes(name) },
]

/** Every page there is, and what is on it when it is complete. */
interface Place {
  readonly name: string
  readonly path: string
  readonly ready: (page: Page) => Promise<void>
}

const heading = (name: string) => async (page: Page) => {
  await expect(page.getByRole('heading', { name, exact: true }).first()).toBeVisible()
}
const drawn = async (page: Page) => {
  await expect(page.getByRole('figure').first()).toHaveAccessibleDescription(/: now \S+/)
}

async function places(): Promise<Place[]> {
  const { domainId, hostId } = await fleet.api.domain('sql-prod-1')
  // One that has ended, and one that is under way as long as the pictures take.
  const ended = await fleet.api.startMove('web-1', 'xen-06')
  await fleet.api.waitForPhase(ended.migrationId, ['completed'])
  const { migrationId } = await fleet.api.startMove('erp-1', 'xen-06')
  await fleet.api.waitForPhase(migrationId, ['pre-copy'])
  // Hosts far below the screen of a phone are not drawn; anywhere else the last of six is.
  const board = async (page: Page) => {
    const isPhone = (page.viewportSize()?.width ?? 0) < 640
    await expect(page.getByText('40 domains on 6 hosts')).toBeVisible()
    await expect(page.getByRole('region', { name: isPhone ? 'xen-01' : 'xen-06' })).toBeVisible()
  }
  return [
    { name: 'board', path: '/', ready: board },
    { name: 'board-tiles', path: '/?density=tiles&group=label:rack', ready: board },
    { name: 'board-heat', path: '/?density=heat', ready: board },
    { name: 'board-inspector', path: `/?inspect=domain:${domainId}`, ready: heading('sql-prod-1') },
    { name: 'migrations', path: '/migrations', ready: heading('Migrations') },
    { name: 'migration-running', path: `/migrations/${migrationId}`, ready: heading('Phases') },
    { name: 'migration-ended', path: `/migrations/${ended.migrationId}`, ready: heading('Phases') },
    { name: 'hosts', path: '/hosts', ready: heading('Hosts') },
    { name: 'host', path: `/hosts/${hostId}`, ready: drawn },
    { name: 'domains', path: '/domains', ready: heading('Domains') },
    { name: 'domain', path: `/domains/${domainId}`, ready: drawn },
    { name: 'settings', path: '/settings', ready: heading('Settings') },
    { name: 'settings-migrations', path: '/settings/migrations', ready: heading('At once') },
    { name: 'users', path: '/settings/users', ready: (page) => tableOf(page, 'Ada Lovelace') },
    { name: 'tokens', path: '/settings/tokens', ready: (page) => tableOf(page, 'Active') },
    {
      name: 'audit',
      path: '/settings/audit',
      ready: (page) => tableOf(page, 'create-first-admin'),
    },
    { name: 'sign-in', path: '/sign-in', ready: heading('Sign in') },
    {
      name: 'setup',
      path: '/setup?token=used',
      ready: heading('This link does not work any more'),
    },
    {
      name: 'not-found',
      path: '/nothing-here',
      ready: heading('There is nothing at this address'),
    },
  ]
}

async function tableOf(page: Page, text: string): Promise<void> {
  await expect(page.getByRole('main').getByText(text).first()).toBeVisible()
}

test.describe('all pages', () => {
  // The address that leads nowhere is answered with 404, on purpose.
  test.use({ expectedErrors: failedRequests })

  test('are accessible, never wider than the screen, and photographed', async ({ page }) => {
    test.setTimeout(300_000)
    await fleet.enter(page.context())
    await page.emulateMedia({ reducedMotion: 'reduce' })
    const problems: string[] = []
    for (const place of await places()) {
      await page.setViewportSize({ width: 1280, height: 800 })
      await page.goto(fleet.url + place.path)
      await place.ready(page)
      problems.push(...(await inaccessible(page, place.name)))
      for (const { isForPictures, ...size } of sizes) {
        await page.setViewportSize(size)
        await place.ready(page)
        // Charts take their new width in the frame after.
        await expect
          .soft(async () => expect(await widerThanTheScreen(page), place.name).toEqual([]))
          .toPass({ timeout: 3000 })
        for (const theme of isForPictures(place.name) ? themes : []) {
          await showIn(page, theme)
          await page.screenshot({
            path: `test-results/looks/${place.name}-${size.width}-${theme}.png`,
          })
        }
      }
    }
    expect(problems).toEqual([])
  })
})

/** Changes the theme and waits until no colour is on its way any more. */
async function showIn(page: Page, theme: (typeof themes)[number]): Promise<void> {
  await page.emulateMedia({ colorScheme: theme })
  await page.evaluate(async () => {
    await new Promise(requestAnimationFrame)
    const changing = document.getAnimations().filter((one) => one instanceof CSSTransition)
    await Promise.allSettled(changing.map(({ finished }) => finished))
    await new Promise(requestAnimationFrame)
  })
}

/**
 * What axe finds against WCAG 2.2 A and AA. Only contrast differs between the themes, so the light one is asked for that
 * alone.
 */
async function inaccessible(page: Page, name: string): Promise<string[]> {
  const found: string[] = []
  for (const theme of themes) {
    await showIn(page, theme)
    const axe = new AxeBuilder({ page })
    const scan =
      theme === 'dark'
        ? axe.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
        : axe.withRules(['color-contrast'])
    const { violations } = await scan.analyze()
    for (const { id, nodes } of violations) {
      found.push(...nodes.map(({ target }) => `${name}, ${theme}: ${id} at ${target.join(' ')}`))
    }
  }
  return found
}

/** What makes the page scroll sideways; parts that scroll by themselves on purpose do not. */
function widerThanTheScreen(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { documentElement } = document
    const scrollers = [documentElement, ...document.querySelectorAll('main')]
    return scrollers
      .filter((element) => element.scrollWidth > element.clientWidth)
      .map(
        ({ tagName, scrollWidth, clientWidth }) =>
          `${tagName} is ${scrollWidth} px wide on ${clientWidth}`,
      )
  })
}

test.describe('open dialogs and menus', () => {
  test('are accessible in both themes', async ({ page }) => {
    const board = await BoardPage.in(page)
    await fleet.open(page)
    await board.hasReadings()
    const problems: string[] = []
    await page.emulateMedia({ reducedMotion: 'reduce' })
    const check = async (name: string) => {
      problems.push(...(await inaccessible(page, name)))
      await page.screenshot({ path: `test-results/looks/${name}-1440-light.png` })
    }
    await board.pickUp('web-6')
    await board.carryOver('xen-05', /^xen-05 refuses/)
    await check('dragging')
    await page.keyboard.press('Escape')
    await board.drop()
    await board.row('exchange-1').click({ button: 'right' })
    await expect(page.getByRole('menu')).toBeVisible()
    // Under the pointer, also for those who want nothing to move.
    const [menu, row] = [await boxOf(page.getByRole('menu')), await boxOf(board.row('exchange-1'))]
    expect(Math.abs(menu.x - (row.x + row.width / 2))).toBeLessThan(20)
    expect(Math.abs(menu.y - (row.y + row.height / 2))).toBeLessThan(20)
    await check('menu')
    await page.getByRole('menuitem', { name: 'Migrate to…' }).click()
    await expect(page.getByRole('dialog').getByRole('option')).toHaveCount(6)
    await check('migrate-dialog')
    await page.getByRole('dialog').getByText('Options', { exact: true }).click()
    await check('migrate-options')
    await page.keyboard.press('Escape')
    await page.keyboard.press('ControlOrMeta+k')
    await page.keyboard.type('web')
    await check('palette')
    await page.keyboard.press('Escape')
    await page.keyboard.press('?')
    await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible()
    await check('keys')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: /^Account of/ }).click()
    await expect(page.getByRole('menu')).toBeVisible()
    await check('account-menu')
    await page.getByRole('menuitem', { name: 'Change password…' }).click()
    const password = page.getByRole('dialog', { name: 'Change your password' })
    await password.getByRole('button', { name: 'Change password' }).click()
    await expect(password.getByText('12 more characters, please.')).toBeVisible()
    await check('change-password')
    expect(problems).toEqual([])
  })
})

test.describe('on a phone', () => {
  test.use({ viewport: { width: 360, height: 780 }, hasTouch: true })

  test('a domain is migrated by touch, from its menu', async ({ page }) => {
    await fleet.open(page)
    await page.getByRole('button', { name: 'Show the domains of xen-04' }).tap()
    await page.getByRole('button', { name: 'Actions for web-8' }).tap()
    await page.getByRole('menuitem', { name: 'Migrate to…' }).tap()
    const dialog = page.getByRole('dialog', { name: 'Migrate web-8' })
    await expect(dialog.getByRole('option')).toHaveCount(6)
    await page.screenshot({
      path: 'test-results/looks/migrate-dialog-360-light.png',
      animations: 'disabled',
    })
    await dialog.getByRole('option', { name: /xen-06/ }).tap()
    await expect(dialog).toBeHidden()
    await expect(page.getByText(/migrating to xen-06|→ xen-06/).first()).toBeVisible()
    expect(await widerThanTheScreen(page)).toEqual([])
    await page.getByRole('button', { name: 'Show the domains of xen-06' }).tap()
    const arrived = page
      .getByRole('region', { name: 'xen-06' })
      .getByRole('button', { name: /^web-8, / })
    await expect(arrived).toBeVisible({ timeout: 60_000 })
  })
})

test('the theme is chosen in the menu and kept', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light' })
  await fleet.open(page, '/hosts')
  await page.getByRole('button', { name: /^Account of/ }).click()
  await page.getByRole('menuitemcheckbox', { name: 'Dark' }).click()
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await page.reload()
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
})
