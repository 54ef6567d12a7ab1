/** `npm start` as a new user runs it: one command, one link, Ctrl-C, and the data is there the next time. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { host } from '../scripts/demo.mjs'
import { root } from '../scripts/steps.mjs'
import { freePort } from './harness/drover.ts'
import { expect, test } from './harness/fixtures.ts'
import { ada } from './harness/fleet.ts'
import { waitUntil } from './harness/wait-until.ts'

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
  expect(copy.output()).toMatch(/Another Drover console already uses .*\.\n/)
  expect(copy.output()).not.toContain('    at ')
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
    await hostsOnBoard.evaluateAll((cards) => cards.map((card) => card.getAttribute('data-host'))),
  ).toEqual(hostIds)
  // With a browser looking on, which tries to come back at once.
  pressCtrlC(second.child)
  expect(await second.exitCode()).toBe(0)
  await page.goto('about:blank')
  expect(leftBehind()).toEqual([])
})

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

/** Processes that have to do with our data folder: agents and PostgreSQL name it. */
function leftBehind(): string[] {
  const listing = execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' })
  return listing.split('\n').filter((line) => line.includes(dataDir))
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
