'use client'

import type { MigrationId } from '@drover/api-schema/ids.ts'
import type { Migration } from '@drover/api-schema/migration.ts'
import { roleAllows } from '@drover/api-schema/user.ts'
import { RotateCw, Route } from 'lucide-react'
import { refusalFrom } from '../../client/api.ts'
import { useMigrateRequest } from '../../client/migrate-request.ts'
import { useCreateMigrations } from '../../client/mutations.ts'
import { useDomain, useSession } from '../../client/queries.ts'
import { againText } from '../../lib/text/queue.ts'
import { randomUuid } from '../../lib/uuid.ts'
import { Button } from '../../ui/button.tsx'
import { showToast } from '../../ui/toast.tsx'

/** After a failure: the same again, or another host. Nothing of both for one that is tried again anyway. */
export function AgainControls({
  migration,
  isRow = false,
  onBegan,
}: {
  migration: Migration
  /** In a list it is smaller. */
  isRow?: boolean
  onBegan?: (migrationId: MigrationId) => void
}) {
  const role = useSession()?.role
  const domain = useDomain(migration.domainId)
  const request = useMigrateRequest()
  const create = useCreateMigrations()
  const { domainName, destinationHostName } = migration
  if (migration.state.phase !== 'failed' || migration.retriedBy !== null || domain === undefined)
    return null
  const mayMigrate = role !== undefined && roleAllows(role, 'operator')
  const refused = !mayMigrate
    ? againText.needsOperator
    : domain === null
      ? againText.isGone(domainName)
      : domain.migrationId !== null
        ? againText.isMigrating(domainName)
        : null
  const isThere = domain?.hostId === migration.destinationHostId
  const tryAgain = async () => {
    const outcome = await askAgain(create.mutateAsync, migration)
    if (outcome !== null) onBegan?.(outcome)
  }
  return (
    <span className={`relative inline-flex gap-1.5 ${isRow ? '' : 'flex-wrap'}`}>
      <Button
        size="sm"
        tone={isRow ? 'quiet' : 'neutral'}
        icon={<RotateCw aria-hidden size={13} />}
        isBusy={create.isPending}
        disabledReason={
          refused ?? (isThere ? againText.isThere(domainName, destinationHostName) : null)
        }
        aria-label={againText.tryAgainLabel(domainName, destinationHostName)}
        onClick={() => void tryAgain()}
      >
        {againText.tryAgain}
      </Button>
      <Button
        size="sm"
        tone={isRow ? 'quiet' : 'neutral'}
        icon={<Route aria-hidden size={13} />}
        disabledReason={refused}
        aria-label={againText.otherHostLabel(domainName)}
        onClick={() => request?.([migration.domainId])}
      >
        <span className={isRow ? 'max-2xl:sr-only' : undefined}>{againText.otherHost}</span>
      </Button>
    </span>
  )
}

/** The new migration's id; null when it was refused, which is said. */
async function askAgain(
  create: ReturnType<typeof useCreateMigrations>['mutateAsync'],
  migration: Migration,
): Promise<MigrationId | null> {
  const { domainId, destinationHostId, domainName, destinationHostName } = migration
  const { profile, priority, bandwidthBytesPerSec, retry } = migration
  const title = againText.refused(domainName, destinationHostName)
  try {
    const { outcomes } = await create({
      moves: [{ domainId, destinationHostId }],
      terms: { profile, priority, bandwidthBytesPerSec, retry },
      requestKey: randomUuid(),
    })
    const [outcome] = outcomes
    if (outcome === undefined) return null
    if (outcome.outcome === 'accepted') {
      showToast({ tone: 'notice', title: againText.began(domainName, destinationHostName) })
      return outcome.migration.migrationId
    }
    showToast({ tone: 'critical', title, lines: outcome.refusals.map(({ message }) => message) })
  } catch (error) {
    showToast({ tone: 'critical', title, lines: [refusalFrom(error).message] })
  }
  return null
}
