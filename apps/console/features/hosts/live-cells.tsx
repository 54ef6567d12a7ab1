'use client'

import type { Host } from '@drover/api-schema/host.ts'
import { useLatest } from '../../client/hooks.ts'
import { busier } from '../../lib/busier.ts'
import {
  formatBitRate,
  formatGib,
  formatPercent,
  gibQuantity,
  mbitQuantity,
  percentQuantity,
  type Quantity,
  quantityText,
} from '../../lib/format.ts'
import { hostsText } from '../../lib/text/hosts.ts'
import { Meter } from '../../ui/meter.tsx'
import { QuantityText } from '../../ui/quantity.tsx'
import { heldBytes, hotCpuRatio, hotMemoryRatio } from './host-view.ts'

/** Cells of the hosts table that follow the readings, each by itself, once a second. */

const noThresholds: readonly number[] = []
const cpuThresholds = [hotCpuRatio]
const memoryThresholds = [hotMemoryRatio]

function LiveMeter({
  label,
  quantity,
  valueText = quantityText(quantity),
  ratio,
  thresholds = noThresholds,
}: {
  label: string
  quantity: Quantity
  valueText?: string
  ratio: number | null
  thresholds?: readonly number[]
}) {
  return (
    <span className="grid min-w-34 grid-cols-[1fr_64px] items-center gap-2">
      <span className="text-right">
        <QuantityText quantity={quantity} />
      </span>
      <Meter label={label} ratio={ratio} valueText={valueText} thresholds={thresholds} size="sm" />
    </span>
  )
}

/** `settled`: the reading the row is sorted by, shown in place of the newest so that the order is true. */
type CellProps = { host: Host; settled: number | null | undefined }

export function CpuCell({ host, settled }: CellProps) {
  const newest = useLatest(host, 'cpu')
  const cpu = settled === undefined ? newest : settled
  return (
    <LiveMeter
      label={`${host.name} ${hostsText.cpu}`}
      quantity={percentQuantity(cpu)}
      ratio={cpu}
      thresholds={cpuThresholds}
    />
  )
}

export function MemoryCell({ host, settled }: CellProps) {
  const newest = useLatest(host, 'memory')
  const held = settled ?? heldBytes(host, newest)
  return (
    <LiveMeter
      label={`${host.name} ${hostsText.memory}`}
      quantity={gibQuantity(held)}
      valueText={hostsText.heldOf(formatGib(held), formatGib(host.memTotalBytes))}
      ratio={held / host.memTotalBytes}
      thresholds={memoryThresholds}
    />
  )
}

/** The busier direction against the link, which is full duplex. */
export function NetworkCell({ host, settled }: CellProps) {
  const newest = busier(useLatest(host, 'net-rx'), useLatest(host, 'net-tx'))
  const bytesPerSec = settled === undefined ? newest : settled
  const quantity = mbitQuantity(bytesPerSec)
  return (
    <LiveMeter
      label={`${host.name} ${hostsText.network}`}
      quantity={quantity}
      valueText={hostsText.heldOf(quantityText(quantity), formatBitRate(host.nicBytesPerSec))}
      ratio={bytesPerSec === null ? null : bytesPerSec / host.nicBytesPerSec}
    />
  )
}

/** "58 % CPU · 81.0 GiB" in one line, for the list on a phone. */
export function LoadLine({
  host,
  settledCpu,
  settledMemory,
}: {
  host: Host
  settledCpu: number | null | undefined
  settledMemory: number | null | undefined
}) {
  const newestCpu = useLatest(host, 'cpu')
  const newestMemory = useLatest(host, 'memory')
  const cpu = settledCpu === undefined ? newestCpu : settledCpu
  const held = settledMemory ?? heldBytes(host, newestMemory)
  return (
    <span className="flex items-center gap-3">
      <span className="grid grow grid-cols-[28px_1fr_44px] items-center gap-1.5">
        {hostsText.cpu}
        <Meter
          label={`${host.name} ${hostsText.cpu}`}
          ratio={cpu}
          valueText={formatPercent(cpu)}
          thresholds={cpuThresholds}
          size="sm"
        />
        <span className="text-right text-n11">{formatPercent(cpu)}</span>
      </span>
      <span className="grid grow grid-cols-[30px_1fr_60px] items-center gap-1.5">
        {hostsText.memoryShort}
        <Meter
          label={`${host.name} ${hostsText.memory}`}
          ratio={held / host.memTotalBytes}
          valueText={formatGib(held)}
          thresholds={memoryThresholds}
          size="sm"
        />
        <span className="text-right text-n11">{formatGib(held)}</span>
      </span>
    </span>
  )
}
