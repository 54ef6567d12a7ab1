import {
  type GuestMemory,
  type MemoryView,
  markWritten,
  pageVersion,
  viewMemory,
  type WriteCounters,
  wasWritten,
} from './dirty-memory.ts'
import { countPages } from './page-bitmap.ts'
import { pageTag } from './page-tag.ts'
import { createPermutation, type Permutation, permute } from './permutation.ts'
import { hash32 } from './random.ts'
import { invariant } from './result.ts'
import { PAGE_BYTES } from './units.ts'

/**
 * The source side of live migration: Xen's iterative pre-copy (tools/libxc xc_linux_save, Xen 3.0.0;
 * Clark et al., NSDI 2005), as step functions. Time and write counters come in as arguments.
 *
 *     createPrecopySource                      every page is to be sent (round 0)
 *       ┌► nextBatch … null                    clears bits; a page dirtied again meanwhile is skipped (not by Xen 4)
 *       └─ endRound                            fetch-and-clean: what was written since the last fetch
 *     suspendSource                            guest paused: add what was written since the last fetch
 *       nextBatch … null, endFinalRound        everything that is left, no skipping
 *
 * The accounting, once and at length, because a page lost here is a corrupted guest. `fetched` is the
 * memory as of the last fetch; "dirty" means: version now ≠ version in `fetched`. The bitmap holds what
 * this round still has to send. A page that leaves the bitmap was either sent, at a version at least as
 * new as `fetched` (then a later write makes it dirty), or skipped *because* it is dirty. So at every
 * moment each page is fresh on the destination, or in the bitmap, or dirty, and endRound and
 * suspendSource put all dirty ones into the bitmap before `fetched` moves on. Nothing is lost, wherever
 * the suspension falls.
 *
 * The state is mutable (a bitmap of 64 GiB is 2 MiB) and belongs to one migration.
 */
export interface PrecopySource {
  readonly memory: GuestMemory
  readonly pageCount: number
  /** Pages this round still has to send; 1 bit per page. */
  readonly bitmap: Uint32Array
  /** Words are visited in a seeded order, as Xen bit-mixes its scan, so hot ranges spread out. */
  readonly scan: Permutation
  scanned: number
  fetched: MemoryView
  phase: 'rounds' | 'final' | 'done'
  readonly skipsDirty: boolean
  roundIndex: number
  roundPages: number
  roundSentPages: number
  roundSkippedPages: number
  roundStartedAtMs: number
  totalSentPages: number
}

/** Frames and their tags (`page-tag.ts`); a page occurs at most once per round. */
export interface PageBatch {
  readonly roundIndex: number
  readonly frames: Uint32Array
  readonly versions: Uint8Array
}

export interface RoundStats {
  readonly roundIndex: number
  readonly sentPages: number
  readonly skippedPages: number
  /** Dirty at the end of the round: what the next one has to send. */
  readonly dirtyPages: number
  readonly durationMs: number
  readonly bytes: number
  /** Rate at which distinct pages became dirty during the round; 0 when no time passed. */
  readonly dirtyPagesPerSec: number
  readonly bytesPerSec: number
}

export interface PrecopyStart {
  readonly memory: GuestMemory
  /** Pages the domain holds: all of them are sent. */
  readonly pageCount: number
  readonly counters: WriteCounters
  readonly atMs: number
  /** Leave a page that is dirty again for the next round; `skipsDirtyPages` of the profile. */
  readonly skipsDirty?: boolean
}

export function createPrecopySource(start: PrecopyStart): PrecopySource {
  const { memory, pageCount, counters, atMs, skipsDirty = true } = start
  invariant(pageCount >= memory.shape.spanPages, 'Written pages must be among the pages held')
  const words = Math.ceil(pageCount / 32)
  const bitmap = new Uint32Array(words).fill(0xffffffff)
  if (pageCount % 32 !== 0) bitmap[words - 1] = 2 ** (pageCount % 32) - 1
  return {
    memory,
    pageCount,
    bitmap,
    scan: createPermutation(Math.max(1, words), hash32(memory.shape.seed, 41)),
    scanned: 0,
    fetched: viewMemory(memory, counters),
    phase: 'rounds',
    skipsDirty,
    roundIndex: 0,
    roundPages: pageCount,
    roundSentPages: 0,
    roundSkippedPages: 0,
    roundStartedAtMs: atMs,
    totalSentPages: 0,
  }
}

/**
 * The next pages to send, at most `maxPages`, at the versions they have at `counters`; null when the
 * round has nothing left.
 */
export function nextBatch(
  source: PrecopySource,
  maxPages: number,
  counters: WriteCounters,
): PageBatch | null {
  const now = viewMemory(source.memory, counters)
  const hasNoneToSkip =
    !source.skipsDirty || source.phase !== 'rounds' || sameWrites(source.fetched, now)
  const frames = new Uint32Array(maxPages)
  const versions = new Uint8Array(maxPages)
  let count = 0
  while (source.scanned < source.bitmap.length) {
    const word = permute(source.scan, source.scanned)
    let bits = source.bitmap[word] ?? 0
    while (bits !== 0 && count < maxPages) {
      const bit = 31 - Math.clz32(bits & -bits)
      bits &= bits - 1
      const frame = word * 32 + bit
      if (!hasNoneToSkip && wasWritten(source.fetched, now, frame)) {
        source.roundSkippedPages++
        continue
      }
      frames[count] = frame
      versions[count] = pageTag(frame, pageVersion(now, frame))
      count++
    }
    source.bitmap[word] = bits
    if (bits !== 0) break
    source.scanned++
  }
  if (count === 0) return null
  source.roundSentPages += count
  source.totalSentPages += count
  const { roundIndex } = source
  if (count === maxPages) return { roundIndex, frames, versions }
  return { roundIndex, frames: frames.slice(0, count), versions: versions.slice(0, count) }
}

/** True when `nextBatch` has nothing more in this round. */
export function isRoundSent(source: PrecopySource): boolean {
  return source.scanned >= source.bitmap.length
}

/** Ends a round: fetches and cleans the dirty pages; they are the next round. */
export function endRound(source: PrecopySource, counters: WriteCounters, atMs: number): RoundStats {
  invariant(source.phase === 'rounds' && isRoundSent(source), 'The round has pages left to send')
  const now = viewMemory(source.memory, counters)
  const dirtyPages = markWritten(source.bitmap, source.fetched, now)
  const stats = roundStats(source, dirtyPages, atMs)
  source.fetched = now
  startRound(source, dirtyPages, atMs)
  return stats
}

/**
 * The guest has just been paused, at any point of a round: adds what was written since the last fetch
 * to what the round had left, and starts the last round. Returns the pages it will send.
 */
export function suspendSource(
  source: PrecopySource,
  counters: WriteCounters,
  atMs: number,
): number {
  invariant(source.phase === 'rounds', 'The source is suspended once')
  const now = viewMemory(source.memory, counters)
  markWritten(source.bitmap, source.fetched, now)
  source.fetched = now
  source.phase = 'final'
  // A round cut short by the suspension that sent nothing has no number of its own.
  const isFresh = source.roundSentPages === 0 && source.roundSkippedPages === 0
  const remainingPages = countPages(source.bitmap)
  if (isFresh) source.roundIndex--
  startRound(source, remainingPages, atMs)
  return remainingPages
}

/** A round that will not go to its end, as far as it has come; null when it has not begun. Before `suspendSource`. */
export function roundSoFar(source: PrecopySource, atMs: number): RoundStats | null {
  const hasBegun = source.roundSentPages > 0 || source.roundSkippedPages > 0
  return hasBegun ? roundStats(source, 0, atMs) : null
}

/** Ends the stop-and-copy round; `dirtyPages` is 0 by construction. */
export function endFinalRound(source: PrecopySource, atMs: number): RoundStats {
  invariant(source.phase === 'final' && isRoundSent(source), 'The last round has pages left')
  source.phase = 'done'
  return roundStats(source, 0, atMs)
}

function startRound(source: PrecopySource, roundPages: number, atMs: number): void {
  source.roundIndex++
  source.roundPages = roundPages
  source.roundSentPages = 0
  source.roundSkippedPages = 0
  source.roundStartedAtMs = atMs
  source.scanned = 0
}

function roundStats(source: PrecopySource, dirtyPages: number, atMs: number): RoundStats {
  const durationMs = Math.max(0, atMs - source.roundStartedAtMs)
  const bytes = source.roundSentPages * PAGE_BYTES
  const perSec = durationMs > 0 ? 1000 / durationMs : 0
  return {
    roundIndex: source.roundIndex,
    sentPages: source.roundSentPages,
    skippedPages: source.roundSkippedPages,
    dirtyPages,
    durationMs,
    bytes,
    dirtyPagesPerSec: dirtyPages * perSec,
    bytesPerSec: bytes * perSec,
  }
}

function sameWrites(a: MemoryView, b: MemoryView): boolean {
  return a.hot.writes === b.hot.writes && a.cold.writes === b.cold.writes
}
