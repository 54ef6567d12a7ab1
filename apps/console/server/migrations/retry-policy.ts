import type { ErrorCode } from '@drover/api-schema/errors.ts'
import type { Migration } from '@drover/api-schema/migration.ts'
import type { RetryPolicy } from '@drover/api-schema/migration-terms.ts'

/**
 * Which failures another try may mend. `anywhere`: it passes by itself (hosts, agents and links come back, memory
 * becomes free). `elsewhere`: this host will say the same again, another may not. What is not named is about the domain, about
 * what somebody wanted, or about a bug: trying again would change nothing. Memory that did not arrive as it was sent is not
 * named either: somebody has to look before more is copied that way.
 */
const mendedBy: Partial<Record<ErrorCode, 'anywhere' | 'elsewhere'>> = {
  'host-not-online': 'anywhere',
  'command-timeout': 'anywhere',
  'not-enough-memory': 'anywhere',
  'unknown-migration': 'anywhere',
  'ticket-invalid': 'anywhere',
  'peer-unreachable': 'anywhere',
  'peer-lost': 'anywhere',
  'peer-refused': 'anywhere',
  'agent-restarted': 'anywhere',
  'host-rebooted': 'anywhere',
  'hypervisor-refused': 'elsewhere',
  'host-in-maintenance': 'elsewhere',
  'host-not-found': 'elsewhere',
  'no-peer-address': 'elsewhere',
  'post-copy-unsupported': 'elsewhere',
  'architecture-mismatch': 'elsewhere',
  'no-hardware-virtualisation': 'elsewhere',
  'missing-cpu-features': 'elsewhere',
  'older-hypervisor': 'elsewhere',
  'too-many-vcpus': 'elsewhere',
  'cpu-overcommit': 'elsewhere',
  'policy-run-on': 'elsewhere',
  'policy-keep-off': 'elsewhere',
  'policy-keep-together': 'elsewhere',
  'policy-keep-apart': 'elsewhere',
  'policy-hardware': 'elsewhere',
  'policy-headroom': 'elsewhere',
  'policy-reserved': 'elsewhere',
  'policy-licence': 'elsewhere',
}

export function isMended(code: ErrorCode, kind: RetryPolicy['kind']): boolean {
  const by = mendedBy[code]
  return kind === 'next-best-host' ? by !== undefined : kind === 'same-host' && by === 'anywhere'
}

/** Whether its policy asks for another try of a migration that ended like this. */
export function wantsRetry({ state, retry, attempt }: Migration): boolean {
  return (
    state.phase === 'failed' &&
    // Lost after it had gone over: there is nothing to try it with.
    state.failedIn !== 'post-copy' &&
    retry.kind !== 'none' &&
    attempt <= retry.attempts &&
    isMended(state.refusal.code, retry.kind)
  )
}

const firstPauseMs = 5_000
const longestPauseMs = 5 * 60_000

/** The pause before the try that follows attempt number `attempt`: it doubles, for what is broken may stay so for a while. */
export function retryPauseMs(attempt: number): number {
  return Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempt - 1, 20))
}
