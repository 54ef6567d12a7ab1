import type { Log, LogFields } from './log.ts'

/**
 * While the database is away every request, every look for a session and every attempt to write fails in the same way. The
 * loss is one line and its end another; what fails in between only because of it is counted, not written.
 */
export type OutageLog = {
  /** For everything that works with the database. */
  readonly log: Log
  lost(sentence: string): void
  restored(): void
}

export function createOutageLog(to: Log, isDatabaseGone: (error: unknown) => boolean): OutageLog {
  /** Null while the database is there. */
  let leftOut: number | null = null

  function quiet(log: Log): Log {
    const unlessGone =
      (write: Log['warn']) =>
      (message: string, fields: LogFields = {}) => {
        if (!isDatabaseGone(fields.error)) return write(message, fields)
        if (leftOut === null) return write(message, { ...fields, error: firstLine(fields.error) })
        leftOut += 1
        log.debug(message, fields)
      }
    return {
      debug: log.debug,
      info: log.info,
      warn: unlessGone(log.warn),
      error: unlessGone(log.error),
      child: (fields) => quiet(log.child(fields)),
    }
  }

  return {
    log: quiet(to),
    lost(sentence) {
      leftOut = 0
      to.error(sentence)
    },
    restored() {
      to.info('The database is back.', leftOut ? { failuresLeftOut: leftOut } : {})
      leftOut = null
    },
  }
}

/** That the database is away is the whole story; where in our code it was noticed adds nothing. */
function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.trim().split('\n').at(-1) ?? ''
}
