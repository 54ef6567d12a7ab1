import type { DestinationStatus, SourceStatus } from '@drover/api-schema/agent-protocol.ts'
import { isEnded } from '@drover/api-schema/migration.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { hasActivated, isStartOutstanding } from './duties.ts'
import type { MigrationEvent } from './events.ts'
import {
  type CommandKey,
  type Coordination,
  commandKeys,
  type MigrationRecord,
  type Role,
  recipientOf,
  type Session,
} from './record.ts'
import type { MigrationSettings } from './settings.ts'

/**
 * What an event adds to what is known. One thing, hence one file: the whole of the machine's memory. What hosts report only
 * ever rises in rank; what the console has set out to do is never taken back.
 */
type Known = {
  readonly migration?: Partial<MigrationRecord['migration']>
  readonly coordination?: Partial<Coordination>
  readonly session?: Partial<Session>
}

function knowing(record: MigrationRecord, known: Known): MigrationRecord {
  return {
    migration: { ...record.migration, ...known.migration },
    coordination: { ...record.coordination, ...known.coordination },
    session: { ...record.session, ...known.session },
  }
}

/** The record with what the event says; null when it says nothing new. */
export function learn(
  record: MigrationRecord,
  event: MigrationEvent,
  settings: MigrationSettings,
): MigrationRecord | null {
  const { migration, coordination, session } = record
  const { phase } = migration.state
  switch (event.type) {
    case 'admitted':
      return phase === 'queued'
        ? knowing(record, { migration: { state: { phase: 'preflight' } } })
        : null
    case 'preflight-passed':
      if (phase !== 'preflight') return null
      return knowing(record, { coordination: { intent: 'prepare', domain: event.domain } })
    case 'preflight-refused':
      return phase === 'preflight' ? record : null
    case 'prepared':
      return learnPrepared(record, event)
    case 'preparation-refused':
      if (coordination.intent !== 'prepare' || isEnded(migration.state)) return null
      return knowing(record, {
        coordination: { owesNothing: { ...coordination.owesNothing, destination: true } },
      })
    case 'outgoing-started':
      return answered(record, 'start')
    case 'outgoing-refused':
      if (coordination.intent !== 'start' || coordination.source !== null) return null
      if (coordination.startRefusal !== null) return null
      return knowing(record, { coordination: { startRefusal: event.refusal } })
    case 'command-taken':
    case 'command-refused':
      return answered(record, event.key)
    case 'source-reported':
      return learnSource(record, event)
    case 'destination-reported':
      return learnDestination(record, event)
    case 'source-unknown':
      return learnSourceUnknown(record)
    case 'destination-unknown':
      return learnDestinationUnknown(record)
    case 'cancel-requested':
      return knowing(record, { migration: { cancelRequestedBy: event.by } })
    case 'priority-changed':
      return isEnded(migration.state)
        ? null
        : knowing(record, { migration: { priority: event.priority } })
    case 'steered': {
      if (isEnded(migration.state)) return null
      const { bandwidthBytesPerSec } = event.steering
      const steered = { ...event.steering, by: event.by }
      return knowing(record, { migration: { bandwidthBytesPerSec, steered } })
    }
    case 'share-changed':
      return learnShare(record, event.bytesPerSec)
    case 'retried':
      return knowing(record, { migration: { retriedBy: event.migrationId } })
    case 'retry-dropped':
      return knowing(record, { coordination: { isRetryDropped: true } })
    case 'resolution-ordered': {
      const { by, at, resolution } = event
      const ordered = { by, at, resolution }
      const isUndoing = coordination.isUndoing || resolution === 'resume'
      return knowing(record, {
        coordination: { ordered, isUndoing },
        migration: { resolved: ordered },
      })
    }
    case 'host-connected':
    case 'host-rebooted':
      return learnConnected(record, event)
    case 'host-disconnected': {
      if (!session[event.role].isConnected) return null
      return knowing(record, {
        session: { [event.role]: { isConnected: false, sinceAt: event.at } },
      })
    }
    case 'host-removed':
      if (!isEnded(migration.state) || coordination.owesNothing[event.role]) return null
      return knowing(record, {
        coordination: { owesNothing: { ...coordination.owesNothing, [event.role]: true } },
      })
    case 'nothing-heard':
      return learnSilence(record, event.at, settings)
    default:
      return assertNever(event)
  }
}

/**
 * When the destination is to refuse for good: always the first half of an undo, and safe at any time, because the
 * destination itself answers whether it was in time. The second half, `resume`, follows from its answer.
 */
export function undoingIfNeeded(record: MigrationRecord): MigrationRecord {
  const { migration, coordination, session } = record
  const { source, destination, intent } = coordination
  if (coordination.isUndoing || intent !== 'start' || isEnded(migration.state)) return record
  const hasGivenUp = destination?.status === 'aborted' || coordination.isDestinationForgotten
  const isUnreachable = source === null || !session.source.isConnected
  const isNeeded =
    coordination.startRefusal !== null ||
    coordination.isSourceForgotten ||
    (source?.status === 'committed' && hasGivenUp) ||
    (source?.status === 'lost' && !hasActivated(destination)) ||
    // A source that cannot be told, or has not answered yet, is stopped by way of the destination.
    (migration.cancelRequestedBy !== null && isUnreachable)
  return isNeeded ? knowing(record, { coordination: { isUndoing: true } }) : record
}

function learnShare(record: MigrationRecord, bytesPerSec: number | null): MigrationRecord | null {
  if (isEnded(record.migration.state)) return null
  return knowing(record, {
    session: { shareBytesPerSec: bytesPerSec },
    coordination: bytesPerSec === null ? {} : { mayBeLimited: true },
  })
}

function answered(record: MigrationRecord, key: CommandKey): MigrationRecord | null {
  if (record.session.answered.includes(key)) return null
  return knowing(record, { session: { answered: [...record.session.answered, key] } })
}

function learnPrepared(
  record: MigrationRecord,
  event: { ticket: string; peerUrl: string },
): MigrationRecord | null {
  const { coordination, migration } = record
  if (coordination.intent !== 'prepare' || coordination.isUndoing || isEnded(migration.state)) {
    return null
  }
  const invitation = { ticket: event.ticket, peerUrl: event.peerUrl }
  const destination = coordination.destination ?? { status: 'reserved' as const }
  return knowing(record, {
    coordination: { intent: 'start', destination, isDestinationForgotten: false },
    session: { invitation },
  })
}

const sourceRank: Record<SourceStatus['status'], number> = {
  connecting: 1,
  copying: 2,
  paused: 3,
  committed: 4,
  serving: 5,
  completed: 6,
  failed: 6,
  lost: 6,
}

function learnSource(
  record: MigrationRecord,
  event: { generation: number; status: SourceStatus },
): MigrationRecord | null {
  const { coordination, migration, session } = record
  const known = coordination.source
  if (event.generation !== migration.generation) return null
  const isNewer =
    known === null ||
    sourceRank[event.status.status] > sourceRank[known.status] ||
    (event.status.status === known.status && event.status.totalBytes > known.totalBytes)
  if (!isNewer && !coordination.isSourceForgotten) return null
  const isSameRank = known?.status === event.status.status
  return knowing(record, {
    coordination: {
      source: isNewer ? event.status : known,
      isSourceForgotten: false,
      owesNothing: { ...coordination.owesNothing, source: false },
    },
    // A new state may need again what was answered in the old one.
    session: isSameRank ? {} : { answered: without(session.answered, 'source') },
  })
}

const destinationRank: Record<DestinationStatus['status'], number> = {
  reserved: 1,
  receiving: 2,
  ready: 3,
  filling: 4,
  activated: 5,
  aborted: 5,
  lost: 5,
}

function learnDestination(
  record: MigrationRecord,
  event: { generation: number; status: DestinationStatus; isAnswerToAbort: boolean },
): MigrationRecord | null {
  const { coordination, migration } = record
  const known = coordination.destination
  if (event.generation !== migration.generation) return null
  // A domain that runs there cannot have been refused for good: like `activated` and `aborted`, the first word stands.
  const isContrary = known?.status === 'filling' && event.status.status === 'aborted'
  const isNewer =
    known === null ||
    (destinationRank[event.status.status] > destinationRank[known.status] && !isContrary)
  const isConfirming =
    event.isAnswerToAbort && event.status.status === 'aborted' && !hasActivated(known)
  const isConfirmed = coordination.isAbortConfirmed || isConfirming
  if (!isNewer && isConfirmed === coordination.isAbortConfirmed) {
    if (!coordination.isDestinationForgotten) return null
  }
  return knowing(record, {
    coordination: {
      destination: isNewer ? event.status : known,
      isDestinationForgotten: false,
      isAbortConfirmed: isConfirmed,
      owesNothing: { ...coordination.owesNothing, destination: false },
    },
    session: {
      answered: record.session.answered.filter((key) => key !== 'abort' && key !== 'lose-there'),
    },
  })
}

function learnSourceUnknown(record: MigrationRecord): MigrationRecord | null {
  const { coordination } = record
  if (coordination.intent !== 'start' || coordination.isSourceForgotten) return null
  const { source } = coordination
  if (source?.status === 'completed' || source?.status === 'failed') return null
  if (source?.status === 'lost') return null
  if (isStartOutstanding(record)) return null
  return knowing(record, { coordination: { isSourceForgotten: true } })
}

function learnDestinationUnknown(record: MigrationRecord): MigrationRecord | null {
  const { coordination, session } = record
  const { destination, intent, attempts } = coordination
  if (intent === 'none' || coordination.isDestinationForgotten) return null
  if (destination?.status === 'aborted' || hasActivated(destination)) return null
  return knowing(record, {
    coordination: {
      isDestinationForgotten: true,
      // The reservation is gone: an answer remembered for the old number would name a dead ticket.
      attempts: intent === 'prepare' ? { ...attempts, prepare: attempts.prepare + 1 } : attempts,
    },
    session: intent === 'prepare' ? { invitation: null } : { invitation: session.invitation },
  })
}

function learnConnected(
  record: MigrationRecord,
  event: { type: 'host-connected' | 'host-rebooted'; role: Role; at: number },
): MigrationRecord {
  const { session } = record
  const isTicketLost = event.type === 'host-rebooted' && event.role === 'destination'
  return knowing(record, {
    session: {
      [event.role]: { isConnected: true, sinceAt: event.at },
      // It may be another run of the agent: say again what is due, with the same ids.
      answered: without(session.answered, event.role),
      ...(isTicketLost && record.coordination.intent === 'prepare' ? { invitation: null } : {}),
    },
  })
}

function without(keys: readonly CommandKey[], role: Role): CommandKey[] {
  return keys.filter((key) => recipientOf[key] !== role)
}

/** What a second time means nothing new for; preparing and starting go on with other means. */
const isRepeatable: Record<CommandKey, boolean> = {
  prepare: false,
  start: false,
  cancel: true,
  abort: true,
  resume: true,
  release: true,
  'lose-there': true,
  'lose-here': true,
}

/** Commands that were answered and changed nothing get a new number, so that they are carried out once more. */
function learnSilence(
  record: MigrationRecord,
  at: number,
  settings: MigrationSettings,
): MigrationRecord | null {
  const { coordination, session, migration } = record
  const attempts = { ...coordination.attempts }
  const spent = commandKeys.filter((key) => isRepeatable[key] && session.answered.includes(key))
  for (const key of spent) attempts[key] += 1
  const { state } = migration
  const isDoubtOld =
    state.phase === 'activating' &&
    state.inDoubt !== null &&
    at - state.inDoubt.sinceAt >= settings.doubtPatienceMs &&
    session.destination.isConnected &&
    at - session.destination.sinceAt >= settings.doubtPatienceMs
  if (spent.length === 0 && isEnded(state)) return null
  return knowing(record, {
    coordination: { attempts, isUndoing: coordination.isUndoing || isDoubtOld },
    session: { answered: session.answered.filter((key) => !spent.includes(key)) },
  })
}
