/** A sparkline shows two minutes of one reading a second. */
export const sparkSeconds = 120
const fewestSeconds = 40

/** How many readings fill the width: fewer while the page is young, so that a line can be seen at once. */
export function sparkCapacity(count: number): number {
  return Math.min(sparkSeconds, Math.max(fewestSeconds, count))
}
