import type { Migration, MigrationProgress } from '@drover/api-schema/migration.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { CircleQuestionMark, Unplug } from 'lucide-react'
import { formatAge } from '../../lib/format.ts'
import { migrationsText } from '../../lib/text/migrations.ts'
import { troubleOf } from './migration-view.ts'

/** What is known about a stalled or doubtful migration, and what is being done about it. */
export function TroubleLine({
  migration,
  progress,
  now,
}: {
  migration: Migration
  progress: MigrationProgress | null
  now: number
}) {
  const { state, domainName, sourceHostName, destinationHostName } = migration
  const trouble = troubleOf(state, progress)
  switch (trouble.kind) {
    case 'none':
      return null
    case 'stalled':
      return (
        <p role="status" className="flex gap-2 text-n11 text-sm">
          <Unplug aria-hidden size={15} className="mt-0.5 shrink-0 text-warn" />
          {trouble.isPaused
            ? migrationsText.stalledPaused(sourceHostName, destinationHostName)
            : migrationsText.stalled(sourceHostName, destinationHostName)}
        </p>
      )
    case 'cut-off':
      return (
        <p role="status" className="flex gap-2 text-n11 text-sm">
          <Unplug aria-hidden size={15} className="mt-0.5 shrink-0 text-warn" />
          {trouble.isWaiting
            ? migrationsText.cutOffWaiting(domainName, sourceHostName, destinationHostName)
            : migrationsText.cutOff(domainName, sourceHostName, destinationHostName)}
        </p>
      )
    case 'in-doubt': {
      const waitingFor = trouble.waitingFor === 'source' ? sourceHostName : destinationHostName
      return (
        <div role="status" className="flex gap-2 text-n11 text-sm">
          <CircleQuestionMark aria-hidden size={15} className="mt-0.5 shrink-0 text-crit" />
          <div>
            <p>
              {migrationsText.inDoubtWaiting(
                domainName,
                waitingFor,
                formatAge(now - trouble.sinceAt),
              )}
            </p>
            <p className="text-n10">{migrationsText.inDoubtHint(waitingFor)}</p>
          </div>
        </div>
      )
    }
    default:
      return assertNever(trouble)
  }
}
