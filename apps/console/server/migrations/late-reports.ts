import type { MigrationReport, SourceStatus } from '@drover/api-schema/agent-protocol.ts'
import type { HostId } from '@drover/api-schema/ids.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import type { OrchestratorPorts } from './ports.ts'
import type { StoredMigration } from './record.ts'

type LateReportPorts = Pick<
  OrchestratorPorts,
  'clock' | 'store' | 'log' | 'host' | 'domain' | 'audit'
> & {
  readonly retryMs: number
  isStopped(): boolean
  /** Takes the migration up again, if nobody has meanwhile, and lets it have the report. */
  reopen(stored: StoredMigration, hostId: HostId, report: MigrationReport): void
  readonly ourselves: string
}

/** Past the point of no return with a copy that is kept. */
const keeps: readonly string[] = ['committed', 'serving'] satisfies SourceStatus['status'][]

/** Reports about migrations that nobody drives: ended and tidied up long ago, or never ordered by this console. */
export function createLateReports(ports: LateReportPorts) {
  const { clock, store, log, isStopped } = ports
  /** Alarms that were raised, so that each is raised once. */
  const strange = new Set<string>()

  async function look(hostId: HostId, report: MigrationReport): Promise<void> {
    const stored = await store.find(report.migrationId)
    if (isStopped()) return
    if (stored === null) reportStrange(hostId, report)
    else ports.reopen(stored, hostId, report)
  }

  /** Past the point of no return, and nobody knows of it: the database came back from an older backup, or never had it. */
  function reportStrange(hostId: HostId, report: MigrationReport): void {
    const hostName = ports.host(hostId)?.name ?? hostId
    const domainName = ports.domain(report.domainId)?.name ?? report.domainId
    const what = `${hostName} reports migration ${report.migrationId} of ${domainName} (generation ${report.generation}) as ${report.role}`
    if (report.role !== 'source' || !keeps.includes(report.state.status)) {
      log.warn(`${what}, which this console never ordered`)
      return
    }
    const key = `${hostId} ${report.migrationId}`
    if (strange.has(key)) return
    strange.add(key)
    const sentence = `${what}, which this console never ordered. It has handed the domain over and keeps its copy paused until somebody has looked whether another host runs it.`
    log.error(sentence)
    ports.audit(ports.ourselves, 'migration-alarm', `${domainName} on ${hostName}`, sentence)
  }

  /** Looks it up, and again until the database answers. */
  return function take(hostId: HostId, report: MigrationReport): void {
    if (!mayMatterAfterEnd(report)) return
    look(hostId, report).catch((error: unknown) => {
      log.warn(
        `a report about migration ${report.migrationId} waits for the database: ${String(error)}`,
      )
      if (!isStopped()) clock.setTimer(ports.retryMs, () => take(hostId, report))
    })
  }
}

/** A host that still holds something of a migration that is over for us; what has ended there too needs nothing. */
function mayMatterAfterEnd(report: MigrationReport): boolean {
  switch (report.role) {
    case 'none':
      return false
    case 'source':
      return !['completed', 'failed', 'lost'].includes(report.state.status)
    case 'destination':
      return !['activated', 'aborted', 'lost'].includes(report.state.status)
    default:
      return assertNever(report)
  }
}
