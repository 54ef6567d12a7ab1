'use client'

import type { Host, HostConnectionStatus } from '@drover/api-schema/host.ts'
import { CircleCheck, CircleDashed, CircleOff, type LucideIcon, Wrench } from 'lucide-react'
import { useNow } from '../../client/hooks.ts'
import { formatAge } from '../../lib/format.ts'
import { hostConnectionText, hostText } from '../../lib/text/common.ts'
import { hostsText } from '../../lib/text/hosts.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { silentMs } from './host-view.ts'

const faces: Record<HostConnectionStatus, { tone: Tone; Icon: LucideIcon }> = {
  online: { tone: 'ok', Icon: CircleCheck },
  stale: { tone: 'warning', Icon: CircleDashed },
  lost: { tone: 'critical', Icon: CircleOff },
}

/** Whether the host is heard, and for how long not; and whether it takes domains. */
export function HostBadge({ host, look = 'plain' }: { host: Host; look?: 'plain' | 'filled' }) {
  const { tone, Icon } = faces[host.connection.status]
  return (
    <span className="inline-flex items-center gap-2 align-middle">
      <Badge tone={tone} look={look} icon={<Icon aria-hidden size={13} />}>
        {host.connection.status === 'online' ? hostConnectionText.online : <Silence host={host} />}
      </Badge>
      {host.isInMaintenance && (
        <Badge
          tone="notice"
          look={look}
          icon={<Wrench aria-hidden size={12} />}
          title={hostsText.inMaintenance}
        >
          {hostText.maintenance}
        </Badge>
      )}
    </span>
  )
}

function Silence({ host }: { host: Host }) {
  const silent = silentMs(host, useNow())
  return `${hostConnectionText[host.connection.status]} ${formatAge(silent)}`
}
