import type { CommandResult, MigrationReport } from '@drover/api-schema/agent-protocol.ts'
import type { HostId } from '@drover/api-schema/ids.ts'
import type { Migration } from '@drover/api-schema/migration.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import type { MigrationEvent } from './events.ts'
import type { CommandKey, Role } from './record.ts'

/** Which end of the migration a host is; null for a host that has no part in it. */
export function roleOf(migration: Migration, hostId: HostId): Role | null {
  if (hostId === migration.sourceHostId) return 'source'
  return hostId === migration.destinationHostId ? 'destination' : null
}

/** What a report of a host says; null when the host is not the end it claims to be. */
export function eventOfReport(
  { role, report }: { role: Role; report: MigrationReport },
  at: number,
  isAnswerToAbort = false,
): MigrationEvent | null {
  switch (report.role) {
    case 'none':
      return { type: role === 'source' ? 'source-unknown' : 'destination-unknown', at }
    case 'source':
      if (role !== 'source') return null
      return {
        type: 'source-reported',
        at,
        generation: report.generation,
        status: report.state,
      }
    case 'destination':
      if (role !== 'destination') return null
      return {
        type: 'destination-reported',
        at,
        generation: report.generation,
        status: report.state,
        isAnswerToAbort,
      }
    default:
      return assertNever(report)
  }
}

/** What the answer to a command says. */
export function eventOfAnswer(
  { key, role, result }: { key: CommandKey; role: Role; result: CommandResult },
  at: number,
): MigrationEvent | null {
  switch (result.kind) {
    case 'report':
      return eventOfReport({ role, report: result.report }, at, key === 'abort')
    case 'prepared':
      if (key !== 'prepare') return null
      return { type: 'prepared', at, ticket: result.ticket, peerUrl: result.peerUrl }
    case 'rejected':
      if (key === 'prepare') return { type: 'preparation-refused', at, refusal: result.refusal }
      if (key === 'start') return { type: 'outgoing-refused', at, refusal: result.refusal }
      return { type: 'command-refused', at, key }
    case 'done':
      if (key === 'prepare') return null
      return key === 'start' ? { type: 'outgoing-started', at } : { type: 'command-taken', at, key }
    default:
      return assertNever(result)
  }
}
