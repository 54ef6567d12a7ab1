import { countPages, hasPage } from './page-bitmap.ts'
import { invariant } from './result.ts'

/**
 * Post-copy: the domain runs on the destination while its pages follow (Hines & Gopalan, Post-Copy Based Live Virtual
 * Machine Migration Using Adaptive Pre-Paging and Dynamic Self-Ballooning, VEE 2009). This file decides one thing: which
 * page the source sends next.
 *
 *     1. a page that the guest waits for (a fault reported by the destination), in the order of the reports;
 *     2. otherwise the neighbours of the newest such page, alternately above and below, further and further out
 *        (pre-paging by "bubbling": who touches a page soon touches those beside it);
 *     3. and so on to both ends of the memory, so that every page comes without being asked for.
 *
 * A page leaves the bitmap when it is sent and nothing puts it back: the source is paused, its pages no longer change,
 * so each is sent exactly once. It follows that a fault for a page already on its way is answered by doing nothing, and that the
 * destination must drop a page that arrives a second time (`postcopy-arrivals.ts`): by then the guest has written over it.
 *
 * The state is mutable (the bitmap of 64 GiB is 2 MiB) and belongs to one migration.
 */
export interface PostcopyOrder {
  readonly pageCount: number
  /** Pages still to send; 1 bit per page. */
  readonly unsent: Uint32Array
  unsentPages: number
  /** Faults not answered yet, oldest first. */
  readonly faults: number[]
  /** The next frames to look at above and below the pivot. */
  above: number
  below: number
  isAboveNext: boolean
}

/**
 * @param unsent what the destination has not got at its last version: all pages, or after some rounds of pre-copy the
 *   bitmap that `suspendSource` leaves. Copied.
 */
export function createPostcopyOrder(unsent: Uint32Array, pageCount: number): PostcopyOrder {
  invariant(unsent.length === Math.ceil(pageCount / 32), 'One bit per page, 32 to a word')
  return {
    pageCount,
    unsent: unsent.slice(),
    unsentPages: countPages(unsent),
    faults: [],
    above: 0,
    below: -1,
    isAboveNext: true,
  }
}

/**
 * The guest on the destination waits for this page. False: nothing to do, it is sent already, reported already, or no page of
 * the domain.
 */
export function reportFault(order: PostcopyOrder, frame: number): boolean {
  if (!Number.isInteger(frame) || frame < 0 || frame >= order.pageCount) return false
  if (!hasPage(order.unsent, frame) || order.faults.includes(frame)) return false
  order.faults.push(frame)
  order.above = frame + 1
  order.below = frame - 1
  order.isAboveNext = true
  return true
}

/** The next frames to send, at most `maxPages`, in their order; empty when all is sent. */
export function nextFrames(order: PostcopyOrder, maxPages: number): Uint32Array {
  const frames = new Uint32Array(Math.min(maxPages, order.unsentPages))
  for (let i = 0; i < frames.length; i++) {
    const frame = nextFault(order) ?? nextNeighbour(order)
    order.unsent[frame >>> 5] = (order.unsent[frame >>> 5] ?? 0) & ~(1 << (frame & 31))
    order.unsentPages--
    frames[i] = frame
  }
  return frames
}

/** A page that was sent as a neighbour since it was reported is not sent again. */
function nextFault(order: PostcopyOrder): number | null {
  for (let frame = order.faults.shift(); frame !== undefined; frame = order.faults.shift()) {
    if (hasPage(order.unsent, frame)) return frame
  }
  return null
}

function nextNeighbour(order: PostcopyOrder): number {
  const above = findUnsent(order, order.above, 1)
  const below = findUnsent(order, order.below, -1)
  order.above = above ?? order.pageCount
  order.below = below ?? -1
  const chosen = order.isAboveNext ? (above ?? below) : (below ?? above)
  // From the pivot to both ends is the whole memory, and pages left were counted before.
  invariant(chosen !== null, 'Pages are left to send but none is found')
  order.isAboveNext = chosen === below
  return chosen
}

/** The nearest unsent frame at or beyond `from`, whole words of sent pages at a time. */
function findUnsent(order: PostcopyOrder, from: number, direction: 1 | -1): number | null {
  let frame = from
  while (frame >= 0 && frame < order.pageCount) {
    const word = order.unsent[frame >>> 5] ?? 0
    if (word === 0) {
      frame = direction === 1 ? ((frame >>> 5) + 1) * 32 : (frame >>> 5) * 32 - 1
      continue
    }
    if ((word & (1 << (frame & 31))) !== 0) return frame
    frame += direction
  }
  return null
}
