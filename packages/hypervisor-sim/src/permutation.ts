import { hash32 } from './random.ts'
import { invariant } from './result.ts'

/**
 * A keyed bijection of [0, size) that needs no table: position and inverse cost a few multiplications.
 *
 * It works on the next power of two: multiply by an odd number, add, fold the upper half onto the
 * lower one; twice. Each step can be undone (odd numbers have inverses modulo 2ᵏ; `x ^= x >>> s`
 * undoes itself when 2s ≥ k). Results outside [0, size) are fed in again ("cycle walking"), which
 * keeps it a bijection and on average takes less than two passes.
 */
export interface Permutation {
  readonly size: number
  readonly mask: number
  readonly shift: number
  readonly multiplier1: number
  readonly multiplier2: number
  readonly inverse1: number
  readonly inverse2: number
  readonly offset1: number
  readonly offset2: number
}

/** @param size 1 … 2³¹; @param key any 32-bit integer. */
export function createPermutation(size: number, key: number): Permutation {
  invariant(size >= 1 && size <= 2 ** 31, `A permutation of ${size} elements is not supported`)
  const bits = 32 - Math.clz32(size - 1)
  const multiplier1 = hash32(key, 1) | 1
  const multiplier2 = hash32(key, 2) | 1
  return {
    size,
    mask: bits === 0 ? 0 : 0xffffffff >>> (32 - bits),
    shift: Math.max(1, (bits + 1) >>> 1),
    multiplier1,
    multiplier2,
    inverse1: inverseOfOdd(multiplier1),
    inverse2: inverseOfOdd(multiplier2),
    offset1: hash32(key, 3) | 0,
    offset2: hash32(key, 4) | 0,
  }
}

/** Image of `index` (0 … size−1). */
export function permute(p: Permutation, index: number): number {
  let x = index
  do {
    x = (Math.imul(x, p.multiplier1) + p.offset1) & p.mask
    x ^= x >>> p.shift
    x = (Math.imul(x, p.multiplier2) + p.offset2) & p.mask
    x ^= x >>> p.shift
  } while (x >= p.size)
  return x
}

/** The index whose image is `image`. */
export function unpermute(p: Permutation, image: number): number {
  let x = image
  do {
    x ^= x >>> p.shift
    x = Math.imul(x - p.offset2, p.inverse2) & p.mask
    x ^= x >>> p.shift
    x = Math.imul(x - p.offset1, p.inverse1) & p.mask
  } while (x >= p.size)
  return x
}

/** Newton's iteration: each step doubles the number of correct low bits. */
function inverseOfOdd(odd: number): number {
  let inverse = odd
  for (let step = 0; step < 5; step++) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse))
  return inverse
}
