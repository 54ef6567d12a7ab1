import type { DomainId, MigrationId } from '@drover/api-schema/ids.ts'
import { type Migration, migrationSchema } from '@drover/api-schema/migration.ts'
import type { Prisma as Sql } from './generated/client.ts'
import type { Prisma } from './prisma.ts'

/** What the database keeps of a migration: the contract's document, and what its driver must remember (`C`). */
export type MigrationRow<C> = { readonly migration: Migration; readonly coordination: C }

/** How the driver's part is read, and when nothing more is owed to any host; given by its owner. */
export type MigrationCodec<C> = {
  parse(coordination: unknown): C
  isSettled(row: MigrationRow<C>): boolean
}

export type EndedMigrationsQuery = {
  readonly limit: number
  readonly before?: number | undefined
  readonly domainId?: DomainId | undefined
  readonly groupId?: string | undefined
}

export type RecentMigrationsQuery = {
  readonly domainIds: readonly DomainId[]
  readonly perDomain: number
  readonly inAll: number
}

function endedAtOf({ state }: Migration): Date | null {
  return 'endedAt' in state ? new Date(state.endedAt) : null
}

function columnsOf<C extends object>(record: MigrationRow<C>, codec: MigrationCodec<C>) {
  const { migration } = record
  const endedAt = endedAtOf(migration)
  return {
    id: migration.migrationId,
    domainId: migration.domainId,
    sourceHostId: migration.sourceHostId,
    destinationHostId: migration.destinationHostId,
    phase: migration.state.phase,
    generation: migration.generation,
    requestedAt: new Date(migration.requestedAt),
    endedAt,
    settledAt: codec.isSettled(record) ? endedAt : null,
    // Plain JSON documents by their schemas; Prisma's type for that has no room for readonly ones.
    document: migration as Sql.InputJsonValue,
    coordination: record.coordination as Sql.InputJsonValue,
  }
}

export function createMigrationStore<C extends object>(prisma: Prisma, codec: MigrationCodec<C>) {
  /** A row that does not parse is a bug or a hand's work in the database: better no start than a migration forgotten. */
  const read = (row: { document: unknown; coordination: unknown }): MigrationRow<C> => ({
    migration: migrationSchema.parse(row.document),
    coordination: codec.parse(row.coordination),
  })

  return {
    async insert(records: readonly MigrationRow<C>[]): Promise<void> {
      await prisma.migration.createMany({ data: records.map((record) => columnsOf(record, codec)) })
    },

    async save(record: MigrationRow<C>): Promise<void> {
      const { id, ...columns } = columnsOf(record, codec)
      await prisma.migration.update({ where: { id }, data: columns, select: { id: true } })
    },

    async find(migrationId: MigrationId): Promise<MigrationRow<C> | null> {
      const row = await prisma.migration.findUnique({ where: { id: migrationId } })
      return row === null ? null : read(row)
    },

    /** Those still open, and ended ones whose clean-up is owed, oldest first. */
    async listUnsettled(): Promise<MigrationRow<C>[]> {
      const rows = await prisma.migration.findMany({
        where: { settledAt: null },
        orderBy: [{ requestedAt: 'asc' }, { id: 'asc' }],
      })
      return rows.map(read)
    },

    /** A page may be longer than `limit`: those that ended in the same millisecond as its last one come with it. */
    async listEnded({
      limit,
      before,
      domainId,
      groupId,
    }: EndedMigrationsQuery): Promise<{ migrations: Migration[]; nextBefore: number | null }> {
      const wanted = {
        ...(domainId === undefined ? {} : { domainId }),
        ...(groupId === undefined ? {} : { document: { path: ['groupId'], equals: groupId } }),
      }
      const order = [{ endedAt: 'desc' as const }, { id: 'desc' as const }]
      const rows = await prisma.migration.findMany({
        where: {
          endedAt: before === undefined ? { not: null } : { lt: new Date(before) },
          ...wanted,
        },
        orderBy: order,
        take: limit + 1,
      })
      const page = rows.slice(0, limit)
      const lastAt = page.at(-1)?.endedAt ?? null
      if (rows.length <= limit || lastAt === null) {
        return { migrations: page.map((row) => read(row).migration), nextBefore: null }
      }
      const shown = page.map((row) => row.id)
      const ties = await prisma.migration.findMany({
        where: { endedAt: lastAt, id: { notIn: shown }, ...wanted },
        orderBy: order,
      })
      const migrations = [...page, ...ties].map((row) => read(row).migration)
      return { migrations, nextBefore: lastAt.getTime() }
    },

    /**
     * Ended ones to learn from, newest first, each once: the latest of every domain asked for and the latest of all. One
     * that cannot be read teaches nothing; a request must not fail for it.
     */
    async listRecent({ domainIds, perDomain, inAll }: RecentMigrationsQuery): Promise<Migration[]> {
      const rows = await prisma.$queryRaw<{ document: unknown }[]>`
        WITH wanted AS (
          SELECT latest.id FROM unnest(${[...domainIds]}::uuid[]) AS of(id) CROSS JOIN LATERAL (
            SELECT id FROM migration WHERE "domainId" = of.id AND "endedAt" IS NOT NULL
            ORDER BY "endedAt" DESC LIMIT ${perDomain}
          ) AS latest
          UNION
          (SELECT id FROM migration WHERE "endedAt" IS NOT NULL ORDER BY "endedAt" DESC LIMIT ${inAll})
        )
        SELECT document FROM migration JOIN wanted USING (id) ORDER BY "endedAt" DESC, id DESC`
      return rows.flatMap(({ document }) => migrationSchema.safeParse(document).data ?? [])
    },

    /** Those never moved are left out. */
    async highestGenerations(domainIds: readonly DomainId[]): Promise<Map<DomainId, number>> {
      const groups = await prisma.migration.groupBy({
        by: ['domainId'],
        where: { domainId: { in: [...domainIds] } },
        _max: { generation: true },
      })
      // The column holds what was asked for, so ids of domains.
      return new Map(groups.map((row) => [row.domainId as DomainId, row._max.generation ?? 0]))
    },
  }
}
