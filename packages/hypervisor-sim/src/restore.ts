import { type MemoryView, pageVersion } from './dirty-memory.ts'
import { hasPage, pagesIn } from './page-bitmap.ts'
import { digestText, pageTag, tagLane1, tagLane2 } from './page-tag.ts'
import type { PageBatch } from './precopy.ts'
import { ok, type Result, refuse } from './result.ts'

/**
 * The destination side: the image of a domain that is arriving. One byte per page (its tag), one bit
 * for "received", and a digest kept up to date page by page, so that comparing the whole image before
 * activation costs nothing. After activation the image is dropped: from then on the memory follows
 * from the write counters handed over (`dirty-memory.ts`), which the digest has just shown to be true.
 *
 * Batches may be delayed and doubled. A page occurs at most once per round, so a doubled batch changes
 * nothing, and a batch of an older round than the newest seen is ignored: taking it could put an old
 * version over a new one. If it was the first delivery of that batch, a page is now stale or missing,
 * and the digest says so.
 */
export interface MemoryImage {
  readonly pageCount: number
  readonly tags: Uint8Array
  readonly received: Uint32Array
  receivedPages: number
  lane1: number
  lane2: number
  newestRound: number
}

export type BatchError = {
  readonly code: 'bad-batch'
  readonly problem: 'length-mismatch' | 'frame-out-of-range'
}

/** Reserves the book-keeping of an image: a byte and a bit per page. */
export function createMemoryImage(pageCount: number): MemoryImage {
  return {
    pageCount,
    tags: new Uint8Array(pageCount),
    received: new Uint32Array(Math.ceil(pageCount / 32)),
    receivedPages: 0,
    lane1: 0,
    lane2: 0,
    newestRound: 0,
  }
}

/** Takes over a batch, all of it or nothing. `appliedPages` is 0 for a batch of an older round. */
export function applyBatch(
  image: MemoryImage,
  batch: PageBatch,
): Result<{ readonly appliedPages: number }, BatchError> {
  const { frames, versions, roundIndex } = batch
  const checked = checkBatch(batch, image.pageCount)
  if (!checked.ok) return checked
  if (roundIndex < image.newestRound) return ok({ appliedPages: 0 })
  image.newestRound = roundIndex
  for (let i = 0; i < frames.length; i++) putPage(image, frames[i] ?? 0, versions[i] ?? 0)
  return ok({ appliedPages: frames.length })
}

/** Of one length, and of pages that there are. */
export function checkBatch(
  { frames, versions }: PageBatch,
  pageCount: number,
): Result<null, BatchError> {
  if (frames.length !== versions.length) {
    return refuse({ code: 'bad-batch', problem: 'length-mismatch' })
  }
  for (const frame of frames) {
    if (frame >= pageCount) return refuse({ code: 'bad-batch', problem: 'frame-out-of-range' })
  }
  return ok(null)
}

function putPage(image: MemoryImage, frame: number, tag: number): void {
  const word = frame >>> 5
  const bit = 1 << (frame & 31)
  const held = image.received[word] ?? 0
  if ((held & bit) === 0) {
    image.received[word] = held | bit
    image.receivedPages++
  }
  const old = image.tags[frame] ?? 0
  if (old === tag) return
  if (old !== 0) {
    image.lane1 = (image.lane1 - tagLane1(frame, old)) | 0
    image.lane2 = (image.lane2 - tagLane2(frame, old)) | 0
  }
  if (tag !== 0) {
    image.lane1 = (image.lane1 + tagLane1(frame, tag)) | 0
    image.lane2 = (image.lane2 + tagLane2(frame, tag)) | 0
  }
  image.tags[frame] = tag
}

/** As if these had never come: what is here of them is of an older version, and the last one will follow. */
export function forgetPages(image: MemoryImage, missing: Uint32Array): void {
  for (const frame of pagesIn(missing)) {
    if (!hasPage(image.received, frame)) continue
    putPage(image, frame, 0)
    const word = frame >>> 5
    image.received[word] = (image.received[word] ?? 0) & ~(1 << (frame & 31))
    image.receivedPages--
  }
}

/** To be compared with the source's `memoryDigest`; differs as long as a page is missing. */
export function imageDigest(image: MemoryImage): string {
  return digestText(image.lane1, image.lane2, image.receivedPages)
}

/** Pages never received. */
export function missingPages(image: MemoryImage): number {
  return image.pageCount - image.receivedPages
}

/**
 * Oracle for tests, independent of the digest: looks at every page and counts those that are missing
 * or not at the version they must have.
 */
export function countWrongPages(image: MemoryImage, view: MemoryView): number {
  let wrong = 0
  for (let frame = 0; frame < image.pageCount; frame++) {
    const isHeld = ((image.received[frame >>> 5] ?? 0) & (1 << (frame & 31))) !== 0
    if (!isHeld || image.tags[frame] !== pageTag(frame, pageVersion(view, frame))) wrong++
  }
  return wrong
}
