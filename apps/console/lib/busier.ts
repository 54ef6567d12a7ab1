/** The busier direction of a link that is full duplex; null when neither is known. */
export function busier(rx: number | null, tx: number | null): number | null {
  return rx === null && tx === null ? null : Math.max(rx ?? 0, tx ?? 0)
}
