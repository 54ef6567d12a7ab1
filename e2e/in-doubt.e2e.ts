/**
 * The source has handed the domain over, and nobody can hear the destination: the screen says what is known and what is asked,
 * an administrator may decide, and the destination's own word wins when it comes first.
 *
 * Each destination activates the domain, its answer to the source is lost (the fault that the domain's name switches on), and
 * its line to the console falls silent before that.
 */
import type { Page } from '@playwright/test'
import { expect, failedRequests, test } from './harness/fixtures.ts'
import { fleetFor } from './harness/fleet.ts'
import { Link } from './harness/link.ts'
import { labOf, smallDomain, smallHost } from './harness/small-hosts.ts'

const scenes = { returns: 'lab-02', resumed: 'lab-03', released: 'lab-04' } as const
const domainOf = (scene: keyof typeof scenes) => `sentinel-lost-answer-${scene}`
const names = Object.keys(scenes) as (keyof typeof scenes)[]

const lab = labOf(
  smallHost(
    'lab-01',
    names.map((name) => smallDomain(domainOf(name))),
  ),
  ...Object.values(scenes).map((name) => smallHost(name, [])),
)
const fleet = fleetFor({ ...lab, agents: ['lab-01'] })
const links = new Map<string, Link>()
test.use({ expectedErrors: failedRequests })

test.beforeAll(async () => {
  for (const name of Object.values(scenes)) {
    const link = await Link.to(fleet.url)
    links.set(name, link)
    await fleet.drover.startAgent(name, ['--console', link.url])
  }
})
test.afterAll(async () => {
  await Promise.all([...links.values()].map((link) => link.stop()))
})

function linkOf(hostName: string): Link {
  const link = links.get(hostName)
  if (link === undefined) throw new Error(`${hostName} has no line of its own`)
  return link
}

/** Starts the move, silences the destination while memory is copied, and opens the page on the doubt. */
async function bringIntoDoubt(page: Page, scene: keyof typeof scenes) {
  const hostName = scenes[scene]
  const { migrationId } = await fleet.api.startMove(domainOf(scene), hostName)
  await fleet.api.waitForPhase(migrationId, ['pre-copy'])
  linkOf(hostName).fallSilent()
  await fleet.open(page, `/migrations/${migrationId}`)
  await expect(page.getByRole('region', { name: 'In doubt' })).toBeVisible({ timeout: 60_000 })
  return migrationId
}

async function decide(page: Page, scene: keyof typeof scenes, order: RegExp, confirm: string) {
  await page.getByRole('button', { name: order }).click()
  const dialog = page.getByRole('dialog')
  const button = dialog.getByRole('button', { name: confirm })
  await expect(button).toHaveAttribute('aria-disabled', 'true')
  await dialog.getByLabel(`Type ${domainOf(scene)} to confirm`).fill(domainOf(scene))
  await button.click()
  await expect(dialog).toBeHidden()
}

async function auditSays(page: Page, scene: keyof typeof scenes, order: string) {
  await page.goto(`${fleet.url}/settings/audit`)
  const entry = page
    .getByRole('row')
    .filter({ hasText: domainOf(scene) })
    .filter({ hasText: order })
  await expect(entry.first()).toContainText('Ada Lovelace')
}

test('the page says what is known and asked, and the destination’s word wins when it is back', async ({
  page,
}) => {
  const name = domainOf('returns')
  const migrationId = await bringIntoDoubt(page, 'returns')
  const panel = page.getByRole('region', { name: 'In doubt' })
  await expect(panel).toContainText(
    `lab-01 has handed ${name} over and has kept its own copy paused`,
  )
  await expect(panel).toContainText('lab-02 has not said whether it runs its copy.')
  await expect(panel).toContainText(/lab-02 is not connected; it was last heard .* ago\./, {
    timeout: 40_000,
  })
  // Measured and counting, and nothing is predicted of what stands still.
  await expect(page.getByText('Paused for', { exact: true })).toBeVisible()
  await expect(page.getByText('Ends in', { exact: true })).toBeHidden()
  await expect(page.getByRole('link', { name: '1 in doubt' })).toBeVisible()
  await expect(
    page.getByRole('button', { name: `Cancel the migration of ${name}` }),
  ).toHaveAttribute('aria-disabled', 'true')
  const { domainId } = await fleet.api.domain(name)
  await page.goto(`${fleet.url}/domains/${domainId}`)
  await expect(page.getByText(`The migration of ${name} is in doubt`)).toBeVisible()
  await page.goto(`${fleet.url}/`)
  await expect(page.getByRole('region', { name: 'lab-01' })).toContainText('in doubt, paused')
  await page.goto(`${fleet.url}/migrations/${migrationId}`)
  await expect(panel).toBeVisible()

  linkOf('lab-02').speak()
  await expect(page.getByText('Completed').first()).toBeVisible({ timeout: 60_000 })
  await expect(panel).toBeHidden()
  expect(await fleet.api.hostsOf(name)).toEqual(['lab-02'])
})

test('an operator reads it all and is told who decides', async ({ page }) => {
  const grace = { name: 'Grace', email: 'grace@example.org', password: 'a rather long password' }
  await fleet.api.createUser(grace, 'operator')
  const migrationId = await bringIntoDoubt(page, 'released')
  await fleet.open(page, `/migrations/${migrationId}`, await fleet.signedIn(grace))
  const panel = page.getByRole('region', { name: 'In doubt' })
  await expect(panel).toContainText('Only administrators can decide it by hand.')
  await expect(panel.getByRole('button')).toHaveCount(0)

  // The administrator has seen it run on the destination.
  await fleet.open(page, `/migrations/${migrationId}`)
  await decide(page, 'released', /^Give up the copy on lab-01/, 'Destroy the paused copy')
  await expect(page.getByText('Completed').first()).toBeVisible()
  await expect(page.getByRole('list', { name: 'What happened' })).toContainText('runs on lab-04')
  await auditSays(page, 'released', 'migration-release-ordered')
  linkOf('lab-04').speak()
  await expect.poll(() => fleet.api.hostsOf(domainOf('released'))).toEqual(['lab-04'])
})

test('with the destination switched off, an administrator runs the domain on its source again', async ({
  page,
}) => {
  const name = domainOf('resumed')
  const migrationId = await bringIntoDoubt(page, 'resumed')
  await fleet.drover.agent('lab-03').kill()
  await decide(page, 'resumed', /^Run it on lab-01/, 'Run it on lab-01')
  await expect(page.getByText('Failed').first()).toBeVisible()
  await expect(page.getByRole('list', { name: 'What happened' })).toContainText(
    'Ada Lovelace decided that lab-01 runs it again, without a word from lab-03.',
  )
  const { state } = await fleet.api.migration(migrationId)
  expect(state).toMatchObject({ phase: 'failed', failedIn: 'activating' })
  expect(await fleet.api.hostsOf(name)).toEqual(['lab-01'])
  await expect.poll(async () => (await fleet.api.domain(name)).state.status).toBe('running')
  await auditSays(page, 'resumed', 'migration-resume-ordered')
})
