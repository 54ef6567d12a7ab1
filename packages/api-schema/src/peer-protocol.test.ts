import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeMissingFrame,
  decodePageFrame,
  encodeMissingFrames,
  encodePageFrame,
  isMissingFrame,
  pageFrameHeaderBytes,
  peerLimits,
} from './peer-protocol.ts'
import { PAGE_BYTES } from './units.ts'

const pages = fc.integer({ min: 1, max: 64 }).chain((count) =>
  fc.record({
    roundIndex: fc.nat({ max: 0xffff_ffff }),
    frames: fc.uint32Array({ minLength: count, maxLength: count }),
    versions: fc.uint8Array({ minLength: count, maxLength: count }),
    fill: fc.option(fc.nat({ max: 255 })),
  }),
)

it('brings pages over as they were sent, with and without payload', () => {
  fc.assert(
    fc.property(pages, ({ roundIndex, frames, versions, fill }) => {
      const payload = fill === null ? null : new Uint8Array(frames.length * PAGE_BYTES).fill(fill)
      const decoded = decodePageFrame(encodePageFrame({ roundIndex, frames, versions, payload }))
      if (!decoded.ok) throw new Error(decoded.error)
      expect(decoded.value.roundIndex).toBe(roundIndex)
      expect([...decoded.value.frames]).toEqual([...frames])
      expect([...decoded.value.versions]).toEqual([...versions])
      const received = decoded.value.payload
      expect(received?.byteLength ?? null).toBe(payload?.byteLength ?? null)
      expect(
        payload === null || Buffer.compare(payload, received ?? payload.subarray(1)) === 0,
      ).toBe(true)
    }),
    { seed: 3, numRuns: 300 },
  )
})

it('fits the largest frame of pages into the limit of the socket', () => {
  const bytes = pageFrameHeaderBytes + peerLimits.maxPagesPerFrame * (5 + PAGE_BYTES)
  // With payload it does not: a sender with payloads puts fewer pages into a frame.
  expect(pageFrameHeaderBytes + peerLimits.maxPagesPerFrame * 5).toBeLessThan(
    peerLimits.maxFrameBytes,
  )
  expect(Math.floor((peerLimits.maxFrameBytes - pageFrameHeaderBytes) / (5 + PAGE_BYTES))).toBe(
    1022,
  )
  expect(bytes).toBeGreaterThan(peerLimits.maxFrameBytes)
})

describe('a frame that holds no pages', () => {
  const good = encodePageFrame({
    roundIndex: 1,
    frames: Uint32Array.of(1, 2),
    versions: Uint8Array.of(1, 1),
    payload: null,
  })
  const changed = (at: number, value: number): Uint8Array => {
    const copy = good.slice()
    copy[at] = value
    return copy
  }
  it.each([
    ['too-short', good.subarray(0, pageFrameHeaderBytes - 1)],
    ['unknown-layout', changed(0, 2)],
    ['unknown-layout', changed(1, 2)],
    ['bad-count', changed(2, 0)],
    ['bad-count', changed(3, 0xff)],
    ['wrong-length', changed(1, 1)],
    ['wrong-length', good.subarray(0, good.byteLength - 1)],
    ['wrong-length', Uint8Array.of(...good, 0)],
  ])('is refused as %s', (error, frame) => {
    expect(decodePageFrame(frame)).toEqual({ ok: false, error })
  })
})

it('brings a bitmap of missing pages over in frames that fit the limit', () => {
  const bitmap = Uint32Array.from({ length: 300_000 }, (_, word) => Math.imul(word, 0x9e3779b1))
  const frames = encodeMissingFrames(bitmap)
  expect(frames).toHaveLength(3)
  const seen = new Uint32Array(bitmap.length)
  for (const frame of frames) {
    expect(frame.byteLength).toBeLessThanOrEqual(peerLimits.maxFrameBytes)
    expect(isMissingFrame(frame)).toBe(true)
    const decoded = decodeMissingFrame(frame)
    if (!decoded.ok) throw new Error(decoded.error)
    seen.set(decoded.value.words, decoded.value.firstWord)
  }
  expect(seen).toEqual(bitmap)
})

it.each([
  ['too short', '0200000000000000', 'too-short'],
  ['of pages', '010001000000000005000000', 'unknown-layout'],
  ['of another layout', '030000000000000001000000', 'unknown-layout'],
  ['with something between', '020000010000000001000000', 'unknown-layout'],
  ['with half a word', '0200000000000000010000000100', 'wrong-length'],
  ['beyond every memory', '02000000ffffffff01000000', 'bad-count'],
])('refuses a bitmap frame %s', (_, hex, error) => {
  expect(decodeMissingFrame(Uint8Array.from(Buffer.from(hex, 'hex')))).toEqual({ ok: false, error })
})
