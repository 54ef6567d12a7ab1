import {
  agentLimits,
  type MigrationReport,
  type SourceStatus,
} from '@drover/api-schema/agent-protocol.ts'
import type { Inventory } from './outbox.ts'

/** Room for the fact's own frame: type, number, braces. */
const frameBytes = 200

/**
 * The inventory as it goes into one frame. What is true of the host and its domains always goes; of ended migrations first
 * the rounds are left out, then the oldest altogether: the console was told of both when they happened.
 */
export function fitInventory(inventory: Inventory): Inventory {
  const maxBytes = agentLimits.maxFrameBytes - frameBytes
  const bounded = { ...inventory, migrations: newest(inventory.migrations) }
  if (jsonBytes(bounded) <= maxBytes) return bounded
  const brief = { ...bounded, migrations: bounded.migrations.map(withoutRounds) }
  let over = jsonBytes(brief) - maxBytes
  if (over <= 0) return brief
  const migrations = brief.migrations.filter((report) => {
    if (over <= 0 || !hasEnded(report)) return true
    over -= jsonBytes(report) + 1
    return false
  })
  return { ...brief, migrations }
}

/** All open ones, and as many of the ended as the protocol takes; the oldest come first and go first. */
function newest(reports: readonly MigrationReport[]): MigrationReport[] {
  let surplus = reports.length - agentLimits.maxMigrations
  return reports.filter((report) => {
    if (surplus <= 0 || !hasEnded(report)) return true
    surplus -= 1
    return false
  })
}

function withoutRounds(report: MigrationReport): MigrationReport {
  if (report.role !== 'source' || !hasEnded(report)) return report
  const state: SourceStatus = { ...report.state, rounds: [] }
  return { ...report, state }
}

function hasEnded({ role, ...report }: MigrationReport): boolean {
  if (role === 'none' || !('state' in report)) return true
  return ['completed', 'failed', 'activated', 'aborted'].includes(report.state.status)
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}
