'use client'

import type { DomainId } from '@drover/api-schema/ids.ts'
import { type ReactNode, useMemo, useState } from 'react'
import { MigrateRequestContext } from '../../client/migrate-request.ts'
import { useClient } from '../../client/provider.tsx'
import { useFleet } from '../../client/queries.ts'
import { createStores } from '../../features/board/board-context.ts'
import { MigrateDialog } from '../../features/board/migrate-dialog.tsx'
import { useMigrate } from '../../features/board/use-migrate.ts'

/** The board's "Migrate to…" for every other page: the same dialog, the same function. */
export function MigrateProvider({ children }: { children: ReactNode }) {
  const [asked, setAsked] = useState<readonly DomainId[] | null>(null)
  const [stores] = useState(createStores)
  // Not in the dialog: the offer to undo outlives it.
  const migrate = useMigrate(stores)
  return (
    <MigrateRequestContext value={setAsked}>
      {children}
      {asked !== null && (
        <Asked domainIds={asked} migrate={migrate} onClose={() => setAsked(null)} />
      )}
    </MigrateRequestContext>
  )
}

function Asked({
  domainIds,
  migrate,
  onClose,
}: {
  domainIds: readonly DomainId[]
  migrate: ReturnType<typeof useMigrate>
  onClose: () => void
}) {
  const fleet = useFleet()
  const { samples } = useClient()
  const readings = useMemo<Parameters<typeof MigrateDialog>[0]['readings']>(
    () => ({
      host: (hostId, metric) => samples.hostRing(hostId)?.latest(metric) ?? Number.NaN,
      domain: (id, metric) => samples.domainRing(id)?.latest(metric) ?? Number.NaN,
    }),
    [samples],
  )
  const domains = useMemo(
    () => domainIds.flatMap((domainId) => fleet?.domains.get(domainId) ?? []),
    [domainIds, fleet],
  )
  if (fleet === undefined || domains.length === 0) return null
  return (
    <MigrateDialog
      domains={domains}
      fleet={fleet}
      readings={readings}
      onClose={onClose}
      onChoose={(verdict, terms) => migrate(domains, verdict, terms) && onClose()}
    />
  )
}
