import type { MissingFrame } from '@drover/api-schema/peer-protocol.ts'

/** A bitmap of missing pages that comes in several frames, whole or not at all. */
export class MissingPages {
  #parts = new Map<number, Uint32Array>()

  add({ firstWord, words }: MissingFrame): void {
    this.#parts.set(firstWord, words)
  }

  /** What has come since the last call; null when some of it is not there, or it names another number of pages. */
  take(missingPages: number): Uint32Array | null {
    const parts = [...this.#parts].sort(([a], [b]) => a - b)
    this.#parts = new Map()
    const bitmap = new Uint32Array(parts.reduce((sum, [, words]) => sum + words.length, 0))
    let next = 0
    for (const [firstWord, words] of parts) {
      if (firstWord !== next) return null
      bitmap.set(words, firstWord)
      next += words.length
    }
    return countPages(bitmap) === missingPages ? bitmap : null
  }
}

export function countPages(bitmap: Uint32Array): number {
  let count = 0
  for (const word of bitmap) {
    for (let bits = word; bits !== 0; bits &= bits - 1) count += 1
  }
  return count
}
