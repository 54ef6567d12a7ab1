'use client'
import type { Host } from '@drover/api-schema/host.ts'
import { TriangleAlert } from 'lucide-react'
import { useRef } from 'react'
import { useHostPaint } from '../../client/hooks.ts'
import { useClient } from '../../client/provider.tsx'
import type { Ring } from '../../client/sample-ring.ts'
import { classNames } from '../../lib/class-names.ts'
import {
  bitRateQuantity,
  formatPercent,
  formatSize,
  gibQuantity,
  mbitQuantity,
  percentQuantity,
  quantityText,
} from '../../lib/format.ts'
import { boardText } from '../../lib/text/board.ts'
import { LiveQuantity, paintQuantity } from '../../ui/live-quantity.tsx'
import { Meter, paintMeter } from '../../ui/meter.tsx'
import { Sparkline, type SparklineHandle } from '../../ui/sparkline.tsx'
import { useBoard } from './board-context.ts'
import type { HostVerdict } from './host-verdict.ts'
import { hostMemoryRatio, hostNetwork } from './loads.ts'
import { sparkCapacity, sparkSeconds } from './spark.ts'

/** Where a host begins to be short of it. */
export const cpuThresholds: readonly number[] = [0.8]
export const memoryThresholds: readonly number[] = [0.9]
const networkThresholds: readonly number[] = [0.8]

const line = 'flex h-5 items-center gap-2.5'
const sparkClass = 'group-data-[card=compact]/board:hidden'
const captionClass = 'w-7.5 shrink-0 font-medium text-2xs text-n10'
/** A place of its own size: a new figure lays out nothing around it. */
const valueClass =
  'h-5 w-28 shrink-0 whitespace-nowrap text-right text-n12 contain-layout contain-size contain-style group-data-[card=compact]/board:w-26'

/** CPU, memory and network of a host: now, and while something is carried over it, after the move. */
export function HostMeters({ host, verdict }: { host: Host; verdict: HostVerdict | null }) {
  const { samples } = useClient()
  const { readings } = useBoard()
  const cpu = {
    meter: useRef<HTMLDivElement>(null),
    value: useRef<HTMLSpanElement>(null),
    spark: useRef<SparklineHandle>(null),
  }
  const network = {
    meter: useRef<HTMLDivElement>(null),
    value: useRef<HTMLSpanElement>(null),
    spark: useRef<SparklineHandle>(null),
  }
  const memorySpark = useRef<SparklineHandle>(null)
  const memory = hostMemoryRatio(host)
  const afterShown = verdict !== null && verdict.kind !== 'refused'

  useHostPaint(host.hostId, () => {
    const cpuRatio = readings.host(host.hostId, 'cpu')
    paintMeter(cpu.meter.current, cpuRatio, formatPercent(cpuRatio))
    paintQuantity(cpu.value.current, percentQuantity(cpuRatio))
    const rate = hostNetwork(host, readings)
    paintMeter(network.meter.current, rate / host.nicBytesPerSec, networkText(host, rate))
    paintQuantity(network.value.current, mbitQuantity(rate))
    const ring = samples.hostRing(host.hostId)
    if (ring === undefined) return
    const from = Math.max(0, ring.length - sparkSeconds)
    const frame = { count: ring.length - from, capacity: sparkCapacity(ring.length) }
    cpu.spark.current?.paint({
      ...frame,
      top: 1,
      valueAt: (index) => ring.value('cpu', from + index),
    })
    memorySpark.current?.paint({
      ...frame,
      top: host.memTotalBytes,
      valueAt: (index) => ring.value('memory', from + index),
    })
    network.spark.current?.paint({
      ...frame,
      top: peakOf(frame.count, (index) => networkAt(ring, from + index)),
      valueAt: (index) => networkAt(ring, from + index),
    })
  })

  const usedText = `${quantityText(gibQuantity(host.memTotalBytes - host.memFreeBytes))} ${boardText.ofTotal(formatSize(host.memTotalBytes))}`
  return (
    <div className="text-sm">
      <div className={line}>
        <span className={captionClass}>{boardText.cpu}</span>
        <div className="min-w-0 grow">
          <Meter
            ref={cpu.meter}
            label={boardText.cpuOf(host.name)}
            ratio={readings.host(host.hostId, 'cpu')}
            valueText={formatPercent(readings.host(host.hostId, 'cpu'))}
            afterRatio={afterShown ? verdict.cpu.after : null}
            thresholds={cpuThresholds}
          />
        </div>
        <span className={valueClass}>
          {afterShown && <BeforeArrow text={percentQuantity(verdict.cpu.before).value} />}
          <span className={afterShown ? 'hidden' : undefined}>
            <LiveQuantity ref={cpu.value} />
          </span>
          {afterShown && <span className="predicted">{formatPercent(verdict.cpu.after)}</span>}
        </span>
        <Sparkline ref={cpu.spark} width={58} height={16} className={sparkClass} />
      </div>
      <div className={line}>
        <span className={captionClass}>{boardText.memory}</span>
        <div className="min-w-0 grow">
          <Meter
            label={boardText.memoryOf(host.name)}
            ratio={memory}
            valueText={usedText}
            afterRatio={afterShown ? verdict.memory.after : null}
            thresholds={memoryThresholds}
          />
        </div>
        <span className={valueClass}>
          {afterShown ? (
            <>
              <BeforeArrow text={gibQuantity(host.memTotalBytes - host.memFreeBytes).value} />
              <span className="predicted">
                {quantityText(gibQuantity(verdict.memory.afterBytes))}
              </span>
            </>
          ) : (
            <>
              {gibQuantity(host.memTotalBytes - host.memFreeBytes).value}
              <span className="unit">{boardText.ofTotal(formatSize(host.memTotalBytes))}</span>
            </>
          )}
        </span>
        <Sparkline ref={memorySpark} width={58} height={16} className={sparkClass} />
      </div>
      {verdict?.kind === 'warning' && <WarningLine warnings={verdict.warnings} />}
      <div
        className={classNames(line, verdict?.kind === 'warning' && 'hidden')}
        title={boardText.networkTitle(formatBitSize(host.nicBytesPerSec))}
      >
        <span className={captionClass}>{boardText.network}</span>
        <div className="min-w-0 grow">
          <Meter
            ref={network.meter}
            label={boardText.networkOf(host.name)}
            ratio={hostNetwork(host, readings) / host.nicBytesPerSec}
            valueText={networkText(host, hostNetwork(host, readings))}
            thresholds={networkThresholds}
          />
        </div>
        <span className={valueClass}>
          <LiveQuantity ref={network.value} />
        </span>
        <Sparkline ref={network.spark} width={58} height={16} className={sparkClass} />
      </div>
    </div>
  )
}

/** In the place of the network, which has no "after": what the host would be short of. */
function WarningLine({ warnings }: { warnings: readonly string[] }) {
  return (
    <p
      title={warnings.join('\n')}
      className="flex h-5 items-center gap-1.5 whitespace-nowrap text-warn text-xs"
    >
      <TriangleAlert size={12} aria-hidden="true" className="shrink-0" />
      <span className="truncate">{warnings[0]}</span>
      {warnings.length > 1 && (
        <span className="shrink-0">{boardText.moreReasons(warnings.length - 1)}</span>
      )}
    </p>
  )
}

/** "12.0 Mbit/s of 1 Gbit/s". */
function networkText(host: Host, bytesPerSec: number): string {
  return `${quantityText(mbitQuantity(bytesPerSec))} ${boardText.ofTotal(formatBitSize(host.nicBytesPerSec))}`
}

/** A link as it is sold: 1 Gbit/s. */
function formatBitSize(bytesPerSec: number): string {
  const { value, unit } = bitRateQuantity(bytesPerSec)
  return quantityText({ value: value.replace(/\.0$/, ''), unit })
}

function networkAt(ring: Ring, index: number): number {
  return Math.max(ring.value('net-rx', index), ring.value('net-tx', index))
}

function BeforeArrow({ text }: { text: string }) {
  return <span className="text-n10">{`${text} → `}</span>
}

/** A line of its own scale needs a top; a quiet one must not look busy, so 1 Mbit/s is the least. */
function peakOf(count: number, valueAt: (index: number) => number): number {
  let peak = 125_000
  for (let index = 0; index < count; index += 1) {
    const value = valueAt(index)
    if (value > peak) peak = value
  }
  return peak
}
