'use client'
import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { DomainId } from '@drover/api-schema/ids.ts'
import { ArrowRightLeft, EllipsisVertical, SquareArrowOutUpRight, X } from 'lucide-react'
import Link from 'next/link'
import { type ReactNode, useMemo } from 'react'
import type { FleetIndex } from '../../client/fleet-index.ts'
import { useLatest, useLook, useNow } from '../../client/hooks.ts'
import {
  formatAge,
  formatBitRate,
  formatByteRate,
  formatGib,
  formatMomentWithZone,
  formatPercent,
  formatSize,
  type Maybe,
} from '../../lib/format.ts'
import { paths } from '../../lib/paths.ts'
import { useStore } from '../../lib/store.ts'
import { boardText } from '../../lib/text/board.ts'
import {
  architectureText,
  commonText,
  domainKindText,
  domainStatusText,
  hostConnectionText,
  hostText,
  virtualisationText,
} from '../../lib/text/common.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { Menu } from '../../ui/menu.tsx'
import { Meter } from '../../ui/meter.tsx'
import { useBoard } from './board-context.ts'
import type { Inspected } from './board-view.ts'
import { cpuThresholds, memoryThresholds } from './host-meters.tsx'
import { HostStateMark } from './host-summary.tsx'
import { hostMemoryRatio } from './loads.ts'
import { emptySelection } from './selection.ts'
import { useDomainMenu } from './use-domain-menu.tsx'

type Props = { inspected: Inspected | null; fleet: FleetIndex; onClose: () => void }

/** The facts of what was clicked last, and what can be done to it; for a selection, its sum. */
export function Inspector({ inspected, fleet, onClose }: Props) {
  const { stores } = useBoard()
  const selected = useStore(stores.selection, ({ ids }) => ids)
  return (
    <div className="flex min-h-0 grow flex-col">
      {selected.size > 1 ? (
        <SelectionPanel ids={selected} fleet={fleet} onClose={onClose} />
      ) : (
        <ThingPanel inspected={inspected} fleet={fleet} onClose={onClose} />
      )}
    </div>
  )
}

function ThingPanel({ inspected, fleet, onClose }: Props) {
  // The address may name anything; only what the fleet has is shown.
  const host =
    inspected?.kind === 'host' ? fleet.hosts.get(inspected.id as Host['hostId']) : undefined
  const domain =
    inspected?.kind === 'domain' ? fleet.domains.get(inspected.id as DomainId) : undefined
  const hostOfDomain = domain === undefined ? undefined : fleet.hosts.get(domain.hostId)
  if (host !== undefined)
    return (
      <HostPanel
        host={host}
        domainCount={fleet.domainsOfHost.get(host.hostId)?.length ?? 0}
        onClose={onClose}
      />
    )
  if (domain !== undefined && hostOfDomain !== undefined)
    return <DomainPanel domain={domain} host={hostOfDomain} onClose={onClose} />
  return (
    <>
      <PanelHead title={boardText.inspector} onClose={onClose} />
      <p className="px-4 py-8 text-center text-n10 text-sm">{boardText.inspectNothing}</p>
    </>
  )
}

function PanelHead({
  title,
  mark,
  actions,
  onClose,
}: {
  title: string
  mark?: ReactNode
  actions?: ReactNode
  onClose: () => void
}) {
  return (
    <header className="flex min-h-11 items-center gap-2 border-b px-4">
      <h2 className="truncate text-base">{title}</h2>
      {mark}
      <span className="ml-auto flex items-center">
        {actions}
        <IconButton
          label={boardText.closeInspector}
          icon={<X size={16} />}
          size="sm"
          onClick={onClose}
          shortcut="i"
        />
      </span>
    </header>
  )
}

function Facts({ children }: { children: ReactNode }) {
  return (
    <dl className="grid grid-cols-[104px_minmax(0,1fr)] gap-x-3 gap-y-1.5 px-4 py-3 text-sm">
      {children}
    </dl>
  )
}

function Fact({ name, children, title }: { name: string; children: ReactNode; title?: string }) {
  return (
    <>
      <dt className="text-n10">{name}</dt>
      <dd title={title} className="min-w-0 break-words text-n12">
        {children}
      </dd>
    </>
  )
}

function Labels({ labels }: { labels: Readonly<Record<string, string>> }) {
  const entries = Object.entries(labels)
  if (entries.length === 0) return commonText.none
  return (
    <span className="flex flex-wrap gap-1">
      {entries.map(([key, value]) => (
        <span key={key} className="rounded-xs bg-n4 px-1.5 font-mono text-2xs leading-4.5">
          {`${key}=${value}`}
        </span>
      ))}
    </span>
  )
}

function LiveMeter({
  label,
  ratio,
  text,
  thresholds,
}: {
  label: string
  ratio: Maybe
  text: string
  thresholds?: readonly number[]
}) {
  return (
    <div className="grid grid-cols-[104px_minmax(0,1fr)_56px] items-center gap-3">
      <span className="text-n10">{label}</span>
      <Meter
        label={label}
        ratio={ratio}
        valueText={text}
        {...(thresholds === undefined ? {} : { thresholds })}
      />
      <span className="text-right text-n12">{text}</span>
    </div>
  )
}

/** Listens to one host for the panel's own figures. */
function useReadings(hostId: Host['hostId'], domainId?: DomainId) {
  useLook(useMemo(() => [hostId], [hostId]))
  const of = domainId === undefined ? { hostId } : { hostId, domainId }
  return {
    cpu: useLatest(of, 'cpu'),
    memory: useLatest(of, 'memory'),
    rx: useLatest(of, 'net-rx'),
    tx: useLatest(of, 'net-tx'),
    diskRead: useLatest(of, 'disk-read'),
    diskWrite: useLatest(of, 'disk-write'),
  }
}

function DomainPanel({
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
  const reading = useReadings(host.hostId, domain.domainId)
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
          {domain.application !== null && (
            <Fact name={facts.application}>{domain.application}</Fact>
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
            <Labels labels={domain.labels} />
          </Fact>
        </Facts>
      </div>
    </>
  )
}

function HostPanel({
  host,
  domainCount,
  onClose,
}: {
  host: Host
  domainCount: number
  onClose: () => void
}) {
  const reading = useReadings(host.hostId)
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
          <Fact name={facts.hypervisor}>{`Xen ${host.hypervisor.version}`}</Fact>
          <Fact name={facts.uptime} title={formatMomentWithZone(host.bootedAt)}>
            {formatAge(now - host.bootedAt)}
          </Fact>
          <Fact name={facts.labels}>
            <Labels labels={host.labels} />
          </Fact>
        </Facts>
      </div>
    </>
  )
}

function PageLink({ href }: { href: string }) {
  return (
    <Link href={href} className={buttonClass('neutral', 'sm')}>
      <SquareArrowOutUpRight size={14} aria-hidden="true" />
      {boardText.openPage}
    </Link>
  )
}

function SelectionPanel({
  ids,
  fleet,
  onClose,
}: {
  ids: ReadonlySet<DomainId>
  fleet: FleetIndex
  onClose: () => void
}) {
  const { stores, dragRefusal } = useBoard()
  const domains = [...ids].flatMap((id) => fleet.domains.get(id) ?? [])
  const memory = domains.reduce((sum, domain) => sum + domain.memCurrentBytes, 0)
  const vcpus = domains.reduce((sum, domain) => sum + domain.vcpuCount, 0)
  return (
    <>
      <PanelHead title={boardText.selectionTitle(domains.length)} onClose={onClose} />
      <div className="min-h-0 grow overflow-y-auto">
        <div className="flex gap-2 px-4 pt-3">
          <Button
            tone="primary"
            size="sm"
            icon={<ArrowRightLeft size={14} />}
            disabledReason={dragRefusal}
            onClick={() => stores.overlay.set({ kind: 'migrate', domainIds: [...ids] })}
          >
            {boardText.migrateTo}
          </Button>
          <Button size="sm" onClick={() => stores.selection.set(emptySelection)}>
            {boardText.clearSelection}
          </Button>
        </div>
        <Facts>
          <Fact name={boardText.facts.memory}>{formatSize(memory)}</Fact>
          <Fact name={boardText.facts.vcpus}>{vcpus}</Fact>
        </Facts>
        <ul className="border-t px-4 py-2 text-sm">
          {domains.map((domain) => (
            <li key={domain.domainId} className="flex justify-between gap-3 py-0.5">
              <span className="truncate text-n12">{domain.name}</span>
              <span className="text-n10">{fleet.hosts.get(domain.hostId)?.name}</span>
            </li>
          ))}
        </ul>
      </div>
    </>
  )
}
