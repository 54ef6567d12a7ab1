import type { Clock } from './clock.ts'

const freshMs = 1_000

/** Anybody may ask as often as they like; the database is asked once a second at most. */
export function createHealth(clock: Clock, isDatabaseReachable: () => Promise<boolean>) {
  let asked: { readonly atMs: number; readonly answer: Promise<boolean> } | null = null
  return async (): Promise<'ok' | 'degraded'> => {
    const atMs = clock.monotonicMs()
    if (asked === null || atMs - asked.atMs >= freshMs)
      asked = { atMs, answer: isDatabaseReachable() }
    return (await asked.answer) ? 'ok' : 'degraded'
  }
}
