'use client'

import { refuseSteering } from '@drover/api-schema/capabilities.ts'
import type { Migration, MigrationProgress, Steering } from '@drover/api-schema/migration.ts'
import { roleAllows } from '@drover/api-schema/user.ts'
import { useState } from 'react'
import { refusalFrom } from '../../client/api.ts'
import { useSteerMigration } from '../../client/mutations.ts'
import { useSession } from '../../client/queries.ts'
import { formatBytes, formatLimit } from '../../lib/format.ts'
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
  const [isAsking, setAsking] = useState(false)
  const { domainName, migrationId, steered } = migration
  if (refuseSteering(migration) !== null || role === undefined) return null
  const now: Steering = {
    bandwidthBytesPerSec: steered?.bandwidthBytesPerSec ?? null,
    pausesNext: steered?.pausesNext ?? false,
  }
  const send = (steering: Steering) =>
    steer.mutate(
      { migrationId, steering },
      {
        onError: (error) => showToast({ tone: 'critical', title: refusalFrom(error).message }),
        onSettled: () => setAsking(false),
      },
    )
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
      {!now.pausesNext && <Button onClick={() => setAsking(true)}>{steeringText.pauseNow}</Button>}
      <Said migration={migration} />
      <ConfirmDialog
        isOpen={isAsking}
        onOpenChange={setAsking}
        title={steeringText.pauseTitle(domainName)}
        body={steeringText.pauseBody(domainName, formatBytes(roundLeftBytes(progress)))}
        confirmLabel={steeringText.pauseConfirm}
        keepLabel={steeringText.keepCopying}
        isBusy={steer.isPending}
        onConfirm={() => send({ ...now, pausesNext: true })}
      />
    </div>
  )
}

function Said({ migration: { steered } }: { migration: Migration }) {
  if (steered === undefined) return null
  const { bandwidthBytesPerSec, by, pausesNext } = steered
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
