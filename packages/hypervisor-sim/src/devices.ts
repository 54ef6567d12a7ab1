import { fillShares } from './fair-share.ts'

/**
 * CPU time dom0 spends per byte that crosses a vif or a migration socket: one core per 10 Gbit/s.
 * An assumption. The old rule of thumb is 1 Hz per bit/s (Foong et al., ISPASS 2003), which would be
 * a core per 2 to 3 Gbit/s; segmentation offload and large copies have made it several times cheaper.
 */
export const DOM0_CPU_SECONDS_PER_NET_BYTE = 1 / 1.25e9

/** The same for block back-ends: DMA does the copying, dom0 only forwards requests. Assumption. */
export const DOM0_CPU_SECONDS_PER_DISK_BYTE = 1 / 8e9

/** What dom0 uses when nothing moves: daemons, the agent itself. Assumption. */
export const DOM0_IDLE_CPUS = 0.02

/** dom0's CPU demand (in CPUs) for a host's traffic. */
export function dom0CpuDemand(netBytesPerSec: number, diskBytesPerSec: number): number {
  return (
    DOM0_IDLE_CPUS +
    netBytesPerSec * DOM0_CPU_SECONDS_PER_NET_BYTE +
    diskBytesPerSec * DOM0_CPU_SECONDS_PER_DISK_BYTE
  )
}

/**
 * One direction of a NIC, or a disk, with scratch space for its flows. Filled anew in each accounting
 * step; a flow is a domain's vifs together or one migration.
 */
export interface SharedDevice {
  readonly bytesPerSec: number
  wanted: Float64Array
  granted: Float64Array
  count: number
}

export function createDevice(bytesPerSec: number): SharedDevice {
  return { bytesPerSec, wanted: new Float64Array(16), granted: new Float64Array(16), count: 0 }
}

/** Adds a flow and returns its index. A migration wants `Infinity`, or its rate limit. */
export function addFlow(device: SharedDevice, wantedBytesPerSec: number): number {
  if (device.count === device.wanted.length) {
    const wider = new Float64Array(device.count * 2)
    wider.set(device.wanted)
    device.wanted = wider
    device.granted = new Float64Array(device.count * 2)
  }
  device.wanted[device.count] = wantedBytesPerSec
  return device.count++
}

/** Shares the device among its flows, each at most what it wants; returns the sum granted. */
export function shareDevice(device: SharedDevice): number {
  return fillShares(device.bytesPerSec, device.wanted, null, device.granted, device.count)
}

export function grantOf(device: SharedDevice, flow: number): number {
  return device.granted[flow] ?? 0
}
