import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import type { OrderedStep } from './order.ts'

export type StepProgress = 'waiting' | 'running' | 'done'

/**
 * The steps of an order that may begin now, beside those that run: a step need not wait for its turn if it takes nothing
 * from those before it. So each host's free memory, less what earlier steps that have not begun will take there, must hold
 * it; and no earlier step of the same domain may be open.
 *
 * `mayCome`: whether rules allow it while everything that has not ended is on both of its hosts.
 */
export function nextSteps(
  steps: readonly OrderedStep[],
  progress: readonly StepProgress[],
  port: {
    /** As the host reports it: what running steps have reserved is gone from it already. */
    readonly freeBytes: (hostId: HostId) => number
    readonly mayCome: (domainId: DomainId, hostId: HostId) => boolean
  },
): number[] {
  const claimed = new Map<HostId, number>()
  const open = new Set<DomainId>()
  const ready: number[] = []
  for (const [index, step] of steps.entries()) {
    const state = progress[index] ?? 'waiting'
    if (state === 'done') continue
    const { domainId, memBytes, toHostId } = step
    if (state === 'waiting') {
      const claims = claimed.get(toHostId) ?? 0
      const fits = port.freeBytes(toHostId) - claims >= memBytes
      if (fits && !open.has(domainId) && port.mayCome(domainId, toHostId)) ready.push(index)
      claimed.set(toHostId, claims + memBytes)
    }
    open.add(domainId)
  }
  return ready
}
