'use client'

import type { Host } from '@drover/api-schema/host.ts'
import type { HostId } from '@drover/api-schema/ids.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { SearchX } from 'lucide-react'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { useHostSilence, useNow } from '../../client/hooks.ts'
import { useDomainsOf, useHost } from '../../client/queries.ts'
import { formatAge, formatSize } from '../../lib/format.ts'
import { paths } from '../../lib/paths.ts'
import { virtualisationText } from '../../lib/text/common.ts'
import { hostsText } from '../../lib/text/hosts.ts'
import { Banner } from '../../ui/banner.tsx'
import { buttonClass } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { PageHead, PageSection } from '../../ui/page-head.tsx'
import { PageSkeleton } from '../../ui/page-skeleton.tsx'
import { useDocumentTitle } from '../../ui/use-document-title.ts'
import { HostBadge } from './host-badge.tsx'
import { HostCharts } from './host-charts.tsx'
import { HostFacts } from './host-facts.tsx'
import { silentMs } from './host-view.ts'
import { MaintenanceSwitch } from './maintenance-switch.tsx'
import { MigrationLimit } from './migration-limit.tsx'
import { RemoveHost } from './remove-host.tsx'

/** One host. Its domains, migrations, labels and rules belong to other features, so the route hands them in. */
export function HostPage({
  hostId,
  domains,
  migrations,
  violations,
  labels,
}: {
  hostId: HostId
  domains: ReactNode
  migrations: ReactNode
  violations: ReactNode
  labels: ReactNode
}) {
  const host = useHost(hostId)
  useDocumentTitle(host?.name ?? null)
  if (host === undefined) return <PageSkeleton />
  if (host === null) {
    return (
      <EmptyState
        icon={<SearchX size={28} strokeWidth={1.5} />}
        title={hostsText.notFound}
        body={hostsText.notFoundHint}
        action={
          <Link href={paths.hosts()} className={buttonClass()}>
            {hostsText.toHosts}
          </Link>
        }
      />
    )
  }
  return (
    <>
      <Head host={host} />
      <StateBanner host={host} />
      {violations}
      <PageSection title={hostsText.charts}>
        <HostCharts host={host} />
      </PageSection>
      {domains}
      {migrations}
      {labels}
      <PageSection title={hostsText.facts}>
        <HostFacts host={host} />
      </PageSection>
    </>
  )
}

function Head({ host }: { host: Host }) {
  const domainCount = useDomainsOf(host.hostId)?.length ?? 0
  return (
    <PageHead
      back={{ href: paths.hosts(), label: hostsText.toHosts }}
      title={host.name}
      badges={<HostBadge host={host} look="filled" />}
      facts={[
        host.pool,
        hostsText.pcpus(host.cpu.pcpuCount),
        formatSize(host.memTotalBytes),
        virtualisationText[host.cpu.virtualisation].short,
        hostsText.productReal(host.hypervisor.version),
        hostsText.domainCount(domainCount),
      ].join(' · ')}
      actions={
        <>
          <RemoveHost host={host} domainCount={domainCount} />
          <MigrationLimit host={host} />
          <MaintenanceSwitch host={host} />
        </>
      }
    />
  )
}

/** What is unusual about the host, and what it means for who acts on it. */
function StateBanner({ host }: { host: Host }) {
  const age = formatAge(silentMs(host, useNow()))
  const silence = useHostSilence(host.hostId)
  switch (host.connection.status) {
    case 'online':
      if (silence !== null) {
        const silent = hostsText.silentBanner(host.name, formatAge(silence))
        return <Banner tone="warning">{silent}</Banner>
      }
      return host.isInMaintenance ? (
        <Banner tone="notice">{hostsText.maintenanceBanner(host.name)}</Banner>
      ) : null
    case 'stale':
      return <Banner tone="warning">{hostsText.staleBanner(host.name, age)}</Banner>
    case 'lost':
      return <Banner tone="critical">{hostsText.lostBanner(host.name, age)}</Banner>
    default:
      return assertNever(host.connection)
  }
}
