import type { Clock } from './clock.ts'

const freshMs = 1_000
/** A database that has not answered by then counts as away; a question to it goes on until it answers or breaks. */
const patienceMs = 2_500

/** Anybody may ask as often as they like; the database is asked once a second at most, and once at a time. */
export function createHealth(clock: Clock, isDatabaseReachable: () => Promise<boolean>) {
  let asked: { readonly atMs: number; readonly answer: Promise<boolean> } | null = null
  let underWay: Promise<boolean> | null = null

  const ask = (): Promise<boolean> => {
    underWay ??= isDatabaseReachable().finally(() => {
      underWay = null
    })
    const answer = underWay
    return new Promise((resolve, reject) => {
      const giveUp = clock.setTimer(patienceMs, () => resolve(false))
      answer.then(resolve, reject).finally(giveUp)
    })
  }

  return async (): Promise<'ok' | 'degraded'> => {
    const atMs = clock.monotonicMs()
    if (asked === null || atMs - asked.atMs >= freshMs) asked = { atMs, answer: ask() }
    return (await asked.answer) ? 'ok' : 'degraded'
  }
}
