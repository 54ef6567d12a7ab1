'use client'

import type { Host } from '@drover/api-schema/host.ts'
import type { Metric } from '@drover/api-schema/telemetry.ts'
import { useMemo } from 'react'
import { useHostSamples } from '../../client/hooks.ts'
import { seriesOf } from '../../client/ring-series.ts'
import { formatBitRate, formatByteRate, formatPercent, memoryScale } from '../../lib/format.ts'
import { hostsText } from '../../lib/text/hosts.ts'
import { type ChartSeries, TimeSeriesChart } from '../../ui/time-series-chart.tsx'
import { hotCpuRatio } from './host-view.ts'

const windowMs = 600_000
const percent = (ratio: number) => formatPercent(ratio)
const metrics = [
  'cpu',
  'dom0-cpu',
  'memory',
  'net-rx',
  'net-tx',
  'disk-read',
  'disk-write',
] as const satisfies readonly Metric[]

const threshold = {
  value: hotCpuRatio,
  label: `${hostsText.threshold} ${formatPercent(hotCpuRatio)}`,
}

/** The last ten minutes of a host: what the server kept, and every second since. */
export function HostCharts({ host }: { host: Host }) {
  const view = useHostSamples(host.hostId)
  const readings = useMemo(() => {
    const { at, values } = seriesOf(view, metrics, windowMs)
    const series = (
      metric: (typeof metrics)[number],
      label: string,
      look: Pick<ChartSeries, 'tone' | 'shape'>,
    ): ChartSeries => ({
      id: metric,
      label,
      values: values[metrics.indexOf(metric)] ?? [],
      ...look,
    })
    const first = { tone: 'primary', shape: 'area' } as const
    const second = { tone: 'secondary', shape: 'line' } as const
    return {
      at,
      cpu: [
        series('cpu', hostsText.seriesCpu, first),
        series('dom0-cpu', hostsText.seriesDom0, second),
      ],
      memory: [series('memory', hostsText.seriesMemory, first)],
      network: [
        series('net-rx', hostsText.seriesRx, first),
        series('net-tx', hostsText.seriesTx, second),
      ],
      disk: [
        series('disk-read', hostsText.seriesRead, first),
        series('disk-write', hostsText.seriesWrite, second),
      ],
    }
  }, [view])
  const memory = useMemo(() => memoryScale(host.memTotalBytes), [host.memTotalBytes])
  const common = {
    at: readings.at,
    windowMs,
    endAt: readings.at.at(-1) ?? 0,
    isLoading: view.ring === undefined,
    isStale: host.connection.status !== 'online',
  }
  return (
    <div className="grid gap-x-8 gap-y-5 px-4 pt-1 pb-4 lg:grid-cols-2 min-[150rem]:grid-cols-4">
      <TimeSeriesChart
        {...common}
        title={hostsText.chartCpu}
        series={readings.cpu}
        top={1}
        format={percent}
        threshold={threshold}
      />
      <TimeSeriesChart
        {...common}
        title={hostsText.chartMemory}
        series={readings.memory}
        top={host.memTotalBytes}
        format={memory.value}
        formatTick={memory.tick}
      />
      <TimeSeriesChart
        {...common}
        title={hostsText.chartNetwork}
        series={readings.network}
        top="bits"
        format={formatBitRate}
      />
      <TimeSeriesChart
        {...common}
        title={hostsText.chartDisk}
        series={readings.disk}
        top="binary"
        format={formatByteRate}
      />
    </div>
  )
}
