'use client'

import { useMigrationProgress, useNow } from '../../client/hooks.ts'
import { migrationsText } from '../../lib/text/migrations.ts'
import type { OpenMigration } from './migration-view.ts'
import { OpenMigrationRow } from './open-migration-row.tsx'
import { useCancel } from './use-cancel.tsx'

/** The running and queued ones, live. */
export function OpenMigrations({ migrations }: { migrations: readonly OpenMigration[] }) {
  const cancel = useCancel()
  return (
    <>
      <ul aria-label={migrationsText.open} className="border-t [&>li:last-child]:border-b-0">
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
    />
  )
}
