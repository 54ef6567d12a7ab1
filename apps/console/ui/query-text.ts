/** From `start` up to and not including `end`, in UTF-16 units, as text boxes count. */
export type TextSpan = { readonly start: number; readonly end: number }

/** Characters on each side of what is marked: with it, a line of a narrow column. */
const shownAround = 24

/** The part of a text around a span, cut with an ellipsis where it goes on. */
export function excerptAround(
  text: string,
  { start, end }: TextSpan,
): { readonly before: string; readonly marked: string; readonly after: string } {
  const from = Math.max(0, start - shownAround)
  const until = Math.min(text.length, end + shownAround)
  return {
    before: `${from > 0 ? '…' : ''}${text.slice(from, start)}`,
    marked: text.slice(start, end),
    after: `${text.slice(end, until)}${until < text.length ? '…' : ''}`,
  }
}

/** The text with another in the place of a span, and where the cursor stands after it. */
export function replaceSpan(
  text: string,
  { start, end }: TextSpan,
  replacement: string,
): { readonly text: string; readonly cursor: number } {
  const rest = text.slice(end)
  // The next word begins at once, except inside a bracket and where a space is already.
  const gap = rest.startsWith(' ') || replacement.endsWith('(') ? '' : ' '
  const skipped = rest.startsWith(' ') ? 1 : 0
  return {
    text: `${text.slice(0, start)}${replacement}${gap}${rest}`,
    cursor: start + replacement.length + gap.length + skipped,
  }
}

/** Whether two spans share or touch a character. */
export function doTouch(a: TextSpan, b: TextSpan): boolean {
  return a.start <= b.end && b.start <= a.end
}
