'use client'

import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import { applicationOf, labelsOf } from '@drover/api-schema/labels.ts'
import { ArrowRightLeft, EllipsisVertical } from 'lucide-react'
import Link from 'next/link'
import { useNow } from '../../client/hooks.ts'
import {
  formatAge,
  formatBitRate,
  formatByteRate,
  formatGib,
  formatMomentWithZone,
  formatPercent,
  formatSize,
} from '../../lib/format.ts'
import { paths } from '../../lib/paths.ts'
import { useStore } from '../../lib/store.ts'
import { boardText } from '../../lib/text/board.ts'
import {
  architectureText,
  commonText,
  domainKindText,
  domainStatusText,
} from '../../lib/text/common.ts'
import { Button } from '../../ui/button.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { Menu } from '../../ui/menu.tsx'
import { useBoard } from './board-context.ts'
import { cpuThresholds } from './host-meters.tsx'
import { Fact, Facts, Labels, LiveMeter, PageLink, PanelHead } from './panel-parts.tsx'
import { useDomainMenu } from './use-domain-menu.tsx'
import { usePanelReadings } from './use-panel-readings.ts'

export function DomainPanel({
  domain,
  host,
  onClose,
}: {
  domain: Domain
  host: Host
  onClose: () => void
}) {
  const { stores, dragRefusal } = useBoard()
  const itemsOf = useDomainMenu()
  const now = useNow(1000)
  const reading = usePanelReadings(host.hostId, domain.domainId)
  const refusal = useStore(stores.refusals, (refusals) => refusals.get(domain.domainId) ?? null)
  const { facts } = boardText
  const kind = domainKindText[domain.kind]
  const cpu = reading.cpu === null ? null : reading.cpu / domain.vcpuCount
  return (
    <>
      <PanelHead
        title={domain.name}
        onClose={onClose}
        actions={
          <Menu
            items={itemsOf(domain, host).filter(({ id }) => id !== 'migrate' && id !== 'select')}
          >
            <IconButton
              label={commonText.actionsFor(domain.name)}
              icon={<EllipsisVertical size={16} />}
              size="sm"
              hasTooltip={false}
            />
          </Menu>
        }
      />
      <div className="min-h-0 grow overflow-y-auto">
        {refusal !== null && (
          <p className="mx-4 mt-3 rounded-sm bg-crit-wash px-3 py-2 text-n12 text-xs">
            {boardText.refusedMark(refusal)}
          </p>
        )}
        <div className="flex gap-2 px-4 pt-3">
          <Button
            tone="primary"
            size="sm"
            icon={<ArrowRightLeft size={14} />}
            disabledReason={dragRefusal}
            onClick={() => stores.overlay.set({ kind: 'migrate', domainIds: [domain.domainId] })}
          >
            {boardText.migrateTo}
          </Button>
          <PageLink href={paths.domain(domain.domainId)} />
        </div>
        <div className="flex flex-col gap-1.5 px-4 pt-4 text-sm">
          <LiveMeter
            label={facts.load}
            ratio={cpu}
            text={formatPercent(cpu)}
            thresholds={cpuThresholds}
          />
          <LiveMeter
            label={facts.memory}
            ratio={
              reading.memory === null ? null : reading.memory / Math.max(1, domain.memCurrentBytes)
            }
            text={formatGib(domain.memCurrentBytes)}
          />
        </div>
        <Facts>
          <Fact name={facts.network}>
            {boardText.inOut(formatBitRate(reading.rx), formatBitRate(reading.tx))}
          </Fact>
          <Fact name={facts.disk}>
            {boardText.readWrite(
              formatByteRate(reading.diskRead),
              formatByteRate(reading.diskWrite),
            )}
          </Fact>
          <Fact name={facts.state}>{domainStatusText[domain.state.status]}</Fact>
          <Fact name={facts.host}>
            <Link href={paths.host(host.hostId)} className="hover:text-accent">
              {host.name}
            </Link>
          </Fact>
          <Fact name={facts.kind} title={kind.long}>
            {`${kind.short}, ${architectureText[domain.guestArchitecture]}`}
          </Fact>
          <Fact name={facts.os}>{domain.os.name}</Fact>
          {applicationOf(domain) !== null && (
            <Fact name={facts.application}>{applicationOf(domain)}</Fact>
          )}
          <Fact name={facts.vcpus}>{domain.vcpuCount}</Fact>
          <Fact name={facts.memoryMax}>{formatSize(domain.memMaxBytes)}</Fact>
          <Fact name={facts.scheduler}>
            {boardText.weightAndCap(domain.schedWeight, domain.schedCapPercent)}
          </Fact>
          <Fact name={facts.uptime} title={formatMomentWithZone(domain.startedAt)}>
            {formatAge(domain.startedAt === null ? null : now - domain.startedAt)}
          </Fact>
          <Fact name={facts.labels}>
            <Labels labels={labelsOf(domain)} />
          </Fact>
        </Facts>
      </div>
    </>
  )
}
