import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPermutation, permute, unpermute } from './permutation.ts'

describe('permutation', () => {
  it('visits every index of any size exactly once and can be undone', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer(), (size, key) => {
        const p = createPermutation(size, key)
        const seen = new Uint8Array(size)
        for (let i = 0; i < size; i++) {
          const image = permute(p, i)
          seen[image]! += 1
          if (unpermute(p, image) !== i) return false
        }
        return seen.every((count) => count === 1)
      }),
      { seed: 101, numRuns: 60 },
    )
  })

  it('can be undone for large sizes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 31 }),
        fc.integer(),
        fc.nat(),
        (size, key, index) => {
          const p = createPermutation(size, key)
          return unpermute(p, permute(p, index % size)) === index % size
        },
      ),
      { seed: 102, numRuns: 500 },
    )
  })

  it('scatters: neighbours land in different parts', () => {
    const p = createPermutation(100_000, 5)
    const quarters = new Array<number>(4).fill(0)
    for (let i = 0; i < 1000; i++) quarters[Math.floor(permute(p, i) / 25_000)]! += 1
    for (const count of quarters) expect(count).toBeGreaterThan(150)
  })
})
