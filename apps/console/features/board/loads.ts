import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import type { Metric } from '@drover/api-schema/telemetry.ts'
import type { HeatKey } from './board-view.ts'

/** Newest readings; NaN while unknown. What the samples offer, and what a test can be. */
export type Readings = {
  readonly host: (hostId: HostId, metric: Metric) => number
  readonly domain: (domainId: DomainId, metric: Metric) => number
}

/** Held memory of a host as a share; from its facts, so it is known without a reading. */
export function hostMemoryRatio(host: Host): number {
  return host.memTotalBytes === 0
    ? Number.NaN
    : (host.memTotalBytes - host.memFreeBytes) / host.memTotalBytes
}

/** Of network everywhere the busier direction, bytes per second: a full-duplex link is full when one of them is. */
export function hostNetwork(host: Host, readings: Readings): number {
  return Math.max(readings.host(host.hostId, 'net-rx'), readings.host(host.hostId, 'net-tx'))
}

export function hostNetworkRatio(host: Host, readings: Readings): number {
  return hostNetwork(host, readings) / host.nicBytesPerSec
}

/** Reading and writing share a disk. */
export function hostDisk(host: Host, readings: Readings): number {
  return readings.host(host.hostId, 'disk-read') + readings.host(host.hostId, 'disk-write')
}

export function domainDisk(domain: Domain, readings: Readings): number {
  return (
    readings.domain(domain.domainId, 'disk-read') + readings.domain(domain.domainId, 'disk-write')
  )
}

/** How loaded a host is in one respect, 0 to 1. */
export function hostLoad(host: Host, key: HeatKey, readings: Readings): number {
  switch (key) {
    case 'cpu':
      return readings.host(host.hostId, 'cpu')
    case 'memory':
      return hostMemoryRatio(host)
    case 'network':
      return hostNetworkRatio(host, readings)
  }
}

/** CPU as a share of the domain's own vCPUs. */
export function domainCpuRatio(domain: Domain, readings: Readings): number {
  return readings.domain(domain.domainId, 'cpu') / domain.vcpuCount
}

export function domainNetwork(domain: Domain, readings: Readings): number {
  return Math.max(
    readings.domain(domain.domainId, 'net-rx'),
    readings.domain(domain.domainId, 'net-tx'),
  )
}

/** How loaded a domain is in one respect, 0 to 1: its network against its host's link. */
export function domainLoad(
  { domain, nicBytesPerSec }: { readonly domain: Domain; readonly nicBytesPerSec: number },
  key: HeatKey,
  readings: Readings,
): number {
  switch (key) {
    case 'cpu':
      return domainCpuRatio(domain, readings)
    case 'memory':
      return readings.domain(domain.domainId, 'memory') / Math.max(1, domain.memCurrentBytes)
    case 'network':
      return domainNetwork(domain, readings) / nicBytesPerSec
  }
}
