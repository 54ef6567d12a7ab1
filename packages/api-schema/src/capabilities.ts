import type { DomainAction } from './agent-protocol.ts'
import type { Domain, DomainStatus } from './domain.ts'
import { type Refusal, refusal } from './errors.ts'
import type { Host } from './host.ts'
import { isEnded, type Migration } from './migration.ts'

/**
 * May this be done to this thing now; if not, the sentence. The server decides with these functions and the
 * browser enables or disables its controls with the same ones.
 */

/** Which action leads on from which state; a missing pair is refused with the sentence of `describeState`. */
const allowedFrom: Record<DomainAction, readonly DomainStatus[]> = {
  start: ['shut-off', 'crashed'],
  pause: ['running'],
  unpause: ['paused'],
  'shut-down': ['running'],
  reboot: ['running'],
  destroy: ['running', 'paused', 'shutting-down', 'crashed'],
}

const describeState: Record<DomainStatus, string> = {
  running: 'is running',
  paused: 'is paused',
  'shutting-down': 'is shutting down',
  'shut-off': 'is shut off',
  crashed: 'has crashed',
}

/** Null when allowed. */
export function refuseHostCommand(host: Host): Refusal | null {
  switch (host.connection.status) {
    case 'online':
      return null
    case 'stale':
    case 'lost':
      return refusal(
        'host-not-online',
        `${host.name} is not connected; wait until its agent is back.`,
      )
  }
}

/** Null when `action` may be done to the domain now. */
export function refuseDomainAction(
  domain: Domain,
  host: Host,
  action: DomainAction,
): Refusal | null {
  const hostRefusal = refuseHostCommand(host)
  if (hostRefusal !== null) return hostRefusal
  if (domain.migrationId !== null) {
    return refusal(
      'domain-migrating',
      `${domain.name} is being migrated; wait for it or cancel the migration.`,
    )
  }
  if (domain.state.status === 'paused' && domain.state.by === 'migration') {
    return refusal(
      'domain-migrating',
      `${domain.name} is held paused by a migration until its outcome is known.`,
    )
  }
  if (!allowedFrom[action].includes(domain.state.status)) {
    return refusal('wrong-state', `${domain.name} ${describeState[domain.state.status]}.`)
  }
  return null
}

/**
 * Null when an administrator may decide for the destination, which cannot be asked: the source has handed the domain over
 * and keeps its copy paused. Once a host has given its answer there is nothing left to decide.
 */
export function refuseResolution(
  migration: Migration,
  resolution: 'resume' | 'release',
): Refusal | null {
  const { domainName, sourceHostName, destinationHostName, state } = migration
  if (isEnded(state)) {
    return refusal('migration-ended', `The migration of ${domainName} has ended already.`)
  }
  if (state.phase !== 'activating' || state.inDoubt === null) {
    return refusal('wrong-state', `The migration of ${domainName} is not in doubt.`)
  }
  if (state.inDoubt.waitingFor === 'source') {
    return refusal(
      'wrong-state',
      `${destinationHostName} has answered; ${domainName} ends as soon as the source is heard.`,
    )
  }
  if (resolution === 'release' && state.isPostCopy === true) {
    return refusal(
      'wrong-state',
      `${sourceHostName} keeps pages of ${domainName} that ${destinationHostName} has not got; without them it is lost wherever it runs.`,
    )
  }
  return null
}

type CapableHost = Pick<Host, 'name' | 'capabilities'>

/** Null when both hosts can run a domain whose memory follows it. */
export function refusePostCopy(source: CapableHost, destination: CapableHost): Refusal | null {
  const unable = [source, destination].find(({ capabilities }) => !capabilities.hasPostCopy)
  return unable === undefined
    ? null
    : refusal(
        'post-copy-unsupported',
        `${unable.name} cannot run a domain before its memory is there; choose another last resort.`,
      )
}

/** Null when a copy that runs may be given another bandwidth, or be told to pause the domain and finish. */
export function refuseSteering(migration: Migration): Refusal | null {
  const { domainName, state } = migration
  if (isEnded(state)) {
    return refusal('migration-ended', `The migration of ${domainName} has ended already.`)
  }
  return state.phase === 'pre-copy'
    ? null
    : refusal('wrong-state', `${domainName} is not being copied while it runs.`)
}

/** Null when the migration may be given another priority: it waits for its turn, or shares a link. */
export function refusePriorityChange({ domainName, state }: Migration): Refusal | null {
  return isEnded(state)
    ? refusal('migration-ended', `The migration of ${domainName} has ended already.`)
    : null
}

/** Null when the migration may be cancelled now. */
export function refuseCancel(migration: Migration): Refusal | null {
  if (isEnded(migration.state)) {
    return refusal('migration-ended', `The migration of ${migration.domainName} has ended already.`)
  }
  if (migration.state.phase === 'activating') {
    return refusal(
      'past-point-of-no-return',
      `Too late to cancel: ${migration.domainName} is being handed over to ${migration.destinationHostName}.`,
    )
  }
  if (migration.state.phase === 'post-copy') {
    return refusal(
      'past-point-of-no-return',
      `Too late to cancel: ${migration.domainName} runs on ${migration.destinationHostName} already, and only the rest of its memory follows.`,
    )
  }
  if (migration.cancelRequestedBy !== null) {
    return refusal(
      'migration-ended',
      `${migration.cancelRequestedBy} has asked to cancel it already.`,
    )
  }
  return null
}
