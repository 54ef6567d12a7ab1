'use client'
import type { DomainAction } from '@drover/api-schema/agent-protocol.ts'
import { refuseDomainAction } from '@drover/api-schema/capabilities.ts'
import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import { roleAllows } from '@drover/api-schema/user.ts'
import {
  ArrowRightLeft,
  CirclePlay,
  Pause,
  Play,
  Power,
  RotateCcw,
  SquareArrowOutUpRight,
  SquareCheck,
  Zap,
} from 'lucide-react'
import { useRouter } from 'next/navigation'
import type { ReactNode } from 'react'
import { refusalFrom } from '../../client/api.ts'
import { useActOnDomain } from '../../client/mutations.ts'
import { useSession } from '../../client/queries.ts'
import { paths } from '../../lib/paths.ts'
import { boardText } from '../../lib/text/board.ts'
import { commonText, domainActionDoneText, domainActionText } from '../../lib/text/common.ts'
import type { MenuItem } from '../../ui/menu.tsx'
import { showToast } from '../../ui/toast.tsx'
import { useBoard } from './board-context.ts'
import { changeSelection } from './selection.ts'

const icons: Record<DomainAction, ReactNode> = {
  start: <Play size={15} />,
  pause: <Pause size={15} />,
  unpause: <CirclePlay size={15} />,
  'shut-down': <Power size={15} />,
  reboot: <RotateCcw size={15} />,
  destroy: <Zap size={15} />,
}
const order: readonly DomainAction[] = [
  'start',
  'pause',
  'unpause',
  'shut-down',
  'reboot',
  'destroy',
]

/** Does an action and says what became of it. */
export function useDomainAction() {
  const act = useActOnDomain()
  return (domain: Domain, action: DomainAction) =>
    act.mutate(
      { domainId: domain.domainId, action },
      {
        onSuccess: () =>
          showToast({ tone: 'ok', title: domainActionDoneText[action](domain.name) }),
        onError: (error) => showToast({ tone: 'critical', title: refusalFrom(error).message }),
      },
    )
}

/** Everything that can be done to a domain from its card; what cannot be done now says why. */
export function useDomainMenu(): (domain: Domain, host: Host) => MenuItem[] {
  const { stores } = useBoard()
  const router = useRouter()
  const user = useSession()
  const run = useDomainAction()
  const noAccess =
    user !== undefined && roleAllows(user.role, 'operator') ? null : commonText.noAccess
  return (domain, host) => {
    const isSelected = stores.selection.get().ids.has(domain.domainId)
    return [
      {
        kind: 'action',
        id: 'migrate',
        label: boardText.migrateTo,
        icon: <ArrowRightLeft size={15} />,
        shortcut: 'm',
        disabledReason: noAccess,
        onSelect: () =>
          stores.overlay.set({
            kind: 'migrate',
            domainIds: carriedWith(domain, stores.selection.get().ids),
          }),
      },
      {
        kind: 'action',
        id: 'select',
        label: isSelected ? boardText.deselect : boardText.select,
        icon: <SquareCheck size={15} />,
        shortcut: 'x',
        onSelect: () => toggle(stores.selection, domain.domainId),
      },
      {
        kind: 'action',
        id: 'open',
        label: boardText.openPage,
        icon: <SquareArrowOutUpRight size={15} />,
        onSelect: () => router.push(paths.domain(domain.domainId)),
      },
      { kind: 'separator', id: 'line' },
      ...order.map(
        (action): MenuItem => ({
          kind: 'action',
          id: action,
          label: domainActionText[action],
          icon: icons[action],
          ...(action === 'destroy' ? { tone: 'danger' as const } : {}),
          disabledReason: noAccess ?? refuseDomainAction(domain, host, action)?.message ?? null,
          onSelect: () =>
            action === 'destroy'
              ? stores.overlay.set({ kind: 'destroy', domainId: domain.domainId })
              : run(domain, action),
        }),
      ),
    ]
  }
}

/** A selected domain takes the whole selection with it. */
export function carriedWith(
  domain: Domain,
  selected: ReadonlySet<Domain['domainId']>,
): Domain['domainId'][] {
  return selected.has(domain.domainId) ? [...selected] : [domain.domainId]
}

function toggle(
  selection: ReturnType<typeof useBoard>['stores']['selection'],
  id: Domain['domainId'],
): void {
  selection.set(changeSelection(selection.get(), { kind: 'toggle', id }))
}
