import { fillShares } from './fair-share.ts'

/**
 * Xen's credit scheduler as a fluid. The real one hands out credits every 30 ms in proportion to each
 * domain's weight, parks vCPUs that used up their domain's cap, and is work conserving: idle pCPUs
 * steal runnable vCPUs (Xen wiki "Credit Scheduler"; xen/common/sched/credit.c: tick 10 ms, accounting
 * 30 ms, default weight 256). We sample once a second, more than thirty accounting periods, so what
 * remains visible is the average: weighted max-min fairness over domains, where a domain can use at
 * most one pCPU per vCPU and at most its cap.
 */
export interface CpuClaim {
  /** vCPU-seconds the guest would use per second if alone, 0 … any. */
  readonly wantedCpus: number
  readonly vcpuCount: number
  /** 1 … 65535, default 256. */
  readonly schedWeight: number
  /** Percent of one pCPU, 0 = no cap. */
  readonly schedCapPercent: number
}

export interface CpuShare {
  /** CPU time got in the interval. */
  readonly cpuSeconds: number
  /** Runnable wait: time its vCPUs wanted a pCPU and had none. */
  readonly stealMs: number
}

/** The most CPUs a domain can use at once: its demand, its vCPUs, its cap. */
export function cpuLimit(wantedCpus: number, vcpuCount: number, schedCapPercent: number): number {
  const usable = Math.min(Math.max(0, wantedCpus), vcpuCount)
  return schedCapPercent > 0 ? Math.min(usable, schedCapPercent / 100) : usable
}

/** Divides `pcpuCount` processors among the claims (dom0 is one of them) over an interval. */
export function shareCpu(
  claims: readonly CpuClaim[],
  pcpuCount: number,
  intervalMs: number,
): CpuShare[] {
  const wanted = Float64Array.from(claims, (c) =>
    cpuLimit(c.wantedCpus, c.vcpuCount, c.schedCapPercent),
  )
  const weights = Float64Array.from(claims, (c) => c.schedWeight)
  const granted = new Float64Array(claims.length)
  fillShares(pcpuCount, wanted, weights, granted, claims.length)
  return claims.map((claim, i) => {
    const got = granted[i] ?? 0
    const runnable = Math.min(Math.max(0, claim.wantedCpus), claim.vcpuCount)
    return {
      cpuSeconds: (got * intervalMs) / 1000,
      stealMs: Math.max(0, runnable - got) * intervalMs,
    }
  })
}
