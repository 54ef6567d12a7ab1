import {
  agentFactSchema,
  agentLimits,
  type MigrationReport,
} from '@drover/api-schema/agent-protocol.ts'
import {
  domainId,
  migrationId,
  someDomainFacts,
  someHostFacts,
} from '@drover/api-schema/testing/builders.ts'
import { describe, expect, it } from 'vitest'
import { fitInventory } from './inventory-size.ts'
import type { Inventory } from './outbox.ts'

const startedAt = Date.UTC(2026, 0, 1)

function report(id: number, status: 'copying' | 'failed', roundCount: number): MigrationReport {
  const copied = {
    rounds: Array.from({ length: roundCount }, (_, roundIndex) => ({
      roundIndex,
      sentPages: 16_777_216,
      skippedPages: 16_777_216,
      dirtyPages: 16_777_216,
      durationMs: 12_345.678_901_234,
      bytes: 68_719_476_736,
    })),
    totalBytes: 68_719_476_736,
    startedAt,
  }
  const head = {
    role: 'source' as const,
    migrationId: migrationId(id),
    domainId: domainId(id),
    generation: id,
  }
  if (status === 'copying') return { ...head, state: { status, ...copied } }
  const refusal = { code: 'peer-lost' as const, message: 'The connection was lost.' }
  return {
    ...head,
    state: { status, endedAt: startedAt, failedIn: 'pre-copy', refusal, ...copied },
  }
}

function inventory(domains: number, migrations: MigrationReport[]): Inventory {
  return {
    host: someHostFacts(),
    domains: Array.from({ length: domains }, (_, index) =>
      someDomainFacts({ domainId: domainId(index), name: `production-web-server-${index}` }),
    ),
    migrations,
  }
}

const frame = (fitted: Inventory) =>
  JSON.stringify({ type: 'inventory-reported', seq: Number.MAX_SAFE_INTEGER, ...fitted })

describe('an inventory', () => {
  it('goes as it is when it fits', () => {
    const small = inventory(3, [report(1, 'failed', 5), report(2, 'copying', 5)])
    expect(fitInventory(small)).toEqual(small)
  })

  it('of as many domains as are allowed, with the longest memory of migrations, is one frame', () => {
    const migrations = [
      ...Array.from({ length: 2000 }, (_, index) => report(index + 10, 'failed', 1000)),
      report(1, 'copying', 110),
    ]
    const fitted = fitInventory(inventory(agentLimits.maxDomains, migrations))
    const text = frame(fitted)
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(agentLimits.maxFrameBytes)
    expect(agentFactSchema.safeParse(JSON.parse(text)).success).toBe(true)
    expect(fitted.domains).toHaveLength(agentLimits.maxDomains)
    expect(fitted.migrations.at(-1)).toEqual(report(1, 'copying', 110))
    expect(fitted.migrations.at(-2)?.migrationId).toBe(migrationId(2009))
  })
})
