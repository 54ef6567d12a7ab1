import { expect, type Locator, type Page } from '@playwright/test'
import { Announcements } from './announcements.ts'

const toolbarHeight = 48

/** The board as a person sees it: hosts, rows, and the drag between them. */
export class BoardPage {
  readonly page: Page
  readonly announcements: Announcements
  readonly filter: Locator
  readonly inspector: Locator

  private constructor(page: Page, announcements: Announcements) {
    this.page = page
    this.announcements = announcements
    this.filter = page.getByRole('combobox', { name: 'Filter the board' })
    this.inspector = page.getByRole('complementary', { name: 'Inspector' })
  }

  /** Before the page is opened: it listens from the start. */
  static async in(page: Page): Promise<BoardPage> {
    return new BoardPage(page, await Announcements.of(page))
  }

  host(name: string): Locator {
    return this.page.getByRole('region', { name, exact: true })
  }

  /** Every host on the board, in its order. */
  get hosts(): Locator {
    return this.page.locator('[data-host]')
  }

  /** What is shown of a domain: its row, its figures and, while it moves, how far it is. */
  item(name: string, hostName?: string): Locator {
    const scope = hostName === undefined ? this.page : this.host(hostName)
    return scope.locator('[data-domain]').filter({ has: this.row(name) })
  }

  /** The handle to a domain, wherever it is or on the given host. */
  row(name: string, hostName?: string): Locator {
    const scope = hostName === undefined ? this.page : this.host(hostName)
    return scope.getByRole('button', { name: new RegExp(`^${escaped(name)}, `) })
  }

  /** What hangs at the pointer. */
  get inHand(): Locator {
    return this.page.locator('[data-dnd-overlay]')
  }

  /** Names of the domains of a host, in the order of the screen. */
  async namesOn(hostName: string): Promise<string[]> {
    const rows = this.host(hostName).locator('[data-domain] > button[aria-roledescription]')
    const labels = await rows.evaluateAll((buttons) =>
      buttons.map((button) => button.getAttribute('aria-label') ?? ''),
    )
    return labels.map((label) => label.split(',', 1)[0] ?? '')
  }

  async isLive(): Promise<void> {
    await expect(this.page.getByRole('button', { name: /^live\./ })).toBeVisible()
  }

  /** Every host on the screen has said how it is. */
  async hasReadings(): Promise<void> {
    await this.isLive()
    const meters = this.page.getByRole('meter', { name: /^CPU of/ })
    await expect(meters.first()).toBeVisible()
    for (const meter of await meters.all()) {
      await expect(meter).toHaveAttribute('aria-valuetext', /\d/)
    }
  }

  get toasts(): Locator {
    return this.page.getByRole('region', { name: /Notifications/ }).getByRole('listitem')
  }

  toast(text: string | RegExp): Locator {
    return this.toasts.getByText(text)
  }

  /** Waits for what a screen reader is told next. */
  says(text: RegExp): Promise<string> {
    return this.announcements.says(text)
  }

  async choose(control: 'Sort' | 'Group' | 'Colour', option: string): Promise<void> {
    await this.page.getByRole('combobox', { name: new RegExp(`^${control}: `) }).click()
    await this.page.getByRole('option', { name: option, exact: true }).click()
  }

  /** Presses on a row and moves a little: it is in the hand when the board has said so. */
  async pickUp(name: string): Promise<void> {
    const row = this.row(name)
    await row.scrollIntoViewIfNeeded()
    const box = await boxOf(row)
    this.#at = { x: box.x + 40, y: box.y + box.height / 2 }
    await this.page.mouse.move(this.#at.x, this.#at.y)
    await this.page.mouse.down()
    await this.#glide({ x: box.x + 52, y: box.y + box.height / 2 })
    await this.says(/picked up from/)
  }

  /** Carries what is in the hand over a host, and waits for what the host says to it. */
  async carryOver(hostName: string, answer: RegExp): Promise<void> {
    await this.#glide(await this.#restingPlace(hostName))
    await this.announcements.endsWith(answer)
  }

  async drop(): Promise<void> {
    await this.page.mouse.up()
  }

  async dragTo(name: string, hostName: string): Promise<void> {
    await this.pickUp(name)
    await this.carryOver(hostName, new RegExp(`^Over ${escaped(hostName)}`))
    await this.drop()
  }

  /** A place on the card that the short list beside the pointer does not cover. */
  async #restingPlace(hostName: string): Promise<{ x: number; y: number }> {
    const card = await this.#shownPart(hostName)
    const best = this.page.locator('[data-best]')
    const covered = await Promise.all((await best.all()).map(boxOf))
    const places = [
      { x: card.x + 30, y: card.y + 16 },
      { x: card.x + card.width - 30, y: card.y + 16 },
      { x: card.x + 30, y: card.y + card.height - 12 },
      { x: card.x + card.width - 30, y: card.y + card.height - 12 },
    ]
    const free = places.find(
      ({ x, y }) =>
        !covered.some(
          (box) =>
            x > box.x - 8 &&
            x < box.x + box.width + 8 &&
            y > box.y - 34 &&
            y < box.y + box.height + 8,
        ),
    )
    if (!free) throw new Error(`The list of best hosts covers all of ${hostName}`)
    return free
  }

  /** Of a host's card what is not scrolled out of sight. */
  async #shownPart(hostName: string) {
    const card = await boxOf(this.host(hostName))
    const main = await boxOf(this.page.getByRole('main'))
    const y = Math.max(card.y, main.y + toolbarHeight)
    const bottom = Math.min(card.y + card.height, main.y + main.height)
    return { ...card, y, height: bottom - y }
  }

  /** In steps, each in a frame of its own: a drag is made of frames. */
  async #glide(to: { x: number; y: number }): Promise<void> {
    const from = this.#at ?? to
    const steps = 6
    for (let step = 1; step <= steps; step += 1) {
      const part = step / steps
      await this.page.mouse.move(from.x + (to.x - from.x) * part, from.y + (to.y - from.y) * part)
      await this.page.evaluate(() => new Promise(requestAnimationFrame))
    }
    await this.page.evaluate(() => new Promise(requestAnimationFrame))
    this.#at = to
  }
  #at: { x: number; y: number } | undefined
}

/** Where it is on the screen. */
export async function boxOf(locator: Locator) {
  const box = await locator.boundingBox()
  if (!box) throw new Error(`${locator} is not on the screen`)
  return box
}

export function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
