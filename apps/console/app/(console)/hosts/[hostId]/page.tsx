import { hostIdSchema } from '@drover/api-schema/ids.ts'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { DomainsOfHost } from '../../../../features/domains/domains-of-host.tsx'
import { HostPage } from '../../../../features/hosts/host-page.tsx'
import { LabelsOfHost } from '../../../../features/labels/labels-section.tsx'
import { MigrationsOf } from '../../../../features/migrations/migrations-of.tsx'
import { ViolationsOf } from '../../../../features/policies/violations-of.tsx'
import { hostsText } from '../../../../lib/text/hosts.ts'

export const metadata: Metadata = { title: hostsText.host }

export default async function Page({ params }: { params: Promise<{ hostId: string }> }) {
  const parsed = hostIdSchema.safeParse((await params).hostId)
  if (!parsed.success) notFound()
  const hostId = parsed.data
  return (
    <HostPage
      hostId={hostId}
      domains={<DomainsOfHost hostId={hostId} />}
      violations={<ViolationsOf kind="host" hostId={hostId} />}
      labels={<LabelsOfHost hostId={hostId} />}
      migrations={<MigrationsOf kind="host" hostId={hostId} />}
    />
  )
}
