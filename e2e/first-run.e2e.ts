/** The first minutes with Drover, and what keeps everybody else out. */

import { agentSocketPath } from '@drover/api-schema/agent-protocol.ts'
import { apiPrefix, endpoints } from '@drover/api-schema/endpoints.ts'
import { liveSocketPath } from '@drover/api-schema/live-protocol.ts'
import type { Page } from '@playwright/test'
import { WebSocket } from 'ws'
import { Drover } from './harness/drover.ts'
import { expect, failedRequests, test } from './harness/fixtures.ts'
import { ada, fleetFor } from './harness/fleet.ts'
import { labOf, smallDomain, smallHost } from './harness/small-hosts.ts'

const fleet = fleetFor(labOf(smallHost('lab-01', [smallDomain('guest-1')])))

test.describe('a new console', () => {
  // The browser logs every refused request; these are refused on purpose.
  test.use({ expectedErrors: failedRequests })

  test('its link makes the first administrator, once; then people sign in and out', async ({
    page,
  }) => {
    const drover = await Drover.start()
    try {
      const link = drover.firstAdminLink
      if (link === null) throw new Error('No link was printed')
      await makeFirstAdmin(page, link)
      await expect(page.getByRole('heading', { name: 'No hosts yet' })).toBeVisible()

      await page.getByRole('button', { name: 'Account of Ada Lovelace' }).click()
      await page.getByRole('menuitem', { name: 'Sign out' }).click()
      await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()

      await page.goto(link)
      await expect(
        page.getByRole('heading', { name: 'This link does not work any more' }),
      ).toBeVisible()
      await page.getByRole('link', { name: 'Go to sign in' }).click()

      await signIn(page, { ...ada, password: 'not the password' })
      await expect(page.getByRole('alert').filter({ hasText: /password/ })).toHaveText(
        'The e-mail address or the password is wrong.',
      )
      await signIn(page, ada)
      await expect(page.getByRole('heading', { name: 'No hosts yet' })).toBeVisible()
      await expect(page).toHaveURL(new URL('/', link).href)

      // A second start prints no link: there is an administrator, who is still signed in.
      await drover.console.restart()
      expect(drover.firstAdminLink).toBeNull()
      await page.reload()
      await expect(page.getByRole('heading', { name: 'No hosts yet' })).toBeVisible()
    } finally {
      await drover.stop()
    }
  })

  test('who guesses passwords is told to wait, also with the right one', async ({ page }) => {
    const drover = await Drover.start()
    try {
      const link = drover.firstAdminLink
      if (link === null) throw new Error('No link was printed')
      await makeFirstAdmin(page, link)
      await page.context().clearCookies()
      await page.goto(new URL('/sign-in', link).href)
      const alert = page.getByRole('alert').filter({ hasText: /\w/ })
      const sentence = 'Too many attempts. Wait a minute and try again.'
      await expect
        .poll(
          async () => {
            const answered = page.waitForResponse(`**${apiPrefix}${endpoints.signIn.path}`)
            await signIn(page, { ...ada, password: 'a guess' })
            await answered
            await expect(page.getByRole('button', { name: 'Sign in' })).not.toHaveAttribute(
              'aria-busy',
              'true',
            )
            return alert.textContent()
          },
          { intervals: [0] },
        )
        .toBe(sentence)
      await signIn(page, ada)
      await expect(alert).toHaveText(sentence)
    } finally {
      await drover.stop()
    }
  })
})

test('a form says what is wrong with its fields before anything is sent', async ({ page }) => {
  const drover = await Drover.start()
  try {
    await page.goto(drover.firstAdminLink ?? '')
    await page.getByLabel('E-mail').fill('ada')
    await page.getByLabel('Password', { exact: true }).fill('short')
    await page.getByRole('button', { name: 'Create account and sign in' }).click()
    await expect(page.getByText('Enter a name, 1 to 120 characters.')).toBeVisible()
    await expect(page.getByText('Enter an e-mail address, such as ada@example.org.')).toBeVisible()
    await expect(page.getByText('7 more characters, please.')).toBeVisible()
  } finally {
    await drover.stop()
  }
})

test.describe('nobody without a session', () => {
  const pages = ['/', '/hosts', '/domains', '/migrations', '/settings', '/settings/audit']

  test('sees a page: each leads to sign-in and from there back', async ({ page }) => {
    for (const path of pages) {
      await page.goto(fleet.url + path)
      await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
    }
    await page.goto(`${fleet.url}/hosts?sort=name`)
    await signIn(page, ada)
    await expect(page).toHaveURL(`${fleet.url}/hosts?sort=name`)
    await expect(page.getByRole('heading', { name: 'Hosts' })).toBeVisible()
  })

  test('gets an answer from the interface', async ({ request }) => {
    const closed = Object.values(endpoints).filter(({ access }) => access !== 'anonymous')
    expect(closed.length).toBeGreaterThan(20)
    for (const { method, path } of closed) {
      const url = fleet.url + apiPrefix + path.replace(/:\w+/g, crypto.randomUUID())
      const answer = await request.fetch(url, { method, headers: { 'x-drover': '1' } })
      expect(answer.status(), `${method} ${path}`).toBe(401)
      expect(await answer.json()).toMatchObject({ error: { code: 'not-signed-in' } })
    }
  })

  test('gets into either socket, nor does a page of another site', async () => {
    const ws = fleet.url.replace('http', 'ws')
    const { cookie } = fleet.api
    expect(await knock(ws + liveSocketPath, { origin: fleet.url })).toBe('401')
    expect(await knock(ws + liveSocketPath, { origin: 'https://evil.example', cookie })).toBe('403')
    expect(await knock(ws + liveSocketPath, { origin: fleet.url, cookie })).toBe('open')
    expect(await knock(ws + agentSocketPath, {})).toBe('closed 4401')
    expect(await knock(ws + agentSocketPath, { authorization: 'Bearer wrong' })).toBe('closed 4401')
    expect(await knock(`${ws}/ws/other`, { origin: fleet.url, cookie })).toBe('refused')
  })

  test('can command from a page of another site', async ({ request }) => {
    const answer = await request.post(`${fleet.url}${apiPrefix}/users`, {
      headers: { cookie: fleet.api.cookie, origin: 'https://evil.example', 'x-drover': '1' },
      data: { name: 'Eve', email: 'eve@example.org', password: ada.password, role: 'admin' },
    })
    expect(answer.status()).toBe(403)
    expect(await answer.json()).toMatchObject({ error: { code: 'cross-origin' } })
  })
})

test('every page has a policy with a nonce of its own, and the browser no complaint', async ({
  page,
}) => {
  await fleet.enter(page.context())
  const { domainId, hostId } = await fleet.api.domain('guest-1')
  const paths = ['/', '/hosts', `/hosts/${hostId}`, '/domains', `/domains/${domainId}`]
  paths.push('/migrations', '/settings', '/settings/users', '/settings/tokens', '/settings/audit')
  const nonces = new Set<string>()
  for (const path of [...paths, '/sign-in']) {
    const response = await page.goto(fleet.url + path)
    const headers = response?.headers() ?? {}
    const policy = headers['content-security-policy'] ?? ''
    const nonce = /script-src 'self' 'nonce-([^']+)' 'strict-dynamic'/.exec(policy)?.[1] ?? ''
    expect(nonce, path).not.toBe('')
    expect(policy, path).not.toContain('unsafe-eval')
    expect(policy, path).toContain(`; style-src 'self' 'nonce-${nonce}';`)
    expect(policy.match(/[^;]*'unsafe-inline'/g), path).toEqual([" style-src-attr 'unsafe-inline'"])
    expect(headers['x-content-type-options'], path).toBe('nosniff')
    nonces.add(nonce)
    await expect(page.getByRole('heading').first()).toBeAttached()
    if (path !== '/sign-in')
      await expect(page.getByRole('button', { name: /^live\./ })).toBeVisible()
    // What is injected without the nonce does not run.
    await page.evaluate(() => document.body.insertAdjacentHTML('beforeend', '<i id="probe"></i>'))
  }
  expect(nonces.size).toBe(paths.length + 1)
})

test.describe('the policy of the pages', () => {
  // What is refused on purpose at the end is logged by the browser.
  test.use({ expectedErrors: /Content Security Policy|status of 404/ })

  test('lets through all that they do, and no style element of a stranger', async ({ page }) => {
    const violations: string[] = []
    await page.exposeFunction('reportViolation', (violation: string) => violations.push(violation))
    await page.addInitScript(() => {
      addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sample }) => {
        const report: unknown = Reflect.get(window, 'reportViolation')
        if (typeof report === 'function') report(`${effectiveDirective} ${blockedURI} ${sample}`)
      })
    })
    // A style element that the policy has refused has no sheet.
    const refusedStyles = () =>
      page.evaluate(
        () => [...document.querySelectorAll('style')].filter(({ sheet }) => sheet === null).length,
      )
    const { domainId, hostId } = await fleet.api.domain('guest-1')
    await fleet.open(page)
    const region = page.getByRole('region', { name: 'lab-01' })
    await region.getByRole('button', { name: /^guest-1, / }).click({ button: 'right' })
    await expect(page.getByRole('menu')).toBeVisible()
    await page.keyboard.press('Escape')
    await page.keyboard.press('ControlOrMeta+k')
    await expect(page.getByRole('dialog')).toBeVisible()
    await page.keyboard.press('Escape')
    await region.getByRole('button', { name: /^guest-1, / }).focus()
    await page.keyboard.press('Space')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: /^Account of/ }).click()
    await page.getByRole('menuitem', { name: 'Change password…' }).click()
    // The page behind does not scroll: the style element for it has the nonce.
    await expect(page.getByRole('dialog', { name: 'Change your password' })).toBeVisible()
    await expect(page.locator('body')).toHaveCSS('overflow', 'hidden')
    expect(await refusedStyles()).toBe(0)
    await page.keyboard.press('Escape')
    const places = [`/hosts/${hostId}`, `/domains/${domainId}`, '/migrations', '/settings']
    places.push('/settings/users', '/settings/tokens', '/settings/audit', '/sign-in', '/nowhere')
    for (const path of places) {
      await page.goto(fleet.url + path)
      await expect(page.getByRole('heading').first()).toBeVisible()
      expect(await refusedStyles(), path).toBe(0)
    }
    await page.goto(`${fleet.url}/hosts`)
    await page.getByRole('combobox', { name: /^State/ }).click()
    await expect(page.getByRole('option', { name: 'Online' })).toBeVisible()
    expect(await refusedStyles()).toBe(0)
    await page.goto(`${fleet.url}/domains/${domainId}`)
    await page.getByRole('figure').first().hover()
    await page.getByRole('button', { name: 'Reboot' }).click()
    await expect(page.getByRole('alertdialog')).toBeVisible()
    expect(await refusedStyles()).toBe(0)
    expect(violations).toEqual([])
    await page.evaluate(() => {
      document.body.insertAdjacentHTML('beforeend', '<style>main { display: none }</style>')
    })
    await expect.poll(() => violations).toEqual([expect.stringMatching(/^style-src-elem inline/)])
    await expect(page.locator('main')).toHaveCSS('display', 'block')
  })
})

test('the session cookie is out of reach for scripts and other sites', async ({ page }) => {
  await page.goto(`${fleet.url}/sign-in`)
  await signIn(page, ada)
  await expect(page.getByRole('region', { name: 'lab-01' })).toBeVisible()
  const cookies = await page.context().cookies()
  const session = cookies.find(({ name }) => name === fleet.api.cookie.split('=', 1)[0])
  expect(session).toMatchObject({ httpOnly: true, path: '/' })
  expect(['Lax', 'Strict']).toContain(session?.sameSite)
  expect(await page.evaluate(() => document.cookie)).not.toContain(session?.name)
})

async function makeFirstAdmin(page: Page, link: string): Promise<void> {
  await page.goto(link)
  await page.getByLabel('Name', { exact: true }).fill(ada.name)
  await page.getByLabel('E-mail').fill(ada.email)
  await page.getByLabel('Password', { exact: true }).fill(ada.password)
  await page.getByRole('button', { name: 'Create account and sign in' }).click()
  await expect(page.getByRole('button', { name: `Account of ${ada.name}` })).toBeVisible()
}

async function signIn(page: Page, person: { email: string; password: string }): Promise<void> {
  await page.getByLabel('E-mail').fill(person.email)
  await page.getByLabel('Password', { exact: true }).fill(person.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** What a socket answers to a stranger: an HTTP status, a close code, or that it is open. */
function knock(url: string, headers: Record<string, string>): Promise<string> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, { headers })
    let isOpen = false
    const finish = (answer: string) => {
      socket.terminate()
      resolve(answer)
    }
    socket.on('open', () => {
      isOpen = true
      // A socket that lets somebody in speaks, or answers a greeting.
      socket.send(JSON.stringify({ type: 'hello', versions: [1] }))
    })
    socket.on('message', () => finish('open'))
    socket.on('unexpected-response', (_, response) => finish(String(response.statusCode)))
    socket.on('close', (code) => finish(isOpen ? `closed ${code}` : 'refused'))
    socket.on('error', () => {})
  })
}
