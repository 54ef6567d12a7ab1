'use client'

import type { Host } from '@drover/api-schema/host.ts'
import { labelsOf } from '@drover/api-schema/labels.ts'
import { useNow } from '../../client/hooks.ts'
import {
  formatAge,
  formatBitRate,
  formatByteRate,
  formatGib,
  formatLimit,
  formatMomentWithZone,
  formatPercent,
  formatSize,
} from '../../lib/format.ts'
import { paths } from '../../lib/paths.ts'
import { boardText } from '../../lib/text/board.ts'
import {
  architectureText,
  hostConnectionText,
  hostText,
  virtualisationText,
} from '../../lib/text/common.ts'
import { hostLimitText } from '../../lib/text/migration-settings.ts'
import { cpuThresholds, memoryThresholds } from './host-meters.tsx'
import { HostStateMark } from './host-summary.tsx'
import { hostMemoryRatio } from './loads.ts'
import { Fact, Facts, Labels, LiveMeter, PageLink, PanelHead } from './panel-parts.tsx'
import { usePanelReadings } from './use-panel-readings.ts'

export function HostPanel({
  host,
  domainCount,
  onClose,
}: {
  host: Host
  domainCount: number
  onClose: () => void
}) {
  const reading = usePanelReadings(host.hostId)
  const now = useNow(1000)
  const { facts } = boardText
  const isOnline = host.connection.status === 'online'
  return (
    <>
      <PanelHead title={host.name} mark={<HostStateMark host={host} />} onClose={onClose} />
      <div className="min-h-0 grow overflow-y-auto">
        <div className="flex gap-2 px-4 pt-3">
          <PageLink href={paths.host(host.hostId)} />
        </div>
        <div className="flex flex-col gap-1.5 px-4 pt-4 text-sm">
          <LiveMeter
            label={facts.load}
            ratio={reading.cpu}
            text={formatPercent(reading.cpu)}
            thresholds={cpuThresholds}
          />
          <LiveMeter
            label={facts.memory}
            ratio={hostMemoryRatio(host)}
            text={formatPercent(hostMemoryRatio(host))}
            thresholds={memoryThresholds}
          />
        </div>
        <Facts>
          <Fact
            name={facts.memoryFree}
          >{`${formatGib(host.memFreeBytes)} ${boardText.ofTotal(formatSize(host.memTotalBytes))}`}</Fact>
          <Fact name={facts.network}>
            {boardText.inOut(formatBitRate(reading.rx), formatBitRate(reading.tx))}
          </Fact>
          <Fact name={facts.disk}>
            {boardText.readWrite(
              formatByteRate(reading.diskRead),
              formatByteRate(reading.diskWrite),
            )}
          </Fact>
          <Fact name={facts.state}>
            {host.isInMaintenance
              ? hostText.maintenance
              : hostConnectionText[host.connection.status]}
          </Fact>
          {!isOnline && (
            <Fact name={facts.seen}>
              {formatAge(
                now - ('lastSeenAt' in host.connection ? host.connection.lastSeenAt : now),
              )}
            </Fact>
          )}
          <Fact name={facts.domains}>{domainCount}</Fact>
          <Fact name={facts.pool}>{host.pool}</Fact>
          <Fact name={facts.cpu}>{`${host.cpu.pcpuCount} × ${host.cpu.model}`}</Fact>
          <Fact name={facts.architecture}>{architectureText[host.cpu.architecture]}</Fact>
          <Fact
            name={facts.virtualisation}
            title={virtualisationText[host.cpu.virtualisation].long}
          >
            {virtualisationText[host.cpu.virtualisation].short}
          </Fact>
          <Fact name={facts.nic}>{formatBitRate(host.nicBytesPerSec)}</Fact>
          {host.migrationBytesPerSec !== null && (
            <Fact name={hostLimitText.fact}>
              {hostLimitText.atMost(formatLimit(host.migrationBytesPerSec))}
            </Fact>
          )}
          <Fact name={facts.hypervisor}>{`Xen ${host.hypervisor.version}`}</Fact>
          <Fact name={facts.uptime} title={formatMomentWithZone(host.bootedAt)}>
            {formatAge(now - host.bootedAt)}
          </Fact>
          <Fact name={facts.labels}>
            <Labels labels={labelsOf(host)} />
          </Fact>
        </Facts>
      </div>
    </>
  )
}
