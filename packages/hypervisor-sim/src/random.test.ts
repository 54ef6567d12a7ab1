import { describe, expect, it } from 'vitest'
import { createRandom, hash32, hashText, unitHash } from './random.ts'

describe('random', () => {
  it('gives the same sequence for the same seed and another for another', () => {
    const a = createRandom(7)
    const b = createRandom(7)
    const first = Array.from({ length: 5 }, () => a.next())
    expect(Array.from({ length: 5 }, () => b.next())).toEqual(first)
    expect(createRandom(8).next()).not.toBe(first[0])
  })

  it('spreads hashes evenly over sixteen bins', () => {
    const bins = new Array<number>(16).fill(0)
    for (let i = 0; i < 16_000; i++) bins[Math.floor(unitHash(1, i) * 16)]! += 1
    for (const count of bins) expect(Math.abs(count - 1000)).toBeLessThan(150)
  })

  it('depends on the order of its inputs', () => {
    expect(hash32(1, 2)).not.toBe(hash32(2, 1))
    expect(hashText('web-1')).not.toBe(hashText('web-2'))
  })
})
