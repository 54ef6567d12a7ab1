import { mix32 } from './random.ts'

/**
 * What is sent and kept of a page instead of 4 KiB of padding: its frame and one byte, the tag.
 *
 * The tag of the first 256 versions is the version itself, so a page that missed any of its first 255
 * writes is always noticed. Beyond that it is the version modulo 256, shifted by a hash of frame and
 * version/256. The shift is why: hot pages are written in step, and after a hole of 256 cycles *all* of
 * them would look fresh at once. With it each stale page escapes by itself with chance 1/256, so a
 * set of ten stale hot pages escapes with chance 2⁻⁸⁰. The price of full 32-bit versions would be four
 * times the memory on the destination and 60 % more bytes on the wire.
 */
export function pageTag(frame: number, version: number): number {
  if (version < 256) return version
  return (version + mix32(Math.imul(frame, 0x9e3779b1) + Math.floor(version / 256))) & 255
}

/** Contribution of a page to the first lane of the digest. Tag 0 contributes nothing by convention. */
export function tagLane1(frame: number, tag: number): number {
  return mix32(Math.imul(frame, 0x9e3779b1) + Math.imul(tag, 0x7feb352d) + 0x3c6ef372)
}

/** The second lane, mixed independently: together 64 bits. */
export function tagLane2(frame: number, tag: number): number {
  return mix32(Math.imul(frame ^ 0x5bd1e995, 0x846ca68b) + Math.imul(tag + 1, 0x27d4eb2f))
}

/** The digest as 16 hex digits; `heldPages` makes an image with a missing page differ. */
export function digestText(lane1: number, lane2: number, heldPages: number): string {
  return hex8(lane1 + mix32(heldPages)) + hex8(lane2 + mix32(heldPages + 0x51ed270b))
}

function hex8(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0')
}
