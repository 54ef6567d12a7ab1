'use client'
import type { Host } from '@drover/api-schema/host.ts'
import { Check, CircleDashed, KeyRound, TriangleAlert, Unplug, Wrench, X } from 'lucide-react'
import { useHostSilence, useNow } from '../../client/hooks.ts'
import { formatAge, formatDuration, formatMomentWithZone, formatSize } from '../../lib/format.ts'
import { useStore } from '../../lib/store.ts'
import { boardText } from '../../lib/text/board.ts'
import { hostText, virtualisationText } from '../../lib/text/common.ts'
import { Badge } from '../../ui/badge.tsx'
import { useBoard } from './board-context.ts'
import { BrokenMark } from './broken-mark.tsx'
import type { HostVerdict } from './host-verdict.ts'

/** Stale, lost, silent or in maintenance; an ordinary host has none. */
export function HostStateMark({ host }: { host: Host }) {
  const silentMs = useHostSilence(host.hostId)
  if (host.connection.status !== 'online')
    return <Age status={host.connection.status} at={host.connection.lastSeenAt} />
  if (silentMs !== null)
    return (
      <Badge tone="warning" icon={<CircleDashed size={11} />} title={hostText.noReadingLong}>
        {hostText.noReading(formatAge(silentMs))}
      </Badge>
    )
  if (!host.isInMaintenance) return null
  return (
    <Badge tone="notice" icon={<Wrench size={11} />}>
      {hostText.maintenance}
    </Badge>
  )
}

function Age({ status, at }: { status: 'stale' | 'lost'; at: number }) {
  const age = formatAge(useNow(1000) - at)
  return (
    <Badge
      tone={status === 'stale' ? 'warning' : 'critical'}
      icon={status === 'stale' ? <CircleDashed size={11} /> : <Unplug size={11} />}
      title={formatMomentWithZone(at)}
    >
      {status === 'stale' ? hostText.staleFor(age) : hostText.lostFor(age)}
    </Badge>
  )
}

type Props = { host: Host; verdict: HostVerdict | null; domainCount: number; isCompact: boolean }

/** At the right of the card's head: what the host is; while something is carried, its answer in a word. */
export function HostSummary({ host, verdict, isCompact }: Props) {
  if (verdict !== null) return <VerdictSummary verdict={verdict} isCompact={isCompact} />
  const virtualisation = virtualisationText[host.cpu.virtualisation]
  return (
    <span className="ml-auto flex shrink-0 items-center gap-2 text-n10 text-xs">
      <HostBrokenMark host={host} />
      {!isCompact && (
        <span
          title={virtualisation.long}
          className={
            host.cpu.virtualisation === 'none'
              ? 'text-n10'
              : 'rounded-xs border border-n6 px-1 text-2xs leading-4'
          }
        >
          {virtualisation.short}
        </span>
      )}
      <span title={`${boardText.coresLong(host.cpu.pcpuCount)}, ${host.cpu.model}`}>
        {boardText.cores(host.cpu.pcpuCount)}
      </span>
      <span>{formatSize(host.memTotalBytes)}</span>
    </span>
  )
}

function HostBrokenMark({ host }: { host: Host }) {
  const { stores } = useBoard()
  const broken = useStore(stores.broken, ({ hosts }) => hosts.get(host.hostId) ?? null)
  return <BrokenMark broken={broken} />
}

/** The word and the figures; the reasons of a refusal have their own panel. */
export function VerdictSummary({
  verdict,
  isCompact,
}: {
  verdict: HostVerdict
  isCompact: boolean
}) {
  const { prediction } = verdict
  return (
    <span className="ml-auto flex shrink-0 items-center gap-2 text-xs">
      {!isCompact && <LicenceMark verdict={verdict} />}
      <VerdictMark verdict={verdict} />
      {prediction !== null &&
        !isCompact &&
        (verdict.kind === 'allowed' || verdict.kind === 'warning') && (
          <span
            className="predicted text-n11"
            title={boardText.predictedLong(
              formatDuration(prediction.totalMs),
              formatDuration(prediction.downtimeMs),
            )}
          >
            {boardText.predicted(
              formatDuration(prediction.totalMs),
              formatDuration(prediction.downtimeMs),
            )}
          </span>
        )}
    </span>
  )
}

/** Licences that the host would newly need, of all pools. */
function LicenceMark({ verdict }: { verdict: HostVerdict }) {
  const needed = verdict.licences.filter(({ newly }) => newly > 0)
  if (needed.length === 0 || verdict.kind === 'refused') return null
  return (
    <span
      className="flex items-center gap-1 text-n11"
      title={needed.map((need) => boardText.licenceLong(need)).join('\n')}
    >
      <KeyRound size={11} aria-hidden="true" />
      {boardText.licences(needed.reduce((sum, { newly }) => sum + newly, 0))}
    </span>
  )
}

export function VerdictMark({ verdict }: { verdict: HostVerdict }) {
  switch (verdict.kind) {
    case 'source':
      return <span className="text-n10">{boardText.leaving}</span>
    case 'refused':
      return (
        <Badge tone="critical" icon={<X size={11} strokeWidth={2.5} />}>
          {boardText.cannot}
        </Badge>
      )
    case 'warning':
      return (
        <Badge tone="warning" icon={<TriangleAlert size={11} />} title={verdict.warnings.join(' ')}>
          {verdict.rank === 1 ? boardText.best : boardText.warningMark}
        </Badge>
      )
    case 'allowed':
      return (
        <Badge
          tone={verdict.rank === 1 ? 'accent' : 'neutral'}
          icon={verdict.rank === 1 ? <Check size={11} strokeWidth={2.5} /> : undefined}
        >
          {verdict.rank === 1 ? boardText.best : boardText.rank(verdict.rank ?? 0)}
        </Badge>
      )
  }
}
