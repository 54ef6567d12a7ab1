import type { HostId } from '@drover/api-schema/ids.ts'
import type { DraftedMove } from '@drover/api-schema/plan.ts'
import type { LoadAfter } from '../load-warnings.ts'
import type { FleetFacts } from '../rules/snapshot.ts'
import { projectFleet } from './plan-fleet.ts'

/** Readings of now; NaN is unknown. */
export type Readings = {
  /** pCPUs in use, dom0 and all domains. */
  readonly cpuOfHost: (hostId: HostId) => number
  readonly cpuOfDomain: (domainId: DraftedMove['domainId']) => number
  /** Bytes a second, received and sent. */
  readonly netOfHost: (hostId: HostId) => Traffic
  readonly netOfDomain: (domainId: DraftedMove['domainId']) => Traffic
}
export type Traffic = { readonly rxBytesPerSec: number; readonly txBytesPerSec: number }

/** What each host would carry after the moves: every domain takes its load along. */
export function projectLoads(
  fleet: FleetFacts,
  moves: readonly DraftedMove[],
  readings: Readings,
): Map<HostId, LoadAfter> {
  const after = projectFleet(fleet, moves)
  const sums = new Map(
    fleet.hosts.map(({ hostId }) => [
      hostId,
      { cpu: readings.cpuOfHost(hostId), ...readings.netOfHost(hostId) },
    ]),
  )
  const shift = (hostId: HostId, sign: 1 | -1, domainId: DraftedMove['domainId']) => {
    const sum = sums.get(hostId)
    if (sum === undefined) return
    const { rxBytesPerSec, txBytesPerSec } = readings.netOfDomain(domainId)
    sum.cpu += sign * readings.cpuOfDomain(domainId)
    sum.rxBytesPerSec += sign * rxBytesPerSec
    sum.txBytesPerSec += sign * txBytesPerSec
  }
  for (const [index, { domainId, hostId }] of fleet.domains.entries()) {
    const goesTo = after.domains[index]?.hostId ?? hostId
    if (goesTo === hostId) continue
    shift(hostId, -1, domainId)
    shift(goesTo, 1, domainId)
  }
  return new Map(
    after.hosts.map(({ hostId, cpu, memFreeBytes, nicBytesPerSec }) => {
      const now = readings.netOfHost(hostId)
      const sum = sums.get(hostId) ?? { cpu: Number.NaN, ...now }
      return [
        hostId,
        {
          cpuRatio: sum.cpu / cpu.pcpuCount,
          memFreeBytes,
          nicRatioNow: busier(now) / nicBytesPerSec,
          nicRatio: busier(sum) / nicBytesPerSec,
        },
      ]
    }),
  )
}

function busier({ rxBytesPerSec, txBytesPerSec }: Traffic): number {
  return Math.max(rxBytesPerSec, txBytesPerSec)
}
