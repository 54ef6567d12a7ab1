'use client'

import { roleAllows } from '@drover/api-schema/user.ts'
import { type ReactNode, useState } from 'react'
import { refusalFrom } from '../../client/api.ts'
import { startedAtOf } from '../../client/migration-ratio.ts'
import { useCancelMigration } from '../../client/mutations.ts'
import { useClient } from '../../client/provider.tsx'
import { useSession } from '../../client/queries.ts'
import { formatBytes } from '../../lib/format.ts'
import { migrationsText } from '../../lib/text/migrations.ts'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { showToast } from '../../ui/toast.tsx'
import { type OpenMigration, sentBytesOf } from './migration-view.ts'

/** Asking to cancel: one dialog for a whole list, which says what is kept and what is thrown away. */
export function useCancel(): {
  readonly mayCancel: boolean
  readonly isCancelling: (migration: OpenMigration) => boolean
  readonly ask: (migration: OpenMigration) => void
  readonly dialog: ReactNode
} {
  const role = useSession()?.role
  const { progress } = useClient()
  const cancel = useCancelMigration()
  const [asked, setAsked] = useState<OpenMigration | null>(null)
  const sent =
    asked === null ? null : sentBytesOf(asked.state, progress.get(asked.migrationId) ?? null)
  const confirm = () => {
    if (asked === null) return
    cancel.mutate(asked.migrationId, {
      onError: (error) => showToast({ tone: 'critical', title: refusalFrom(error).message }),
      onSettled: () => setAsked(null),
    })
  }
  return {
    mayCancel: role !== undefined && roleAllows(role, 'operator'),
    isCancelling: (migration) => cancel.isPending && cancel.variables === migration.migrationId,
    ask: setAsked,
    dialog: (
      <ConfirmDialog
        isOpen={asked !== null}
        onOpenChange={(isOpen) => !isOpen && setAsked(null)}
        title={migrationsText.cancelTitle(asked?.domainName ?? '')}
        body={asked === null ? '' : cancelBody(asked, sent)}
        confirmLabel={migrationsText.cancelConfirm}
        keepLabel={
          asked?.state.phase === 'queued'
            ? migrationsText.cancelKeepQueued
            : migrationsText.cancelKeep
        }
        isBusy={cancel.isPending}
        onConfirm={confirm}
      />
    ),
  }
}

/** What stays, and what is thrown away as far as that is known. */
function cancelBody({ domainName, sourceHostName, state }: OpenMigration, sent: number | null) {
  const stays = migrationsText.cancelBody(domainName, sourceHostName)
  if (startedAtOf(state) === null) return stays
  return `${stays} ${sent === null ? migrationsText.cancelBodyUnknown : migrationsText.cancelBodySent(formatBytes(sent))}`
}
