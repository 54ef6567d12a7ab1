import { destinationStatusSchema, sourceStatusSchema } from '@drover/api-schema/agent-protocol.ts'
import { domainFactsSchema } from '@drover/api-schema/domain.ts'
import { refusalSchema } from '@drover/api-schema/errors.ts'
import { hostIdSchema } from '@drover/api-schema/ids.ts'
import { isEnded, type Migration } from '@drover/api-schema/migration.ts'
import { momentSchema } from '@drover/api-schema/scalars.ts'
import { z } from 'zod'
import { wantsRetry } from './retry-policy.ts'

/** The two ends of a migration. */
export const roles = ['source', 'destination'] as const
export type Role = (typeof roles)[number]

/** The commands of one migration; each has a numbered id that says the same after a restart of the console. */
export const commandKeys = [
  'prepare',
  'start',
  'cancel',
  'abort',
  'resume',
  'release',
  'lose-there',
  'lose-here',
] as const
export type CommandKey = (typeof commandKeys)[number]

/** Which end a command goes to. */
export const recipientOf: Record<CommandKey, Role> = {
  prepare: 'destination',
  start: 'source',
  cancel: 'source',
  abort: 'destination',
  resume: 'source',
  release: 'source',
  'lose-there': 'destination',
  'lose-here': 'source',
}

const count = z.int().min(1)

/** What the console has set out to do and has heard from the hosts: durable, beside the contract's Migration. */
export const coordinationSchema = z.object({
  /** How far the console has gone: a command is sent only after its intent was written. */
  intent: z.enum(['none', 'prepare', 'start']),
  /** The destination is to refuse this attempt for good. Never taken back. */
  isUndoing: z.boolean(),
  /** The domain as it was at the preflight: what the destination is asked to prepare for. */
  domain: domainFactsSchema.nullable(),
  source: sourceStatusSchema.nullable(),
  /** The source says that it knows nothing of this migration. */
  isSourceForgotten: z.boolean(),
  destination: destinationStatusSchema.nullable(),
  isDestinationForgotten: z.boolean(),
  /** The destination has answered an `abort-incoming` with `aborted`: only now may the source be told to resume. */
  isAbortConfirmed: z.boolean(),
  startRefusal: refusalSchema.nullable(),
  /** What an administrator has decided for a destination that cannot be asked. Never taken back; the hosts' own word wins. */
  ordered: z
    .object({ resolution: z.enum(['resume', 'release']), by: z.string(), at: momentSchema })
    .nullable()
    // Rows written before there was such an order have none.
    .default(null),
  /** Nothing is owed to this end: it never took part, or its host was removed. */
  owesNothing: z.object({ source: z.boolean(), destination: z.boolean() }),
  /** The source was told to go slower than the link, once at least: a restarted console cannot know that it was untold. */
  mayBeLimited: z.boolean().default(false),
  /** Destinations that earlier tries of the same have failed on. */
  triedHostIds: z.array(hostIdSchema).default([]),
  /** It has failed and would be tried again, but there is nothing left to try. Never taken back. */
  isRetryDropped: z.boolean().default(false),
  attempts: z.object({
    prepare: count,
    start: count,
    cancel: count,
    abort: count,
    resume: count,
    release: count,
    // Rows written before there was post-copy have none.
    'lose-there': count.default(1),
    'lose-here': count.default(1),
  }),
})
export type Coordination = z.infer<typeof coordinationSchema>

export const freshCoordination: Coordination = {
  intent: 'none',
  isUndoing: false,
  domain: null,
  source: null,
  isSourceForgotten: false,
  destination: null,
  isDestinationForgotten: false,
  isAbortConfirmed: false,
  startRefusal: null,
  ordered: null,
  owesNothing: { source: false, destination: false },
  mayBeLimited: false,
  triedHostIds: [],
  isRetryDropped: false,
  attempts: {
    prepare: 1,
    start: 1,
    cancel: 1,
    abort: 1,
    resume: 1,
    release: 1,
    'lose-there': 1,
    'lose-here': 1,
  },
}

/** What the database holds of a migration. */
export type StoredMigration = { readonly migration: Migration; readonly coordination: Coordination }

export type Reachability = { readonly isConnected: boolean; readonly sinceAt: number }

/** What only this run of the console knows; a restart starts it anew. */
export type Session = {
  /** The destination's one-time ticket. Not stored: the same `prepare-incoming` again answers with it again. */
  readonly invitation: { readonly ticket: string; readonly peerUrl: string } | null
  readonly source: Reachability
  readonly destination: Reachability
  /** What the copy may take beside others, bytes a second; null: all that the link gives. */
  readonly shareBytesPerSec: number | null
  /** Answered, but no fact has followed yet: not sent again before the next silence. */
  readonly answered: readonly CommandKey[]
}

export type MigrationRecord = StoredMigration & { readonly session: Session }

export function beginSession(stored: StoredMigration, now: number): MigrationRecord {
  const away = { isConnected: false, sinceAt: now }
  return {
    ...stored,
    session: {
      invitation: null,
      source: away,
      destination: away,
      shareBytesPerSec: null,
      answered: [],
    },
  }
}

/** After the machine's clock was set: what is measured against it moves along, so that the durations stay true. */
export function shiftedBy(record: MigrationRecord, ms: number): MigrationRecord {
  const { migration, session } = record
  const { state } = migration
  const shift = (known: Reachability) => ({ ...known, sinceAt: known.sinceAt + ms })
  const inDoubt = state.phase === 'activating' ? state.inDoubt : null
  const shifted: Migration['state'] =
    state.phase === 'activating' && inDoubt !== null
      ? { ...state, inDoubt: { ...inDoubt, sinceAt: inDoubt.sinceAt + ms } }
      : state
  const { notBeforeAt } = migration
  return {
    ...record,
    migration: {
      ...migration,
      notBeforeAt:
        notBeforeAt === null || state.phase !== 'queued' ? notBeforeAt : notBeforeAt + ms,
      state: shifted,
    },
    session: { ...session, source: shift(session.source), destination: shift(session.destination) },
  }
}

/** True until the next try of a failed migration is in the database. */
export function isRetryOwed({ migration, coordination }: StoredMigration): boolean {
  return (
    wantsRetry(migration) &&
    migration.retriedBy === null &&
    !coordination.isRetryDropped &&
    // Somebody had to decide by hand what became of it: the next step is theirs too.
    coordination.ordered === null
  )
}

/** True when nothing of a migration that has ended is owed: no next try, and no clean-up to either of its hosts. */
export function isSettled({ migration, coordination }: StoredMigration): boolean {
  if (!isEnded(migration.state) || isRetryOwed({ migration, coordination })) return false
  const { source, destination, intent, owesNothing } = coordination
  const isSourceClear =
    intent !== 'start' ||
    source?.status === 'completed' ||
    source?.status === 'failed' ||
    source?.status === 'lost' ||
    coordination.isSourceForgotten ||
    owesNothing.source ||
    // A refused or never sent start leaves nothing behind once the destination refuses for good.
    (source === null && coordination.isAbortConfirmed)
  const isDestinationClear =
    migration.state.phase === 'completed' ||
    intent === 'none' ||
    destination?.status === 'aborted' ||
    destination?.status === 'activated' ||
    destination?.status === 'lost' ||
    owesNothing.destination
  return isSourceClear && isDestinationClear
}

/** For the store: how it reads our part of a row, and which rows a restart must load. */
export const migrationCodec = {
  parse: (coordination: unknown): Coordination => coordinationSchema.parse(coordination),
  isSettled,
}
