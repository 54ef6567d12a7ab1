import { commandResultSchema, migrationReportSchema } from '@drover/api-schema/agent-protocol.ts'
import { bootIdSchema, commandIdSchema, hostIdSchema } from '@drover/api-schema/ids.ts'
import { stopReasonSchema } from '@drover/api-schema/migration.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { momentSchema } from '@drover/api-schema/scalars.ts'
import { z } from 'zod'
import { JournalCorruptError } from './journal.ts'

const migrationRecordSchema = z.object({
  record: z.literal('migration'),
  report: migrationReportSchema,
  /** What a `committed` source needs beside its report to end properly. */
  handover: z
    .object({
      digest: z.string().max(64),
      stopReason: stopReasonSchema.nullable(),
      /** Post-copy: where its pages go, and what opens that door again. */
      target: z.object({ peerUrl: z.string(), ticket: z.string() }).optional(),
    })
    .nullable(),
  /** What a destination in `filling` needs: the ticket's hash, by which it knows the source when that comes back. */
  ticketHash: z.string().optional(),
})
const commandRecordSchema = z.object({
  record: z.literal('command'),
  commandId: commandIdSchema,
  result: commandResultSchema,
})

/** What the journal holds, record by record; the last one of a kind (and id) is the truth. */
export const journalRecordSchema = z.discriminatedUnion('record', [
  z.object({
    record: z.literal('identity'),
    hostId: hostIdSchema,
    hostKey: z.string().min(32).max(200),
    bootId: bootIdSchema,
    bootedAt: momentSchema,
  }),
  /** The hypervisor's own, opaque here. */
  z.object({ record: z.literal('checkpoint'), checkpoint: z.unknown() }),
  migrationRecordSchema,
  commandRecordSchema,
  /**
   * A decision and the host as it was when it was made. One record, so one line and one checksum: a write that is cut short
   * keeps both or neither, never an `activated` without the domain it speaks of.
   */
  z.object({
    record: z.literal('decision'),
    of: z.discriminatedUnion('record', [migrationRecordSchema, commandRecordSchema]),
    checkpoint: z.unknown(),
  }),
])
export type JournalRecord = z.infer<typeof journalRecordSchema>
/** What a decision may be about. */
export type DecidedRecord = Extract<JournalRecord, { record: 'decision' }>['of']
export type Identity = Omit<Extract<JournalRecord, { record: 'identity' }>, 'record'>
export type MigrationRecord = Omit<Extract<JournalRecord, { record: 'migration' }>, 'record'>
export type CommandRecord = Omit<Extract<JournalRecord, { record: 'command' }>, 'record'>

export type JournalState = {
  readonly identity: Identity | null
  readonly checkpoint: unknown
  /** In the order of their last record. */
  readonly migrations: readonly MigrationRecord[]
  readonly commands: readonly CommandRecord[]
}

/** Replays the records. Throws `JournalCorruptError` for one that nobody of this version writes. */
export function replay(records: readonly unknown[]): JournalState {
  let identity: Identity | null = null
  let checkpoint: unknown = null
  const migrations = new Map<string, MigrationRecord>()
  const commands = new Map<string, CommandRecord>()
  const take = (record: JournalRecord): void => {
    switch (record.record) {
      case 'identity': {
        const { record: _, ...rest } = record
        identity = rest
        return
      }
      case 'checkpoint':
        checkpoint = record.checkpoint
        return
      case 'migration': {
        const { record: _, ...rest } = record
        migrations.delete(rest.report.migrationId)
        migrations.set(rest.report.migrationId, rest)
        return
      }
      case 'command': {
        const { commandId, result } = record
        commands.set(commandId, { commandId, result })
        return
      }
      case 'decision':
        take(record.of)
        checkpoint = record.checkpoint
        return
      default:
        assertNever(record)
    }
  }
  for (const [index, unknownRecord] of records.entries()) {
    const parsed = journalRecordSchema.safeParse(unknownRecord)
    if (!parsed.success)
      throw new JournalCorruptError(`Record ${index + 1} of the journal is not understood.`)
    take(parsed.data)
  }
  return {
    identity,
    checkpoint,
    migrations: [...migrations.values()],
    commands: [...commands.values()],
  }
}

/**
 * A sentence when the records promise a domain that the hypervisor does not have: `activated` here, never given away since,
 * and not there at that generation. Starting would leave it running nowhere while its source lets it go.
 */
export function findBrokenPromise(
  migrations: readonly MigrationRecord[],
  generationOf: (domainId: string) => number | null,
): string | null {
  const reports = migrations.map(({ report }) => report)
  for (const report of reports) {
    if (report.role !== 'destination') continue
    if (report.state.status !== 'activated' && report.state.status !== 'filling') continue
    const { domainId, generation } = report
    if ((generationOf(domainId) ?? -1) >= generation) continue
    const hasLeft = reports.some(
      (later) =>
        later.role === 'source' &&
        later.domainId === domainId &&
        later.generation > generation &&
        later.state.status === 'completed',
    )
    if (!hasLeft)
      return `It says that domain ${domainId} was activated here (generation ${generation}), and its checkpoint does not have it`
  }
  return null
}
