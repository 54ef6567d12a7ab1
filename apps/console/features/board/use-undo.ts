'use client'
import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { MigrationId } from '@drover/api-schema/ids.ts'
import { isEnded, type Migration } from '@drover/api-schema/migration.ts'
import { useCallback, useEffect, useRef } from 'react'
import { refusalFrom } from '../../client/api.ts'
import type { FleetIndex } from '../../client/fleet-index.ts'
import { useCancelMigration } from '../../client/mutations.ts'
import { useFleet } from '../../client/queries.ts'
import { formatDuration } from '../../lib/format.ts'
import { boardText } from '../../lib/text/board.ts'
import { shellText } from '../../lib/text/shell.ts'
import { retractToast, showToast, type ToastAction } from '../../ui/toast.tsx'

/** What was begun here and has not ended; its toast is known by `key`, which those of one drop share. */
type Own = { readonly key: string }

type Send = (domains: readonly Domain[], host: Host) => Promise<readonly Migration[]>

/**
 * A way back for what was dropped: while it is under way it is cancelled, once it has arrived it is sent back. The
 * returned function offers it for migrations that have just been accepted.
 */
export function useUndo(send: Send): (migrations: readonly Migration[]) => void {
  const fleet = useFleet()
  const { mutateAsync: cancel } = useCancelMigration()
  const latest = useRef(fleet)
  latest.current = fleet
  const own = useRef(new Map<MigrationId, Own>())
  const offer = useRef<(migrations: readonly Migration[]) => void>(() => {})

  const undo = useCallback(
    async (begun: readonly Migration[]) => {
      const index = latest.current
      if (index === undefined) return
      // The newest word on each; an old one may have left the fleet, and had ended then.
      const now = begun.map((one) => index.migrations.get(one.migrationId) ?? one)
      const back = new Map<Host, Domain[]>()
      for (const migration of now) {
        const source = index.hosts.get(migration.sourceHostId)
        const domain = index.domains.get(migration.domainId)
        if (!isEnded(migration.state)) await cancelOne(cancel, migration)
        else if (migration.state.phase === 'completed' && source !== undefined && domain)
          back.set(source, [...(back.get(source) ?? []), domain])
      }
      for (const [host, domains] of back) offer.current(await send(domains, host))
    },
    [cancel, send],
  )

  offer.current = (migrations) => {
    const [first] = migrations
    if (first === undefined) return
    const key = `undo:${first.migrationId}`
    const ended = migrations.filter(({ migrationId }) => {
      const known = latest.current?.migrations.get(migrationId)
      return known !== undefined && isEnded(known.state)
    })
    for (const { migrationId } of migrations) own.current.set(migrationId, { key })
    if (ended.length === migrations.length) {
      tellEnded(own.current, latest.current, undo)
      return
    }
    showToast({
      key,
      tone: 'notice',
      title: boardText.migratingToast(whatOf(migrations), first.destinationHostName),
      action: undoAction(migrations, undo),
    })
  }

  useEffect(() => tellEnded(own.current, fleet, undo), [fleet, undo])
  return useCallback((migrations) => offer.current(migrations), [])
}

/** Of own migrations that have ended: those that arrived can be sent back from the toast that says so. */
function tellEnded(
  own: Map<MigrationId, Own>,
  fleet: FleetIndex | undefined,
  undo: (migrations: readonly Migration[]) => Promise<void>,
): void {
  for (const [migrationId, { key }] of own) {
    const migration = fleet?.migrations.get(migrationId)
    if (migration === undefined || !isEnded(migration.state)) continue
    own.delete(migrationId)
    if (![...own.values()].some((other) => other.key === key)) retractToast(key)
    const { state } = migration
    if (state.phase !== 'completed') continue
    // The same sentence as the notice of everybody's migrations, so that both are one toast.
    showToast({
      tone: 'ok',
      title: shellText.movedTitle(migration.domainName, migration.destinationHostName),
      lines: [
        shellText.movedDetail(formatDuration(state.totalMs), formatDuration(state.downtimeMs)),
      ],
      action: undoAction([migration], undo),
    })
  }
}

function undoAction(
  migrations: readonly Migration[],
  undo: (migrations: readonly Migration[]) => Promise<void>,
): ToastAction {
  return {
    label: boardText.undo,
    long: boardText.undoLong(whatOf(migrations)),
    onSelect: () => void undo(migrations),
  }
}

async function cancelOne(
  cancel: (migrationId: MigrationId) => Promise<unknown>,
  { migrationId, domainId }: Migration,
): Promise<void> {
  try {
    await cancel(migrationId)
  } catch (error) {
    showToast({ tone: 'critical', title: refusalFrom(error).message, about: [domainId] })
  }
}

function whatOf(migrations: readonly Migration[]): string {
  const [only] = migrations
  return migrations.length === 1 && only !== undefined
    ? only.domainName
    : boardText.severalDomains(migrations.length)
}
