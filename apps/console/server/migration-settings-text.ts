import type { MigrationProfile } from '@drover/api-schema/migration.ts'
import type {
  MigrationLimits,
  PoolMigrationSettings,
} from '@drover/api-schema/migration-settings.ts'
import type { RetryPolicy } from '@drover/api-schema/migration-terms.ts'
import { assertNever } from '@drover/api-schema/result.ts'

/** What the audit log says about settings of migrations, in an administrator's words. */
export function describeLimits(limits: MigrationLimits): string {
  const { total, perPool, outgoingPerHost, incomingPerHost } = limits
  return `At most ${total} at once, ${perPool} in a pool, ${outgoingPerHost} leaving and ${incomingPerHost} entering a host.`
}

export function describePool({ profile, retry, maxAtOnce }: PoolMigrationSettings): string {
  const limit =
    maxAtOnce === null ? 'as many at once as in any pool' : `at most ${maxAtOnce} at once`
  return `Profile ${describeProfile(profile)}, ${describeRetry(retry)}, ${limit}.`
}

function describeProfile(profile: MigrationProfile): string {
  return profile.kind === 'downtime-target'
    ? `downtime-target (${profile.downtimeLimitMs} ms, then ${profile.lastResort.kind})`
    : profile.kind
}

export function describeRetry(retry: RetryPolicy): string {
  switch (retry.kind) {
    case 'none':
      return 'no retries'
    case 'same-host':
      return `up to ${retry.attempts} retries on the same host`
    case 'next-best-host':
      return `up to ${retry.attempts} retries on the next best host`
    default:
      return assertNever(retry)
  }
}
