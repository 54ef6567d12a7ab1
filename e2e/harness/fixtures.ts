import { test as base, expect } from '@playwright/test'

interface Fixtures {
  /** What the browser may complain about in this test, beside nothing. */
  expectedErrors: RegExp | null
  /** Fails the test when a page logged an error that was not expected. */
  quietConsole: undefined
}

/** Every test of a page also demands that the browser has nothing to complain about. */
export const test = base.extend<Fixtures>({
  expectedErrors: [null, { option: true }],
  quietConsole: [
    async ({ context, expectedErrors }, use) => {
      const complaints: string[] = []
      context.on('console', (message) => {
        if (message.type() === 'error') {
          complaints.push(`${message.text()} (${message.location().url})`)
        }
      })
      context.on('weberror', (error) => complaints.push(String(error.error())))
      await use(undefined)
      const unexpected = complaints.filter((complaint) => expectedErrors?.test(complaint) !== true)
      expect(unexpected, 'errors in the browser console').toEqual([])
    },
    { auto: true },
  ],
})

export { expect }

/** While the console is down on purpose, or refuses, the browser logs each failed request. */
export const failedRequests = /Failed to load resource|WebSocket connection to .* failed/
