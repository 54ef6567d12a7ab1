import type { BrowserContext, Page } from '@playwright/test'
import { Api, type Person } from './api.ts'
import { Drover, type DroverOptions } from './drover.ts'
import { test } from './fixtures.ts'

export const ada: Person = {
  name: 'Ada Lovelace',
  email: 'ada@example.org',
  password: 'a rather long password',
}

/** One Drover for all tests of a file, with its first administrator made. */
export class FileFleet {
  readonly #options: DroverOptions
  #drover: Drover | undefined
  #api: Api | undefined

  constructor(options: DroverOptions) {
    this.#options = options
  }

  get drover(): Drover {
    if (!this.#drover) throw new Error('The fleet is not started')
    return this.#drover
  }

  /** The administrator's. */
  get api(): Api {
    if (!this.#api) throw new Error('The fleet is not started')
    return this.#api
  }

  get url(): string {
    return this.drover.url
  }

  async start(): Promise<void> {
    this.#drover = await Drover.start(this.#options)
    const link = this.#drover.firstAdminLink
    if (link === null) throw new Error('The console printed no link')
    this.#api = new Api(this.#drover.url)
    await this.#api.createFirstAdmin(link, ada)
  }

  async stop(): Promise<void> {
    await this.#drover?.stop()
  }

  /** Somebody else's way in. */
  async signedIn(person: Person): Promise<Api> {
    const api = new Api(this.url)
    await api.signIn(person)
    return api
  }

  /** Puts a session into the browser, without the form (which has its own test). */
  async enter(context: BrowserContext, api = this.api): Promise<void> {
    const [name = '', value = ''] = api.cookie.split(/=(.*)/s)
    await context.addCookies([{ name, value, url: this.url }])
  }

  async open(page: Page, path = '/', api = this.api): Promise<void> {
    await this.enter(page.context(), api)
    await page.goto(this.url + path)
  }
}

/** Starts the fleet before the tests of the calling file and stops it after them. */
export function fleetFor(options: DroverOptions): FileFleet {
  const fleet = new FileFleet(options)
  test.beforeAll(() => fleet.start())
  test.afterEach(async () => {
    const testInfo = test.info()
    if (testInfo.status === testInfo.expectedStatus) return
    await testInfo.attach('logs', { body: fleet.drover.logs(), contentType: 'text/plain' })
  })
  test.afterAll(() => fleet.stop())
  return fleet
}
