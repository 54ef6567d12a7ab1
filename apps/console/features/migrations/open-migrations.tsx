'use client'

import { useMigrationProgress, useNow } from '../../client/hooks.ts'
import { migrationsText } from '../../lib/text/migrations.ts'
import type { OpenMigration } from './migration-view.ts'
import { OpenMigrationRow } from './open-migration-row.tsx'
import { PriorityMenu } from './priority-menu.tsx'
import { useCancel } from './use-cancel.tsx'
import { WaitLine } from './wait-line.tsx'

/** The running and queued ones, live. */
export function OpenMigrations({
  migrations,
  label = migrationsText.open,
}: {
  migrations: readonly OpenMigration[]
  label?: string
}) {
  const cancel = useCancel()
  return (
    <>
      <ul aria-label={label} className="border-t [&>li:last-child]:border-b-0">
        {migrations.map((migration) => (
          <LiveRow key={migration.migrationId} migration={migration} cancel={cancel} />
        ))}
      </ul>
      {cancel.dialog}
    </>
  )
}

function LiveRow({
  migration,
  cancel,
}: {
  migration: OpenMigration
  cancel: ReturnType<typeof useCancel>
}) {
  const progress = useMigrationProgress(migration.migrationId) ?? null
  const now = useNow()
  return (
    <OpenMigrationRow
      migration={migration}
      progress={progress}
      now={now}
      mayCancel={cancel.mayCancel}
      isCancelling={cancel.isCancelling(migration)}
      onCancel={() => cancel.ask(migration)}
      extra={
        migration.state.phase === 'queued' && (
          <>
            <WaitLine migration={migration} now={now} />
            <PriorityMenu migration={migration} />
          </>
        )
      }
    />
  )
}
