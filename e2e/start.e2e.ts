/** `npm start` as a new user runs it: one command, one link, Ctrl-C, and the data is there the next time. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import type { Page } from '@playwright/test'
import { host } from '../scripts/demo.mjs'
import { root } from '../scripts/steps.mjs'
import { Api } from './harness/api.ts'
import { freePort } from './harness/drover.ts'
import { expect, failedRequests, test } from './harness/fixtures.ts'
import { ada } from './harness/fleet.ts'
import { waitUntil } from './harness/wait-until.ts'
import { BoardPage } from './pages/board-page.ts'

let dataDir: string
const running: ChildProcess[] = []

test.beforeEach(() => {
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'drover-start-'))
})

test.afterEach(async () => {
  for (const child of running) if (child.exitCode === null) pressCtrlC(child)
  await waitUntil('nothing is left', () => leftBehind().length === 0, 30_000)
  fs.rmSync(dataDir, { recursive: true, force: true })
})

test.describe('a browser looks on while Drover stops', () => {
  // It tries to come back at once: cut off in the middle of that, or refused.
  test.use({ expectedErrors: failedRequests })

  test('one command, one link, a live board; Ctrl-C leaves nothing; the next start knows everything', async ({
    page,
  }) => {
    test.setTimeout(240_000)
    const port = await freePort()
    const first = npmStart(port)
    const link = await first.says(/Sign in for the first time: (\S+)/)
    expect(first.output().match(/https?:/g)).toHaveLength(1)
    await page.goto(link)
    await page.getByLabel('Name', { exact: true }).fill(ada.name)
    await page.getByLabel('E-mail').fill(ada.email)
    await page.getByLabel('Password', { exact: true }).fill(ada.password)
    await page.getByRole('button', { name: 'Create account and sign in' }).click()
    await expect(page.getByRole('region', { name: 'xen-02', exact: true })).toBeVisible()
    await expect(page.getByRole('meter', { name: 'CPU of xen-01' })).toHaveAttribute(
      'aria-valuetext',
      /\d/,
    )
    const hostsOnBoard = page.locator('[data-host]')
    await expect(hostsOnBoard).toHaveCount(2)
    const hostIds = await hostsOnBoard.evaluateAll((cards) =>
      cards.map((card) => card.getAttribute('data-host')),
    )

    // A second copy on the same data, on another port: one sentence, and the first does not mind.
    const copy = npmStart(await freePort())
    expect(await copy.exitCode()).not.toBe(0)
    expect(copy.output()).toBe(
      `Drover already runs on the data folder ${dataDir}, at http://localhost:${port}; stop it first, or choose another with "npm start -- --data DIR".\n`,
    )
    await page.reload()
    await expect(hostsOnBoard).toHaveCount(2)
    await page.goto('about:blank')

    pressCtrlC(first.child)
    expect(await first.exitCode()).toBe(0)
    expect(await isFree(port)).toBe(true)
    expect(leftBehind()).toEqual([])

    const second = npmStart(port)
    await second.says(/Sign in: (\S+)/)
    await page.goto(new URL('/', link).href)
    // The same session and the same hosts.
    await expect(hostsOnBoard).toHaveCount(2)
    await expect(page.getByRole('button', { name: `Account of ${ada.name}` })).toBeVisible()
    expect(
      await hostsOnBoard.evaluateAll((cards) =>
        cards.map((card) => card.getAttribute('data-host')),
      ),
    ).toEqual(hostIds)
    // With a browser looking on, which tries to come back at once.
    pressCtrlC(second.child)
    expect(await second.exitCode()).toBe(0)
    await page.goto('about:blank')
    expect(leftBehind()).toEqual([])
  })
})

test.describe('something dies under npm start', () => {
  test.use({ expectedErrors: failedRequests })

  test('the console in mid-migration: it is started again and the migration completes', async ({
    page,
  }) => {
    test.setTimeout(240_000)
    const board = await BoardPage.in(page)
    const drover = await startAndSignIn(page)
    // 2 GiB at 1 Gbit/s: long enough to miss the console for a while.
    const { migrationId } = await drover.api.startMove('cache-1', 'xen-02')
    await drover.api.waitForPhase(migrationId, ['pre-copy'])
    await expect(board.item('cache-1', 'xen-01')).toContainText('migrating to xen-02')
    const agents = drover.childrenOf('agent')
    const [killed = 0] = drover.childrenOf('console')
    process.kill(killed, 'SIGKILL')
    await drover.says(/(The console is running again\.)/)
    expect(drover.output()).toContain(
      'The console was ended by SIGKILL and is started again; hosts, domains and running migrations go on.\n',
    )
    expect(drover.childrenOf('console')).not.toContain(killed)
    expect(drover.childrenOf('agent')).toEqual(agents)
    const { state } = await drover.api.waitForPhase(
      migrationId,
      ['completed', 'failed', 'cancelled'],
      90_000,
    )
    expect(state.phase).toBe('completed')
    await expect(board.row('cache-1', 'xen-02')).toBeVisible({ timeout: 30_000 })
    await expect(board.row('cache-1')).toHaveCount(1)
    pressCtrlC(drover.child)
    expect(await drover.exitCode()).toBe(0)
    await page.goto('about:blank')
  })

  test('the embedded PostgreSQL: it is started again and everything goes on', async ({ page }) => {
    test.setTimeout(240_000)
    const board = await BoardPage.in(page)
    const drover = await startAndSignIn(page)
    const log = () => fs.readFileSync(path.join(dataDir, 'logs/console.log'), 'utf8')
    process.kill(
      Number.parseInt(fs.readFileSync(path.join(dataDir, 'pg/postmaster.pid'), 'utf8'), 10),
      'SIGKILL',
    )
    // What somebody asks for meanwhile may be refused, but not with a page of the log.
    await Promise.all(
      Array.from({ length: 20 }, () => new Api(drover.url).signIn(ada).catch(() => {})),
    )
    await waitUntil('the console says so', () => log().includes('The database is back.'), 30_000)
    const after = log().slice(log().indexOf('The connection to the data folder'))
    expect(after.match(/The embedded PostgreSQL has ended and is started again\./g)).toHaveLength(1)
    expect(after).not.toMatch(/invocation|\\n/)
    // What needs a durable decision works again.
    await new Api(drover.url).signIn(ada)
    const { migrationId } = await drover.api.startMove('web-1', 'xen-02')
    await drover.api.waitForPhase(migrationId, ['completed'], 60_000)
    await expect(board.row('web-1', 'xen-02')).toBeVisible({ timeout: 30_000 })
    pressCtrlC(drover.child)
    expect(await drover.exitCode()).toBe(0)
    await page.goto('about:blank')
    expect(leftBehind()).toEqual([])
  })
})

/** A running npm start with its first administrator, whose session the page has too. */
async function startAndSignIn(page: Page) {
  const started = npmStart(await freePort())
  const link = await started.says(/Sign in for the first time: (\S+)/)
  const { origin } = new URL(link)
  const api = new Api(origin)
  await api.createFirstAdmin(link, ada)
  const [name = '', value = ''] = api.cookie.split(/=(.*)/s)
  await page.context().addCookies([{ name, value, url: origin }])
  await page.goto(origin)
  await expect(page.getByRole('meter', { name: 'CPU of xen-02' })).toHaveAttribute(
    'aria-valuetext',
    /\d/,
  )
  const childrenOf = (app: 'console' | 'agent') =>
    processes().flatMap(({ pid, parent, args }) => {
      const isOurs = processes().some((one) => one.pid === parent && one.args.includes(dataDir))
      return isOurs && args.includes(`apps/${app}/dist/main.mjs`) ? [pid] : []
    })
  return { ...started, api, url: origin, childrenOf }
}

function npmStart(port: number) {
  const args = ['start', '--silent', '--', '--port', String(port), '--agents', '2']
  const child = spawn('npm', [...args, '--data', dataDir], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A terminal's foreground group: Ctrl-C goes to all of it.
    detached: true,
  })
  running.push(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve))
  return {
    child,
    output: () => output,
    exitCode: () => closed,
    says: (pattern: RegExp) =>
      waitUntil(
        `npm start says ${pattern}`,
        () => {
          if (child.exitCode !== null) throw new Error(`npm start has ended:\n${output}`)
          return pattern.exec(output)?.[1]
        },
        120_000,
      ),
  }
}

function pressCtrlC(child: ChildProcess): void {
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT')
}

function processes() {
  const listing = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
  return listing.split('\n').map((line) => {
    const [, pid, parent, args = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
    return { pid: Number(pid), parent: Number(parent), args }
  })
}

/** Processes that have to do with our data folder: agents and PostgreSQL name it. */
function leftBehind(): string[] {
  return processes().flatMap(({ args }) => (args.includes(dataDir) ? [args] : []))
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, host)
    socket.on('connect', () => {
      socket.destroy()
      resolve(false)
    })
    socket.on('error', () => resolve(true))
  })
}
