import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMemory, type MemoryShape, memoryDigest, viewMemory } from './dirty-memory.ts'
import {
  createPrecopySource,
  endFinalRound,
  endRound,
  isRoundSent,
  nextBatch,
  type PageBatch,
  suspendSource,
} from './precopy.ts'
import { createRandom } from './random.ts'
import {
  applyBatch,
  countWrongPages,
  createMemoryImage,
  imageDigest,
  missingPages,
} from './restore.ts'

interface Plan {
  readonly seed: number
  readonly pageCount: number
  readonly rounds: number
  /** Suspend after this many batches of the last round, in the middle of it. */
  readonly cutAfter: number
}

const plans = fc.record<Plan>({
  seed: fc.integer(),
  pageCount: fc.integer({ min: 40, max: 1200 }),
  rounds: fc.integer({ min: 1, max: 5 }),
  cutAfter: fc.integer({ min: 0, max: 6 }),
})

/** Runs a migration with writes between all batches; returns what was sent and what must arrive. */
function record(plan: Plan) {
  const random = createRandom(plan.seed)
  const hotPages = random.int(plan.pageCount / 3)
  const shape: MemoryShape = {
    seed: plan.seed,
    spanPages: plan.pageCount - random.int(20),
    hotPages: Math.min(hotPages, plan.pageCount - 20),
    coldPages: Math.min(random.int(plan.pageCount / 3), plan.pageCount - 20 - hotPages),
  }
  const memory = createMemory(shape)
  const counters = { hotWrites: random.int(5000), coldWrites: random.int(3000) }
  const { pageCount } = plan
  const source = createPrecopySource({ memory, pageCount, counters, atMs: 0 })
  const batches: PageBatch[] = []
  const send = (limit: number, isPaused: boolean) => {
    for (let i = 0; i < limit; i++) {
      const batch = nextBatch(source, 1 + random.int(100), counters)
      if (batch === null) return
      batches.push(batch)
      if (isPaused) continue
      counters.hotWrites += random.int(60) * random.next()
      counters.coldWrites += random.int(10)
    }
  }
  for (let round = 0; round < plan.rounds; round++) {
    send(Number.POSITIVE_INFINITY, false)
    endRound(source, counters, round)
  }
  send(plan.cutAfter, false)
  const remaining = suspendSource(source, counters, 99)
  send(Number.POSITIVE_INFINITY, true)
  const last = endFinalRound(source, 100)
  return { batches, view: viewMemory(memory, counters), pageCount, remaining, last }
}

function replay(batches: readonly PageBatch[], pageCount: number) {
  const image = createMemoryImage(pageCount)
  for (const batch of batches) applyBatch(image, batch)
  return image
}

describe('pre-copy, end to end', () => {
  it('brings every page over at its last version, wherever the writes and the suspension fall', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const { batches, view, pageCount, remaining, last } = record(plan)
        const image = replay(batches, pageCount)
        expect(countWrongPages(image, view)).toBe(0)
        expect(missingPages(image)).toBe(0)
        expect(imageDigest(image)).toBe(memoryDigest(view, pageCount))
        expect(last.sentPages).toBe(remaining)
      }),
      { seed: 401, numRuns: 150 },
    )
  })

  it('agrees in the digest exactly when no page is wrong, whichever batch is lost', () => {
    fc.assert(
      fc.property(plans, fc.nat(), (plan, which) => {
        const { batches, view, pageCount } = record(plan)
        const lost = which % batches.length
        const image = replay(
          batches.filter((_, i) => i !== lost),
          pageCount,
        )
        const isRight = countWrongPages(image, view) === 0
        return isRight === (imageDigest(image) === memoryDigest(view, pageCount))
      }),
      { seed: 402, numRuns: 200 },
    )
  })

  it('is not harmed by a batch that arrives once more, later', () => {
    fc.assert(
      fc.property(plans, fc.nat(), fc.nat(), (plan, which, delay) => {
        const { batches, view, pageCount } = record(plan)
        const from = which % batches.length
        const to = from + 1 + (delay % (batches.length - from))
        const doubled = [...batches.slice(0, to), batches[from]!, ...batches.slice(to)]
        const image = replay(doubled, pageCount)
        return (
          countWrongPages(image, view) === 0 && imageDigest(image) === memoryDigest(view, pageCount)
        )
      }),
      { seed: 403, numRuns: 200 },
    )
  })

  it('sends a page at most once per round', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const seen = new Set<string>()
        for (const { roundIndex, frames } of record(plan).batches) {
          for (const frame of frames) {
            const key = `${roundIndex}/${frame}`
            if (seen.has(key)) return false
            seen.add(key)
          }
        }
        return true
      }),
      { seed: 404, numRuns: 60 },
    )
  })
})

describe('pre-copy source', () => {
  const memory = createMemory({ seed: 1, spanPages: 1000, hotPages: 100, coldPages: 0 })

  it('sends all pages in round 0 and nothing after it when nothing is written', () => {
    const counters = { hotWrites: 0, coldWrites: 0 }
    const source = createPrecopySource({ memory, pageCount: 1010, counters, atMs: 0 })
    let sent = 0
    for (let b = nextBatch(source, 64, counters); b !== null; b = nextBatch(source, 64, counters)) {
      sent += b.frames.length
    }
    expect(sent).toBe(1010)
    expect(isRoundSent(source)).toBe(true)
    const round = endRound(source, counters, 2000)
    expect(round).toMatchObject({ roundIndex: 0, sentPages: 1010, skippedPages: 0, dirtyPages: 0 })
    expect(round.bytesPerSec).toBe((1010 * 4096) / 2)
    expect(nextBatch(source, 64, counters)).toBeNull()
  })

  it('skips pages already dirtied again; they come in the next round', () => {
    const counters = { hotWrites: 0, coldWrites: 0 }
    const source = createPrecopySource({ memory, pageCount: 1000, counters, atMs: 0 })
    counters.hotWrites = 30
    while (nextBatch(source, 256, counters) !== null);
    const round = endRound(source, counters, 1000)
    expect(round).toMatchObject({ sentPages: 970, skippedPages: 30, dirtyPages: 30 })
    while (nextBatch(source, 256, counters) !== null);
    expect(endRound(source, counters, 2000)).toMatchObject({ sentPages: 30, skippedPages: 0 })
  })

  it('refuses to end a round that has pages left: that would be a bug', () => {
    const counters = { hotWrites: 0, coldWrites: 0 }
    const source = createPrecopySource({ memory, pageCount: 1000, counters, atMs: 0 })
    expect(() => endRound(source, counters, 1)).toThrow('left to send')
  })
})

describe('arriving image', () => {
  it('refuses a batch with a frame outside the domain or unequal lengths, and takes nothing of it', () => {
    const image = createMemoryImage(10)
    const frames = Uint32Array.of(1, 10)
    expect(applyBatch(image, { roundIndex: 0, frames, versions: Uint8Array.of(1, 1) })).toEqual({
      ok: false,
      error: { code: 'bad-batch', problem: 'frame-out-of-range' },
    })
    expect(applyBatch(image, { roundIndex: 0, frames, versions: Uint8Array.of(1) }).ok).toBe(false)
    expect(missingPages(image)).toBe(10)
  })
})
