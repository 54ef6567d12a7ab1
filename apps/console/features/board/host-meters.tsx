'use client'
import type { Host } from '@drover/api-schema/host.ts'
import { TriangleAlert } from 'lucide-react'
import { useRef } from 'react'
import { useHostPaint } from '../../client/hooks.ts'
import { useClient } from '../../client/provider.tsx'
import type { Ring } from '../../client/sample-ring.ts'
import {
  bitRateQuantity,
  byteRateQuantity,
  formatPercent,
  formatSize,
  gibQuantity,
  mbitQuantity,
  percentQuantity,
  type Quantity,
  quantityText,
} from '../../lib/format.ts'
import { boardText } from '../../lib/text/board.ts'
import type { SparklineHandle } from '../../ui/sparkline.tsx'
import { useBoard } from './board-context.ts'
import type { BeforeAfter, HostVerdict } from './host-verdict.ts'
import { hostDisk, hostMemoryRatio, hostNetwork } from './loads.ts'
import { type AfterMove, MeterLine, useMeterLine } from './meter-line.tsx'
import { sparkCapacity, sparkSeconds } from './spark.ts'

/** Where a host begins to be short of it. */
export const cpuThresholds: readonly number[] = [0.8]
export const memoryThresholds: readonly number[] = [0.9]
const networkThresholds: readonly number[] = [0.8]
const diskThresholds: readonly number[] = [0.8]

/** CPU, memory, network and disk of a host: now, and while something is carried over it, after the move. */
export function HostMeters({ host, verdict }: { host: Host; verdict: HostVerdict | null }) {
  const { samples } = useClient()
  const { readings } = useBoard()
  const cpu = useMeterLine()
  const network = useMeterLine()
  const disk = useMeterLine()
  const memorySpark = useRef<SparklineHandle>(null)
  const shown = verdict !== null && verdict.kind !== 'refused' ? verdict : null

  useHostPaint(host.hostId, () => {
    const cpuRatio = readings.host(host.hostId, 'cpu')
    cpu.paint(cpuRatio, formatPercent(cpuRatio), percentQuantity(cpuRatio))
    const rate = hostNetwork(host, readings)
    network.paint(rate / host.nicBytesPerSec, networkText(host, rate), mbitQuantity(rate))
    const stored = hostDisk(host, readings)
    disk.paint(stored / host.diskBytesPerSec, diskText(host, stored), byteRateQuantity(stored))
    const ring = samples.hostRing(host.hostId)
    if (ring === undefined) return
    const from = Math.max(0, ring.length - sparkSeconds)
    const frame = { count: ring.length - from, capacity: sparkCapacity(ring.length) }
    const paint = (
      spark: SparklineHandle | null,
      top: number | null,
      read: (index: number) => number,
    ) => {
      const valueAt = (index: number) => read(from + index)
      spark?.paint({ ...frame, top: top ?? peakOf(frame.count, valueAt), valueAt })
    }
    paint(cpu.spark.current, 1, (index) => ring.value('cpu', index))
    paint(memorySpark.current, host.memTotalBytes, (index) => ring.value('memory', index))
    paint(network.spark.current, null, (index) => networkAt(ring, index))
    paint(disk.spark.current, null, (index) => diskAt(ring, index))
  })

  const usedBytes = host.memTotalBytes - host.memFreeBytes
  const total = boardText.ofTotal(formatSize(host.memTotalBytes))
  return (
    <div className="text-sm">
      <MeterLine
        caption={boardText.cpu}
        label={boardText.cpuOf(host.name)}
        ratio={readings.host(host.hostId, 'cpu')}
        valueText={formatPercent(readings.host(host.hostId, 'cpu'))}
        thresholds={cpuThresholds}
        after={afterOf(shown?.cpu, percentQuantity)}
        refs={cpu.refs}
      />
      <MeterLine
        caption={boardText.memory}
        label={boardText.memoryOf(host.name)}
        ratio={hostMemoryRatio(host)}
        valueText={`${quantityText(gibQuantity(usedBytes))} ${total}`}
        thresholds={memoryThresholds}
        after={afterOf(shown?.memory, (ratio) => gibQuantity(ratio * host.memTotalBytes))}
        refs={{ spark: memorySpark }}
        value={
          <>
            {gibQuantity(usedBytes).value}
            <span className="unit">{total}</span>
          </>
        }
      />
      <MeterLine
        caption={boardText.network}
        label={boardText.networkOf(host.name)}
        title={boardText.networkTitle(formatBitSize(host.nicBytesPerSec))}
        ratio={hostNetwork(host, readings) / host.nicBytesPerSec}
        valueText={networkText(host, hostNetwork(host, readings))}
        thresholds={networkThresholds}
        after={afterOf(shown?.network, (ratio) => mbitQuantity(ratio * host.nicBytesPerSec))}
        refs={network.refs}
      />
      {verdict?.kind === 'warning' && <WarningLine warnings={verdict.warnings} />}
      <MeterLine
        caption={boardText.disk}
        label={boardText.diskOf(host.name)}
        title={boardText.diskTitle(quantityText(byteRateQuantity(host.diskBytesPerSec)))}
        ratio={hostDisk(host, readings) / host.diskBytesPerSec}
        valueText={diskText(host, hostDisk(host, readings))}
        thresholds={diskThresholds}
        after={afterOf(shown?.disk, (ratio) => byteRateQuantity(ratio * host.diskBytesPerSec))}
        refs={disk.refs}
        isHidden={verdict?.kind === 'warning'}
      />
    </div>
  )
}

/** "24 → 33 %": the unit once. */
function afterOf(
  load: BeforeAfter | undefined,
  quantityOf: (ratio: number) => Quantity,
): AfterMove | null {
  if (load === undefined) return null
  const before = quantityOf(load.before)
  const after = quantityOf(load.after)
  const text = quantityText(after)
  return {
    ratio: load.after,
    before: before.unit === after.unit ? before.value : quantityText(before),
    text,
  }
}

/** In the place of the disk: what the host would be short of, or what a rule would rather have. */
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

function diskText(host: Host, bytesPerSec: number): string {
  return `${quantityText(byteRateQuantity(bytesPerSec))} ${boardText.ofTotal(quantityText(byteRateQuantity(host.diskBytesPerSec)))}`
}

/** A link as it is sold: 1 Gbit/s. */
function formatBitSize(bytesPerSec: number): string {
  const { value, unit } = bitRateQuantity(bytesPerSec)
  return quantityText({ value: value.replace(/\.0$/, ''), unit })
}

function networkAt(ring: Ring, index: number): number {
  return Math.max(ring.value('net-rx', index), ring.value('net-tx', index))
}

function diskAt(ring: Ring, index: number): number {
  return ring.value('disk-read', index) + ring.value('disk-write', index)
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
