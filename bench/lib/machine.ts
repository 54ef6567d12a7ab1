import { execFileSync } from 'node:child_process'
import os from 'node:os'

export type Machine = {
  readonly cpu: string
  readonly cores: number
  readonly memGib: number
  readonly system: string
  readonly node: string
  readonly commit: string
}

export function describeMachine(): Machine {
  const cpus = os.cpus()
  return {
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    memGib: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()}`,
    node: process.version,
    commit: commit(),
  }
}

/** The commit measured, with a plus when files differ from it; "unknown" outside a clone. */
function commit(): string {
  try {
    const git = (...args: string[]) =>
      execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '+')
  } catch {
    return 'unknown'
  }
}

/** One minute's load average: more than a few tenths before the start means that the figures were taken on a busy machine. */
export const loadAverage = (): number => Math.round((os.loadavg()[0] ?? 0) * 100) / 100
