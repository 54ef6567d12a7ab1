import {
  createMemory,
  frameOfWrite,
  type GuestMemory,
  type MemoryShape,
  memoryDigest,
  pageVersion,
  viewMemory,
} from './dirty-memory.ts'
import { pageTag } from './page-tag.ts'
import {
  acceptPage,
  createPostcopyArrivals,
  type PostcopyArrivals,
  touchPage,
} from './postcopy-arrivals.ts'
import {
  createPostcopyOrder,
  nextFrames,
  type PostcopyOrder,
  reportFault,
} from './postcopy-order.ts'
import { createPrecopySource, suspendSource } from './precopy.ts'
import { applyBatch, createMemoryImage, imageDigest, type MemoryImage } from './restore.ts'
import { PAGE_BYTES } from './units.ts'

/**
 * A whole post-copy migration between two otherwise idle hosts, in virtual time, with no round of pre-copy before it: for
 * its laws. The guest's touches are its writes, as `dirty-memory.ts` has them, and it has one vCPU: a fault stops all of
 * it, which is the worst case. Its working set lies scattered, so pre-paging gains it less than the real guests of the paper.
 */
export interface PostcopyRunInput {
  readonly pageCount: number
  readonly shape: MemoryShape
  readonly hotWritesPerSec: number
  readonly coldWritesPerSec: number
  readonly linkBytesPerSec: number
  /** From a fault to the source and back, beside the page's own time on the link. */
  readonly roundTripMs: number
  /** The pause: device state and resuming. No page is copied in it. */
  readonly switchOverMs: number
  /** Pages sent between two looks at the faults, default 16. */
  readonly batchPages?: number
}

export interface PostcopyRun {
  readonly downtimeMs: number
  /** From the pause to the last page. */
  readonly totalMs: number
  readonly totalBytes: number
  /** How often each page was sent. */
  readonly sends: Uint8Array
  /** Pages the guest touched before they came. */
  readonly faults: number
  /** Time the guest waited for them after it had been resumed. */
  readonly stalledMs: number
  /** Pages at the destination are those of the source at the pause. */
  readonly isSameImage: boolean
}

export function runPostcopy(input: PostcopyRunInput): PostcopyRun {
  const run = new Run(input)
  while (run.order.unsentPages > 0) run.sendBatch()
  run.arrive(Number.POSITIVE_INFINITY)
  return run.report()
}

interface Flight {
  readonly atMs: number
  readonly frames: Uint32Array
}

class Run {
  readonly input: PostcopyRunInput
  readonly memory: GuestMemory
  readonly order: PostcopyOrder
  readonly arrivals: PostcopyArrivals
  readonly image: MemoryImage
  readonly sends: Uint8Array
  readonly counters = { hotWrites: 0, coldWrites: 0 }
  readonly inFlight: Flight[] = []
  readonly reports: { readonly atMs: number; readonly frame: number }[] = []
  readonly resumedAtMs: number
  nowMs: number
  lastArrivalMs = 0
  waitsFor: number | null = null
  waitsSinceMs = 0
  stalledMs = 0

  constructor(input: PostcopyRunInput) {
    this.input = input
    this.memory = createMemory(input.shape)
    const source = createPrecopySource({
      memory: this.memory,
      pageCount: input.pageCount,
      counters: this.counters,
      atMs: 0,
    })
    suspendSource(source, this.counters, 0)
    this.order = createPostcopyOrder(source.bitmap, input.pageCount)
    this.arrivals = createPostcopyArrivals(source.bitmap)
    this.image = createMemoryImage(input.pageCount)
    this.sends = new Uint8Array(input.pageCount)
    this.nowMs = input.switchOverMs
    this.resumedAtMs = input.switchOverMs
  }

  sendBatch(): void {
    this.hearFaults()
    const frames = nextFrames(this.order, this.input.batchPages ?? 16)
    for (const frame of frames) this.sends[frame] = (this.sends[frame] ?? 0) + 1
    const endMs = this.nowMs + (1000 * frames.length * PAGE_BYTES) / this.input.linkBytesPerSec
    this.arrive(this.nowMs)
    this.execute(endMs)
    this.nowMs = endMs
    this.inFlight.push({ atMs: endMs + this.input.roundTripMs / 2, frames })
  }

  /** The source hears of a fault half a round trip after it. */
  hearFaults(): void {
    for (
      let next = this.reports[0];
      next !== undefined && next.atMs <= this.nowMs;
      next = this.reports[0]
    ) {
      reportFault(this.order, next.frame)
      this.reports.shift()
    }
  }

  /** What has come up to a moment goes into the memory; whoever waited for it goes on from there. */
  arrive(untilMs: number): void {
    const view = viewMemory(this.memory, { hotWrites: 0, coldWrites: 0 })
    for (
      let next = this.inFlight[0];
      next !== undefined && next.atMs <= untilMs;
      next = this.inFlight[0]
    ) {
      const fresh = next.frames.filter((frame) => acceptPage(this.arrivals, frame))
      const versions = Uint8Array.from(fresh, (frame) => pageTag(frame, pageVersion(view, frame)))
      applyBatch(this.image, { roundIndex: 0, frames: fresh, versions })
      this.lastArrivalMs = next.atMs
      if (this.waitsFor !== null && fresh.includes(this.waitsFor)) {
        this.stalledMs += next.atMs - this.waitsSinceMs
        this.waitsFor = null
      }
      this.inFlight.shift()
    }
  }

  /** Lets the guest write up to `endMs`, or until it touches a page that is not here. */
  execute(endMs: number): void {
    let atMs = this.nowMs
    while (this.waitsFor === null) {
      const hotMs = waitMs(
        this.memory.shape.hotPages,
        this.counters.hotWrites,
        this.input.hotWritesPerSec,
      )
      const coldMs = waitMs(
        this.memory.shape.coldPages,
        this.counters.coldWrites,
        this.input.coldWritesPerSec,
      )
      const stepMs = Math.min(hotMs, coldMs, endMs - atMs)
      this.counters.hotWrites += (stepMs * this.input.hotWritesPerSec) / 1000
      this.counters.coldWrites += (stepMs * this.input.coldWritesPerSec) / 1000
      atMs += stepMs
      if (atMs >= endMs) return
      this.write(hotMs <= coldMs ? 'hot' : 'cold', atMs)
    }
  }

  /** The write whose time has come; the counter is set to it exactly, so that it comes once. */
  write(level: 'hot' | 'cold', atMs: number): void {
    const key = level === 'hot' ? 'hotWrites' : 'coldWrites'
    const writes = Math.round(this.counters[key])
    this.counters[key] = writes
    const frame = frameOfWrite(this.memory, level, writes - 1)
    const touch = touchPage(this.arrivals, frame)
    if (touch === 'present') return
    this.waitsFor = frame
    this.waitsSinceMs = atMs
    if (touch === 'ask') {
      this.reports.push({ atMs: atMs + this.input.roundTripMs / 2, frame })
    }
  }

  report(): PostcopyRun {
    const atPause = viewMemory(this.memory, { hotWrites: 0, coldWrites: 0 })
    return {
      downtimeMs: this.resumedAtMs,
      totalMs: this.lastArrivalMs,
      totalBytes: this.sends.reduce((sum, sends) => sum + sends, 0) * PAGE_BYTES,
      sends: this.sends,
      faults: this.arrivals.faults,
      stalledMs: this.stalledMs,
      isSameImage: imageDigest(this.image) === memoryDigest(atPause, this.input.pageCount),
    }
  }
}

/** Until the next whole write of a level; never for one without pages or writes. */
function waitMs(pages: number, writes: number, writesPerSec: number): number {
  if (pages === 0 || writesPerSec <= 0) return Number.POSITIVE_INFINITY
  return (1000 * (Math.floor(writes) + 1 - writes)) / writesPerSec
}
