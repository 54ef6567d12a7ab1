/** One bit per page, 32 to a word: which pages of a domain something is true of. */

export function wordsFor(pageCount: number): number {
  return Math.ceil(pageCount / 32)
}

export function hasPage(bitmap: Uint32Array, frame: number): boolean {
  return ((bitmap[frame >>> 5] ?? 0) & (1 << (frame & 31))) !== 0
}

export function countPages(bitmap: Uint32Array): number {
  let count = 0
  for (const word of bitmap) {
    for (let bits = word; bits !== 0; bits &= bits - 1) count++
  }
  return count
}

/** Every page that is set, in ascending order. */
export function* pagesIn(bitmap: Uint32Array): Generator<number> {
  for (let word = 0; word < bitmap.length; word++) {
    for (let bits = bitmap[word] ?? 0; bits !== 0; bits &= bits - 1) {
      yield word * 32 + 31 - Math.clz32(bits & -bits)
    }
  }
}

/** False when the words are not those of so many pages, or the last one names pages beyond them. */
export function fitsPages(bitmap: Uint32Array, pageCount: number): boolean {
  if (bitmap.length !== wordsFor(pageCount)) return false
  const spare = pageCount % 32
  return spare === 0 || (bitmap.at(-1) ?? 0) < 2 ** spare
}

/** As text, for a snapshot: `-` for a word without pages, `+` for a full one, else its eight hex digits. */
export function bitmapToText(bitmap: Uint32Array): string {
  let text = ''
  for (const word of bitmap) {
    text += word === 0 ? '-' : word === 0xffffffff ? '+' : word.toString(16).padStart(8, '0')
  }
  return text
}

/** Null when the text is not that of so many pages. */
export function bitmapFromText(text: string, pageCount: number): Uint32Array | null {
  const bitmap = new Uint32Array(wordsFor(pageCount))
  let at = 0
  for (let word = 0; word < bitmap.length; word++) {
    const sign = text[at]
    if (sign === '-' || sign === '+') {
      bitmap[word] = sign === '+' ? 0xffffffff : 0
      at += 1
      continue
    }
    const digits = text.slice(at, at + 8)
    if (!/^[0-9a-f]{8}$/.test(digits)) return null
    bitmap[word] = Number.parseInt(digits, 16)
    at += 8
  }
  return at === text.length && fitsPages(bitmap, pageCount) ? bitmap : null
}
