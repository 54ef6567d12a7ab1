'use client'

import type { DomainId } from '@drover/api-schema/ids.ts'
import { roleAllows } from '@drover/api-schema/user.ts'
import { ArrowRightLeft } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useClient } from '../../../../client/provider.tsx'
import { useFleet, useSession } from '../../../../client/queries.ts'
import { createStores } from '../../../../features/board/board-context.ts'
import { MigrateDialog } from '../../../../features/board/migrate-dialog.tsx'
import { useMigrate } from '../../../../features/board/use-migrate.ts'
import { domainsText } from '../../../../lib/text/domains.ts'
import { Button } from '../../../../ui/button.tsx'

/** The board's "Migrate to…" on the page of one domain: the same dialog, the same function. */
export function MigrateButton({ domainId }: { domainId: DomainId }) {
  const fleet = useFleet()
  const role = useSession()?.role
  const { samples } = useClient()
  const [stores] = useState(createStores)
  const migrate = useMigrate(stores)
  const [isOpen, setOpen] = useState(false)
  const readings = useMemo<Parameters<typeof MigrateDialog>[0]['readings']>(
    () => ({
      host: (hostId, metric) => samples.hostRing(hostId)?.latest(metric) ?? Number.NaN,
      domain: (id, metric) => samples.domainRing(id)?.latest(metric) ?? Number.NaN,
    }),
    [samples],
  )
  const domain = fleet?.domains.get(domainId)
  const domains = useMemo(() => (domain === undefined ? [] : [domain]), [domain])
  if (fleet === undefined || domain === undefined) return null
  const mayMigrate = role !== undefined && roleAllows(role, 'operator')
  const reason = !mayMigrate
    ? domainsText.needsOperator
    : domain.migrationId !== null
      ? domainsText.migratingAlready(domain.name)
      : null
  return (
    <>
      <Button
        size="sm"
        tone="primary"
        icon={<ArrowRightLeft aria-hidden size={14} />}
        disabledReason={reason}
        onClick={() => setOpen(true)}
      >
        {domainsText.migrate}
      </Button>
      {isOpen && (
        <MigrateDialog
          domains={domains}
          fleet={fleet}
          readings={readings}
          onClose={() => setOpen(false)}
          onChoose={(verdict) => migrate(domains, verdict) && setOpen(false)}
        />
      )}
    </>
  )
}
