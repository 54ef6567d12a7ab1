'use client'

import type { Host } from '@drover/api-schema/host.ts'
import { roleAllows } from '@drover/api-schema/user.ts'
import { refusalFrom } from '../../client/api.ts'
import { useUpdateHost } from '../../client/mutations.ts'
import { useSession } from '../../client/queries.ts'
import { hostsText } from '../../lib/text/hosts.ts'
import { Switch } from '../../ui/switch.tsx'
import { showToast } from '../../ui/toast.tsx'

/** Whether the host takes new domains. The switch follows the fact that comes back, not the press. */
export function MaintenanceSwitch({ host }: { host: Host }) {
  const role = useSession()?.role
  const update = useUpdateHost()
  const mayChange = role !== undefined && roleAllows(role, 'operator')
  return (
    <Switch
      label={hostsText.maintenance}
      hint={hostsText.maintenanceHint}
      isOn={host.isInMaintenance}
      isBusy={update.isPending}
      disabledReason={mayChange ? null : hostsText.needsOperator}
      onChange={(isInMaintenance) =>
        update.mutate(
          { hostId: host.hostId, changes: { isInMaintenance } },
          {
            onSuccess: () =>
              showToast({
                tone: 'ok',
                title: isInMaintenance
                  ? hostsText.maintenanceEntered(host.name)
                  : hostsText.maintenanceLeft(host.name),
              }),
            onError: (error) => showToast({ tone: 'critical', title: refusalFrom(error).message }),
          },
        )
      }
    />
  )
}
