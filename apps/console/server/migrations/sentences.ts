import type { Migration, Steering } from '@drover/api-schema/migration.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { describeBytes } from '@drover/api-schema/units.ts'

/** What the audit log says about a migration, in an administrator's words. */
export function describeMove(migration: Migration): string {
  return `${migration.domainName} from ${migration.sourceHostName} to ${migration.destinationHostName}`
}

/** Null while it is under way. */
export function describeEnd(migration: Migration): string | null {
  const { state } = migration
  switch (state.phase) {
    case 'queued':
    case 'preflight':
    case 'preparing':
    case 'pre-copy':
    case 'stop-and-copy':
    case 'activating':
    case 'post-copy':
      return null
    case 'completed': {
      const pause = state.downtimeMs === null ? 'unknown' : `${Math.round(state.downtimeMs)} ms`
      return `${migration.domainName} runs on ${migration.destinationHostName}: ${(state.totalMs / 1000).toFixed(1)} s, ${describeBytes(state.totalBytes)}, paused ${pause}.`
    }
    case 'failed':
      if (state.failedIn === 'post-copy')
        return `${migration.domainName} was lost on its way to ${migration.destinationHostName}: ${state.refusal.message}`
      return `${migration.domainName} stays on ${migration.sourceHostName}; it failed in ${state.failedIn}: ${state.refusal.message}`
    case 'cancelled':
      return `${migration.domainName} stays on ${migration.sourceHostName}; cancelled in ${state.cancelledIn}.`
    default:
      return assertNever(state)
  }
}

/** For the audit log: who took the risk, and which. */
export function describeResolution(
  { domainName, sourceHostName, destinationHostName }: Migration,
  resolution: 'resume' | 'release',
  by: string,
): string {
  return resolution === 'resume'
    ? `${by} ordered ${sourceHostName} to run ${domainName} again although ${destinationHostName} has not said that it does not.`
    : `${by} ordered ${sourceHostName} to give ${domainName} up although ${destinationHostName} has not said that it runs it.`
}

export function describeSteering(
  { domainName }: Migration,
  { bandwidthBytesPerSec, goesPostCopy, pausesNext }: Steering,
  by: string,
): string {
  const limit =
    bandwidthBytesPerSec === null
      ? 'without a limit'
      : `at no more than ${describeBytes(bandwidthBytesPerSec)} a second`
  const pause = pausesNext ? `, and to pause ${domainName} after this round and finish` : ''
  if (goesPostCopy === true)
    return `${by} asked to run ${domainName} on its destination now, its memory following.`
  return `${by} asked to copy ${domainName} ${limit}${pause}.`
}

/** For the audit log: what went wrong, and what is tried next. */
export function describeRetry(failed: Migration, next: Migration): string {
  const { state } = failed
  const reason = state.phase === 'failed' ? ` It failed: ${state.refusal.message}` : ''
  const most = next.retry.kind === 'none' ? next.attempt : next.retry.attempts + 1
  return `${next.domainName} is tried again on ${next.destinationHostName}, attempt ${next.attempt} of ${most}.${reason}`
}
