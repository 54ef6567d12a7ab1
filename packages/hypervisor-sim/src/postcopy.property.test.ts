import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMemory, memoryDigest, pageVersion, viewMemory } from './dirty-memory.ts'
import { pageTag } from './page-tag.ts'
import { acceptPage, createPostcopyArrivals, touchPage } from './postcopy-arrivals.ts'
import { createPostcopyOrder, nextFrames, reportFault } from './postcopy-order.ts'
import { type PostcopyRunInput, runPostcopy } from './postcopy-run.ts'
import { createPrecopySource, endRound, nextBatch, suspendSource } from './precopy.ts'
import { type PrecopyRunInput, runPrecopy } from './precopy-run.ts'
import { applyBatch, createMemoryImage, imageDigest } from './restore.ts'
import { MIB, mbitPerSec, PAGE_BYTES, pagesOf } from './units.ts'

const bits = (frames: readonly number[], pageCount: number) => {
  const bitmap = new Uint32Array(Math.ceil(pageCount / 32))
  for (const frame of frames) bitmap[frame >>> 5]! |= 1 << (frame & 31)
  return bitmap
}
const all = (pageCount: number) =>
  bits(
    Array.from({ length: pageCount }, (_, frame) => frame),
    pageCount,
  )

describe('order of pages in post-copy', () => {
  it('sends every page left exactly once, whatever is asked for and whenever', () => {
    const asks = fc.array(
      fc.record({
        frame: fc.integer({ min: -3, max: 700 }),
        pages: fc.integer({ min: 0, max: 40 }),
      }),
    )
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 599 })), asks, (left, steps) => {
        const order = createPostcopyOrder(bits(left, 600), 600)
        const sent: number[] = []
        const pending: number[] = []
        for (const { frame, pages } of steps) {
          const isOpen = left.includes(frame) && !sent.includes(frame)
          expect(reportFault(order, frame)).toBe(isOpen && !pending.includes(frame))
          if (isOpen) pending.push(frame)
          sent.push(...nextFrames(order, pages))
        }
        sent.push(...nextFrames(order, 600))
        expect([...sent].sort((a, b) => a - b)).toEqual([...left].sort((a, b) => a - b))
        expect(nextFrames(order, 10)).toHaveLength(0)
      }),
      { seed: 701, numRuns: 150 },
    )
  })

  it('answers faults first, in their order, then bubbles out from the newest', () => {
    const order = createPostcopyOrder(all(200), 200)
    expect([...nextFrames(order, 3)]).toEqual([0, 1, 2])
    reportFault(order, 150)
    reportFault(order, 100)
    reportFault(order, 150)
    expect([...nextFrames(order, 6)]).toEqual([150, 100, 101, 99, 102, 98])
  })

  it('goes on at one end when the other is reached', () => {
    const order = createPostcopyOrder(all(40), 40)
    reportFault(order, 38)
    expect([...nextFrames(order, 5)]).toEqual([38, 39, 37, 36, 35])
  })
})

describe('arrivals in post-copy', () => {
  it('asks for a missing page once, and takes it once', () => {
    const arrivals = createPostcopyArrivals(bits([5], 64))
    expect([touchPage(arrivals, 4), touchPage(arrivals, 5), touchPage(arrivals, 5)]).toEqual([
      'present',
      'ask',
      'wait',
    ])
    expect([acceptPage(arrivals, 5), acceptPage(arrivals, 5), acceptPage(arrivals, 4)]).toEqual([
      true,
      false,
      false,
    ])
    expect([touchPage(arrivals, 5), arrivals.faults]).toEqual(['present', 1])
  })
})

interface Guest {
  readonly memMib: number
  readonly hotShare: number
  readonly coldShare: number
  readonly writesPerSec: number
}

const guests = fc.record<Guest>({
  memMib: fc.integer({ min: 2, max: 24 }),
  hotShare: fc.double({ min: 0, max: 0.5, noNaN: true }),
  coldShare: fc.double({ min: 0, max: 0.5, noNaN: true }),
  writesPerSec: fc.integer({ min: 0, max: 100_000 }),
})

function inputOf({ memMib, hotShare, coldShare, writesPerSec }: Guest) {
  const pageCount = pagesOf(memMib * MIB)
  return {
    pageCount,
    shape: {
      seed: 5,
      spanPages: pageCount,
      hotPages: Math.floor(hotShare * pageCount),
      coldPages: Math.floor(coldShare * pageCount),
    },
    hotWritesPerSec: writesPerSec,
    coldWritesPerSec: writesPerSec / 10,
    linkBytesPerSec: mbitPerSec(1000),
    switchOverMs: 30,
  }
}

const postcopyOf = (guest: Guest): PostcopyRunInput => ({ ...inputOf(guest), roundTripMs: 0.2 })
const precopyOf = (guest: Guest): PrecopyRunInput => ({
  ...inputOf(guest),
  profile: { kind: 'xen-4' },
  setupMs: 0,
})

describe('post-copy between idle hosts', () => {
  it('sends each page exactly once: its bytes are the memory, its time that of one pass', () => {
    fc.assert(
      fc.property(guests, (guest) => {
        const input = postcopyOf(guest)
        const run = runPostcopy(input)
        expect(run.sends.every((sends) => sends === 1)).toBe(true)
        expect(run.totalBytes).toBe(input.pageCount * PAGE_BYTES)
        expect(run.isSameImage).toBe(true)
        const onePassMs = (1000 * run.totalBytes) / input.linkBytesPerSec
        expect(run.totalMs).toBeCloseTo(input.switchOverMs + onePassMs + 0.1, 6)
      }),
      { seed: 702, numRuns: 60 },
    )
  })

  it('has a downtime that does not depend on the dirty rate, where that of pre-copy does', () => {
    const at = (writesPerSec: number): Guest => ({
      memMib: 24,
      hotShare: 0.5,
      coldShare: 0,
      writesPerSec,
    })
    const rates = [0, 1000, 10_000, 100_000, 1_000_000]
    expect(rates.map((rate) => runPostcopy(postcopyOf(at(rate))).downtimeMs)).toEqual(
      rates.map(() => 30),
    )
    const pauses = rates.map((rate) => {
      const { outcome } = runPrecopy(precopyOf(at(rate)))
      return outcome.kind === 'completed' ? outcome.downtimeMs : Number.NaN
    })
    expect(pauses.at(-1)).toBeGreaterThan(100)
    expect(pauses[0]).toBe(30)
  })

  it('lets the guest wait instead: the more it writes, the more of its pages it asks for', () => {
    const faultsAt = (writesPerSec: number) =>
      runPostcopy(postcopyOf({ memMib: 24, hotShare: 0.5, coldShare: 0, writesPerSec }))
    const [idle, calm, busy] = [faultsAt(0), faultsAt(500), faultsAt(50_000)]
    expect([idle.faults, idle.stalledMs]).toEqual([0, 0])
    expect(calm.faults).toBeGreaterThan(0)
    expect(busy.faults).toBeGreaterThan(calm.faults)
    expect(busy.stalledMs).toBeGreaterThan(calm.stalledMs)
    expect(busy.stalledMs).toBeLessThanOrEqual(busy.totalMs - busy.downtimeMs)
  })

  it('takes over from pre-copy in the middle of a round: only what is left follows, once', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 0, max: 4000 }),
        (batches, writes) => {
          const pageCount = 4000
          const memory = createMemory({ seed: 3, spanPages: 4000, hotPages: 300, coldPages: 1500 })
          const counters = { hotWrites: 0, coldWrites: 0 }
          const source = createPrecopySource({ memory, pageCount, counters, atMs: 0 })
          const image = createMemoryImage(pageCount)
          for (
            let b = nextBatch(source, 256, counters);
            b !== null;
            b = nextBatch(source, 256, counters)
          ) {
            applyBatch(image, b)
          }
          counters.hotWrites += writes
          counters.coldWrites += writes / 3
          endRound(source, counters, 1)
          for (let i = 0; i < batches; i++) {
            const batch = nextBatch(source, 64, counters)
            if (batch !== null) applyBatch(image, batch)
            counters.coldWrites += 5
          }
          const remaining = suspendSource(source, counters, 2)
          const view = viewMemory(memory, counters)
          const order = createPostcopyOrder(source.bitmap, pageCount)
          expect(order.unsentPages).toBe(remaining)
          reportFault(order, 77)
          const frames = nextFrames(order, pageCount)
          expect(frames).toHaveLength(remaining)
          const versions = Uint8Array.from(frames, (f) => pageTag(f, pageVersion(view, f)))
          applyBatch(image, { roundIndex: source.roundIndex, frames, versions })
          expect(imageDigest(image)).toBe(memoryDigest(view, pageCount))
        },
      ),
      { seed: 703, numRuns: 60 },
    )
  })
})
