import { toText } from '@drover/api-schema/scalars.ts'
import type { AuditEntry } from '@drover/api-schema/user.ts'
import type { Clock } from './clock.ts'
import type { Log } from './log.ts'
import type { AuditStore, NewAuditEntry } from './store/audit.ts'

export type Audit = ReturnType<typeof createAudit>

const retryMs = 2_000
/** Kept while the database is away; beyond it the log on disk is the only witness. */
const maxWaiting = 10_000

/** Who did what, in order. Every entry is also a line of the log, so that an outage of the database hides nothing. */
export function createAudit(store: AuditStore, clock: Clock, log: Log) {
  let waiting: NewAuditEntry[] = []
  let writing: Promise<void> | null = null
  let cancelRetry = () => {}

  const write = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, 500)
      try {
        await store.append(batch)
        waiting = waiting.slice(batch.length)
      } catch (error) {
        log.warn('The audit log cannot be written; trying again.', {
          waiting: waiting.length,
          error,
        })
        cancelRetry()
        cancelRetry = clock.setTimer(retryMs, () => void flush())
        return
      }
    }
  }
  const flush = (): Promise<void> => {
    writing ??= write().finally(() => {
      writing = null
    })
    return writing
  }

  return {
    record(actor: string, action: string, subject: string, detail: string): void {
      const entry = {
        at: clock.now(),
        actor: toText(actor, 120),
        action: toText(action, 80),
        subject: toText(subject, 200),
        detail: toText(detail, 2000),
      }
      log.info('audit', { entry })
      if (waiting.length >= maxWaiting) waiting.shift()
      waiting.push(entry)
      void flush()
    },

    async list(
      limit: number,
      before?: number,
    ): Promise<{ entries: AuditEntry[]; nextBefore: number | null }> {
      await flush()
      return store.list(limit, before)
    },

    /** Writes what is waiting, once, and stops trying. */
    async stop(): Promise<void> {
      await flush()
      cancelRetry()
    },
  }
}
