'use client'

import type { Metric } from '@drover/api-schema/telemetry.ts'
import { useMemo } from 'react'
import { useLatest, useLook } from '../../client/hooks.ts'
import { busier } from '../../lib/busier.ts'
import { byteRateQuantity, formatPercent, mbitQuantity, percentQuantity } from '../../lib/format.ts'
import { domainsText } from '../../lib/text/domains.ts'
import { Meter } from '../../ui/meter.tsx'
import { QuantityText } from '../../ui/quantity.tsx'
import { type DomainRow, ofAllVcpus } from './domain-view.ts'

/** Cells of the domains table that follow the readings. Only rows on the screen are mounted, and only they look. */

function useReading({ domain, host }: DomainRow, metric: Metric): number | null {
  const of = useMemo(
    () => ({ hostId: host.hostId, domainId: domain.domainId }),
    [host.hostId, domain.domainId],
  )
  return useLatest(of, metric)
}

/** `settled`: the reading the row is sorted by, shown in place of the newest so that the order is true. */
type CellProps = { row: DomainRow; settled: number | null | undefined }

/** The CPU cell asks for the host's readings on behalf of its whole row. */
export function CpuCell({ row, settled }: CellProps) {
  const hostIds = useMemo(() => [row.host.hostId], [row.host.hostId])
  useLook(hostIds)
  const newest = ofAllVcpus(useReading(row, 'cpu'), row.domain)
  const cpu = settled === undefined ? newest : settled
  return (
    <span className="grid min-w-28 grid-cols-[1fr_56px] items-center gap-2">
      <span className="text-right">
        <QuantityText quantity={percentQuantity(cpu)} />
      </span>
      <Meter
        label={`${row.domain.name} ${domainsText.cpu}`}
        ratio={cpu}
        valueText={formatPercent(cpu)}
        size="sm"
      />
    </span>
  )
}

/** Null when neither is known. */
export function sum(a: number | null, b: number | null): number | null {
  return a === null && b === null ? null : (a ?? 0) + (b ?? 0)
}

/** The busier direction, as everywhere. */
export function NetworkCell({ row, settled }: CellProps) {
  const newest = busier(useReading(row, 'net-rx'), useReading(row, 'net-tx'))
  return <QuantityText quantity={mbitQuantity(settled === undefined ? newest : settled)} />
}

export function DiskCell({ row, settled }: CellProps) {
  const newest = sum(useReading(row, 'disk-read'), useReading(row, 'disk-write'))
  return <QuantityText quantity={byteRateQuantity(settled === undefined ? newest : settled)} />
}
