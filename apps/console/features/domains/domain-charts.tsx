'use client'

import type { Domain } from '@drover/api-schema/domain.ts'
import type { Metric } from '@drover/api-schema/telemetry.ts'
import { useMemo } from 'react'
import { useDomainSamples } from '../../client/hooks.ts'
import { seriesOf } from '../../client/ring-series.ts'
import { formatBitRate, formatByteRate, formatPercent, memoryScale } from '../../lib/format.ts'
import { domainsText } from '../../lib/text/domains.ts'
import { type ChartSeries, TimeSeriesChart } from '../../ui/time-series-chart.tsx'
import { ofAllVcpus } from './domain-view.ts'

const windowMs = 600_000
const percent = (ratio: number) => formatPercent(ratio)
const metrics = [
  'cpu',
  'cpu-wait',
  'memory',
  'net-rx',
  'net-tx',
  'disk-read',
  'disk-write',
] as const satisfies readonly Metric[]

const first = { tone: 'primary', shape: 'area' } as const
const second = { tone: 'secondary', shape: 'line' } as const

/** The last ten minutes of a domain, across its moves: the line goes on, on the new host. */
export function DomainCharts({ domain, isStale }: { domain: Domain; isStale: boolean }) {
  const view = useDomainSamples(domain.domainId)
  const { vcpuCount } = domain
  const readings = useMemo(() => {
    const { at, values } = seriesOf(view, metrics, windowMs)
    const column = (metric: (typeof metrics)[number]) => values[metrics.indexOf(metric)] ?? []
    const shareOf = (metric: 'cpu' | 'cpu-wait') =>
      column(metric).map((value) => ofAllVcpus(value, { vcpuCount }))
    const series = (
      id: string,
      label: string,
      columnValues: ChartSeries['values'],
      look: Pick<ChartSeries, 'tone' | 'shape'>,
    ): ChartSeries => ({ id, label, values: columnValues, ...look })
    return {
      at,
      cpu: [
        series('cpu', domainsText.seriesCpu, shareOf('cpu'), first),
        series('cpu-wait', domainsText.seriesWait, shareOf('cpu-wait'), second),
      ],
      memory: [series('memory', domainsText.seriesMemory, column('memory'), first)],
      network: [
        series('net-rx', domainsText.seriesRx, column('net-rx'), first),
        series('net-tx', domainsText.seriesTx, column('net-tx'), second),
      ],
      disk: [
        series('disk-read', domainsText.seriesRead, column('disk-read'), first),
        series('disk-write', domainsText.seriesWrite, column('disk-write'), second),
      ],
    }
  }, [view, vcpuCount])
  const memory = useMemo(() => memoryScale(domain.memMaxBytes), [domain.memMaxBytes])
  const common = {
    at: readings.at,
    windowMs,
    endAt: readings.at.at(-1) ?? 0,
    isLoading: view.ring === undefined,
    isStale,
  }
  return (
    <div className="grid gap-x-8 gap-y-5 px-4 pt-1 pb-4 lg:grid-cols-2 min-[150rem]:grid-cols-4">
      <TimeSeriesChart
        {...common}
        title={domainsText.chartCpu(vcpuCount)}
        series={readings.cpu}
        top={1}
        format={percent}
      />
      <TimeSeriesChart
        {...common}
        title={domainsText.chartMemory}
        series={readings.memory}
        top={domain.memMaxBytes}
        format={memory.value}
        formatTick={memory.tick}
      />
      <TimeSeriesChart
        {...common}
        title={domainsText.chartNetwork}
        series={readings.network}
        top="bits"
        format={formatBitRate}
      />
      <TimeSeriesChart
        {...common}
        title={domainsText.chartDisk}
        series={readings.disk}
        top="binary"
        format={formatByteRate}
      />
    </div>
  )
}
