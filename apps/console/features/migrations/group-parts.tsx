'use client'

import type { MigrationId } from '@drover/api-schema/ids.ts'
import { roleAllows } from '@drover/api-schema/user.ts'
import { X } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { refusalFrom } from '../../client/api.ts'
import { useCancelGroup } from '../../client/mutations.ts'
import { useClient } from '../../client/provider.tsx'
import { useSession } from '../../client/queries.ts'
import { bytesQuantity, formatBytes } from '../../lib/format.ts'
import { migrationsText } from '../../lib/text/migrations.ts'
import { groupText } from '../../lib/text/queue.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { QuantityText } from '../../ui/quantity.tsx'
import { showToast } from '../../ui/toast.tsx'
import { Figure } from './figure.tsx'
import { type GroupSummary, type MigrationGroup, type ProgressOf, restOf } from './group-view.ts'
import { sentBytesOf } from './migration-view.ts'

/** The newest readings of all copies; whoever uses it renders by the clock. */
export function useProgressOf(): ProgressOf {
  const { progress } = useClient()
  return (migrationId: MigrationId) => progress.get(migrationId) ?? null
}

/** "6 domains to xen-03". */
export function groupTitle({ count, destinations }: GroupSummary): string {
  return groupText.title(count, hostsText(destinations))
}

function hostsText(destinations: readonly string[]): string {
  const [only] = destinations
  return destinations.length === 1 && only !== undefined
    ? only
    : groupText.hosts(destinations.length)
}

/** "2 done, 1 copying, 3 waiting": what there is none of is left out. */
export function countsText(summary: GroupSummary): string {
  const parts = [
    [summary.done, groupText.done],
    [summary.copying, groupText.copying],
    [summary.waiting, groupText.waiting],
    [summary.inDoubt, groupText.inDoubt],
    [summary.failed, groupText.failed],
    [summary.cancelled, groupText.cancelled],
  ] as const
  return parts.flatMap(([count, say]) => (count === 0 ? [] : [say(count)])).join(', ')
}

/** Sent beside what is to go: the whole may grow while the domains write, so it is never called a total. */
export function GroupFigures({
  summary,
  isRow = false,
}: {
  summary: GroupSummary
  isRow?: boolean
}) {
  return (
    <dl
      className={`col-span-full grid grid-cols-4 gap-x-2 gap-y-1.5 sm:grid-cols-7 xl:col-span-1 ${isRow ? 'xl:text-right' : ''}`}
    >
      <Figure label={groupText.sent}>
        <QuantityText quantity={bytesQuantity(summary.sentBytes)} />
      </Figure>
      {summary.isOpen && (
        <Figure label={groupText.toGo} isPredicted>
          {formatBytes(summary.toGoBytes)}
        </Figure>
      )}
    </dl>
  )
}

/** One button for all that have not ended, and the question that says what is kept. */
export function CancelRest({
  group,
  summary,
  isCompact = false,
}: {
  group: MigrationGroup
  summary: GroupSummary
  isCompact?: boolean
}) {
  const role = useSession()?.role
  const cancel = useCancelGroup()
  const [isAsking, setAsking] = useState(false)
  const { stoppable } = restOf(group.members)
  const title = groupTitle(summary)
  const reason =
    role === undefined || !roleAllows(role, 'operator')
      ? migrationsText.needsOperator
      : stoppable.length === 0
        ? groupText.nothingToCancel
        : null
  const confirm = () =>
    cancel.mutate(group.groupId, {
      onSuccess: ({ outcomes }) => {
        const asked = outcomes.filter(({ outcome }) => outcome === 'asked').length
        const lines = outcomes.flatMap((one) =>
          one.outcome === 'refused' ? [one.refusal.message] : [],
        )
        showToast({ tone: 'notice', title: groupText.stopping(asked), lines })
      },
      onError: (error) => showToast({ tone: 'critical', title: refusalFrom(error).message }),
      onSettled: () => setAsking(false),
    })
  return (
    <>
      <Button
        size="sm"
        icon={<X aria-hidden size={14} />}
        disabledReason={reason}
        isBusy={cancel.isPending}
        aria-label={groupText.cancelLabel(title)}
        onClick={() => setAsking(true)}
        className={isCompact ? 'row-start-1 col-start-3 xl:col-start-4' : undefined}
      >
        <span className={isCompact ? 'max-sm:sr-only' : undefined}>{groupText.cancelRest}</span>
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        onOpenChange={setAsking}
        title={groupText.cancelTitle(stoppable.length)}
        body={<WhatIsKept group={group} summary={summary} />}
        confirmLabel={groupText.cancelConfirm}
        keepLabel={groupText.cancelKeep}
        isBusy={cancel.isPending}
        onConfirm={confirm}
      />
    </>
  )
}

const mostNames = 4

function WhatIsKept({
  group,
  summary,
}: {
  group: MigrationGroup
  summary: GroupSummary
}): ReactNode {
  const progressOf = useProgressOf()
  const { stoppable, late } = restOf(group.members)
  const names = stoppable.map(({ domainName }) => domainName)
  const named =
    names.length <= mostNames ? names.join(', ') : groupText.allOf(names.slice(0, 3), names.length)
  const sent = stoppable.reduce(
    (sum, { state, migrationId }) => sum + (sentBytesOf(state, progressOf(migrationId)) ?? 0),
    0,
  )
  return (
    <>
      <p>{groupText.cancelKept(summary.done, hostsText(summary.destinations))}</p>
      <p>{groupText.cancelStays(named, names.length)}</p>
      {sent > 0 && <p>{groupText.cancelSent(formatBytes(sent))}</p>}
      {late > 0 && <p>{groupText.cancelLate(late)}</p>}
    </>
  )
}
