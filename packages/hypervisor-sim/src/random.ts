/**
 * All chance in the simulator comes from here and from a seed, so a run can be repeated.
 * The mixing constants are those of MurmurHash3's 32-bit finaliser (Appleby, public domain): every
 * input bit reaches every output bit.
 */

/** Finaliser of MurmurHash3: a bijection on 32 bits. */
export function mix32(value: number): number {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** Stateless hash of up to four integers, 0 … 2³²−1. Order matters. */
export function hash32(a: number, b = 0, c = 0, d = 0): number {
  let h = mix32((a | 0) + 0x9e3779b9)
  h = mix32(Math.imul(h, 31) + (b | 0))
  h = mix32(Math.imul(h, 31) + (c | 0))
  return mix32(Math.imul(h, 31) + (d | 0))
}

/** Stateless noise in [0, 1): the same inputs always give the same number. */
export function unitHash(a: number, b = 0, c = 0, d = 0): number {
  return hash32(a, b, c, d) / 4294967296
}

/** Seed made of a text, for example of a domain's name. */
export function hashText(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return mix32(h)
}

export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** Uniform integer in [0, limit). */
  int(limit: number): number
}

/** A sequence of numbers from a seed: the hash of a counter, so its state is two integers. */
export function createRandom(seed: number): Random {
  let count = 0
  const next = () => unitHash(seed, count++)
  return { next, int: (limit) => Math.floor(next() * limit) }
}
