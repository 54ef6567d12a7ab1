/** Ended ones stand in the order in which they ended: the first of them is the oldest. */
export function forgetOldest<K, T>(
  things: Map<K, T>,
  hasEnded: (thing: T) => boolean,
  kept: number,
): void {
  const ended = [...things].filter(([, thing]) => hasEnded(thing))
  for (const [key] of ended.slice(0, Math.max(0, ended.length - kept))) things.delete(key)
}
