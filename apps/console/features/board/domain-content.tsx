'use client'

import type { Domain } from '@drover/api-schema/domain.ts'
import type { HostId } from '@drover/api-schema/ids.ts'
import { CircleAlert, Lock, Pause, Power, TriangleAlert } from 'lucide-react'
import { type ReactNode, useRef } from 'react'
import { useHostPaint } from '../../client/hooks.ts'
import { useClient } from '../../client/provider.tsx'
import { classNames } from '../../lib/class-names.ts'
import { gibQuantity, loadColor, mbitQuantity, percentQuantity } from '../../lib/format.ts'
import { useStore } from '../../lib/store.ts'
import { boardText } from '../../lib/text/board.ts'
import { domainKindText, domainStatusText } from '../../lib/text/common.ts'
import { LiveQuantity, paintQuantity } from '../../ui/live-quantity.tsx'
import { Sparkline, type SparklineHandle } from '../../ui/sparkline.tsx'
import { useBoard } from './board-context.ts'
import type { Density } from './board-view.ts'
import { BrokenMark } from './broken-mark.tsx'
import { domainCpuRatio, domainLoad, domainNetwork } from './loads.ts'
import { MigrationMark } from './migration-mark.tsx'
import { sparkCapacity, sparkSeconds } from './spark.ts'

export type DomainContentProps = {
  domain: Domain
  hostId: HostId
  /** Of its host: what its network is measured against. */
  nicBytesPerSec: number
  density: Density
}

export const itemShape: Record<Density, string> = {
  rows: 'contain-layout contain-style flex h-6.5 items-stretch rounded-xs max-sm:h-11',
  tiles: 'contain-layout contain-style flex h-12 rounded-sm bg-n3',
  heat: 'contain-layout contain-style relative flex h-7 w-8.5 items-center rounded-xs group-data-[heat=named]/board:w-32',
}

export function DomainContent(props: DomainContentProps) {
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
function useDomainPaint({ domain, hostId, nicBytesPerSec }: Omit<DomainContentProps, 'density'>) {
  const { samples } = useClient()
  const { readings, heat } = useBoard()
  const edge = useRef<HTMLSpanElement>(null)
  const cpu = useRef<HTMLSpanElement>(null)
  const memory = useRef<HTMLSpanElement>(null)
  const network = useRef<HTMLSpanElement>(null)
  const spark = useRef<SparklineHandle>(null)
  useHostPaint(hostId, () => {
    edge.current?.style.setProperty(
      'background',
      loadColor(domainLoad({ domain, nicBytesPerSec }, heat, readings)),
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

/** A place of its own size: a new figure lays out nothing around it. Not `strict`: each clip is one more piece to layer. */
const cell = 'block h-5 shrink-0 text-right contain-layout contain-size contain-style'
const spacious = 'group-data-[card=compact]/board:hidden'

function RowContent({ domain, hostId, nicBytesPerSec }: DomainContentProps) {
  const paint = useDomainPaint({ domain, hostId, nicBytesPerSec })
  const migrating = domain.migrationId !== null
  return (
    <>
      <span ref={paint.edge} aria-hidden="true" className="w-0.75 shrink-0 rounded-xs" />
      <span className="flex min-w-0 grow items-center gap-x-1.5 pr-3 pl-2 text-sm max-sm:pr-8">
        <span
          className={classNames(
            'min-w-0 truncate font-medium',
            isActive(domain) ? 'text-n12' : 'text-n10',
          )}
        >
          {domain.name}
        </span>
        <DomainMarks domain={domain} />
        {migrating ? (
          <MigrationMark
            migrationId={domain.migrationId}
            domainName={domain.name}
            className="ml-auto justify-end"
          />
        ) : (
          <>
            {/* Gives way before the name does; with a smaller number the name loses a hair of a pixel, and so a letter. */}
            <span className="min-w-0 shrink-100000 grow truncate text-n10 text-xs">
              <span className="group-not-data-[card=wide]/board:hidden">{domain.os.name}</span>
            </span>
            <span className="w-7.5 shrink-0 text-n10 text-xs">
              {domainKindText[domain.kind].short}
            </span>
            {/* Less worth than a name that can be read; the inspector has it. */}
            <span className="w-6 shrink-0 text-right text-n10 text-xs group-not-data-[card=wide]/board:hidden">
              {boardText.vcpus(domain.vcpuCount)}
            </span>
            <Sparkline ref={paint.spark} width={56} height={16} className={spacious} />
            <LiveQuantity ref={paint.cpu} className={classNames(cell, 'w-10 text-n12')} />
            <LiveQuantity ref={paint.memory} className={classNames(cell, 'w-14')} />
            <LiveQuantity ref={paint.network} className={classNames(cell, 'w-18', spacious)} />
          </>
        )}
      </span>
    </>
  )
}

function TileContent({ domain, hostId, nicBytesPerSec }: DomainContentProps) {
  const paint = useDomainPaint({ domain, hostId, nicBytesPerSec })
  return (
    <>
      <span ref={paint.edge} aria-hidden="true" className="w-1 shrink-0 rounded-l-sm" />
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

function HeatContent({ domain, hostId, nicBytesPerSec }: DomainContentProps) {
  const paint = useDomainPaint({ domain, hostId, nicBytesPerSec })
  return (
    <>
      <span ref={paint.edge} aria-hidden="true" className="h-7 w-8.5 shrink-0 rounded-xs" />
      <span className="hidden truncate pl-1.5 text-n12 text-xs group-data-[heat=named]/board:inline">
        {domain.name}
      </span>
      {(domain.migrationId !== null || !isActive(domain)) && (
        <span
          aria-hidden="true"
          className="absolute inset-y-0 left-0 grid w-8.5 place-items-center rounded-xs bg-n1/55 text-n12"
        >
          {domain.migrationId === null ? (
            heatMarks[domain.state.status]
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

/** Over a coloured square a mark has no colour of its own. */
const heatMarks: Record<Domain['state']['status'], ReactNode> = {
  running: null,
  paused: <Pause size={12} />,
  'shutting-down': <Power size={12} />,
  'shut-off': <Power size={12} />,
  crashed: <TriangleAlert size={12} />,
}

/** Only what is out of the ordinary. */
function DomainMarks({ domain }: { domain: Domain }) {
  const { stores } = useBoard()
  const refusal = useStore(stores.refusals, (refusals) => refusals.get(domain.domainId) ?? null)
  const broken = useStore(stores.broken, ({ domains }) => domains.get(domain.domainId) ?? null)
  const mark = stateMarks[domain.state.status]
  return (
    <>
      {mark !== null && <span title={domainStatusText[domain.state.status]}>{mark}</span>}
      {!domain.isMigratable && (
        <span title={boardText.notMigratable}>
          <Lock size={11} className="text-n10" />
        </span>
      )}
      <BrokenMark broken={broken} />
      {refusal !== null && (
        <span title={boardText.refusedMark(refusal)}>
          <CircleAlert size={13} className="text-crit" />
        </span>
      )}
    </>
  )
}
