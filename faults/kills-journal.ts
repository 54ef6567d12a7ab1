import fs from 'node:fs'
import type { MigrationReport } from '@drover/api-schema/agent-protocol.ts'
import { decodeJournal } from '../apps/agent/src/journal.ts'
import { replay } from '../apps/agent/src/journal-records.ts'
import { restoreSimHypervisor } from '../apps/agent/src/sim-hypervisor.ts'
import type { Host } from './kills-fleet.ts'

/** One copy of a domain, running, paused or arriving, as its host's disk has it. */
export type Copy = {
  readonly name: string
  /** Another one after every start on this host. */
  readonly domid: number | null
  /** On the host's own clock: the same as before, if it was not started anew. */
  readonly startedAtMs: number | null
  readonly state: string
  readonly isExecuting: boolean
  readonly isMigrating: boolean
  readonly generation: number
}

export type HostOnDisk = {
  readonly copies: readonly Copy[]
  reportOf(migrationId: string): MigrationReport | null
  /** Null: never heard of it. */
  statusOf(migrationId: string): string | null
}

/**
 * What a host would find if its agent were started now. While the agent runs its migrations are as written before each of its
 * steps, and its copies may be a little old; after an orderly end both are the last word.
 */
export function readHost({ journalFile }: Host): HostOnDisk {
  const { records } = decodeJournal(fs.readFileSync(journalFile, 'utf8'))
  const { migrations, checkpoint } = replay(records)
  const reportOf = (migrationId: string) =>
    migrations.find(({ report }) => report.migrationId === migrationId)?.report ?? null
  return {
    get copies() {
      return copiesIn(checkpoint)
    },
    reportOf,
    statusOf(migrationId) {
      const report = reportOf(migrationId)
      return report === null || report.role === 'none' ? null : report.state.status
    },
  }
}

function copiesIn(checkpoint: unknown): Copy[] {
  const restored = restoreSimHypervisor(checkpoint, {
    seed: 0,
    bootId: '',
    newId: () => '',
    hasRealPages: false,
    trace: null,
  })
  if (!restored.ok) throw new Error(restored.error)
  return restored.value.xen.listDomains().map((info) => ({
    name: info.spec.name,
    domid: info.domid,
    startedAtMs: info.startedAtMs,
    state: info.state,
    isExecuting: info.isExecuting,
    isMigrating: info.migration !== null,
    generation: info.generation,
  }))
}
