import { compareNames } from '../../lib/compare-names.ts'
/** What the palette can find: by words in any order, best first. */
export type Findable = { readonly key: string; readonly label: string; readonly about: string }

/** The best `limit` things in which every word of `query` occurs; a name that begins with it comes first. */
export function findBest<T extends Findable>(
  items: readonly T[],
  query: string,
  limit: number,
): T[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const scored: { item: T; score: number }[] = []
  for (const item of items) {
    const score = scoreOf(item, words)
    if (score !== null) scored.push({ item, score })
  }
  return scored
    .sort((a, b) => a.score - b.score || compareNames(a.item.label, b.item.label))
    .slice(0, limit)
    .map(({ item }) => item)
}

/** Lower is better: 0 starts the name, 1 inside the name, 2 in what is said about it; null: a word is missing. */
function scoreOf(item: Findable, words: readonly string[]): number | null {
  const label = item.label.toLowerCase()
  const about = item.about.toLowerCase()
  let score = 0
  for (const word of words) {
    if (label.startsWith(word)) continue
    if (label.includes(word)) score += 1
    else if (about.includes(word)) score += 2
    else return null
  }
  return score
}
