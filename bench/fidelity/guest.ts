import { XEN_3_0 } from '@drover/hypervisor-sim/precopy-profiles.ts'
import type { PrecopyRunInput } from '@drover/hypervisor-sim/precopy-run.ts'
import { PAGE_BYTES } from '@drover/hypervisor-sim/units.ts'

/** A two-level writable working set. */
export type WorkingSet = {
  readonly hotBytes: number
  readonly coldBytes: number
  readonly hotBytesPerSec: number
  readonly coldBytesPerSec: number
}

export type GuestRun = {
  readonly memBytes: number
  readonly set: WorkingSet
  readonly testbed: { readonly linkBytesPerSec: number; readonly switchOverMs: number }
  /** Memory, sets and batches divided by it. */
  readonly scale?: number
  /** Where hot and cold pages lie and in which order they are written. */
  readonly seed: number
}

/** The guest under profile `nsdi-2005`, with Xen's batches, for the simulator's own pre-copy code. */
export function precopyInput({
  memBytes,
  set,
  testbed,
  scale = 1,
  seed,
}: GuestRun): PrecopyRunInput {
  const pagesOf = (bytes: number) => Math.round(bytes / scale / PAGE_BYTES)
  const pageCount = pagesOf(memBytes)
  const hotPages = Math.min(pageCount, pagesOf(set.hotBytes))
  return {
    profile: { kind: 'nsdi-2005' },
    pageCount,
    shape: {
      seed,
      spanPages: pageCount,
      hotPages,
      coldPages: Math.min(pageCount - hotPages, pagesOf(set.coldBytes)),
    },
    hotWritesPerSec: set.hotBytesPerSec / PAGE_BYTES,
    coldWritesPerSec: set.coldBytesPerSec / PAGE_BYTES,
    linkBytesPerSec: testbed.linkBytesPerSec,
    setupMs: 0,
    switchOverMs: testbed.switchOverMs,
    batchPages: Math.max(1, Math.round(XEN_3_0.batchPages / scale)),
  }
}
