import { expect, type Page } from '@playwright/test'

/** What a screen reader was told, in order, also what was replaced before anybody looked. */
export class Announcements {
  readonly #heard: string[] = []
  #read = 0

  /** From the next page load on. */
  static async of(page: Page): Promise<Announcements> {
    const announcements = new Announcements()
    await page.exposeFunction('heardAnnouncement', (text: string) => announcements.#hear(text))
    await page.addInitScript(() => {
      let last = ''
      new MutationObserver(() => {
        const text = document.querySelector('[data-announcer]')?.textContent ?? ''
        if (text === last) return
        last = text
        // Put there by `exposeFunction`.
        const { heardAnnouncement } = window as unknown as {
          heardAnnouncement: (text: string) => void
        }
        if (text !== '') heardAnnouncement(text.replaceAll('\u00a0', ' ').trim())
      }).observe(document, { subtree: true, childList: true, characterData: true })
    })
    return announcements
  }

  #hear(text: string): void {
    this.#heard.push(text)
  }

  /** Waits for a sentence after the last one that was waited for. */
  async says(pattern: RegExp): Promise<string> {
    await expect
      .poll(() => this.#heard.slice(this.#read), { message: `announced: ${pattern}` })
      .toContainEqual(expect.stringMatching(pattern))
    const index = this.#heard.findIndex((text, at) => at >= this.#read && pattern.test(text))
    this.#read = index + 1
    return this.#heard[index] ?? ''
  }

  /** Waits until the last thing said is this: where something is now, not where it has been. */
  async endsWith(pattern: RegExp): Promise<void> {
    await expect
      .poll(() => this.#heard.at(-1) ?? '', { message: `announced last: ${pattern}` })
      .toMatch(pattern)
    this.#read = this.#heard.length
  }

  /** Everything so far. */
  get all(): readonly string[] {
    return this.#heard
  }
}
