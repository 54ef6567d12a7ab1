import { type Domain, type DomainFacts, domainFactsSchema } from '@drover/api-schema/domain.ts'
import { type HostFacts, hostFactsSchema } from '@drover/api-schema/host.ts'
import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import type { Prisma } from './prisma.ts'

/** A host as last reported, with what only the console knows about it. */
export type StoredHost = {
  readonly facts: HostFacts
  readonly keyHash: string
  readonly agentVersion: string
  readonly isInMaintenance: boolean
  readonly migrationBytesPerSec: number | null
  readonly lastSeenAt: number
}
export type StoredDomain = { readonly facts: DomainFacts; readonly hostId: HostId }
export type FleetStore = ReturnType<typeof createFleetStore>

/** What a column of 64 bits holds of a rate fits a number: no host has 2^53 bytes a second. */
function storedHost(
  row: {
    keyHash: string
    agentVersion: string
    isInMaintenance: boolean
    migrationBytesPerSec: bigint | null
    lastSeenAt: Date
  },
  facts: HostFacts,
): StoredHost {
  const { keyHash, agentVersion, isInMaintenance, migrationBytesPerSec, lastSeenAt } = row
  return {
    facts,
    keyHash,
    agentVersion,
    isInMaintenance,
    migrationBytesPerSec: migrationBytesPerSec === null ? null : Number(migrationBytesPerSec),
    lastSeenAt: lastSeenAt.getTime(),
  }
}

/** Rows go as one JSON parameter a statement: Prisma's createMany costs its own CPU per row. */
export function createFleetStore(prisma: Prisma) {
  return {
    /** Rows that no longer fit the contract are left out and named; their agents will report them anew. */
    async load(): Promise<{ hosts: StoredHost[]; domains: StoredDomain[]; unreadable: string[] }> {
      const [hostRows, domainRows] = await Promise.all([
        prisma.host.findMany(),
        prisma.domain.findMany(),
      ])
      const hosts: StoredHost[] = []
      const domains: StoredDomain[] = []
      const unreadable: string[] = []
      for (const row of hostRows) {
        const facts = hostFactsSchema.safeParse(row.facts)
        if (!facts.success) unreadable.push(`host ${row.id}`)
        else hosts.push(storedHost(row, facts.data))
      }
      const known = new Set(hosts.map((host) => host.facts.hostId))
      for (const row of domainRows) {
        const facts = domainFactsSchema.safeParse(row.facts)
        const hostId = row.hostId as HostId // a uuid column that refers to a host
        if (facts.success && known.has(hostId)) domains.push({ facts: facts.data, hostId })
        else unreadable.push(`domain ${row.id}`)
      }
      return { hosts, domains, unreadable }
    },

    async saveHosts(hosts: readonly StoredHost[]): Promise<void> {
      if (hosts.length === 0) return
      const ids = hosts.map((host) => host.facts.hostId)
      const rows = JSON.stringify(
        hosts.map((host) => ({
          id: host.facts.hostId,
          name: host.facts.name,
          keyHash: host.keyHash,
          facts: host.facts,
          agentVersion: host.agentVersion,
          isInMaintenance: host.isInMaintenance,
          migrationBytesPerSec: host.migrationBytesPerSec,
          lastSeenAt: new Date(host.lastSeenAt).toISOString(),
        })),
      )
      const names = hosts.map((host) => host.facts.name)
      await prisma.$transaction([
        // Two hosts may swap names; the unique index must not see the moment in between.
        prisma.$executeRaw`UPDATE host SET name = id::text WHERE name = ANY(${names}::text[]) AND id <> ALL(${ids}::uuid[])`,
        prisma.$executeRaw`UPDATE host h SET name = h.id::text FROM jsonb_to_recordset(${rows}::jsonb) AS r(id uuid, name text) WHERE h.id = r.id AND h.name <> r.name`,
        prisma.$executeRaw`
          INSERT INTO host (id, name, "keyHash", facts, "agentVersion", "isInMaintenance", "migrationBytesPerSec", "lastSeenAt")
          SELECT id, name, "keyHash", facts, "agentVersion", "isInMaintenance", "migrationBytesPerSec", "lastSeenAt"
          FROM jsonb_to_recordset(${rows}::jsonb)
            AS r(id uuid, name text, "keyHash" text, facts jsonb, "agentVersion" text, "isInMaintenance" boolean,
              "migrationBytesPerSec" bigint, "lastSeenAt" timestamptz)
          ON CONFLICT (id) DO UPDATE SET name = excluded.name, "keyHash" = excluded."keyHash", facts = excluded.facts,
            "agentVersion" = excluded."agentVersion", "isInMaintenance" = excluded."isInMaintenance",
            "migrationBytesPerSec" = excluded."migrationBytesPerSec", "lastSeenAt" = excluded."lastSeenAt"`,
      ])
    },

    /** A domain whose host is not stored (any more) is left out. */
    async saveDomains(
      domains: readonly Pick<Domain, 'hostId' | 'domainId' | 'name' | 'generation'>[],
    ): Promise<void> {
      if (domains.length === 0) return
      const rows = JSON.stringify(
        domains.map((domain) => ({
          id: domain.domainId,
          hostId: domain.hostId,
          name: domain.name,
          generation: domain.generation,
          facts: domain,
        })),
      )
      await prisma.$executeRaw`
        INSERT INTO domain (id, "hostId", name, generation, facts)
        SELECT r.id, r."hostId", r.name, r.generation, r.facts - 'hostId' - 'migrationId' - 'consoleLabels' - 'consoleApplication'
        FROM jsonb_to_recordset(${rows}::jsonb) AS r(id uuid, "hostId" uuid, name text, generation int, facts jsonb)
        JOIN host ON host.id = r."hostId"
        ON CONFLICT (id) DO UPDATE SET "hostId" = excluded."hostId", name = excluded.name,
          generation = excluded.generation, facts = excluded.facts`
    },

    async removeDomains(ids: readonly DomainId[]): Promise<void> {
      if (ids.length > 0) await prisma.domain.deleteMany({ where: { id: { in: [...ids] } } })
    },

    async removeHosts(ids: readonly HostId[]): Promise<void> {
      if (ids.length > 0) await prisma.host.deleteMany({ where: { id: { in: [...ids] } } })
    },
  }
}
