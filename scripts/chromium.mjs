// The browser of the browser tests: one that is there, or on Debian and Ubuntu as root one that apt brings.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { run, StepFailed } from './steps.mjs'

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/** Undefined where there is none but, perhaps, Playwright's own, which it finds by itself. */
export function findChromium() {
  if (process.env.CHROMIUM_PATH) return process.env.CHROMIUM_PATH
  return places.find((place) => fs.existsSync(place))
}

async function hasPlaywrightsOwn() {
  const { chromium } = await import('@playwright/test')
  return fs.existsSync(chromium.executablePath())
}

export async function ensureChromium() {
  const found = findChromium()
  if (found && fs.existsSync(found)) return
  if (found) throw new StepFailed(`CHROMIUM_PATH names ${found}, which does not exist.`)
  if (await hasPlaywrightsOwn()) return
  const canInstall = process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0
  if (canInstall) {
    console.log('[test] installing Chromium …')
    const env = { DEBIAN_FRONTEND: 'noninteractive' }
    const wait = ['-o', 'DPkg::Lock::Timeout=200']
    try {
      await run('apt-get', [...wait, 'update', '-q'], { env, capture: true })
      await run('apt-get', [...wait, 'install', '-y', '--no-install-recommends', 'chromium'], {
        env,
        capture: true,
      })
    } catch (error) {
      console.error(error instanceof Error ? error.message : error)
    }
  }
  if (findChromium()) return
  throw new StepFailed(
    'The browser tests need Chromium or Chrome. Install it ("apt-get install chromium", "brew install --cask chromium", or "npx playwright install chromium"), or name it in CHROMIUM_PATH.',
  )
}
