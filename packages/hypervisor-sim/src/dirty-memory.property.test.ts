import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createMemory,
  type MemoryShape,
  markWritten,
  memoryDigest,
  pageVersion,
  viewMemory,
  wasWritten,
} from './dirty-memory.ts'

const shapes = fc
  .record({
    seed: fc.integer(),
    spanPages: fc.integer({ min: 1, max: 600 }),
    hot: fc.double({ min: 0, max: 1, noNaN: true }),
    cold: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ seed, spanPages, hot, cold }): MemoryShape => {
    const hotPages = Math.floor(spanPages * hot * 0.5)
    return { seed, spanPages, hotPages, coldPages: Math.floor((spanPages - hotPages) * cold) }
  })
const writes = fc.record({
  hotWrites: fc.integer({ min: 0, max: 3000 }),
  coldWrites: fc.integer({ min: 0, max: 1500 }),
})

function popcount(bitmap: Uint32Array): number {
  let count = 0
  for (let i = 0; i < bitmap.length * 32; i++) count += (bitmap[i >>> 5]! >>> (i & 31)) & 1
  return count
}

describe('dirty memory', () => {
  it('counts every write once: the versions of a level add up to its writes', () => {
    fc.assert(
      fc.property(shapes, writes, (shape, counters) => {
        const view = viewMemory(createMemory(shape), counters)
        let sum = 0
        for (let frame = 0; frame < shape.spanPages; frame++) sum += pageVersion(view, frame)
        const expected =
          (shape.hotPages > 0 ? counters.hotWrites : 0) +
          (shape.coldPages > 0 ? counters.coldWrites : 0)
        return sum === expected
      }),
      { seed: 301, numRuns: 200 },
    )
  })

  it('touches min(writes, set) distinct pages from the start of a cycle', () => {
    const memory = createMemory({ seed: 3, spanPages: 1000, hotPages: 100, coldPages: 500 })
    const start = viewMemory(memory, { hotWrites: 0, coldWrites: 0 })
    for (const n of [0, 1, 40, 99, 100, 101, 250]) {
      const bitmap = new Uint32Array(32)
      const dirty = markWritten(bitmap, start, viewMemory(memory, { hotWrites: n, coldWrites: n }))
      expect(dirty).toBe(Math.min(n, 100) + n)
    }
  })

  it('marks exactly the pages whose version changed, as peek says too', () => {
    fc.assert(
      fc.property(shapes, writes, writes, (shape, first, more) => {
        const memory = createMemory(shape)
        const before = viewMemory(memory, first)
        const after = viewMemory(memory, {
          hotWrites: first.hotWrites + more.hotWrites,
          coldWrites: first.coldWrites + (more.coldWrites % 50),
        })
        const bitmap = new Uint32Array(Math.ceil(shape.spanPages / 32))
        const dirty = markWritten(bitmap, before, after)
        for (let frame = 0; frame < shape.spanPages; frame++) {
          const changed = pageVersion(before, frame) !== pageVersion(after, frame)
          if (changed !== wasWritten(before, after, frame)) return false
          if (changed !== (((bitmap[frame >>> 5]! >>> (frame & 31)) & 1) === 1)) return false
        }
        return dirty === popcount(bitmap)
      }),
      { seed: 302, numRuns: 200 },
    )
  })

  it('never writes beyond the span', () => {
    const memory = createMemory({ seed: 9, spanPages: 10, hotPages: 5, coldPages: 5 })
    expect(pageVersion(viewMemory(memory, { hotWrites: 99, coldWrites: 99 }), 10)).toBe(0)
  })

  it('has a digest that changes with every single write', () => {
    const memory = createMemory({ seed: 4, spanPages: 300, hotPages: 50, coldPages: 200 })
    const seen = new Set<string>()
    for (let n = 0; n < 500; n++) {
      seen.add(memoryDigest(viewMemory(memory, { hotWrites: n, coldWrites: 7 }), 400))
    }
    expect(seen.size).toBe(500)
  })

  it('digests 64 GiB, half of it written, to another value than with one write more', () => {
    const pageCount = 16 * 1024 * 1024
    const shape = { seed: 1, spanPages: pageCount, hotPages: 10_000, coldPages: pageCount / 2 }
    const memory = createMemory(shape)
    const digest = memoryDigest(viewMemory(memory, { hotWrites: 1e7, coldWrites: 2e7 }), pageCount)
    const later = viewMemory(memory, { hotWrites: 1e7, coldWrites: 2e7 + 1 })
    expect(digest).toMatch(/^[0-9a-f]{16}$/)
    expect(memoryDigest(later, pageCount)).not.toBe(digest)
  })
})
