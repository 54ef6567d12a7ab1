'use client'
import type { Host } from '@drover/api-schema/host.ts'
import { useRef } from 'react'
import { useHostPaint } from '../../client/hooks.ts'
import { formatPercent, percentQuantity } from '../../lib/format.ts'
import { boardText } from '../../lib/text/board.ts'
import { LiveQuantity, paintQuantity } from '../../ui/live-quantity.tsx'
import { Meter, paintMeter } from '../../ui/meter.tsx'
import { useBoard } from './board-context.ts'
import { cpuThresholds } from './host-meters.tsx'
import type { HostVerdict } from './host-verdict.ts'
import { hostLoad } from './loads.ts'

/** One number and one bar that can be read from across the room. */
export function HeatHead({ host, verdict }: { host: Host; verdict: HostVerdict | null }) {
  const { readings, heat } = useBoard()
  const meter = useRef<HTMLDivElement>(null)
  const value = useRef<HTMLSpanElement>(null)
  const afterShown = verdict !== null && verdict.kind !== 'refused'
  const label = { cpu: boardText.cpuOf, memory: boardText.memoryOf, network: boardText.networkOf }[
    heat
  ](host.name)
  const after = afterShown
    ? { cpu: verdict.cpu.after, memory: verdict.memory.after, network: Number.NaN }[heat]
    : null
  useHostPaint(host.hostId, () => {
    const load = hostLoad(host, heat, readings)
    paintMeter(meter.current, load, formatPercent(load))
    paintQuantity(value.current, percentQuantity(load))
  })
  const load = hostLoad(host, heat, readings)
  return (
    <div className="flex h-6.5 items-center gap-3">
      <div className="grow">
        <Meter
          ref={meter}
          label={label}
          ratio={load}
          valueText={formatPercent(load)}
          afterRatio={after}
          thresholds={cpuThresholds}
        />
      </div>
      <span className="w-16 text-right font-semibold text-n12 text-xl leading-6">
        {after === null ? (
          <LiveQuantity ref={value} />
        ) : (
          <span className="predicted">{formatPercent(after)}</span>
        )}
      </span>
    </div>
  )
}
