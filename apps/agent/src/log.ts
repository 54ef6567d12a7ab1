/** One JSON object a line. Fields never hold tokens, tickets or keys. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogFields = Readonly<Record<string, string | number | boolean | null>>

export type Logger = {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** The same logger with fields added to every line. */
  with(fields: LogFields): Logger
}

export function createLogger(
  writeLine: (line: string) => void,
  now: () => number,
  base: LogFields = {},
): Logger {
  const write = (level: LogLevel, message: string, fields: LogFields = {}) =>
    writeLine(
      `${JSON.stringify({ at: new Date(now()).toISOString(), level, message, ...base, ...fields })}\n`,
    )
  return {
    debug: (message, fields) => write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
    with: (fields) => createLogger(writeLine, now, { ...base, ...fields }),
  }
}

export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  with: () => silentLogger,
}
