/** Processes die in the middle of everything. No domain is lost, none runs twice, and the screen says what is known. */
import type { Page } from '@playwright/test'
import { Drover } from './harness/drover.ts'
import { expect, failedRequests, test } from './harness/fixtures.ts'
import { fleetFor } from './harness/fleet.ts'
import { labOf, smallDomain, smallHost } from './harness/small-hosts.ts'
import { waitUntil } from './harness/wait-until.ts'
import { BoardPage } from './pages/board-page.ts'

const names = ['through-console', 'through-source', 'through-destination', 'watched', 'calm']
// 64 MiB at 100 Mbit/s: six seconds, long enough to kill somebody.
const fleet = fleetFor(
  labOf(
    smallHost(
      'lab-01',
      names.map((name) => smallDomain(name)),
    ),
    smallHost('lab-02', [smallDomain('other')]),
    smallHost('lab-03', []),
  ),
)
test.use({ expectedErrors: failedRequests })

async function openBoard(page: Page): Promise<BoardPage> {
  const board = await BoardPage.in(page)
  await fleet.open(page)
  await expect(board.host('lab-01')).toBeVisible()
  await board.hasReadings()
  return board
}

/**
 * Waits until the domain is on a host, runs there and is in no migration; never is it on two. It may be on none for a
 * moment: the source has said that it is gone, and the destination has not reached the console again.
 */
function runsOnce(name: string): Promise<string> {
  return waitUntil(`${name} runs`, async () => {
    const { domains, hosts } = await fleet.api.fleet()
    const [copy, ...others] = domains.filter((domain) => domain.name === name)
    expect(others, `other copies of ${name}`).toEqual([])
    if (copy?.state.status !== 'running' || copy.migrationId !== null) return null
    return hosts.find(({ hostId }) => hostId === copy.hostId)?.name
  })
}

async function startAndWaitForCopying(name: string, hostName: string) {
  const { migrationId } = await fleet.api.startMove(name, hostName)
  await fleet.api.waitForPhase(migrationId, ['pre-copy'])
  return migrationId
}

test('a host whose agent is killed goes grey with its age, and comes back by itself', async ({
  page,
}) => {
  const board = await openBoard(page)
  const agent = fleet.drover.agent('lab-02')
  await agent.kill()
  const card = board.host('lab-02')
  await expect(card).toContainText(/stale for \d+\ss/)
  await expect(card).toHaveClass(/hatched/)
  // Its domains are still shown, as last known; nothing may be done to them.
  await expect(board.row('other', 'lab-02')).toBeVisible()
  await board.row('other').click({ button: 'right' })
  await expect(page.getByRole('menuitem', { name: /^Pause/ })).toContainText(
    'lab-02 is not connected; wait until its agent is back.',
  )
  await page.keyboard.press('Escape')
  await board.pickUp('calm')
  await board.carryOver('lab-02', /^lab-02 refuses: lab-02 is not connected\./)
  await page.keyboard.press('Escape')
  await board.drop()
  const refused = await fleet.api.move('calm', 'lab-02')
  expect(refused).toMatchObject({ outcome: 'refused', refusals: [{ code: 'host-not-online' }] })

  await agent.start()
  await expect(card).not.toContainText('stale')
  await expect(card).not.toHaveClass(/hatched/)
  await expect(board.row('other', 'lab-02')).toBeVisible()
  expect(await runsOnce('other')).toBe('lab-02')
})

test('an agent that hangs is noticed by its silence and welcome when it wakes', async ({
  page,
}) => {
  const board = await openBoard(page)
  const agent = fleet.drover.agent('lab-03')
  agent.freeze()
  await expect(board.host('lab-03')).toContainText(/stale for \d+\ss/, { timeout: 30_000 })
  agent.resume()
  await expect(board.host('lab-03')).not.toContainText('stale', { timeout: 30_000 })
})

test('the console is killed in mid-migration: after its restart the migration ends properly', async ({
  page,
}) => {
  const board = await openBoard(page)
  const migrationId = await startAndWaitForCopying('through-console', 'lab-02')
  await expect(board.item('through-console', 'lab-01')).toContainText('migrating to lab-02')
  await fleet.drover.console.kill()
  await expect(page.getByText(/The connection to the console is interrupted\./)).toBeVisible()
  await fleet.drover.console.start()
  const { state } = await fleet.api.waitForPhase(
    migrationId,
    ['completed', 'failed', 'cancelled'],
    60_000,
  )
  const host = await runsOnce('through-console')
  expect(host).toBe(state.phase === 'completed' ? 'lab-02' : 'lab-01')
  // The page that was open all the time has found the console again and shows the same.
  await expect(page.getByText(/connection to the console is interrupted/)).toBeHidden()
  await board.isLive()
  await expect(board.row('through-console', host)).toBeVisible()
  await expect(board.row('through-console')).toHaveCount(1)
})

for (const [name, victim] of [
  ['through-source', 'lab-01'],
  ['through-destination', 'lab-02'],
] as const) {
  test(`${victim} is killed in mid-migration of ${name}: it runs once`, async ({ page }) => {
    const board = await openBoard(page)
    const migrationId = await startAndWaitForCopying(name, 'lab-02')
    await fleet.drover.agent(victim).kill()
    await expect(board.host(victim)).toContainText(/stale for/)
    await fleet.drover.agent(victim).start()
    const { state } = await fleet.api.waitForPhase(
      migrationId,
      ['completed', 'failed', 'cancelled'],
      60_000,
    )
    const host = await runsOnce(name)
    expect(host).toBe(state.phase === 'completed' ? 'lab-02' : 'lab-01')
    await expect(board.row(name, host)).toBeVisible()
    await expect(board.row(name)).toHaveCount(1)
    // It can be moved again, to the end.
    const again = await fleet.api.startMove(name, 'lab-03')
    await fleet.api.waitForPhase(again.migrationId, ['completed'], 40_000)
    expect(await runsOnce(name)).toBe('lab-03')
  })
}

test('two browsers see the same move', async ({ page, browser }) => {
  const board = await openBoard(page)
  const context = await browser.newContext()
  const second = await BoardPage.in(await context.newPage())
  await fleet.open(second.page)
  await second.hasReadings()
  await board.dragTo('watched', 'lab-03')
  for (const one of [board, second]) {
    await expect(one.item('watched', 'lab-01')).toContainText('migrating to lab-03')
  }
  for (const one of [board, second]) {
    await expect(one.row('watched', 'lab-03')).toBeVisible({ timeout: 40_000 })
    await expect(one.row('watched')).toHaveCount(1)
    await expect(one.toast('watched is on lab-03')).toBeVisible()
  }
  await context.close()
})

test('a second console on the same data is refused with a sentence', async () => {
  const { dataDir } = fleet.drover
  await expect(Drover.start({ env: { DROVER_DATA_DIR: dataDir } })).rejects.toThrow(
    /^console: .*[Aa]nother Drover console.*\.$/,
  )
  // The first does not mind.
  expect((await fleet.api.fleet()).hosts).toHaveLength(3)
})
