/** Repeatable chance for generated hosts: a hash of a counter, so that the same seed makes the same fleet. */
export type Chance = () => number

export function hash(a: number, b: number): number {
  let h = (Math.imul(a | 0, 0x9e3779b1) ^ Math.imul((b | 0) + 1, 0x85ebca6b)) | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** Uniform in [0, 1). */
export function chanceOf(seed: number): Chance {
  let count = 0
  return () => hash(seed, count++) / 0x1_0000_0000
}

export function pick<const L extends readonly [unknown, ...unknown[]]>(
  chance: Chance,
  from: L,
): L[number] {
  return from[Math.floor(chance() * from.length)] ?? from[0]
}
