// npm run picture: starts the real demo, signs in, and takes docs/board.png of the real board, dark, for the README.
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { chromium } from '@playwright/test'
import { findChromium } from './chromium.mjs'
import { builtEntries, Demo, host } from './demo.mjs'
import { prepare } from './prepare.mjs'
import { readOptions } from './start-options.mjs'
import { root, runMain } from './steps.mjs'

const size = { width: 1600, height: 1000 }
const picture = path.join(root, 'docs/board.png')
/** The sparklines show two minutes; half of that is a picture with something in it. */
const historyMs = 60_000

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject)
    server.listen(0, host, () => {
      const { port } = /** @type {net.AddressInfo} */ (server.address()) // a TCP server has one
      server.close(() => resolve(port))
    })
  })
}

/** Signs in with the printed link, as a person would, and waits for a board with some history.
 * @param {import('@playwright/test').Page} page @param {string} link */
async function openBoard(page, link) {
  await page.goto(link)
  await page.getByLabel('Name', { exact: true }).fill('Ada Lovelace')
  await page.getByLabel('E-mail').fill('ada@example.org')
  await page.getByLabel('Password', { exact: true }).fill('a rather long password')
  await page.getByRole('button', { name: 'Create account and sign in' }).click()
  await page.getByRole('meter', { name: 'CPU of xen-06' }).waitFor()
  await page.waitForFunction((since) => Date.now() > since, Date.now() + historyMs, {
    timeout: historyMs * 2,
    polling: 1000,
  })
}

/** Something is under way in the picture: two domains leave the hot host.
 * @param {import('@playwright/test').Page} page */
async function startMoves(page) {
  for (const name of ['app-1', 'sql-report']) {
    const row = page.getByRole('button', { name: new RegExp(`^${name}, `) })
    await row.focus()
    await row.press('m')
    await page.getByRole('option', { name: /xen-06/ }).click()
    await page
      .getByRole('button', { name: new RegExp(`^${name}, .*migrating to xen-06$`) })
      .waitFor()
  }
  await page.getByRole('progressbar', { includeHidden: true }).first().waitFor()
}

async function takePicture() {
  await prepare()
  const data = fs.mkdtempSync(path.join(os.tmpdir(), 'drover-picture-'))
  const argv = ['--port', String(await freePort()), '--data', data]
  const demo = new Demo(readOptions(argv), builtEntries)
  const executablePath = findChromium()
  const browser = await chromium.launch({
    ...(executablePath ? { executablePath } : {}),
    args: ['--no-sandbox', '--disable-gpu'],
  })
  try {
    const { firstAdminLink } = await demo.start()
    if (firstAdminLink === null) throw new Error('The console printed no link')
    const context = await browser.newContext({ viewport: size, colorScheme: 'dark' })
    const page = await context.newPage()
    await openBoard(page, firstAdminLink)
    await startMoves(page)
    fs.mkdirSync(path.dirname(picture), { recursive: true })
    await page.screenshot({ path: picture, animations: 'disabled' })
    console.log(`Wrote ${path.relative(root, picture)}`)
  } finally {
    await browser.close()
    await demo.stop(0)
    await demo.finished
    fs.rmSync(data, { recursive: true, force: true })
  }
}

await runMain(takePicture)
