'use client'

import { describeWait } from '@drover/optimizer/migration-queue-wait.ts'
import { useFleet } from '../../client/queries.ts'
import type { OpenMigration } from './migration-view.ts'
import { queueOf } from './queue-view.ts'

/** Its place in the queue, and what it waits for. */
export function WaitLine({ migration, now }: { migration: OpenMigration; now: number }) {
  const fleet = useFleet()
  if (migration.state.phase !== 'queued' || fleet === undefined) return null
  const wait = queueOf(fleet, now).waits.get(migration.migrationId)
  const said = wait === undefined ? '' : describeWait(wait, now)
  if (said === '') return null
  return <p className="text-n10 text-xs">{`${said[0]?.toUpperCase()}${said.slice(1)}.`}</p>
}
