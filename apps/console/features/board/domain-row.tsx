'use client'
import { useDraggable } from '@dnd-kit/react'
import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { DomainId } from '@drover/api-schema/ids.ts'
import { CircleAlert, EllipsisVertical, Lock, Pause, Power, TriangleAlert, X } from 'lucide-react'
import { type MouseEvent, memo, type ReactNode, useLayoutEffect, useRef } from 'react'
import { useHostPaint } from '../../client/hooks.ts'
import { useClient } from '../../client/provider.tsx'
import { useFleetPart } from '../../client/queries.ts'
import { classNames } from '../../lib/class-names.ts'
import {
  formatSize,
  gibQuantity,
  loadColor,
  mbitQuantity,
  percentQuantity,
} from '../../lib/format.ts'
import { useStore } from '../../lib/store.ts'
import { boardText } from '../../lib/text/board.ts'
import { domainKindText, domainStatusText } from '../../lib/text/common.ts'
import { LiveQuantity, paintQuantity } from '../../ui/live-quantity.tsx'
import type { MenuPlace } from '../../ui/menu.tsx'
import { Sparkline, type SparklineHandle } from '../../ui/sparkline.tsx'
import { useBoard } from './board-context.ts'
import type { Density } from './board-view.ts'
import { dragInstructionsId } from './drag-instructions.tsx'
import { domainCpuRatio, domainLoad, domainNetwork } from './loads.ts'
import { MigrationMark } from './migration-mark.tsx'
import { sparkCapacity, sparkSeconds } from './spark.ts'
import { leavePlace, travelFromLastPlace } from './travel.ts'

type Props = { domain: Domain; host: Host; density: Density }

/** One domain in one of the three densities: what it is, what it does now, and the handle to everything about it. */
export const DomainItem = memo(function DomainItem({ domain, host, density }: Props) {
  const { domainId } = domain
  const { stores, actions, dragRefusal } = useBoard()
  const isSelected = useStore(stores.selection, ({ ids }) => ids.has(domainId))
  const isInHand = useStore(stores.drag, (drag) => drag?.ids.has(domainId) === true)
  const isTabStop = useStore(stores.current, (current) => current === domainId)
  const destination = useDestination(domain)
  const { ref, handleRef } = useDraggable({ id: domainId, disabled: dragRefusal !== null })
  const item = useTravellingRef(domain)
  return (
    <li
      ref={(element) => {
        item.current = element
        ref(element)
      }}
      data-domain={domainId}
      className={classNames(
        'group/item relative',
        isInHand && 'rounded-xs opacity-35 outline-1 outline-n9 outline-dashed -outline-offset-1',
      )}
    >
      {/* The button says all of it but the figures, which would change its name every second. */}
      <div
        aria-hidden="true"
        className={classNames(
          itemShape[density],
          isSelected ? 'bg-accent-wash text-n12' : 'group-hover/item:bg-n3',
        )}
      >
        <DomainContent domain={domain} host={host} density={density} />
      </div>
      <button
        ref={handleRef}
        type="button"
        tabIndex={isTabStop ? 0 : -1}
        aria-pressed={isSelected}
        aria-roledescription={boardText.dragHandle}
        aria-describedby={dragInstructionsId}
        aria-label={labelOf(domain, destination)}
        title={density === 'heat' ? domain.name : undefined}
        onClick={(event) =>
          actions.press(domainId, { shift: event.shiftKey, toggle: event.ctrlKey || event.metaKey })
        }
        onKeyDown={(event) => actions.keyOnRow(domainId, event)}
        onFocus={() => stores.current.set(domainId)}
        onContextMenu={(event) => {
          event.preventDefault()
          actions.openMenu(domainId, menuPlace(event))
        }}
        className={classNames(
          'absolute inset-0 touch-manipulation select-none rounded-xs',
          isSelected && 'border border-accent',
        )}
      />
      {density === 'rows' && <RowMenuButton domainId={domainId} name={domain.name} />}
    </li>
  )
})

const itemShape: Record<Density, string> = {
  rows: 'flex h-6.5 items-stretch overflow-hidden rounded-xs max-sm:h-11',
  tiles: 'flex h-12 overflow-hidden rounded-sm bg-n3',
  heat: 'relative h-7 w-8.5 overflow-hidden rounded-xs',
}

/** At the pointer; the menu key has none, so under the row. */
function menuPlace(event: MouseEvent<HTMLElement>): MenuPlace {
  if (event.clientX !== 0 || event.clientY !== 0) return { x: event.clientX, y: event.clientY }
  const box = event.currentTarget.getBoundingClientRect()
  return { x: box.left + 8, y: box.bottom }
}

/** Where the domain is on its way to; null when it stays. */
function useDestination({ migrationId }: Domain): string | null {
  return (
    useFleetPart((index) =>
      migrationId === null
        ? null
        : (index.migrations.get(migrationId)?.destinationHostName ?? null),
    ) ?? null
  )
}

function labelOf(domain: Domain, destination: string | null): string {
  return boardText.domainLabel({
    name: domain.name,
    kind: domainKindText[domain.kind].short,
    os: domain.os.name,
    vcpus: domain.vcpuCount,
    memory: formatSize(domain.memCurrentBytes),
    state:
      destination === null
        ? domainStatusText[domain.state.status]
        : boardText.migratingTo(destination),
  })
}

/** Remembers where the row of a moving domain was, and lets it travel from there. */
function useTravellingRef({ domainId, hostId, migrationId }: Domain) {
  const item = useRef<HTMLLIElement | null>(null)
  const isMoving = useRef(false)
  isMoving.current = migrationId !== null
  useLayoutEffect(() => {
    const element = item.current
    if (element === null) return
    travelFromLastPlace({ domainId, hostId, element })
    return () => {
      if (isMoving.current) leavePlace({ domainId, hostId, element })
    }
  }, [domainId, hostId])
  return item
}

function DomainContent(props: Props) {
  switch (props.density) {
    case 'rows':
      return <RowContent {...props} />
    case 'tiles':
      return <TileContent {...props} />
    case 'heat':
      return <HeatContent {...props} />
  }
}

/** The readings of this domain, painted into the refs it hands out. */
function useDomainPaint(domain: Domain, host: Host) {
  const { samples } = useClient()
  const { readings, heat } = useBoard()
  const edge = useRef<HTMLSpanElement>(null)
  const cpu = useRef<HTMLSpanElement>(null)
  const memory = useRef<HTMLSpanElement>(null)
  const network = useRef<HTMLSpanElement>(null)
  const spark = useRef<SparklineHandle>(null)
  useHostPaint(host.hostId, () => {
    edge.current?.style.setProperty(
      'background',
      loadColor(domainLoad(domain, host, heat, readings)),
    )
    paintQuantity(cpu.current, percentQuantity(domainCpuRatio(domain, readings)))
    paintQuantity(memory.current, gibQuantity(domain.memCurrentBytes))
    paintQuantity(network.current, mbitQuantity(domainNetwork(domain, readings)))
    const ring = samples.domainRing(domain.domainId)
    if (ring === undefined || spark.current === null) return
    const from = Math.max(0, ring.length - sparkSeconds)
    spark.current.paint({
      count: ring.length - from,
      capacity: sparkCapacity(ring.length),
      top: domain.vcpuCount,
      valueAt: (index) => ring.value('cpu', from + index),
    })
  })
  return { edge, cpu, memory, network, spark }
}

function RowContent({ domain, host }: Props) {
  const paint = useDomainPaint(domain, host)
  const migrating = domain.migrationId !== null
  return (
    <>
      <span ref={paint.edge} aria-hidden="true" className="w-0.75 shrink-0 rounded-xs" />
      <span className="grid min-w-0 grow grid-cols-[minmax(0,1fr)_30px_24px_56px_44px_62px_68px] items-center gap-x-1.5 pr-1 pl-2 text-sm max-sm:pr-8 @max-[400px]/card:grid-cols-[minmax(0,1fr)_30px_44px_62px]">
        <span className="flex min-w-0 items-center gap-1.5">
          <span
            className={classNames(
              'shrink-0 truncate font-medium',
              isActive(domain) ? 'text-n12' : 'text-n10',
              'max-w-full',
            )}
          >
            {domain.name}
          </span>
          <DomainMarks domain={domain} />
          {!migrating && (
            <span className="truncate text-n10 text-xs @max-[470px]/card:hidden">
              {domain.os.name}
            </span>
          )}
        </span>
        {migrating ? (
          <MigrationMark
            migrationId={domain.migrationId}
            domainName={domain.name}
            className="col-span-6 justify-end group-focus-within/item:pr-6 group-hover/item:pr-6 @max-[400px]/card:col-span-3"
          />
        ) : (
          <>
            <span className="text-n10 text-xs">{domainKindText[domain.kind].short}</span>
            <span className="text-right text-n10 text-xs @max-[400px]/card:hidden">
              {boardText.vcpus(domain.vcpuCount)}
            </span>
            <Sparkline
              ref={paint.spark}
              width={56}
              height={16}
              className="@max-[400px]/card:hidden"
            />
            <LiveQuantity ref={paint.cpu} className="text-right text-n12" />
            <LiveQuantity ref={paint.memory} className="text-right" />
            <LiveQuantity ref={paint.network} className="text-right @max-[400px]/card:hidden" />
          </>
        )}
      </span>
    </>
  )
}

function TileContent({ domain, host }: Props) {
  const paint = useDomainPaint(domain, host)
  return (
    <>
      <span ref={paint.edge} aria-hidden="true" className="w-1 shrink-0" />
      <span className="flex min-w-0 grow flex-col justify-center px-2">
        <span className="flex min-w-0 items-center gap-1">
          <span
            className={classNames(
              'truncate font-medium text-sm',
              isActive(domain) ? 'text-n12' : 'text-n10',
            )}
          >
            {domain.name}
          </span>
          <DomainMarks domain={domain} />
        </span>
        {domain.migrationId === null ? (
          <span className="flex justify-between gap-2 text-xs">
            <LiveQuantity ref={paint.cpu} />
            <LiveQuantity ref={paint.memory} />
          </span>
        ) : (
          <MigrationMark migrationId={domain.migrationId} domainName={domain.name} isShort />
        )}
      </span>
    </>
  )
}

function HeatContent({ domain, host }: Props) {
  const paint = useDomainPaint(domain, host)
  return (
    <>
      <span ref={paint.edge} aria-hidden="true" className="absolute inset-0" />
      {(domain.migrationId !== null || !isActive(domain)) && (
        <span
          aria-hidden="true"
          className="absolute inset-0 grid place-items-center bg-n1/55 text-n12"
        >
          {domain.migrationId === null ? (
            <Pause size={12} />
          ) : (
            <span className="size-2 animate-breathe rounded-full bg-accent" />
          )}
        </span>
      )}
    </>
  )
}

function isActive(domain: Domain): boolean {
  return domain.state.status === 'running'
}

const stateMarks: Record<Domain['state']['status'], ReactNode> = {
  running: null,
  paused: <Pause size={12} className="text-notice" />,
  'shutting-down': <Power size={12} className="text-notice" />,
  'shut-off': <Power size={12} className="text-n10" />,
  crashed: <TriangleAlert size={12} className="text-crit" />,
}

/** Only what is out of the ordinary. */
function DomainMarks({ domain }: { domain: Domain }) {
  const { stores } = useBoard()
  const refusal = useStore(stores.refusals, (refusals) => refusals.get(domain.domainId) ?? null)
  const mark = stateMarks[domain.state.status]
  return (
    <>
      {mark !== null && <span title={domainStatusText[domain.state.status]}>{mark}</span>}
      {!domain.isMigratable && (
        <span title={boardText.notMigratable}>
          <Lock size={11} className="text-n10" />
        </span>
      )}
      {refusal !== null && (
        <span title={boardText.refusedMark(refusal)}>
          <CircleAlert size={13} className="text-crit" />
        </span>
      )}
    </>
  )
}

function RowMenuButton({ domainId, name }: { domainId: DomainId; name: string }) {
  const { stores, actions } = useBoard()
  const refusal = useStore(stores.refusals, (refusals) => refusals.get(domainId) ?? null)
  const buttonClass =
    'absolute top-0.5 flex h-5.5 w-6 items-center justify-center rounded-xs bg-n4 text-n11 opacity-0 hover:text-n12 focus-visible:opacity-100 group-focus-within/item:opacity-100 group-hover/item:opacity-100 max-sm:top-2.5 max-sm:opacity-100 max-sm:bg-transparent'
  return (
    <>
      {refusal !== null && (
        <button
          type="button"
          aria-label={boardText.dismissRefusal}
          title={refusal}
          onClick={() => actions.dismissRefusal(domainId)}
          className={classNames(buttonClass, 'right-7')}
        >
          <X size={13} />
        </button>
      )}
      <button
        type="button"
        tabIndex={-1}
        aria-label={boardText.openMenu(name)}
        aria-haspopup="menu"
        onClick={(event) => {
          const box = event.currentTarget.getBoundingClientRect()
          actions.openMenu(domainId, { x: box.left, y: box.bottom })
        }}
        className={classNames(buttonClass, 'right-0.5')}
      >
        <EllipsisVertical size={14} />
      </button>
    </>
  )
}

const ghostShape: Record<Density, string> = {
  rows: 'h-6.5 px-2.5 max-sm:h-11',
  tiles: 'h-12 px-2.5',
  heat: 'h-7 w-8.5',
}

/** A place kept on the destination for a domain that is on its way. */
export function GhostItem({
  migrationId,
  density,
}: {
  migrationId: NonNullable<Domain['migrationId']>
  density: Density
}) {
  const migration = useFleetPart((index) => index.migrations.get(migrationId) ?? null)
  if (migration === null || migration === undefined) return null
  const title = boardText.ghostFrom(migration.domainName, migration.sourceHostName)
  return (
    <li
      title={title}
      className={classNames(
        ghostShape[density],
        'flex items-center gap-1.5 overflow-hidden rounded-xs text-n10 text-sm outline-1 outline-accent/60 outline-dashed -outline-offset-1',
      )}
    >
      {density === 'heat' ? (
        <span className="sr-only">{title}</span>
      ) : (
        <>
          <span className="truncate font-medium">{migration.domainName}</span>
          {density === 'rows' && (
            <span className="truncate text-xs">{boardText.arriving(migration.sourceHostName)}</span>
          )}
        </>
      )}
    </li>
  )
}
