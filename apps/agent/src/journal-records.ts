import { commandResultSchema, migrationReportSchema } from '@drover/api-schema/agent-protocol.ts'
import { bootIdSchema, commandIdSchema, hostIdSchema } from '@drover/api-schema/ids.ts'
import { stopReasonSchema } from '@drover/api-schema/migration.ts'
import { momentSchema } from '@drover/api-schema/scalars.ts'
import { z } from 'zod'
import { JournalCorruptError } from './journal.ts'

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
  z.object({
    record: z.literal('migration'),
    report: migrationReportSchema,
    /** What a `committed` source needs beside its report to end properly. */
    handover: z.object({ digest: z.string().max(64), stopReason: stopReasonSchema }).nullable(),
  }),
  z.object({
    record: z.literal('command'),
    commandId: commandIdSchema,
    result: commandResultSchema,
  }),
])
export type JournalRecord = z.infer<typeof journalRecordSchema>
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
  for (const [index, unknownRecord] of records.entries()) {
    const parsed = journalRecordSchema.safeParse(unknownRecord)
    if (!parsed.success)
      throw new JournalCorruptError(`Record ${index + 1} of the journal is not understood.`)
    switch (parsed.data.record) {
      case 'identity': {
        const { record: _, ...rest } = parsed.data
        identity = rest
        break
      }
      case 'checkpoint':
        checkpoint = parsed.data.checkpoint
        break
      case 'migration': {
        const { report, handover } = parsed.data
        migrations.delete(report.migrationId)
        migrations.set(report.migrationId, { report, handover })
        break
      }
      case 'command': {
        const { commandId, result } = parsed.data
        commands.set(commandId, { commandId, result })
        break
      }
    }
  }
  return {
    identity,
    checkpoint,
    migrations: [...migrations.values()],
    commands: [...commands.values()],
  }
}
