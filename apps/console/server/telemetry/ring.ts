import type { RosterFrame } from '@drover/api-schema/agent-protocol.ts'

/** Ten minutes at 1 Hz. */
export const keptMs = 600_000
export const keptSlots = 600
const slotsPerChunk = 60
/** A reading closer to the one before it replaces it: the ring is one a second, whatever an agent sends. */
const leastStepMs = 400
/** A host's clock that jumps back further than this starts its ring anew; less is a reading out of order. */
const clockStepMs = 5_000

/**
 * Readings of one host and its domains, newest last, as the 16-bit codes that came over the wire. A chunk holds up to a
 * minute of one roster, slot after slot, so a roster that changes costs a new chunk and not a new ring.
 */
export type Chunk = {
  readonly roster: RosterFrame
  /** Codes a slot. */
  readonly width: number
  readonly at: Float64Array
  readonly codes: Uint16Array
  count: number
}
export type Ring = { chunks: Chunk[]; slotCount: number; lastAt: number }

export function createRing(): Ring {
  return { chunks: [], slotCount: 0, lastAt: Number.NEGATIVE_INFINITY }
}

/** Returns the moment the reading was filed under, or null when it is older than what is there and was dropped. */
export function appendToRing(
  ring: Ring,
  roster: RosterFrame,
  codes: Uint16Array,
  sampledAt: number,
): number | null {
  if (sampledAt <= ring.lastAt) {
    if (ring.lastAt - sampledAt < clockStepMs) return null
    ring.chunks = []
    ring.slotCount = 0
    ring.lastAt = Number.NEGATIVE_INFINITY
  }
  let chunk = ring.chunks.at(-1)
  const isSame = chunk !== undefined && chunk.roster === roster && chunk.width === codes.length
  const replaces = isSame && sampledAt - ring.lastAt < leastStepMs
  if (chunk === undefined || !isSame || (chunk.count === slotsPerChunk && !replaces)) {
    chunk = nextChunk(ring, roster, codes.length)
  }
  if (!replaces) {
    chunk.count += 1
    ring.slotCount += 1
  }
  chunk.at[chunk.count - 1] = sampledAt
  chunk.codes.set(codes, (chunk.count - 1) * chunk.width)
  // A replaced reading keeps the step: otherwise ten a second would be one for ever.
  if (!replaces) ring.lastAt = sampledAt
  dropOld(ring, sampledAt)
  return sampledAt
}

function nextChunk(ring: Ring, roster: RosterFrame, width: number): Chunk {
  const full = ring.chunks.at(-1)
  // A chunk cut short by a new roster gives the rest of its memory back.
  if (full !== undefined && full.count < slotsPerChunk) ring.chunks.splice(-1, 1, trimmed(full))
  const chunk = {
    roster,
    width,
    at: new Float64Array(slotsPerChunk),
    codes: new Uint16Array(slotsPerChunk * width),
    count: 0,
  }
  ring.chunks.push(chunk)
  return chunk
}

function trimmed(chunk: Chunk): Chunk {
  return {
    ...chunk,
    at: chunk.at.slice(0, chunk.count),
    codes: chunk.codes.slice(0, chunk.count * chunk.width),
  }
}

/** By age, and by number in case the clock of a host runs too fast. */
function dropOld(ring: Ring, now: number): void {
  for (;;) {
    const oldest = ring.chunks[0]
    if (oldest === undefined || ring.chunks.length === 1) return
    const newestInIt = oldest.at[oldest.count - 1] ?? 0
    const isOld = now - newestInIt > keptMs
    const isTooMany = ring.slotCount - oldest.count >= keptSlots
    if (!isOld && !isTooMany) return
    ring.slotCount -= oldest.count
    ring.chunks.shift()
  }
}
