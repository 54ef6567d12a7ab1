'use client'
import type { Domain } from '@drover/api-schema/domain.ts'
import type { Migration } from '@drover/api-schema/migration.ts'
import { ArrowDownToLine, ArrowUpFromLine } from 'lucide-react'
import { boardText } from '../../lib/text/board.ts'
import { MigrationRing } from './migration-mark.tsx'

/** In the head of a folded card, which shows no rows: what is on its way here and what is leaving. */
export function FoldedMoves({
  domains,
  arrivals,
}: {
  domains: readonly Domain[]
  arrivals: readonly Migration[]
}) {
  const leaving = domains.flatMap(({ name, migrationId }) =>
    migrationId === null ? [] : [{ name, migrationId }],
  )
  const [first] = leaving
  const [arrival] = arrivals
  return (
    <>
      {arrival !== undefined && (
        <span
          title={arrivals
            .map((one) => boardText.ghostFrom(one.domainName, one.sourceHostName))
            .join('\n')}
          className="flex shrink-0 items-center gap-1 text-accent text-xs"
        >
          <MigrationRing migrationId={arrival.migrationId} domainName={arrival.domainName} />
          <ArrowDownToLine size={12} aria-hidden="true" />
          {boardText.countArriving(arrivals.length)}
        </span>
      )}
      {first !== undefined && (
        <span className="flex shrink-0 items-center gap-1 text-accent text-xs">
          <MigrationRing migrationId={first.migrationId} domainName={first.name} />
          <ArrowUpFromLine size={12} aria-hidden="true" />
          {boardText.countLeaving(leaving.length)}
        </span>
      )}
    </>
  )
}
