/** The pages behind the board: a host, a domain and what can be done to it, and the settings. */
import fs from 'node:fs'
import path from 'node:path'
import type { Page } from '@playwright/test'
import { expect, failedRequests, test } from './harness/fixtures.ts'
import { ada, fleetFor } from './harness/fleet.ts'
import { labOf, smallDomain, smallHost } from './harness/small-hosts.ts'

const fleet = fleetFor(
  labOf(
    smallHost(
      'lab-01',
      [
        smallDomain('guest-1', { memMib: 256, application: 'web', labels: { tier: 'front' } }),
        smallDomain('guest-2'),
        smallDomain('spare', { state: 'shut-off' }),
      ],
      { nicMbit: 1000 },
    ),
    smallHost('lab-02', [], { nicMbit: 1000 }),
  ),
)

const toast = (page: Page, text: string) =>
  page.getByRole('region', { name: /Notifications/ }).getByText(text)

async function openDomain(page: Page, name: string): Promise<void> {
  const { domainId } = await fleet.api.domain(name)
  await fleet.open(page, `/domains/${domainId}`)
  await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible()
}

test('the list of hosts leads to a host with its charts, domains and facts', async ({ page }) => {
  await fleet.open(page, '/hosts')
  const row = page.getByRole('table', { name: 'Hosts' }).getByRole('row', { name: /lab-01/ })
  await expect(row).toContainText('Online')
  await row.getByRole('link', { name: 'lab-01' }).click()
  await expect(page.getByRole('heading', { name: 'lab-01', level: 1 })).toBeVisible()
  for (const title of ['CPU', 'Memory', 'Network', 'Disk']) {
    await expect(
      page.getByRole('figure', { name: title, exact: true }),
    ).toHaveAccessibleDescription(/: now .*, minimum .*, average .*, maximum /)
  }
  const hardware = page.getByRole('region', { name: 'Hardware' })
  await expect(hardware).toContainText('Xeon E5-2650 v2')
  await expect(hardware).toContainText('4 GiB')
  await expect(page.getByRole('region', { name: 'Hypervisor' })).toContainText(
    'Xen 4.17.2, simulated',
  )
  await page.getByRole('link', { name: 'guest-1' }).click()
  await expect(page.getByRole('heading', { name: 'guest-1', level: 1 })).toBeVisible()
})

test('a host in maintenance takes no domains until it is taken out again', async ({ page }) => {
  const { hostId } = await fleet.api.host('lab-02')
  await fleet.open(page, `/hosts/${hostId}`)
  const maintenance = page.getByRole('switch', { name: 'Maintenance' })
  await maintenance.click()
  await expect(maintenance).toBeChecked()
  await expect(page.getByText('lab-02 is in maintenance: it takes no new domains.')).toBeVisible()
  const refused = await fleet.api.move('guest-2', 'lab-02')
  expect(refused).toMatchObject({
    outcome: 'refused',
    refusals: [{ message: 'lab-02 is in maintenance and takes no new domains.' }],
  })
  await maintenance.click()
  await expect(maintenance).not.toBeChecked()
  expect((await fleet.api.host('lab-02')).isInMaintenance).toBe(false)
})

test("a domain's charts have live points and say in words what they show", async ({ page }) => {
  await openDomain(page, 'guest-1')
  const cpu = page.getByRole('figure', { name: 'CPU, of 1 vCPU' })
  const described = /Used: now \d+\s%, minimum \d+\s%, average \d+\s%, maximum \d+\s%\./
  await expect(cpu).toHaveAccessibleDescription(described)
  const line = cpu.locator('path.recharts-area-curve')
  const before = await line.getAttribute('d')
  await expect(line).not.toHaveAttribute('d', before ?? '')
  await cpu.getByRole('button', { name: 'CPU, of 1 vCPU: Show as table' }).click()
  await expect(cpu.getByRole('table').getByRole('row').nth(1)).toContainText(/\d+\s%/)
  await cpu.getByRole('button', { name: /Show as table/ }).click()
  const network = page.getByRole('figure', { name: 'Network' })
  await expect(network).toHaveAccessibleDescription(/Received: now .*bit\/s/)
  await expect(page.getByRole('region', { name: 'Guest' })).toContainText('Debian 12')
  await expect(page.getByRole('region', { name: 'Resources' })).toContainText('256 MiB')
  const labels = page.getByRole('region', { name: 'Application and labels' })
  await expect(labels.getByRole('row').filter({ hasText: 'tier' })).toContainText('front')
})

test('what can be done to a domain follows its state, and what cannot says why', async ({
  page,
}) => {
  await openDomain(page, 'guest-1')
  const button = (name: string) => page.getByRole('main').getByRole('button', { name, exact: true })
  const badge = page.getByRole('main').locator('header').first()
  await expect(button('Start')).toHaveAttribute('aria-disabled', 'true')
  await button('Start').hover()
  await expect(page.getByRole('tooltip', { name: 'guest-1 is running.' })).toBeAttached()

  await button('Pause').click()
  await expect(toast(page, 'guest-1 is paused')).toBeVisible()
  await expect(badge).toContainText('Paused')
  await expect(button('Pause')).toHaveAttribute('aria-disabled', 'true')
  await button('Unpause').click()
  await expect(badge).toContainText('Running')

  await button('Shut down').click()
  const dialog = page.getByRole('alertdialog')
  await expect(dialog).toContainText(/guest-1 on lab-01 has run for \d+/)
  // Enter by habit does nothing: the focus is on Cancel.
  await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused()
  await dialog.getByRole('button', { name: 'Shut down guest-1' }).click()
  await expect(badge).toContainText('Shut off', { timeout: 30_000 })
  await button('Start').click()
  await expect(badge).toContainText('Running')

  await button('Destroy…').click()
  const confirm = page.getByRole('alertdialog', { name: 'Destroy guest-1?' })
  await confirm.getByRole('button', { name: 'Destroy guest-1' }).click()
  await expect(confirm).toContainText('This is not guest-1.')
  await confirm.getByLabel('Type guest-1 to confirm').fill('guest-1')
  await confirm.getByRole('button', { name: 'Destroy guest-1' }).click()
  await expect(toast(page, 'guest-1 was destroyed')).toBeVisible()
  await expect(badge).toContainText('Shut off')
  await button('Start').click()
  await expect(badge).toContainText('Running')
  expect((await fleet.api.domain('guest-1')).state).toEqual({ status: 'running' })
})

test('a domain is migrated from its own page', async ({ page }) => {
  await openDomain(page, 'guest-2')
  await page.getByRole('button', { name: 'Migrate to…' }).click()
  await page.getByRole('option', { name: /lab-02/ }).click()
  await expect(
    page.getByText(/guest-2 is migrating from lab-01 to lab-02|Running on lab-02/),
  ).toBeVisible()
  await expect(page.getByRole('main').getByRole('link', { name: 'lab-02' }).first()).toBeVisible()
  await expect(page.getByRole('region', { name: 'Migrations' })).toContainText('Completed')
  expect(await fleet.api.hostsOf('guest-2')).toEqual(['lab-02'])
})

test('the list of domains is searched and filtered, and the address keeps it', async ({ page }) => {
  await fleet.open(page, '/domains')
  const rows = page.getByRole('table', { name: 'Domains' }).getByRole('row')
  await expect(rows).toHaveCount(4)
  await page.getByRole('combobox', { name: 'Find domain, host, label or system' }).fill('spare')
  await expect(rows).toHaveCount(2)
  await expect(page).toHaveURL(/q=spare/)
  await page.reload()
  await expect(rows).toHaveCount(2)
  await expect(rows.nth(1)).toContainText('Shut off')
})

test('people are added, changed and removed; the last administrator stays', async ({ page }) => {
  await fleet.open(page, '/settings/users')
  await page.getByRole('button', { name: 'Add user' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Add user' }).click()
  await expect(dialog.getByText('Give a name.')).toBeVisible()
  await dialog.getByLabel('Name', { exact: true }).fill('Otto Operator')
  await dialog.getByLabel('E-mail address').fill('otto@example.org')
  await dialog.getByLabel('Password', { exact: true }).fill('migrates all day long')
  await dialog.getByRole('radio', { name: /Operator/ }).click()
  await dialog.getByRole('button', { name: 'Add user' }).click()
  await expect(toast(page, 'Otto Operator can sign in')).toBeVisible()
  const otto = page.getByRole('row', { name: /Otto Operator/ })
  await expect(otto).toContainText('Operator')

  const person = { name: '', email: 'otto@example.org', password: 'migrates all day long' }
  const api = await fleet.signedIn(person)
  expect((await api.fleet()).hosts).toHaveLength(2)
  await expect(page.getByRole('button', { name: 'Remove Ada Lovelace' })).toHaveAttribute(
    'aria-disabled',
    'true',
  )
  await otto.getByRole('button', { name: 'Remove Otto Operator' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove user' }).click()
  await expect(toast(page, 'Otto Operator was removed')).toBeVisible()
  await expect(page.getByRole('row', { name: /Ada Lovelace/ })).toBeVisible()
  await expect(otto).toHaveCount(0)
  // Out at once, everywhere.
  await expect(api.fleet()).rejects.toThrow('401')
  await expect(fleet.signedIn(person)).rejects.toThrow('401')
})

test('a token is shown once; revoked, it cuts off the agent that used it', async ({ page }) => {
  await fleet.open(page, '/settings/tokens')
  await page.getByRole('button', { name: 'New token' }).click()
  await page.getByRole('dialog').getByLabel('Name', { exact: true }).fill('rack 4')
  await page.getByRole('button', { name: 'Make token' }).click()
  const dialog = page.getByRole('dialog', { name: 'Token “rack 4”' })
  const secret = await dialog.getByLabel('Secret', { exact: true }).inputValue()
  expect(secret.length).toBeGreaterThan(30)
  await dialog.getByRole('button', { name: 'I have copied it' }).click()
  const row = page.getByRole('row', { name: /rack 4/ })
  await expect(row).toContainText('Active')
  await expect(page.getByText(secret)).toHaveCount(0)

  const config = smallHost('rack-4-host', [smallDomain('rack-4-guest')])
  const tokenFile = path.join(fleet.drover.dataDir, 'rack-4-token')
  fs.writeFileSync(tokenFile, secret, { mode: 0o600 })
  const agent = await fleet.drover.startAgent('rack-4-host', ['--token-file', tokenFile], config)
  const status = async () => {
    const { hosts } = await fleet.api.fleet()
    return hosts.find(({ name }) => name === 'rack-4-host')?.connection.status
  }
  await expect.poll(status).toBe('online')
  await row.getByRole('button', { name: 'Revoke rack 4' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke token' }).click()
  await expect(row).toContainText('Revoked')
  await expect.poll(status).toBe('stale')
  // The agent says why in its log and goes on trying, seldom; its domains go on running.
  await agent.waitForLog(/token is not valid|revoked/i)
  expect(agent.isRunning).toBe(true)
  expect((await fleet.api.host('lab-01')).connection.status).toBe('online')
  await agent.stop()
})

test('the audit log says who did what', async ({ page }) => {
  await fleet.api.act('guest-1', 'pause')
  await fleet.api.act('guest-1', 'unpause')
  await fleet.open(page, '/settings/audit')
  const rows = page.getByRole('table', { name: 'Audit log' }).getByRole('row')
  await expect(rows.nth(1)).toContainText(ada.name)
  await expect(rows.nth(1)).toContainText('guest-1')
  await expect(rows.last()).toContainText('create-first-admin')
})

test('settings are for administrators', async ({ page }) => {
  const person = { name: 'Olga', email: 'olga@example.org', password: 'an operator of hosts' }
  await fleet.api.createUser(person, 'operator')
  await fleet.open(page, '/settings/users', await fleet.signedIn(person))
  await expect(
    page.getByRole('heading', { name: 'Only administrators see the settings' }),
  ).toBeVisible()
})

test('everybody changes their own password, and is signed out everywhere else', async ({
  page,
}) => {
  const person = { name: 'Vera', email: 'vera@example.org', password: 'only ever looks on' }
  await fleet.api.createUser(person, 'viewer')
  const elsewhere = await fleet.signedIn(person)
  await fleet.open(page, '/', await fleet.signedIn(person))
  await page.getByRole('button', { name: 'Account of Vera' }).click()
  await page.getByRole('menuitem', { name: 'Change password…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Change your password' })
  await expect(dialog.getByLabel('Current password')).toBeFocused()
  await dialog.getByLabel('Current password').fill(person.password)
  await dialog.getByLabel('New password').fill('too short')
  await dialog.getByRole('button', { name: 'Change password' }).click()
  await expect(dialog.getByText('3 more characters, please.')).toBeVisible()
  await dialog.getByLabel('New password').fill('looks on with care')
  await dialog.getByRole('button', { name: 'Change password' }).click()
  await expect(toast(page, 'Your password was changed')).toBeVisible()
  await expect(dialog).toBeHidden()
  await expect(elsewhere.fleet()).rejects.toThrow('401')
  await expect(fleet.signedIn(person)).rejects.toThrow('401')
  await fleet.signedIn({ ...person, password: 'looks on with care' })
  // This browser goes on.
  await page.reload()
  await expect(page.getByRole('region', { name: 'lab-01' })).toBeVisible()
})

test.describe('a wrong current password', () => {
  test.use({ expectedErrors: failedRequests })

  test('is said at its field', async ({ page }) => {
    await fleet.open(page)
    await page.getByRole('button', { name: `Account of ${ada.name}` }).click()
    await page.getByRole('menuitem', { name: 'Change password…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Change your password' })
    await dialog.getByLabel('Current password').fill('not the password')
    await dialog.getByLabel('New password').fill('a new long password')
    await dialog.getByRole('button', { name: 'Change password' }).click()
    await expect(dialog.getByText('The current password is wrong.')).toBeVisible()
    await fleet.signedIn(ada)
  })
})

test('the title of a page names the thing it is about', async ({ page }) => {
  const guest = await fleet.api.domain('guest-1')
  await openDomain(page, 'guest-1')
  await expect(page).toHaveTitle('guest-1 · Drover')
  await page.goto(`${fleet.url}/hosts/${guest.hostId}`)
  await expect(page).toHaveTitle('lab-01 · Drover')
  await page.getByRole('link', { name: 'guest-1' }).click()
  await expect(page).toHaveTitle('guest-1 · Drover')
  await page.getByRole('link', { name: 'All domains' }).click()
  await expect(page).toHaveTitle('Domains · Drover')
})

test('the domains of a host are always in the order of what is shown', async ({ page }) => {
  const { hostId } = await fleet.api.host('lab-01')
  await fleet.open(page, `/hosts/${hostId}`)
  const table = page.getByRole('table', { name: 'Domains' })
  await expect(table.getByRole('columnheader', { name: 'CPU', exact: true })).toHaveAttribute(
    'aria-sort',
    'descending',
  )
  await expect(table.getByRole('row', { name: /guest-1/ })).toContainText(/\d+\s*%/)
  // Watched through several renewals of the order: no picture of it may contradict itself.
  const pictures = await table.evaluate(
    (element) =>
      new Promise<(number | null)[][]>((resolve) => {
        const seen: (number | null)[][] = []
        const look = () => {
          const heads = [...element.querySelectorAll('thead th')]
          const column = heads.findIndex((head) => head.ariaSort === 'descending')
          const rows = [...element.querySelectorAll('tbody tr')]
          const shown = rows.map((row) =>
            Number.parseInt(row.children[column]?.textContent ?? '', 10),
          )
          seen.push(shown.map((value) => (Number.isNaN(value) ? null : value)))
          if (seen.length < 5) return
          watch.disconnect()
          resolve(seen)
        }
        const watch = new MutationObserver(look)
        watch.observe(element, { subtree: true, childList: true, characterData: true })
      }),
  )
  for (const shown of pictures) {
    const known = shown.filter((value) => value !== null)
    expect(known).toEqual([...known].sort((a, b) => b - a))
  }
})

test('the switch of a host in maintenance looks as if it were on', async ({ page }) => {
  const { hostId } = await fleet.api.host('lab-02')
  await fleet.open(page, `/hosts/${hostId}`)
  const maintenance = page.getByRole('switch', { name: 'Maintenance' })
  const track = maintenance.locator('span').first()
  const colour = () => track.evaluate((element) => getComputedStyle(element).backgroundColor)
  const off = await colour()
  await maintenance.click()
  await expect(maintenance).toBeChecked()
  await expect.poll(colour).not.toBe(off)
  await maintenance.click()
  await expect(maintenance).not.toBeChecked()
})

test('an address that leads nowhere says so', async ({ page }) => {
  await fleet.open(page, `/domains/${crypto.randomUUID()}`)
  await expect(page.getByRole('heading', { name: 'There is no such domain' })).toBeVisible()
  await page.goto(`${fleet.url}/hosts/${crypto.randomUUID()}`)
  await expect(page.getByRole('heading', { name: 'There is no such host' })).toBeVisible()
})

test.describe('while the database does not answer', () => {
  test.use({ expectedErrors: failedRequests })

  test('the pages say so, stay live, and recover by themselves', async ({ page }) => {
    await fleet.open(page)
    await expect(page.getByRole('region', { name: 'lab-01' })).toBeVisible()
    const banner = page.getByText(
      'The database does not answer. What you see is live, but nothing can be changed or recorded.',
    )
    const failed = page.getByRole('alert').filter({ hasText: 'Past migrations cannot be read now' })
    const processes = databaseProcesses(fleet.drover.dataDir)
    expect(processes.length).toBeGreaterThan(1)
    for (const pid of processes) process.kill(pid, 'SIGSTOP')
    try {
      await expect(banner).toBeVisible({ timeout: 20_000 })
      await expect(page.getByRole('button', { name: /^live\./ })).toBeVisible()
      await page.getByRole('link', { name: 'Migrations' }).click()
      await expect(failed).toBeVisible({ timeout: 8_000 })
      await expect(failed.getByRole('button', { name: 'Try again' })).toBeVisible()
      await page.getByRole('link', { name: 'Settings' }).click()
      await expect(page.getByText('Does not answer')).toBeVisible()
      await page.getByRole('link', { name: 'Migrations' }).click()
      await expect(failed).toBeVisible({ timeout: 8_000 })
      const frozen = 'test-results/looks/database-away-1440'
      for (const colorScheme of ['dark', 'light'] as const) {
        await page.emulateMedia({ colorScheme })
        await page.screenshot({ path: `${frozen}-${colorScheme}.png` })
      }
    } finally {
      for (const pid of processes) process.kill(pid, 'SIGCONT')
    }
    await expect(banner).toBeHidden({ timeout: 20_000 })
    // Without a press: what had failed is read again.
    await expect(failed).toBeHidden({ timeout: 20_000 })
    await expect(
      page.getByRole('table', { name: 'Past' }).or(page.getByText('No migration has ended yet')),
    ).toBeVisible()
  })
})

/** PostgreSQL's main process and those it has made. */
function databaseProcesses(dataDir: string): number[] {
  const pidFile = fs.readFileSync(path.join(dataDir, 'pg/postmaster.pid'), 'utf8')
  const main = Number.parseInt(pidFile, 10)
  const children = fs.readFileSync(`/proc/${main}/task/${main}/children`, 'utf8')
  return [main, ...children.trim().split(/\s+/).filter(Boolean).map(Number)]
}
