'use client'

import type { Host, HostConnectionStatus } from '@drover/api-schema/host.ts'
import { CircleCheck, CircleDashed, CircleOff, type LucideIcon, Wrench } from 'lucide-react'
import { useHostSilence, useNow } from '../../client/hooks.ts'
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

/** Whether the host is heard, and for how long not; and whether it takes domains. The look is the caller's (`useLook`). */
export function HostBadge({ host, look = 'plain' }: { host: Host; look?: 'plain' | 'filled' }) {
  return (
    <span className="inline-flex items-center gap-2 align-middle">
      <ConnectionBadge host={host} look={look} />
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

function ConnectionBadge({ host, look }: { host: Host; look: 'plain' | 'filled' }) {
  const silence = useHostSilence(host.hostId)
  const { status } = host.connection
  const isSilent = status === 'online' && silence !== null
  const { tone, Icon } = faces[isSilent ? 'stale' : status]
  return (
    <Badge
      tone={tone}
      look={look}
      icon={<Icon aria-hidden size={13} />}
      {...(isSilent ? { title: hostText.noReadingLong } : {})}
    >
      {isSilent && hostText.noReading(formatAge(silence))}
      {!isSilent && status === 'online' && hostConnectionText.online}
      {status !== 'online' && <Unheard host={host} />}
    </Badge>
  )
}

function Unheard({ host }: { host: Host }) {
  const silent = silentMs(host, useNow())
  return `${hostConnectionText[host.connection.status]} ${formatAge(silent)}`
}
