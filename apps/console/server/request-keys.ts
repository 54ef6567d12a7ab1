import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { UserId } from '@drover/api-schema/ids.ts'
import { err, ok, type Result } from '@drover/api-schema/result.ts'
import type { Clock } from './clock.ts'
import type { Log } from './log.ts'
import type { RequestKeyStore } from './store/request-keys.ts'

export type RequestKeys = ReturnType<typeof createRequestKeys>

const keptMs = 24 * 3600 * 1000
const maxKept = 2_000

/**
 * The same key again within a day answers as the first time and does nothing. Answers are kept in memory and in the
 * database: the one for a database that is away, the other for a console that was restarted.
 */
export function createRequestKeys(store: RequestKeyStore, clock: Clock, log: Log) {
  const kept = new Map<string, { userId: UserId; at: number; answer: Promise<unknown> }>()

  const keep = (key: string, userId: UserId, answer: Promise<unknown>) => {
    kept.set(key, { userId, at: clock.now(), answer })
    if (kept.size > maxKept) {
      const oldest = kept.keys().next()
      if (!oldest.done) kept.delete(oldest.value)
    }
  }

  return {
    /** `parse` reads a kept answer; null when it is not one of these. */
    async once<T extends object>(
      request: { key: string | undefined; userId: UserId },
      parse: (stored: unknown) => T | null,
      run: () => Promise<T>,
    ): Promise<Result<T, Refusal>> {
      const { key, userId } = request
      if (key === undefined) return ok(await run())
      const since = clock.now() - keptMs
      const inMemory = kept.get(key)
      if (inMemory !== undefined && inMemory.at >= since) {
        const answer = parse(await inMemory.answer)
        return inMemory.userId === userId && answer !== null ? ok(answer) : err(foreignKey)
      }
      // Kept before it is known, so that a second request meanwhile waits for the first.
      const answer = firstAnswer()
      keep(key, userId, answer)
      answer.catch(() => kept.delete(key))
      const outcome = await answer
      return outcome === null ? err(foreignKey) : ok(outcome)

      async function firstAnswer(): Promise<T | null> {
        const stored = await store.find(key ?? '', since)
        if (stored !== null) return stored.userId === userId ? parse(stored.response) : null
        const made = await run()
        await store
          .save({ key: key ?? '', userId, response: made, since })
          .catch((error: unknown) => log.warn('A request key could not be stored.', { error }))
        return made
      }
    },
  }
}

const foreignKey = refusal(
  'invalid-request',
  'This request key was used for something else. Make a new one.',
)
