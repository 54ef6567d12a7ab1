'use client'

import type { DomainId } from '@drover/api-schema/ids.ts'
import { roleAllows } from '@drover/api-schema/user.ts'
import { ArrowRightLeft } from 'lucide-react'
import { useMigrateRequest } from '../../../../client/migrate-request.ts'
import { useDomain, useSession } from '../../../../client/queries.ts'
import { domainsText } from '../../../../lib/text/domains.ts'
import { Button } from '../../../../ui/button.tsx'

/** The board's "Migrate to…" on the page of one domain. */
export function MigrateButton({ domainId }: { domainId: DomainId }) {
  const domain = useDomain(domainId)
  const role = useSession()?.role
  const request = useMigrateRequest()
  if (domain === undefined || domain === null) return null
  const mayMigrate = role !== undefined && roleAllows(role, 'operator')
  const reason = !mayMigrate
    ? domainsText.needsOperator
    : domain.migrationId !== null
      ? domainsText.migratingAlready(domain.name)
      : null
  return (
    <Button
      size="sm"
      tone="primary"
      icon={<ArrowRightLeft aria-hidden size={14} />}
      disabledReason={reason}
      onClick={() => request?.([domainId])}
    >
      {domainsText.migrate}
    </Button>
  )
}
