import { peerLimits } from '@drover/api-schema/peer-protocol.ts'
import { PAGE_BYTES } from '@drover/api-schema/units.ts'

/** Real payloads for throughput measurements: a page's frame number and version lead its 4 KiB. */
let pages: DataView | null = null

/** Made at the first use: an agent that moves no real pages does not pay for 4 MiB of them. */
function noisePages(): DataView {
  if (pages !== null) return pages
  const noise = new Uint8Array(peerLimits.maxPagesPerFrame * PAGE_BYTES)
  let state = 0x9e3779b9
  for (let index = 0; index < PAGE_BYTES; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    noise[index] = state >>> 24
  }
  for (let page = 1; page < peerLimits.maxPagesPerFrame; page += 1)
    noise.copyWithin(page * PAGE_BYTES, 0, PAGE_BYTES)
  pages = new DataView(noise.buffer)
  return pages
}

/** The payload of these pages; valid until the next call. */
export function stampPages(frames: Uint32Array, versions: Uint8Array): Uint8Array {
  const view = noisePages()
  for (let index = 0; index < frames.length; index += 1) {
    view.setUint32(index * PAGE_BYTES, frames[index] ?? 0, true)
    view.setUint8(index * PAGE_BYTES + 4, versions[index] ?? 0)
  }
  return new Uint8Array(view.buffer, 0, frames.length * PAGE_BYTES)
}

/** True when every page of a payload is the one its entry names. */
export function isStamped(frames: Uint32Array, versions: Uint8Array, payload: Uint8Array): boolean {
  const stamps = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  for (let index = 0; index < frames.length; index += 1) {
    if (stamps.getUint32(index * PAGE_BYTES, true) !== frames[index]) return false
    if (stamps.getUint8(index * PAGE_BYTES + 4) !== versions[index]) return false
  }
  return true
}
