'use client'

import { type DomainAction, domainActions } from '@drover/api-schema/agent-protocol.ts'
import { refuseDomainAction } from '@drover/api-schema/capabilities.ts'
import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import { roleAllows } from '@drover/api-schema/user.ts'
import {
  EllipsisVertical,
  type LucideIcon,
  Pause,
  Play,
  Power,
  RotateCw,
  StepForward,
  Zap,
} from 'lucide-react'
import { useState } from 'react'
import { refusalFrom } from '../../client/api.ts'
import { useActOnDomain } from '../../client/mutations.ts'
import { useSession } from '../../client/queries.ts'
import { domainActionDoneText, domainActionText } from '../../lib/text/common.ts'
import { actionAlreadyText, confirmationText, domainsText } from '../../lib/text/domains.ts'
import { Button } from '../../ui/button.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { Menu } from '../../ui/menu.tsx'
import { showToast } from '../../ui/toast.tsx'
import { useIsNarrow } from '../../ui/use-is-narrow.ts'
import { ActionDialog } from './action-dialog.tsx'

const icons: Record<DomainAction, LucideIcon> = {
  start: Play,
  pause: Pause,
  unpause: StepForward,
  'shut-down': Power,
  reboot: RotateCw,
  destroy: Zap,
}

/** Why the action cannot be done now, by this user, to this domain; null when it can. */
export function reasonAgainst(
  action: DomainAction,
  { domain, host, mayAct }: { domain: Domain; host: Host; mayAct: boolean },
): string | null {
  if (!mayAct) return domainsText.needsOperator
  return refuseDomainAction(domain, host, action)?.message ?? null
}

/** What can be done to the domain: every action in its place, those that cannot be done now with the reason. */
export function DomainActions({ domain, host }: { domain: Domain; host: Host }) {
  const role = useSession()?.role
  const act = useActOnDomain()
  const isNarrow = useIsNarrow()
  const [asked, setAsked] = useState<DomainAction | null>(null)
  const mayAct = role !== undefined && roleAllows(role, 'operator')
  const run = (action: DomainAction) =>
    act.mutate(
      { domainId: domain.domainId, action },
      {
        onSuccess: ({ outcome }) =>
          showToast(
            outcome === 'done'
              ? { tone: 'ok', title: domainActionDoneText[action](domain.name) }
              : { tone: 'notice', title: actionAlreadyText[action](domain.name) },
          ),
        onError: (error) => showToast({ tone: 'critical', title: refusalFrom(error).message }),
        onSettled: () => setAsked(null),
      },
    )
  const choose = (action: DomainAction) =>
    confirmationText[action] === null ? run(action) : setAsked(action)
  const choices = domainActions.map((action) => ({
    action,
    label: domainActionText[action],
    reason: reasonAgainst(action, { domain, host, mayAct }),
  }))
  return (
    <>
      {isNarrow ? (
        <ActionMenu domain={domain} choices={choices} onChoose={choose} />
      ) : (
        choices.map(({ action, label, reason }) => {
          const Icon = icons[action]
          return (
            <Button
              key={action}
              size="sm"
              tone="quiet"
              icon={<Icon aria-hidden size={14} />}
              disabledReason={reason}
              isBusy={act.isPending && act.variables.action === action && asked === null}
              onClick={() => choose(action)}
            >
              {label}
            </Button>
          )
        })
      )}
      <ActionDialog
        action={asked}
        domain={domain}
        host={host}
        isBusy={act.isPending}
        onClose={() => setAsked(null)}
        onConfirm={run}
      />
    </>
  )
}

function ActionMenu({
  domain,
  choices,
  onChoose,
}: {
  domain: Domain
  choices: readonly { action: DomainAction; label: string; reason: string | null }[]
  onChoose: (action: DomainAction) => void
}) {
  return (
    <Menu
      items={choices.map(({ action, label, reason }) => {
        const Icon = icons[action]
        return {
          kind: 'action',
          id: action,
          label,
          icon: <Icon aria-hidden size={14} />,
          disabledReason: reason,
          ...(action === 'destroy' ? { tone: 'danger' as const } : {}),
          onSelect: () => onChoose(action),
        }
      })}
    >
      <IconButton
        label={domainsText.actionsOf(domain.name)}
        icon={<EllipsisVertical size={16} />}
        hasTooltip={false}
      />
    </Menu>
  )
}
