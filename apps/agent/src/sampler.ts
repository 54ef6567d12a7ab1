import type { RosterFrame } from '@drover/api-schema/agent-protocol.ts'
import type { DomainId } from '@drover/api-schema/ids.ts'
import { domainMetrics, hostMetrics } from '@drover/api-schema/telemetry.ts'
import { encodeTelemetryBatch } from '@drover/api-schema/telemetry-frame.ts'
import type { DomainReading, Hypervisor, HypervisorReading } from './hypervisor.ts'

export type Sample = { readonly roster: RosterFrame | null; readonly batch: Uint8Array }

/**
 * Readings to telemetry. Rates are differences of counters over the hypervisor's own time, per start of a domain on this
 * host: counters restart with a reboot or a migration, so the first sample after one has unknown rates (NaN).
 */
export class Sampler {
  readonly #hypervisor: Hypervisor
  #changeCount = -1
  #domainIds: readonly DomainId[] = []
  #rosterId = 0
  #isRosterSent = false
  #before: HypervisorReading | null = null
  #domainsBefore = new Map<string, DomainReading>()
  readonly #hostValues = new Float64Array(hostMetrics.length)
  #domainValues = new Float64Array(0)

  constructor(hypervisor: Hypervisor) {
    this.#hypervisor = hypervisor
  }

  /** A new session has not heard the roster. */
  forgetRoster(): void {
    this.#isRosterSent = false
  }

  /** The roster when it has to be sent first, and the batch. */
  take(sampledAt: number): Sample {
    this.#refreshRoster()
    const reading = this.#hypervisor.readCounters()
    const before = this.#before
    const elapsedMs = before === null ? 0 : reading.atMs - before.atMs
    this.#fillHost(reading, elapsedMs)
    const domains = new Map(reading.domains.map((domain) => [domain.domainId, domain]))
    for (const [index, domainId] of this.#domainIds.entries()) {
      this.#fillDomain(index * domainMetrics.length, domains.get(domainId), elapsedMs)
    }
    this.#before = reading
    this.#domainsBefore = domains
    const batch = encodeTelemetryBatch({
      rosterId: this.#rosterId,
      sampledAt,
      hostValues: this.#hostValues,
      domainValues: this.#domainValues,
      domainCount: this.#domainIds.length,
    })
    if (this.#isRosterSent) return { roster: null, batch }
    this.#isRosterSent = true
    return { roster: this.#roster(), batch }
  }

  #refreshRoster(): void {
    const changeCount = this.#hypervisor.changeCount()
    if (changeCount === this.#changeCount) return
    this.#changeCount = changeCount
    // Parsed when the domain was defined or arrived.
    const domainIds = this.#hypervisor.domains().map(({ domainId }) => domainId as DomainId)
    const isSame =
      domainIds.length === this.#domainIds.length &&
      domainIds.every((id, index) => id === this.#domainIds[index])
    if (isSame) return
    this.#domainIds = domainIds
    this.#domainValues = new Float64Array(domainIds.length * domainMetrics.length)
    this.#rosterId = (this.#rosterId + 1) % 65_536
    this.#isRosterSent = false
  }

  #roster(): RosterFrame {
    return {
      type: 'roster',
      rosterId: this.#rosterId,
      hostMetrics: [...hostMetrics],
      domainMetrics: [...domainMetrics],
      domainIds: [...this.#domainIds],
    }
  }

  #fillHost(reading: HypervisorReading, elapsedMs: number): void {
    const { host } = reading
    const before = this.#before?.host
    const values: Record<(typeof hostMetrics)[number], number> = {
      cpu:
        ratePerMs(host.cpuTimeMs, before?.cpuTimeMs, elapsedMs) / this.#hypervisor.host.pcpuCount,
      'dom0-cpu':
        ratePerMs(host.dom0CpuTimeMs, before?.dom0CpuTimeMs, elapsedMs) /
        this.#hypervisor.host.pcpuCount,
      memory: host.memHeldBytes,
      'net-rx': 1000 * ratePerMs(host.netRxBytes, before?.netRxBytes, elapsedMs),
      'net-tx': 1000 * ratePerMs(host.netTxBytes, before?.netTxBytes, elapsedMs),
      'disk-read': 1000 * ratePerMs(host.diskReadBytes, before?.diskReadBytes, elapsedMs),
      'disk-write': 1000 * ratePerMs(host.diskWriteBytes, before?.diskWriteBytes, elapsedMs),
    }
    for (const [index, metric] of hostMetrics.entries()) this.#hostValues[index] = values[metric]
  }

  #fillDomain(offset: number, now: DomainReading | undefined, elapsedMs: number): void {
    if (now === undefined) {
      this.#domainValues.fill(Number.NaN, offset, offset + domainMetrics.length)
      return
    }
    const last = this.#domainsBefore.get(now.domainId)
    const before = last?.startKey === now.startKey ? last : undefined
    const values: Record<(typeof domainMetrics)[number], number> = {
      cpu: ratePerMs(now.cpuTimeMs, before?.cpuTimeMs, elapsedMs),
      memory: now.memUsedBytes,
      'net-rx': 1000 * ratePerMs(now.netRxBytes, before?.netRxBytes, elapsedMs),
      'net-tx': 1000 * ratePerMs(now.netTxBytes, before?.netTxBytes, elapsedMs),
      'disk-read': 1000 * ratePerMs(now.diskReadBytes, before?.diskReadBytes, elapsedMs),
      'disk-write': 1000 * ratePerMs(now.diskWriteBytes, before?.diskWriteBytes, elapsedMs),
      'cpu-wait': ratePerMs(now.waitMs, before?.waitMs, elapsedMs),
    }
    for (const [index, metric] of domainMetrics.entries())
      this.#domainValues[offset + index] = values[metric]
  }
}

/** NaN without a reading to compare with; a counter that went back restarted, so it is unknown too. */
function ratePerMs(now: number, before: number | undefined, elapsedMs: number): number {
  if (before === undefined || elapsedMs <= 0 || now < before) return Number.NaN
  return (now - before) / elapsedMs
}
