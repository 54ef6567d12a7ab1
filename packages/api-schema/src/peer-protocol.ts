import { z } from 'zod'
import { refusalSchema } from './errors.ts'
import { domainIdSchema, migrationIdSchema } from './ids.ts'
import { postCopyCostSchema } from './migration.ts'
import { err, ok, type Result } from './result.ts'
import { bytesSchema, pagesSchema } from './scalars.ts'
import { PAGE_BYTES } from './units.ts'

/**
 * The migration stream, source agent → destination agent, at `peerSocketPath` of the destination's peer address.
 * Text frames are control, binary frames carry pages. The destination takes bytes only as far as its `credit`
 * goes (a simulated page is charged 4 KiB), which is how its network's share becomes back-pressure.
 *
 *     source                         destination
 *     hello{ticket}      ─────────►
 *                        ◄─────────  welcome | refused
 *     pages … pages      ─────────►              ◄──── credit …
 *     round-ended        ─────────►
 *     image-ended{digest}─────────►  compares digests
 *                        ◄─────────  ready{digest} | refused
 *     activate           ─────────►  writes `activated` to disk, then runs the guest      ← point of no return
 *                        ◄─────────  activated
 *
 * Post-copy ends otherwise, with the guest running there from `activated` on and its pages coming after it:
 *
 *     missing … image-split ────────►  compares the digests of what is not missing
 *                        ◄─────────  ready{digest} | refused
 *     activate           ─────────►  writes `filling` to disk, then runs the guest        ← point of no return
 *                        ◄─────────  activated
 *     pages … pages      ─────────►              ◄──── credit, wanted{frames} …
 *                        ◄─────────  all-arrived{digest}   written to disk before
 *
 * A stream that is lost in between is opened again, with what the destination misses by its own word:
 *
 *     hello{ticket, resumes} ───────►
 *                        ◄─────────  missing … resumed
 */
export const peerSocketPath = '/peer'
export const peerProtocolVersions = [1] as const

export const peerLimits = {
  maxFrameBytes: 4 * 1024 * 1024,
  /** All that is taken of a source before its `hello` was accepted. */
  maxHelloBytes: 300 * 1024,
  /** Sources that have not said hello yet, at a time. */
  maxUngreeted: 64,
  maxPagesPerFrame: 1024,
  /** Of a bitmap of missing pages: 512 KiB, or the bits of 16 GiB. */
  maxWordsPerFrame: 131_072,
  /** Of all frames of one bitmap: the bits of 4 TiB. */
  maxBitmapWords: 33_554_432,
  helloTimeoutMs: 10_000,
  heartbeatMs: 1_000,
  /** Nothing heard for this long: the stream counts as lost. */
  silenceMs: 5_000,
} as const

const generationSchema = z.int().min(1)

export const peerUpFrameSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    versions: z.array(z.int().min(1).max(10_000)).min(1).max(50),
    migrationId: migrationIdSchema,
    domainId: domainIdSchema,
    generation: generationSchema,
    ticket: z.string().min(16).max(200),
    /** What the source's hypervisor tells the destination's before the first page: its own text, opaque to us. */
    description: z
      .string()
      .max(256 * 1024)
      .optional(),
    /** The guest runs on the destination already, and the stream between the two was lost. */
    resumes: z.boolean().optional(),
  }),
  z.object({ type: z.literal('round-ended'), roundIndex: z.int().min(0) }),
  /** Everything was sent; the guest is paused. `deviceState` is the hypervisor's own text, opaque to us. */
  z.object({
    type: z.literal('image-ended'),
    pageCount: pagesSchema,
    digest: z.string().min(1).max(64),
    deviceState: z.string().max(256 * 1024),
  }),
  /** Post-copy: the guest is paused; what `missing` frames before this one named will follow. */
  z.object({
    type: z.literal('image-split'),
    pageCount: pagesSchema,
    missingPages: pagesSchema,
    /** Of all pages as they are now. */
    digest: z.string().min(1).max(64),
    /** Of those that are not missing. */
    heldDigest: z.string().min(1).max(64),
    deviceState: z.string().max(256 * 1024),
  }),
  z.object({ type: z.literal('activate'), generation: generationSchema }),
  /** The source gives up and keeps the guest. */
  z.object({ type: z.literal('abandon'), refusal: refusalSchema }),
  z.object({ type: z.literal('heartbeat') }),
])
export type PeerUpFrame = z.infer<typeof peerUpFrameSchema>

export const peerDownFrameSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('welcome'), version: z.int().min(1), creditBytes: bytesSchema }),
  z.object({ type: z.literal('credit'), bytes: bytesSchema }),
  z.object({ type: z.literal('ready'), digest: z.string().min(1).max(64) }),
  z.object({ type: z.literal('activated') }),
  /** The guest waits for these pages, in this order. */
  z.object({
    type: z.literal('wanted'),
    frames: z.array(z.int().min(0).max(0xffff_ffff)).min(1).max(4096),
  }),
  /** What `missing` frames before this one named is to be sent, and nothing else. */
  z.object({ type: z.literal('resumed'), missingPages: pagesSchema }),
  /** The destination has all of the domain, proven and on disk: the source may forget it. */
  z.object({
    type: z.literal('all-arrived'),
    digest: z.string().max(64),
    postCopy: postCopyCostSchema,
  }),
  z.object({ type: z.literal('refused'), refusal: refusalSchema }),
  z.object({ type: z.literal('heartbeat') }),
])
export type PeerDownFrame = z.infer<typeof peerDownFrameSchema>

/**
 * A frame of pages, little endian:
 *
 *     0  u8   layout version (1)
 *     1  u8   1 when 4 KiB payloads follow, else 0
 *     2  u16  number of pages (n), 1 to 1024
 *     4  u32  round index
 *     8  u32  × n   frame numbers
 *        u8   × n   versions, modulo 256
 *        4096 × n   payloads, if any
 */
export const pageFrameHeaderBytes = 8

export type PageFrame = {
  readonly roundIndex: number
  readonly frames: Uint32Array
  readonly versions: Uint8Array
  /** `n × 4096` bytes, or null when pages are charged but not carried. */
  readonly payload: Uint8Array | null
}

export type PageFrameRefusal = 'too-short' | 'unknown-layout' | 'bad-count' | 'wrong-length'

export function encodePageFrame(page: PageFrame): Uint8Array<ArrayBuffer> {
  const count = page.frames.length
  const payloadBytes = page.payload === null ? 0 : count * PAGE_BYTES
  const bytes = new Uint8Array(pageFrameHeaderBytes + 5 * count + payloadBytes)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, 1)
  view.setUint8(1, page.payload === null ? 0 : 1)
  view.setUint16(2, count, true)
  view.setUint32(4, page.roundIndex, true)
  let offset = pageFrameHeaderBytes
  for (let index = 0; index < count; index += 1, offset += 4)
    view.setUint32(offset, page.frames[index] ?? 0, true)
  bytes.set(page.versions.subarray(0, count), offset)
  if (page.payload !== null) bytes.set(page.payload.subarray(0, payloadBytes), offset + count)
  return bytes
}

export function decodePageFrame(frame: Uint8Array): Result<PageFrame, PageFrameRefusal> {
  if (frame.byteLength < pageFrameHeaderBytes) return err('too-short')
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  const hasPayload = view.getUint8(1)
  if (view.getUint8(0) !== 1 || hasPayload > 1) return err('unknown-layout')
  const count = view.getUint16(2, true)
  if (count === 0 || count > peerLimits.maxPagesPerFrame) return err('bad-count')
  const payloadBytes = hasPayload === 1 ? count * PAGE_BYTES : 0
  if (frame.byteLength !== pageFrameHeaderBytes + 5 * count + payloadBytes)
    return err('wrong-length')
  const frames = new Uint32Array(count)
  for (let index = 0; index < count; index += 1)
    frames[index] = view.getUint32(pageFrameHeaderBytes + 4 * index, true)
  const versionsAt = pageFrameHeaderBytes + 4 * count
  return ok({
    roundIndex: view.getUint32(4, true),
    frames,
    versions: frame.subarray(versionsAt, versionsAt + count),
    payload: hasPayload === 1 ? frame.subarray(versionsAt + count) : null,
  })
}

/**
 * A part of the bitmap of missing pages, one bit per page, little endian:
 *
 *     0  u8   layout version (2)
 *     1  u8   0
 *     2  u16  0
 *     4  u32  index of the first word
 *     8  u32  × n   words, 1 to 131,072
 */
export type MissingFrame = { readonly firstWord: number; readonly words: Uint32Array }

export function isMissingFrame(frame: Uint8Array): boolean {
  return frame[0] === 2
}

/** The bitmap in as many frames as it takes. */
export function encodeMissingFrames(bitmap: Uint32Array): Uint8Array<ArrayBuffer>[] {
  const frames: Uint8Array<ArrayBuffer>[] = []
  for (let first = 0; first < bitmap.length; first += peerLimits.maxWordsPerFrame) {
    const words = bitmap.subarray(first, first + peerLimits.maxWordsPerFrame)
    const bytes = new Uint8Array(pageFrameHeaderBytes + 4 * words.length)
    const view = new DataView(bytes.buffer)
    view.setUint8(0, 2)
    view.setUint32(4, first, true)
    for (let index = 0; index < words.length; index += 1)
      view.setUint32(pageFrameHeaderBytes + 4 * index, words[index] ?? 0, true)
    frames.push(bytes)
  }
  return frames
}

export function decodeMissingFrame(frame: Uint8Array): Result<MissingFrame, PageFrameRefusal> {
  const wordBytes = frame.byteLength - pageFrameHeaderBytes
  if (wordBytes < 4) return err('too-short')
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  if (view.getUint8(0) !== 2 || view.getUint8(1) !== 0 || view.getUint16(2, true) !== 0)
    return err('unknown-layout')
  if (wordBytes % 4 !== 0) return err('wrong-length')
  const count = wordBytes / 4
  const firstWord = view.getUint32(4, true)
  if (count > peerLimits.maxWordsPerFrame) return err('bad-count')
  if (firstWord + count > peerLimits.maxBitmapWords) return err('bad-count')
  const words = new Uint32Array(count)
  for (let index = 0; index < count; index += 1)
    words[index] = view.getUint32(pageFrameHeaderBytes + 4 * index, true)
  return ok({ firstWord, words })
}
