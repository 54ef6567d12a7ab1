import { MIB, PAGE_BYTES } from './units.ts'

/**
 * How fast a guest's balloon driver gives back or claims memory. Assumption: Linux's xen-balloon moves
 * pages in batches as fast as the allocator lets it, some hundreds of MiB a second; 512 MiB/s makes a
 * change of a few GiB visible on screen for some seconds, as in reality.
 */
export const BALLOON_BYTES_PER_SEC = 512 * MIB

/**
 * The memory a domain holds after `elapsedMs` on the way to its target. Growth takes at most
 * `hostFreeBytes`: the hypervisor gives what it has and the balloon driver tries again later.
 */
export function stepBalloon(
  memCurrentBytes: number,
  memTargetBytes: number,
  elapsedMs: number,
  hostFreeBytes: number,
): number {
  const reach = (BALLOON_BYTES_PER_SEC * elapsedMs) / 1000
  if (memTargetBytes < memCurrentBytes) return Math.max(memTargetBytes, memCurrentBytes - reach)
  const room = Math.max(0, hostFreeBytes)
  return memCurrentBytes + Math.min(memTargetBytes - memCurrentBytes, reach, room)
}

/** Whole pages held: what a migration sends. */
export function populatedPages(memCurrentBytes: number): number {
  return Math.floor(memCurrentBytes / PAGE_BYTES)
}
