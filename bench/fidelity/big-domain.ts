import { createMemory, memoryDigest, viewMemory } from '@drover/hypervisor-sim/dirty-memory.ts'
import { createPrecopySource, endRound, nextBatch } from '@drover/hypervisor-sim/precopy.ts'
import { XEN_3_0 } from '@drover/hypervisor-sim/precopy-profiles.ts'
import {
  applyBatch,
  createMemoryImage,
  imageDigest,
  missingPages,
} from '@drover/hypervisor-sim/restore.ts'
import { GIB, PAGE_BYTES } from '@drover/hypervisor-sim/units.ts'

export type BigDomain = {
  readonly pages: number
  readonly sourceBytes: number
  readonly destinationBytes: number
  readonly seconds: number
  readonly isSameImage: boolean
}

/**
 * What both ends of a migration of a large domain keep, by the runtime's own count of array buffers, and how long its
 * first round takes on this machine with both ends in one process and no network between them.
 */
export function migrateBigDomain(memGib: number): BigDomain {
  const pageCount = (memGib * GIB) / PAGE_BYTES
  const shape = {
    seed: 1,
    spanPages: pageCount,
    hotPages: pageCount / 64,
    coldPages: pageCount / 8,
  }
  const memory = createMemory(shape)
  const counters = { hotWrites: 1e6, coldWrites: 2e6 }
  const atStart = process.memoryUsage().arrayBuffers
  const source = createPrecopySource({ memory, pageCount, counters, atMs: 0 })
  const withSource = process.memoryUsage().arrayBuffers
  const image = createMemoryImage(pageCount)
  const withBoth = process.memoryUsage().arrayBuffers
  const startedAt = performance.now()
  for (;;) {
    const batch = nextBatch(source, XEN_3_0.batchPages, counters)
    if (batch === null) break
    applyBatch(image, batch)
  }
  endRound(source, counters, 1)
  const seconds = (performance.now() - startedAt) / 1000
  const isSameImage =
    missingPages(image) === 0 &&
    imageDigest(image) === memoryDigest(viewMemory(memory, counters), pageCount)
  return {
    pages: pageCount,
    sourceBytes: withSource - atStart,
    destinationBytes: withBoth - withSource,
    seconds,
    isSameImage,
  }
}
