'use client'

import type { Domain, DomainStatus } from '@drover/api-schema/domain.ts'
import type { MigrationId } from '@drover/api-schema/ids.ts'
import {
  ArrowRightLeft,
  CircleAlert,
  CirclePause,
  CirclePlay,
  CirclePower,
  type LucideIcon,
  PowerOff,
} from 'lucide-react'
import { useFleetPart } from '../../client/queries.ts'
import { domainStatusText } from '../../lib/text/common.ts'
import { domainsText } from '../../lib/text/domains.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'

const faces: Record<DomainStatus, { tone: Tone; Icon: LucideIcon }> = {
  running: { tone: 'ok', Icon: CirclePlay },
  paused: { tone: 'warning', Icon: CirclePause },
  'shutting-down': { tone: 'notice', Icon: CirclePower },
  'shut-off': { tone: 'neutral', Icon: PowerOff },
  crashed: { tone: 'critical', Icon: CircleAlert },
}

/** What the domain is doing, and where it is going when it migrates. */
export function DomainBadge({
  domain,
  look = 'plain',
}: {
  domain: Domain
  look?: 'plain' | 'filled'
}) {
  const { tone, Icon } = faces[domain.state.status]
  return (
    <span className="inline-flex items-center gap-2 align-middle">
      <Badge tone={tone} look={look} icon={<Icon aria-hidden size={13} />}>
        {domainStatusText[domain.state.status]}
      </Badge>
      {domain.migrationId !== null && (
        <MigratingBadge migrationId={domain.migrationId} look={look} />
      )}
    </span>
  )
}

function MigratingBadge({
  migrationId,
  look,
}: {
  migrationId: MigrationId
  look: 'plain' | 'filled'
}) {
  const host = useFleetPart(
    (index) => index.migrations.get(migrationId)?.destinationHostName ?? null,
  )
  if (host === undefined || host === null) return null
  return (
    <Badge tone="notice" look={look} icon={<ArrowRightLeft aria-hidden size={12} />}>
      {domainsText.migratingTo(host)}
    </Badge>
  )
}
