type Point = { readonly x: number; readonly y: number }
type Box = {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}
export type PlaceInput = {
  /** Where it was picked up. */
  readonly origin: Point
  /** The card it was picked up from; null when that is not on the screen. */
  readonly card: Box | null
  readonly size: { readonly width: number; readonly height: number }
  readonly window: { readonly width: number; readonly height: number }
}

/** Far enough from the hand that only a deliberate move reaches it: a drop asks nothing. */
const besidePx = 76
const abovePx = 44
const risePx = 40
const marginPx = 8

/**
 * Where the list of the best hosts stands: on the card that the domain comes from, which has nothing to answer, so that
 * it hides no other host's answer; where that has no room, beside the hand.
 */
export function bestPlace({ origin, card, size, window }: PlaceInput): {
  left: number
  top: number
} {
  const screen = {
    left: marginPx,
    top: marginPx,
    right: window.width - marginPx,
    bottom: window.height - marginPx,
  }
  const right = origin.x + besidePx
  const left = origin.x - besidePx - size.width
  const level = origin.y - risePx
  if (card !== null) {
    const room = {
      left: Math.max(card.left, screen.left),
      top: Math.max(card.top, screen.top),
      right: Math.min(card.right, screen.right),
      bottom: Math.min(card.bottom, screen.bottom),
    }
    const levelIn = within(level, room.top, room.bottom - size.height)
    const middle = within(origin.x - size.width / 2, room.left, room.right - size.width)
    const places = [
      { left: right, top: levelIn },
      { left, top: levelIn },
      { left: middle, top: origin.y + abovePx },
      { left: middle, top: origin.y - abovePx - size.height },
    ]
    const place = places.find((one) => fits(one, size, room))
    if (place !== undefined) return place
  }
  return {
    left: Math.max(screen.left, right + size.width > screen.right ? left : right),
    top: within(level, screen.top, screen.bottom - size.height),
  }
}

function within(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(value, high))
}

function fits(
  { left, top }: { readonly left: number; readonly top: number },
  size: PlaceInput['size'],
  room: Box,
): boolean {
  return (
    left >= room.left &&
    top >= room.top &&
    left + size.width <= room.right &&
    top + size.height <= room.bottom
  )
}
