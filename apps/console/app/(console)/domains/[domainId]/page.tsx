import { domainIdSchema } from '@drover/api-schema/ids.ts'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { DomainPage } from '../../../../features/domains/domain-page.tsx'
import { LabelsOfDomain } from '../../../../features/labels/labels-section.tsx'
import { MigrationsOf } from '../../../../features/migrations/migrations-of.tsx'
import { ViolationsOf } from '../../../../features/policies/violations-of.tsx'
import { domainsText } from '../../../../lib/text/domains.ts'
import { MigrateButton } from './migrate-button.tsx'

export const metadata: Metadata = { title: domainsText.domain }

export default async function Page({ params }: { params: Promise<{ domainId: string }> }) {
  const parsed = domainIdSchema.safeParse((await params).domainId)
  if (!parsed.success) notFound()
  const domainId = parsed.data
  return (
    <DomainPage
      domainId={domainId}
      migrate={<MigrateButton domainId={domainId} />}
      violations={<ViolationsOf kind="domain" domainId={domainId} />}
      labels={<LabelsOfDomain domainId={domainId} />}
      migrations={<MigrationsOf kind="domain" domainId={domainId} />}
    />
  )
}
