'use client'

import { refusePriorityChange } from '@drover/api-schema/capabilities.ts'
import type { Migration } from '@drover/api-schema/migration.ts'
import { migrationPriorities } from '@drover/api-schema/migration-terms.ts'
import { roleAllows } from '@drover/api-schema/user.ts'
import { ArrowDown, ArrowUp, Equal } from 'lucide-react'
import { refusalFrom } from '../../client/api.ts'
import { useSetPriority } from '../../client/mutations.ts'
import { useSession } from '../../client/queries.ts'
import { priorityText } from '../../lib/text/migration-terms.ts'
import { priorityWord, queueText } from '../../lib/text/queue.ts'
import { Button } from '../../ui/button.tsx'
import { Menu } from '../../ui/menu.tsx'
import { showToast } from '../../ui/toast.tsx'

const icons = {
  high: <ArrowUp aria-hidden size={13} />,
  normal: <Equal aria-hidden size={13} />,
  low: <ArrowDown aria-hidden size={13} />,
} as const

/** The priority of a migration, and the way to change it where it stands. */
export function PriorityMenu({ migration }: { migration: Migration }) {
  const role = useSession()?.role
  const set = useSetPriority()
  const { domainName, migrationId, priority } = migration
  const isFixed =
    role === undefined || !roleAllows(role, 'operator') || refusePriorityChange(migration) !== null
  if (isFixed) return null
  return (
    <Menu
      align="start"
      items={[
        { kind: 'heading', id: 'head', label: queueText.priorityHead },
        ...migrationPriorities.map(
          (value) =>
            ({
              kind: 'check',
              id: value,
              label: priorityText[value],
              isChecked: value === priority,
              onSelect: () =>
                set.mutate(
                  { migrationId, priority: value },
                  {
                    onSuccess: () =>
                      showToast({
                        tone: 'ok',
                        title: queueText.priorityNow(domainName, priorityWord[value]),
                      }),
                    onError: (error) =>
                      showToast({ tone: 'critical', title: refusalFrom(error).message }),
                  },
                ),
            }) as const,
        ),
      ]}
    >
      <Button
        size="sm"
        tone="quiet"
        icon={icons[priority]}
        isBusy={set.isPending}
        aria-label={queueText.priorityOf(domainName, priorityWord[priority])}
      >
        {queueText.priorityIs(priorityWord[priority])}
      </Button>
    </Menu>
  )
}
