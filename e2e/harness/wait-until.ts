import { setTimeout as delay } from 'node:timers/promises'

/** Resolves with the first truthy result of `look`; rejects, with what was waited for, when the time is over. */
export async function waitUntil<T>(
  what: string,
  look: () => T | Promise<T>,
  withinMs = 10_000,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const found = await look()
    if (found) return found
    if (performance.now() > deadline) throw new Error(`Waited ${withinMs} ms in vain: ${what}`)
    await delay(25)
  }
}
