import type { Host } from '@drover/api-schema/host.ts'
import { describeBytes, MIB } from '@drover/api-schema/units.ts'

/** What a host would carry after a move; NaN is unknown and warns of nothing. */
export type LoadAfter = {
  /** Of all its pCPUs; above 1 its domains would wait. */
  readonly cpuRatio: number
  readonly memFreeBytes: number
  /** The busier direction of its link, now and after. */
  readonly nicRatioNow: number
  readonly nicRatio: number
}

/** From here on a host has too little left to be called free. */
const highCpuRatio = 0.9
const highNicRatio = 0.9
/** The least that should stay free: for a balloon that grows, and for dom0. */
const reserveRatio = 0.01
const leastReserveBytes = 256 * MIB

/**
 * What an administrator should know before moving something there although nothing forbids it. The verdict of the built-in
 * rules (verdict.ts) knows facts only; this knows loads, so it is asked where they are known.
 */
export function loadWarnings(host: Host, after: LoadAfter): string[] {
  const { name } = host
  const found: string[] = []
  if (after.cpuRatio > 1) {
    found.push(`${name} would need ${percent(after.cpuRatio)} of its CPU; its domains would wait.`)
  } else if (after.cpuRatio > highCpuRatio) {
    found.push(`${name} would be at ${percent(after.cpuRatio)} CPU.`)
  }
  const reserve = Math.max(leastReserveBytes, host.memTotalBytes * reserveRatio)
  if (after.memFreeBytes < reserve) {
    found.push(`${name} would have ${describeBytes(Math.max(0, after.memFreeBytes))} memory left.`)
  }
  if (after.nicRatioNow > highNicRatio) {
    found.push(`${name} has its network at ${percent(after.nicRatioNow)}; copying would be slow.`)
  } else if (after.nicRatio > highNicRatio) {
    found.push(`${name} would have its network at ${percent(after.nicRatio)}.`)
  }
  return found
}

function percent(ratio: number): string {
  return `${Math.round(ratio * 100)} %`
}
