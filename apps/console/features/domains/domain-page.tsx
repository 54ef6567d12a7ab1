'use client'

import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { DomainId, MigrationId } from '@drover/api-schema/ids.ts'
import { applicationOf } from '@drover/api-schema/labels.ts'
import { SearchX } from 'lucide-react'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { useHostSilence, useMigrationProgress, useNow } from '../../client/hooks.ts'
import { doneRatio, isInDoubt } from '../../client/migration-ratio.ts'
import { useDomain, useFleetPart } from '../../client/queries.ts'
import { formatAge, formatPercent, formatSize } from '../../lib/format.ts'
import { paths } from '../../lib/paths.ts'
import { domainKindText } from '../../lib/text/common.ts'
import { domainsText } from '../../lib/text/domains.ts'
import { Banner } from '../../ui/banner.tsx'
import { buttonClass } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { PageHead, PageSection } from '../../ui/page-head.tsx'
import { PageSkeleton } from '../../ui/page-skeleton.tsx'
import { Ring } from '../../ui/ring.tsx'
import { useDocumentTitle } from '../../ui/use-document-title.ts'
import { DomainActions } from './domain-actions.tsx'
import { DomainBadge } from './domain-badge.tsx'
import { DomainCharts } from './domain-charts.tsx'
import { DomainFacts } from './domain-facts.tsx'

/** One domain. Migrating it, its past migrations, labels and rules belong to other features, so the route hands them in. */
export function DomainPage({
  domainId,
  migrate,
  migrations,
  violations,
  labels,
}: {
  domainId: DomainId
  migrate: ReactNode
  migrations: ReactNode
  violations: ReactNode
  labels: ReactNode
}) {
  const domain = useDomain(domainId)
  useDocumentTitle(domain?.name ?? null)
  const host = useFleetPart((index) => {
    const found = index.domains.get(domainId)
    return found === undefined ? null : (index.hosts.get(found.hostId) ?? null)
  })
  if (domain === undefined || host === undefined) return <PageSkeleton />
  if (domain === null || host === null) {
    return (
      <EmptyState
        icon={<SearchX size={28} strokeWidth={1.5} />}
        title={domainsText.notFound}
        body={domainsText.notFoundHint}
        action={
          <Link href={paths.domains()} className={buttonClass()}>
            {domainsText.toDomains}
          </Link>
        }
      />
    )
  }
  return (
    <>
      <PageHead
        back={{ href: paths.domains(), label: domainsText.toDomains }}
        title={domain.name}
        badges={<DomainBadge domain={domain} look="filled" />}
        facts={<HeadFacts domain={domain} host={host} />}
        actions={
          <>
            <DomainActions domain={domain} host={host} />
            {migrate}
          </>
        }
      />
      <Banners domain={domain} host={host} />
      {violations}
      <PageSection title={domainsText.charts}>
        <DomainCharts domain={domain} isStale={host.connection.status !== 'online'} />
      </PageSection>
      {migrations}
      {labels}
      <PageSection title={domainsText.facts}>
        <DomainFacts domain={domain} />
      </PageSection>
    </>
  )
}

function HeadFacts({ domain, host }: { domain: Domain; host: Host }) {
  return (
    <>
      {domainsText.on}{' '}
      <Link
        href={paths.host(host.hostId)}
        className="text-n11 underline decoration-n8 underline-offset-2 hover:decoration-current"
      >
        {host.name}
      </Link>{' '}
      ·{' '}
      {[
        domainKindText[domain.kind].short,
        domainsText.vcpuCount(domain.vcpuCount),
        formatSize(domain.memCurrentBytes),
        domain.os.name,
        applicationOf(domain),
      ]
        .filter((part) => part !== null)
        .join(' · ')}
    </>
  )
}

/** What is unusual about the domain, each with what it means. */
function Banners({ domain, host }: { domain: Domain; host: Host }) {
  const isHeld = domain.state.status === 'paused' && domain.state.by === 'migration'
  return (
    <>
      {host.connection.status === 'online' ? (
        <SilentBanner host={host} />
      ) : (
        <StaleBanner hostName={host.name} lastSeenAt={host.connection.lastSeenAt} />
      )}
      {domain.migrationId !== null && <MigratingBanner migrationId={domain.migrationId} />}
      {isHeld && <Banner tone="warning">{domainsText.heldBanner(domain.name)}</Banner>}
      {domain.state.status === 'crashed' && (
        <Banner tone="critical">{domainsText.crashedBanner(domain.name)}</Banner>
      )}
    </>
  )
}

function StaleBanner({ hostName, lastSeenAt }: { hostName: string; lastSeenAt: number }) {
  const now = useNow()
  return (
    <Banner tone="warning">{domainsText.staleBanner(hostName, formatAge(now - lastSeenAt))}</Banner>
  )
}

function SilentBanner({ host }: { host: Host }) {
  const silence = useHostSilence(host.hostId)
  if (silence === null) return null
  return <Banner tone="warning">{domainsText.silentBanner(host.name, formatAge(silence))}</Banner>
}

function MigratingBanner({ migrationId }: { migrationId: MigrationId }) {
  const migration = useFleetPart((index) => index.migrations.get(migrationId) ?? null)
  const progress = useMigrationProgress(migrationId)
  const now = useNow()
  if (migration === undefined || migration === null) return null
  const { domainName, sourceHostName, destinationHostName } = migration
  const ratio = doneRatio(migration, progress ?? null, now)
  const isDoubted = isInDoubt(migration.state)
  return (
    <Banner
      tone={isDoubted ? 'critical' : 'notice'}
      action={
        <Link href={paths.migration(migrationId)} className={buttonClass('neutral', 'sm')}>
          {domainsText.followMigration}
        </Link>
      }
    >
      {isDoubted ? (
        domainsText.inDoubtBanner(domainName)
      ) : migration.state.phase === 'queued' ? (
        domainsText.waitingBanner(domainName, sourceHostName, destinationHostName)
      ) : (
        <span className="flex items-center gap-2">
          <Ring
            label={domainsText.ringLabel(domainName, formatPercent(ratio))}
            ratio={ratio}
            size={18}
          />
          {domainsText.migratingBanner(domainName, sourceHostName, destinationHostName)}
        </span>
      )}
    </Banner>
  )
}
