import fs from 'node:fs'
import { apiPrefix, endpoints } from '@drover/api-schema/endpoints.ts'
import { type Browser, type BrowserContext, chromium } from '@playwright/test'
import type { RunningDemo } from './demo.ts'

const admin = { name: 'Bench', email: 'bench@drover.test', password: 'bench-password-0123456789' }

/** The system's Chromium, headless, as the browser tests use it. */
export function launchBrowser(): Promise<Browser> {
  const places = [process.env.CHROMIUM_PATH, '/usr/bin/chromium', '/usr/bin/google-chrome']
  const executablePath = places.find((place) => place !== undefined && fs.existsSync(place))
  return chromium.launch(executablePath === undefined ? {} : { executablePath })
}

/** A context that is signed in: by the single-use link at a first start, by password later. */
export async function signedInContext(
  browser: Browser,
  demo: RunningDemo,
  viewport = { width: 1600, height: 1000 },
): Promise<BrowserContext> {
  const context = await browser.newContext({ baseURL: demo.url, viewport })
  const token = demo.setupToken
  const endpoint = token === null ? endpoints.signIn : endpoints.createFirstAdmin
  const body =
    token === null ? { email: admin.email, password: admin.password } : { ...admin, token }
  const answer = await context.request.post(`${apiPrefix}${endpoint.path}`, {
    data: body,
    headers: { origin: demo.url },
  })
  if (!answer.ok()) throw new Error(`Signing in failed: ${answer.status()} ${await answer.text()}`)
  return context
}
