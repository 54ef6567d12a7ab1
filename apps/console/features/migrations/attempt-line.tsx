'use client'

import type { MigrationId } from '@drover/api-schema/ids.ts'
import { isEnded, type Migration } from '@drover/api-schema/migration.ts'
import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { queries, useFleetPart } from '../../client/queries.ts'
import { paths } from '../../lib/paths.ts'
import { againText } from '../../lib/text/queue.ts'

/** Another try at the same move: from the live fleet, else read; null where there is none or it is not known yet. */
export function useTry(migrationId: MigrationId | null): Migration | null {
  const live = useFleetPart((index) =>
    migrationId === null ? null : (index.migrations.get(migrationId) ?? null),
  )
  const read = useQuery({
    // Asked for only where there is an id.
    ...queries.migration(migrationId as MigrationId),
    enabled: migrationId !== null && live === null,
  })
  return live ?? read.data ?? null
}

/** "Attempt 2 of 3, after attempt 1 to xen-03 failed: …", and where it goes on; each a way to the other. */
export function AttemptLine({ migration }: { migration: Migration }) {
  const earlier = useTry(migration.retryOf)
  const later = useTry(migration.retriedBy)
  const { attempt, retry, retryOf, retriedBy } = migration
  if (retryOf === null && retriedBy === null) return null
  const most = retry.kind === 'none' ? null : 1 + retry.attempts
  return (
    <div className="px-4 pb-3 text-n11 text-sm">
      {retryOf !== null && (
        <p>
          {most === null ? againText.attempt(attempt) : againText.attemptOf(attempt, most)}
          {failureOf(earlier)}{' '}
          <TryLink migrationId={retryOf}>{againText.earlier(attempt - 1)}</TryLink>
        </p>
      )}
      {retriedBy !== null && (
        <p>
          {later !== null && !isEnded(later.state)
            ? againText.triedAgain(attempt + 1, later.destinationHostName)
            : againText.wasTriedAgain(attempt + 1)}{' '}
          <TryLink migrationId={retriedBy}>{againText.later(attempt + 1)}</TryLink>
        </p>
      )}
    </div>
  )
}

function failureOf(earlier: Migration | null): string {
  if (earlier?.state.phase !== 'failed') return `${againText.afterUnknown}.`
  const { attempt, destinationHostName, state } = earlier
  return againText.afterFailure(attempt, destinationHostName, state.refusal.message)
}

function TryLink({ migrationId, children }: { migrationId: MigrationId; children: string }) {
  return (
    <Link
      href={paths.migration(migrationId)}
      className="whitespace-nowrap text-accent underline underline-offset-2"
    >
      {children}
    </Link>
  )
}
