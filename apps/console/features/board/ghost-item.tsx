'use client'

import type { MigrationId } from '@drover/api-schema/ids.ts'
import { useFleetPart } from '../../client/queries.ts'
import { classNames } from '../../lib/class-names.ts'
import { boardText } from '../../lib/text/board.ts'
import type { Density } from './board-view.ts'

const ghostShape: Record<Density, string> = {
  rows: 'h-6.5 px-2.5 max-sm:h-11',
  tiles: 'h-12 px-2.5',
  heat: 'h-7 w-8.5 px-1.5 group-data-[heat=named]/board:w-32',
}

/** A place kept on the destination for a domain that is on its way. */
export function GhostItem({
  migrationId,
  density,
}: {
  migrationId: MigrationId
  density: Density
}) {
  const migration = useFleetPart((index) => index.migrations.get(migrationId) ?? null)
  if (migration === null || migration === undefined) return null
  const title = boardText.ghostFrom(migration.domainName, migration.sourceHostName)
  return (
    <li
      title={title}
      className={classNames(
        ghostShape[density],
        'flex items-center gap-1.5 overflow-hidden rounded-xs text-n10 text-sm outline-1 outline-accent/60 outline-dashed -outline-offset-1',
      )}
    >
      {density === 'heat' ? (
        <span className="sr-only group-data-[heat=named]/board:not-sr-only group-data-[heat=named]/board:truncate">
          {migration.domainName}
        </span>
      ) : (
        <>
          <span className="truncate font-medium">{migration.domainName}</span>
          {density === 'rows' && (
            <span className="truncate text-xs">{boardText.arriving(migration.sourceHostName)}</span>
          )}
        </>
      )}
    </li>
  )
}
