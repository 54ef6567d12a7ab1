/** A small generator of numbers that look random and are the same for the same seed (mulberry32). */
export type Random = {
  /** 0 up to and not including `below`. */
  readonly below: (below: number) => number
}

export function seeded(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  return { below: (below) => Math.floor(next() * below) }
}
