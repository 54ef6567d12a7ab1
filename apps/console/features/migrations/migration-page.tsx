'use client'

import { refuseResolution } from '@drover/api-schema/capabilities.ts'
import type { MigrationId } from '@drover/api-schema/ids.ts'
import type { Migration } from '@drover/api-schema/migration.ts'
import { useQuery } from '@tanstack/react-query'
import { ArrowRight, SearchX } from 'lucide-react'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useMigrationProgress, useNow, useReadTrouble } from '../../client/hooks.ts'
import { profileSentence, retrySentence } from '../../client/migration-draft.ts'
import { queries, useFleetPart, useHost } from '../../client/queries.ts'
import { formatLimit, formatMoment, formatMomentWithZone, formatSize } from '../../lib/format.ts'
import { paths } from '../../lib/paths.ts'
import { postCopyRisk } from '../../lib/post-copy-risk.ts'
import { adviceFor, adviceText } from '../../lib/text/advice.ts'
import { commonText } from '../../lib/text/common.ts'
import { priorityText, termsText } from '../../lib/text/migration-terms.ts'
import { migrationsText, phaseWhile, stopReasonText } from '../../lib/text/migrations.ts'
import { groupText } from '../../lib/text/queue.ts'
import { Banner } from '../../ui/banner.tsx'
import { buttonClass } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { type Fact, FactList } from '../../ui/fact-list.tsx'
import { PageHead, PageSection } from '../../ui/page-head.tsx'
import { PageSkeleton } from '../../ui/page-skeleton.tsx'
import { useDocumentTitle } from '../../ui/use-document-title.ts'
import { AgainControls } from './again-controls.tsx'
import { AttemptLine } from './attempt-line.tsx'
import { InDoubtPanel } from './in-doubt-panel.tsx'
import { isOpenMigration } from './migration-view.ts'
import { OpenFigures } from './open-figures.tsx'
import { CancelButton } from './open-migration-row.tsx'
import { PhaseBadge } from './phase-badge.tsx'
import { PhaseTimeline } from './phase-timeline.tsx'
import { PredictedMeasured } from './predicted-measured.tsx'
import { PriorityMenu } from './priority-menu.tsx'
import { Rounds } from './rounds.tsx'
import { SteeringControls } from './steering-controls.tsx'
import { Story } from './story.tsx'
import { TroubleLine } from './trouble-line.tsx'
import { useCancel } from './use-cancel.tsx'
import { WaitLine } from './wait-line.tsx'

/** One migration from the request to the end. The live fleet has the newest picture; older ones are read. */
export function MigrationPage({ migrationId }: { migrationId: MigrationId }) {
  const live = useFleetPart((index) => index.migrations.get(migrationId) ?? null)
  const read = useQuery({ ...queries.migration(migrationId), enabled: live === null })
  const refusal = useReadTrouble(read)
  const migration = live ?? read.data
  useDocumentTitle(migration === undefined ? null : migrationsText.pageTitle(migration.domainName))
  if (migration !== undefined) return <Details migration={migration} />
  if (refusal === null) return <PageSkeleton />
  return refusal.code === 'migration-not-found' || refusal.code === 'invalid-request' ? (
    <EmptyState
      icon={<SearchX size={28} strokeWidth={1.5} />}
      title={migrationsText.notFound}
      body={migrationsText.notFoundHint}
      action={
        <Link href={paths.migrations()} className={buttonClass()}>
          {migrationsText.toMigrations}
        </Link>
      }
    />
  ) : (
    <ErrorState
      title={commonText.cannotRead}
      message={refusal.message}
      onRetry={() => void read.refetch()}
    />
  )
}

function Details({ migration }: { migration: Migration }) {
  return (
    <>
      <Head migration={migration} />
      <InDoubt migration={migration} />
      <PageSection title={migrationsText.timeline}>
        <PhaseTimeline migration={migration} />
      </PageSection>
      <PageSection title={migrationsText.totals}>
        <div className="grid gap-x-8 gap-y-4 px-4 pt-2 pb-4 xl:grid-cols-2">
          <Figures migration={migration} />
          <FactList title={migrationsText.details} facts={factsOf(migration)} />
        </div>
      </PageSection>
      <PageSection title={migrationsText.roundsTable}>
        <Rounds migration={migration} />
      </PageSection>
      <PageSection title={migrationsText.log}>
        <Story migration={migration} />
      </PageSection>
    </>
  )
}

function Figures({ migration }: { migration: Migration }) {
  const progress = useMigrationProgress(migration.migrationId) ?? null
  return <PredictedMeasured migration={migration} progress={progress} now={useNow()} />
}

function InDoubt({ migration }: { migration: Migration }) {
  const now = useNow()
  const destination = useHost(migration.destinationHostId)
  return <InDoubtPanel migration={migration} destination={destination} now={now} />
}

function Head({ migration }: { migration: Migration }) {
  const cancel = useCancel()
  const progress = useMigrationProgress(migration.migrationId) ?? null
  const now = useNow()
  const isOpen = isOpenMigration(migration)
  return (
    <>
      <PageHead
        back={{ href: paths.migrations(), label: migrationsText.toMigrations }}
        title={migrationsText.pageTitle(migration.domainName)}
        badges={<PhaseBadge state={migration.state} progress={progress} look="filled" />}
        facts={<Route migration={migration} />}
        actions={
          isOpen && (
            <>
              <PriorityMenu migration={migration} />
              <CancelButton
                migration={migration}
                mayCancel={cancel.mayCancel}
                isCancelling={cancel.isCancelling(migration)}
                onCancel={() => cancel.ask(migration)}
              />
            </>
          )
        }
      />
      {cancel.dialog}
      <FailureBanner migration={migration} />
      <AttemptLine migration={migration} />
      {isOpen && (
        <div className="flex flex-col gap-3 px-4 pb-4 text-left [&_dl]:text-left">
          <OpenFigures migration={migration} progress={progress} now={now} />
          <WaitLine migration={migration} now={now} />
          {refuseResolution(migration, 'resume') !== null && (
            <TroubleLine migration={migration} progress={progress} now={now} />
          )}
          {migration.state.phase === 'post-copy' && (
            <p className="max-w-180 text-n11 text-sm">{postCopyRisk}</p>
          )}
          <SteeringControls migration={migration} progress={progress} />
        </div>
      )}
    </>
  )
}

function Route({ migration }: { migration: Migration }) {
  return (
    <p>
      <Link
        href={paths.host(migration.sourceHostId)}
        className="text-n11 underline decoration-n8 underline-offset-2 hover:decoration-current"
      >
        {migration.sourceHostName}
      </Link>
      <ArrowRight aria-hidden size={13} className="mx-1.5 inline" />
      <Link
        href={paths.host(migration.destinationHostId)}
        className="text-n11 underline decoration-n8 underline-offset-2 hover:decoration-current"
      >
        {migration.destinationHostName}
      </Link>
      {'\u00a0· '}
      <Link
        href={paths.domain(migration.domainId)}
        className="text-n11 underline decoration-n8 underline-offset-2 hover:decoration-current"
      >
        {migration.domainName}
      </Link>
      {'\u00a0· '}
      {migrationsText.requestedBy(migration.requestedBy.name)}
    </p>
  )
}

/** A failure says what it was in the refusal's own words, and what helps against it. */
function FailureBanner({ migration }: { migration: Migration }) {
  const router = useRouter()
  const { state } = migration
  if (state.phase !== 'failed') return null
  return (
    <Banner tone="critical">
      <p className="font-medium">
        {state.failedIn === 'post-copy'
          ? migrationsText.lostTitle(migration.domainName, migration.destinationHostName)
          : migrationsText.failedTitle(migration.domainName, phaseWhile[state.failedIn])}
      </p>
      <p>{state.refusal.message}</p>
      <p className="text-n11">{adviceText[adviceFor[state.refusal.code]]}</p>
      <div className="py-1.5 empty:hidden">
        <AgainControls
          migration={migration}
          onBegan={(migrationId) => router.push(paths.migration(migrationId))}
        />
      </div>
    </Banner>
  )
}

function factsOf(migration: Migration): Fact[] {
  const { state } = migration
  const facts: Fact[] = [
    {
      label: migrationsText.requestedAt,
      value: (
        <time
          dateTime={new Date(migration.requestedAt).toISOString()}
          title={formatMomentWithZone(migration.requestedAt)}
        >
          {formatMoment(migration.requestedAt)}
        </time>
      ),
    },
    { label: migrationsText.askedBy, value: migration.requestedBy.name },
    { label: migrationsText.memory, value: formatSize(migration.memBytes) },
    { label: migrationsText.profile, value: profileSentence(migration.profile) },
    { label: termsText.priority, value: priorityText[migration.priority] },
    {
      label: termsText.bandwidth,
      value:
        migration.bandwidthBytesPerSec === null
          ? migrationsText.noLimit
          : formatLimit(migration.bandwidthBytesPerSec),
    },
    { label: termsText.retry, value: retrySentence(migration.retry) },
  ]
  if (state.phase === 'completed') {
    if (state.stopReason !== null) {
      facts.push({ label: migrationsText.stopReason, value: stopReasonText[state.stopReason] })
    }
    if (state.digest !== null) {
      facts.push({
        label: migrationsText.digest,
        value: <span title={migrationsText.digestHint}>{state.digest}</span>,
        isCode: true,
      })
    }
  }
  facts.push(
    { label: migrationsText.generation, value: migration.generation },
    { label: migrationsText.migrationId, value: migration.migrationId, isCode: true },
  )
  if (migration.groupId !== null) {
    facts.push({
      label: migrationsText.group,
      value: (
        <Link
          href={paths.migrationGroup(migration.groupId)}
          className="text-accent underline underline-offset-2"
        >
          {groupText.pageTitle}
        </Link>
      ),
    })
  }
  return facts
}
