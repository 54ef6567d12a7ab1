'use client'

import { refusePostCopy, refuseSteering } from '@drover/api-schema/capabilities.ts'
import type { Migration, MigrationProgress, Steering } from '@drover/api-schema/migration.ts'
import { roleAllows } from '@drover/api-schema/user.ts'
import { useState } from 'react'
import { refusalFrom } from '../../client/api.ts'
import { useSteerMigration } from '../../client/mutations.ts'
import { useHost, useSession } from '../../client/queries.ts'
import { formatBytes, formatLimit } from '../../lib/format.ts'
import { postCopyRisk } from '../../lib/post-copy-risk.ts'
import { steeringText } from '../../lib/text/steering.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { Select } from '../../ui/select.tsx'
import { showToast } from '../../ui/toast.tsx'
import { roundLeftBytes } from './migration-view.ts'

/** Bytes a second; the last is a copy that one hardly notices. */
const limits = [1250e6, 125e6, 62.5e6, 31.25e6, 12.5e6] as const
const unlimited = 'unlimited'

/** More or less bandwidth for a copy that runs, and the way to end it at once at the price of a pause. */
export function SteeringControls({
  migration,
  progress,
}: {
  migration: Migration
  progress: MigrationProgress | null
}) {
  const role = useSession()?.role
  const steer = useSteerMigration()
  const [asking, setAsking] = useState<'pause' | 'move' | null>(null)
  const source = useHost(migration.sourceHostId)
  const destination = useHost(migration.destinationHostId)
  const { destinationHostName, domainName, migrationId, steered } = migration
  if (refuseSteering(migration) !== null || role === undefined) return null
  const now: Steering = {
    // As asked for at first, or steered to since.
    bandwidthBytesPerSec: migration.bandwidthBytesPerSec,
    pausesNext: steered?.pausesNext ?? false,
  }
  const send = (steering: Steering) =>
    steer.mutate(
      { migrationId, steering },
      {
        onError: (error) => showToast({ tone: 'critical', title: refusalFrom(error).message }),
        onSettled: () => setAsking(null),
      },
    )
  const unable = source != null && destination != null ? refusePostCopy(source, destination) : null
  if (!roleAllows(role, 'operator')) return <Said migration={migration} />
  const known = new Set<number>([
    ...limits,
    ...(now.bandwidthBytesPerSec === null ? [] : [now.bandwidthBytesPerSec]),
  ])
  return (
    <div className="flex flex-wrap items-center gap-3">
      <Select
        label={steeringText.bandwidth}
        isLabelShown
        value={String(now.bandwidthBytesPerSec ?? unlimited)}
        options={[
          { value: unlimited, label: steeringText.unlimited },
          ...[...known]
            .sort((a, b) => b - a)
            .map((rate) => ({ value: String(rate), label: steeringText.limit(formatLimit(rate)) })),
        ]}
        onChange={(value) =>
          send({ ...now, bandwidthBytesPerSec: value === unlimited ? null : Number(value) })
        }
      />
      {!now.pausesNext && (
        <Button onClick={() => setAsking('pause')}>{steeringText.pauseNow}</Button>
      )}
      <Button disabledReason={unable?.message ?? null} onClick={() => setAsking('move')}>
        {steeringText.moveNow}
      </Button>
      <Said migration={migration} />
      <ConfirmDialog
        isOpen={asking === 'pause'}
        onOpenChange={(isOpen) => !isOpen && setAsking(null)}
        title={steeringText.pauseTitle(domainName)}
        body={steeringText.pauseBody(domainName, formatBytes(roundLeftBytes(progress)))}
        confirmLabel={steeringText.pauseConfirm}
        keepLabel={steeringText.keepCopying}
        isBusy={steer.isPending}
        onConfirm={() => send({ ...now, pausesNext: true })}
      />
      <ConfirmDialog
        isOpen={asking === 'move'}
        onOpenChange={(isOpen) => !isOpen && setAsking(null)}
        title={steeringText.moveTitle(domainName, destinationHostName)}
        body={`${steeringText.moveBody(domainName, destinationHostName)} ${postCopyRisk}`}
        confirmLabel={steeringText.moveConfirm}
        keepLabel={steeringText.keepCopying}
        isBusy={steer.isPending}
        onConfirm={() => send({ ...now, goesPostCopy: true })}
      />
    </div>
  )
}

function Said({ migration: { steered } }: { migration: Migration }) {
  if (steered === undefined) return null
  const { bandwidthBytesPerSec, by, goesPostCopy, pausesNext } = steered
  if (goesPostCopy === true) return <p className="text-n10 text-sm">{steeringText.moving(by)}</p>
  return (
    <p className="text-n10 text-sm">
      {pausesNext
        ? steeringText.pausing(by)
        : bandwidthBytesPerSec !== null
          ? steeringText.limited(by, formatLimit(bandwidthBytesPerSec))
          : null}
    </p>
  )
}
