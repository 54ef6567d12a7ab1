import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'

const quietMs = 10 * 60_000
const maxKept = 10_000

/** Logs a refusal once per peer and code in ten minutes: a broken agent must not fill the disk. */
export function createRefusalLog(clock: Clock, log: Log) {
  const seen = new Map<string, { at: number; repeated: number }>()
  return (peer: string, code: number, sentence: string): void => {
    const key = `${peer} ${code}`
    const now = clock.monotonicMs()
    const before = seen.get(key)
    if (before !== undefined && now - before.at < quietMs) {
      before.repeated += 1
      return
    }
    log.warn('An agent was refused.', {
      peer,
      code,
      sentence,
      repeatedBefore: before?.repeated ?? 0,
    })
    seen.delete(key)
    seen.set(key, { at: now, repeated: 0 })
    if (seen.size <= maxKept) return
    const oldest = seen.keys().next()
    if (!oldest.done) seen.delete(oldest.value)
  }
}
