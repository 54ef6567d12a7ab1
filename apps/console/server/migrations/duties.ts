import type { Command, DestinationStatus } from '@drover/api-schema/agent-protocol.ts'
import type { CommandId, HostId } from '@drover/api-schema/ids.ts'
import { isEnded, type Migration } from '@drover/api-schema/migration.ts'
import { assertNever, invariant } from '@drover/api-schema/result.ts'
import { type CommandKey, type MigrationRecord, type Role, recipientOf } from './record.ts'

/**
 * What has to be said to the hosts, read off from what is known: the same knowledge always asks for the same
 * commands, however it was come by, so lost, repeated and late messages need no handling of their own.
 */
export type Effect =
  | {
      readonly kind: 'command'
      readonly key: CommandKey
      readonly hostId: HostId
      readonly commandId: CommandId
      readonly command: Command
    }
  /** `report-migration`, with an id of its own each time: an answer given before must not be given again. */
  | { readonly kind: 'ask'; readonly role: Role }
  | { readonly kind: 'run-preflight' }
  /** Post-copy: tell the source where the destination's agent is now, should its stream be lost. */
  | { readonly kind: 'reach-destination' }
  /** Two hosts contradict each other in a way that must not happen; a person has to look. */
  | { readonly kind: 'alarm'; readonly sentence: string }

/**
 * Commands that begin something wait until the database has their intent. The others rest on what a host has on
 * disk already (a tombstone, an activation): they are true without us and must not wait for a database.
 */
export const needsIntent: Record<CommandKey, boolean> = {
  prepare: true,
  start: true,
  cancel: false,
  abort: false,
  resume: false,
  release: false,
  'lose-there': false,
  'lose-here': false,
}

export function hostOf(migration: Migration, role: Role): HostId {
  return role === 'source' ? migration.sourceHostId : migration.destinationHostId
}

/** The commands that are due now, at connected hosts, and not answered a moment ago. */
export function duties(record: MigrationRecord): Effect[] {
  const { session } = record
  return dueKeys(record)
    .filter((key) => session[recipientOf[key]].isConnected && !session.answered.includes(key))
    .map((key) => commandEffect(record, key))
}

function dueKeys(record: MigrationRecord): CommandKey[] {
  const due: CommandKey[] = []
  if (isPrepareDue(record)) due.push('prepare')
  if (isStartDue(record)) due.push('start')
  if (isCancelDue(record)) due.push('cancel')
  if (isAbortDue(record)) due.push('abort')
  if (isLossDue(record)) due.push('lose-there')
  const resolution = dueResolution(record)
  return resolution === null ? due : [...due, resolution]
}

function isPrepareDue({ migration, coordination, session }: MigrationRecord): boolean {
  const { intent, isUndoing } = coordination
  return (
    intent === 'prepare' && session.invitation === null && !isUndoing && !isEnded(migration.state)
  )
}

function isStartDue({ migration, coordination, session }: MigrationRecord): boolean {
  const { intent, isUndoing, source } = coordination
  return (
    intent === 'start' &&
    source === null &&
    session.invitation !== null &&
    !isUndoing &&
    migration.cancelRequestedBy === null &&
    !isEnded(migration.state)
  )
}

function isCancelDue({ migration, coordination }: MigrationRecord): boolean {
  if (migration.cancelRequestedBy === null || coordination.intent !== 'start') return false
  if (isEnded(migration.state)) return false
  switch (coordination.source?.status) {
    case undefined:
    case 'connecting':
    case 'copying':
    case 'paused':
      return true
    case 'committed':
    case 'serving':
    case 'completed':
    case 'failed':
    case 'lost':
      return false
  }
}

function isAbortDue({ migration, coordination }: MigrationRecord): boolean {
  const { intent, destination, source, isUndoing, isAbortConfirmed, owesNothing } = coordination
  if (intent === 'none' || isAbortConfirmed || hasActivated(destination)) return false
  if (migration.state.phase === 'completed') return false
  const isUndone = migration.state.phase === 'failed' || migration.state.phase === 'cancelled'
  if (!isUndoing && !isUndone) return false
  // A source that waits for the verdict needs the destination's answer; otherwise any `aborted` will do.
  if (source?.status === 'committed' || !isUndone) return true
  return destination?.status !== 'aborted' && !owesNothing.destination
}

/** The domain runs, or has run, on the destination: nothing wakes the source's copy any more. */
export function hasActivated(destination: DestinationStatus | null): boolean {
  switch (destination?.status) {
    case 'activated':
    case 'filling':
    case 'lost':
      return true
    case undefined:
    case 'reserved':
    case 'receiving':
    case 'ready':
    case 'aborted':
      return false
  }
}

/**
 * In post-copy, with the source's memory gone: what the destination misses will never come. Whether it misses anything is for it
 * to say; `lost` and `activated` exclude each other there.
 */
function isLossDue({ migration, coordination }: MigrationRecord): boolean {
  const { destination, isSourceForgotten, source } = coordination
  const isGone = source?.status === 'lost' || isSourceForgotten
  return destination?.status === 'filling' && isGone && !isEnded(migration.state)
}

/**
 * The point of no return is behind a `committed` source: only the destination's own word moves it, or a person who has
 * looked where we cannot. In post-copy it goes on to be `serving` by itself while the destination is `filling`.
 */
function dueResolution({
  coordination,
}: MigrationRecord): 'resume' | 'release' | 'lose-here' | null {
  const { destination, source } = coordination
  const isKept = source?.status === 'committed' || source?.status === 'serving'
  if (!isKept || coordination.owesNothing.source) return null
  if (destination?.status === 'activated') return 'release'
  if (destination?.status === 'lost') return 'lose-here'
  if (destination?.status === 'filling' || source.status === 'serving') return null
  if (coordination.isAbortConfirmed) return 'resume'
  return coordination.ordered?.resolution ?? null
}

/** The same id for the same command, also after a restart; a new number only after it was refused or came to nothing. */
export function commandIdOf({ migration, coordination }: MigrationRecord, key: CommandKey) {
  // An id is any short string that is the same for the same command; the brand says so.
  return `${migration.migrationId}:${key}:${coordination.attempts[key]}` as CommandId
}

function commandEffect(record: MigrationRecord, key: CommandKey): Effect {
  return {
    kind: 'command',
    key,
    hostId: hostOf(record.migration, recipientOf[key]),
    commandId: commandIdOf(record, key),
    command: commandOf(record, key),
  }
}

function commandOf(record: MigrationRecord, key: CommandKey): Command {
  const { migration, coordination, session } = record
  const { migrationId, generation, domainId } = migration
  switch (key) {
    case 'prepare':
      invariant(coordination.domain !== null, 'the preflight has kept the domain')
      return {
        kind: 'prepare-incoming',
        migrationId,
        generation,
        sourceHostId: migration.sourceHostId,
        domain: coordination.domain,
      }
    case 'start':
      invariant(session.invitation !== null, 'the destination has invited')
      return {
        kind: 'start-outgoing',
        migrationId,
        generation,
        domainId,
        destinationHostId: migration.destinationHostId,
        peerUrl: session.invitation.peerUrl,
        ticket: session.invitation.ticket,
        profile: migration.profile,
        ...(session.shareBytesPerSec === null
          ? {}
          : { bandwidthBytesPerSec: session.shareBytesPerSec }),
      }
    case 'cancel':
      return { kind: 'cancel-outgoing', migrationId }
    case 'abort':
      return { kind: 'abort-incoming', migrationId, generation, domainId }
    case 'resume':
    case 'release':
      return { kind: 'resolve-outgoing', migrationId, resolution: key }
    case 'lose-here':
      return { kind: 'resolve-outgoing', migrationId, resolution: 'lose' }
    case 'lose-there':
      return { kind: 'lose-incoming', migrationId, generation, domainId }
    default:
      return assertNever(key)
  }
}

/** The ends worth asking what is true: those that can still change the outcome and are connected. */
export function askable(record: MigrationRecord): Role[] {
  const { migration, coordination, session } = record
  if (coordination.intent === 'none') return []
  const asked: Role[] = []
  if (session.source.isConnected && isSourceAskable(record)) asked.push('source')
  const isOpen = !isEnded(migration.state)
  const status = coordination.destination?.status
  const isDestinationOpen = status !== 'activated' && status !== 'aborted' && status !== 'lost'
  if (isOpen && coordination.intent === 'start' && isDestinationOpen) {
    if (session.destination.isConnected) asked.push('destination')
  }
  return asked
}

function isSourceAskable({ migration, coordination, session }: MigrationRecord): boolean {
  const { source, intent, owesNothing } = coordination
  if (intent !== 'start' || owesNothing.source) return false
  if (source?.status === 'completed' || source?.status === 'failed') return false
  if (source?.status === 'lost') return false
  if (source !== null || isEnded(migration.state)) return true
  return !isStartOutstanding({ migration, coordination, session })
}

/** The source may not have been reached yet: that it knows nothing of the migration says nothing. */
export function isStartOutstanding({ migration, coordination, session }: MigrationRecord): boolean {
  return (
    coordination.source === null &&
    session.invitation !== null &&
    !session.answered.includes('start') &&
    coordination.startRefusal === null &&
    !coordination.isUndoing &&
    migration.cancelRequestedBy === null
  )
}
