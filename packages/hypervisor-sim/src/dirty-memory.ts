import { countPages, hasPage } from './page-bitmap.ts'
import { digestText, pageTag, tagLane1, tagLane2 } from './page-tag.ts'
import { createPermutation, type Permutation, permute, unpermute } from './permutation.ts'
import { hash32 } from './random.ts'
import { invariant } from './result.ts'

/**
 * The memory of a guest, without the memory.
 *
 * A guest writes at two levels (the writable working set of Clark et al., NSDI 2005, §3): a hot set
 * written often, a cold set rarely, and all other pages never. Which frames belong to which set is a
 * seeded permutation of the frame space. The n-th write of a level visits its set in cycles; each
 * cycle goes through the whole set once, in an order of its own. So after n writes to a set of H pages
 *
 *     version(page) = floor(n / H) + (position of page in the current cycle's order < n mod H ? 1 : 0)
 *
 * Two integers (`hotWrites`, `coldWrites`) and a seed say every page's version in constant time, a
 * running guest costs nothing per page, a restarted agent needs to keep only the two integers, and a
 * test can ask any holder of the domain whether a page is what it must be. n writes dirty min(n, H)
 * distinct pages (a little more than a random writer would; the cycle is the worst case for pre-copy).
 *
 * Frames beyond `spanPages` (memory the balloon may take back) are never written.
 */
export interface MemoryShape {
  readonly seed: number
  /** Frames [0, spanPages) among which hot and cold pages are scattered. */
  readonly spanPages: number
  readonly hotPages: number
  readonly coldPages: number
}

/** Writes so far; integers. */
export interface WriteCounters {
  readonly hotWrites: number
  readonly coldWrites: number
}

export interface GuestMemory {
  readonly shape: MemoryShape
  readonly layout: Permutation
}

/** The memory as it is at given counters. */
export interface MemoryView {
  readonly memory: GuestMemory
  readonly hot: LevelView
  readonly cold: LevelView
}

export interface LevelView {
  readonly size: number
  readonly writes: number
  readonly cycle: number
  /** Writes into the current cycle, 0 … size−1. */
  readonly rest: number
  readonly order: Permutation
}

/** @throws when the sets do not fit into the span (a bug of the caller, which clamps them). */
export function createMemory(shape: MemoryShape): GuestMemory {
  invariant(
    shape.hotPages >= 0 &&
      shape.coldPages >= 0 &&
      shape.hotPages + shape.coldPages <= shape.spanPages,
    `${shape.hotPages} hot and ${shape.coldPages} cold pages do not fit into ${shape.spanPages}`,
  )
  return { shape, layout: createPermutation(Math.max(1, shape.spanPages), hash32(shape.seed, 11)) }
}

/** Freezes the memory at the given counters (fractions are cut off). Constant time. */
export function viewMemory(memory: GuestMemory, counters: WriteCounters): MemoryView {
  const { seed, hotPages, coldPages } = memory.shape
  return {
    memory,
    hot: viewLevel(hotPages, counters.hotWrites, hash32(seed, 12)),
    cold: viewLevel(coldPages, counters.coldWrites, hash32(seed, 13)),
  }
}

function viewLevel(size: number, exactWrites: number, key: number): LevelView {
  const writes = size === 0 ? 0 : Math.floor(exactWrites)
  const cycle = size === 0 ? 0 : Math.floor(writes / size)
  const rest = size === 0 ? 0 : writes - cycle * size
  return {
    size,
    writes,
    cycle,
    rest,
    order: createPermutation(Math.max(1, size), hash32(key, cycle)),
  }
}

function versionInLevel(level: LevelView, slot: number): number {
  return level.cycle + (level.rest > 0 && permute(level.order, slot) < level.rest ? 1 : 0)
}

/** How often a page has been written. */
export function pageVersion(view: MemoryView, frame: number): number {
  const { spanPages, hotPages, coldPages } = view.memory.shape
  if (frame >= spanPages) return 0
  const slot = unpermute(view.memory.layout, frame)
  if (slot < hotPages) return versionInLevel(view.hot, slot)
  if (slot < hotPages + coldPages) return versionInLevel(view.cold, slot - hotPages)
  return 0
}

/** The frame that write number `writeNumber` (from 0) of a level goes to. The level must have pages. */
export function frameOfWrite(
  memory: GuestMemory,
  level: 'hot' | 'cold',
  writeNumber: number,
): number {
  const { seed, hotPages, coldPages } = memory.shape
  const { rest, order } =
    level === 'hot'
      ? viewLevel(hotPages, writeNumber, hash32(seed, 12))
      : viewLevel(coldPages, writeNumber, hash32(seed, 13))
  return permute(memory.layout, (level === 'hot' ? 0 : hotPages) + unpermute(order, rest))
}

/** Peek at the dirty bitmap: was the page written between the two views? Constant time. */
export function wasWritten(before: MemoryView, after: MemoryView, frame: number): boolean {
  const { spanPages, hotPages, coldPages } = before.memory.shape
  if (frame >= spanPages) return false
  const slot = unpermute(before.memory.layout, frame)
  if (slot < hotPages) return levelWritten(before.hot, after.hot, slot)
  if (slot < hotPages + coldPages) return levelWritten(before.cold, after.cold, slot - hotPages)
  return false
}

function levelWritten(before: LevelView, after: LevelView, slot: number): boolean {
  if (before.writes === after.writes) return false
  return versionInLevel(before, slot) !== versionInLevel(after, slot)
}

/**
 * Fetch-and-clean: sets the bit of every page written between the two views (1 bit per page, 32 pages
 * per word) and returns how many bits were newly set. Costs min(writes, pages of the set) per level.
 */
export function markWritten(bitmap: Uint32Array, before: MemoryView, after: MemoryView): number {
  const { hotPages } = before.memory.shape
  return (
    markLevel(bitmap, before.memory.layout, 0, before.hot, after.hot) +
    markLevel(bitmap, before.memory.layout, hotPages, before.cold, after.cold)
  )
}

function markLevel(
  bitmap: Uint32Array,
  layout: Permutation,
  firstSlot: number,
  before: LevelView,
  after: LevelView,
): number {
  const { size } = before
  const writes = after.writes - before.writes
  invariant(writes >= 0, 'Write counters never go back')
  let set = 0
  if (writes >= size) {
    const all = after.cycle - before.cycle >= 2
    for (let slot = 0; slot < size; slot++) {
      if (!all && !levelWritten(before, after, slot)) continue
      set += setBit(bitmap, permute(layout, firstSlot + slot))
    }
    return set
  }
  const inFirstCycle = Math.min(writes, size - before.rest)
  for (let i = 0; i < inFirstCycle; i++) {
    set += setBit(bitmap, permute(layout, firstSlot + unpermute(before.order, before.rest + i)))
  }
  for (let i = 0; i < writes - inFirstCycle; i++) {
    set += setBit(bitmap, permute(layout, firstSlot + unpermute(after.order, i)))
  }
  return set
}

function setBit(bitmap: Uint32Array, frame: number): number {
  const word = frame >>> 5
  const bit = 1 << (frame & 31)
  const old = bitmap[word] ?? 0
  if ((old & bit) !== 0) return 0
  bitmap[word] = old | bit
  return 1
}

/**
 * Digest of a whole image of `pageCount` pages, 16 hex digits, independent of the order of visit, so
 * that the destination can keep it up to date page by page (`restore.ts`) and both sides compare one
 * string before the domain runs. Pages never written add nothing: only the written sets are visited.
 * That each page was *sent* is in it as well, because the number of pages held is part of the digest.
 */
export function memoryDigest(view: MemoryView, pageCount: number): string {
  const lanes = { lane1: 0, lane2: 0 }
  addLevel(lanes, view, 0, view.hot)
  addLevel(lanes, view, view.memory.shape.hotPages, view.cold)
  return digestText(lanes.lane1, lanes.lane2, pageCount)
}

/** Of the pages that are not among `missing`: what the destination of post-copy holds before its domain runs. */
export function heldDigest(view: MemoryView, pageCount: number, missing: Uint32Array): string {
  const lanes = { lane1: 0, lane2: 0 }
  addLevel(lanes, view, 0, view.hot, missing)
  addLevel(lanes, view, view.memory.shape.hotPages, view.cold, missing)
  return digestText(lanes.lane1, lanes.lane2, pageCount - countPages(missing))
}

function addLevel(
  lanes: { lane1: number; lane2: number },
  view: MemoryView,
  firstSlot: number,
  level: LevelView,
  missing: Uint32Array | null = null,
): void {
  const { layout } = view.memory
  const firstCycle = level.cycle === 0
  const visits = firstCycle ? level.rest : level.size
  let { lane1, lane2 } = lanes
  for (let i = 0; i < visits; i++) {
    const slot = firstCycle ? unpermute(level.order, i) : i
    const frame = permute(layout, firstSlot + slot)
    const tag = pageTag(frame, firstCycle ? 1 : versionInLevel(level, slot))
    if (tag === 0 || (missing !== null && hasPage(missing, frame))) continue
    lane1 = (lane1 + tagLane1(frame, tag)) | 0
    lane2 = (lane2 + tagLane2(frame, tag)) | 0
  }
  lanes.lane1 = lane1
  lanes.lane2 = lane2
}
