import { type HostId, hostIdSchema } from '@drover/api-schema/ids.ts'
import { afterFrame } from '../../lib/after-frame.ts'

export type Point = { readonly x: number; readonly y: number }
type Edges = { readonly top: number; readonly bottom: number }

/** Of the height: how near an edge scrolls. */
const edgeShare = 0.14
const fastestPxPerSec = 1000
/** After a stall the board must not jump. */
const longestFrameMs = 50
/** A card picked up near an edge does not run away: the hand must mean it. */
const meantPx = 24

/** Pixels a second, downwards positive: none in the middle, the faster the nearer to an edge or past it. */
export function edgeSpeed(y: number, { top, bottom }: Edges): number {
  const zone = (bottom - top) * edgeShare
  const above = Math.min(1, (top + zone - y) / zone)
  const below = Math.min(1, (y - (bottom - zone)) / zone)
  if (above > 0) return -fastestPxPerSec * above ** 2
  return below > 0 ? fastestPxPerSec * below ** 2 : 0
}

/**
 * The host that a drop at this point of the window means: what is seen there decides, a card or a line of the short
 * list. No geometry is kept, so nothing has to be measured when a drag begins or when the board scrolls under it.
 */
function hostAt(point: Point): HostId | null {
  const place = document.elementFromPoint(point.x, point.y)?.closest('[data-best], [data-host]')
  const hostId = place?.getAttribute('data-best') ?? place?.getAttribute('data-host')
  return hostIdSchema.safeParse(hostId).data ?? null
}

/** What carries: once a frame it scrolls near the edges of the board and looks which host is under it. */
export class Hand {
  readonly #scroller: HTMLElement
  readonly #onOver: (hostId: HostId | null) => void
  #at: Point | null = null
  #pickedUpAt: Point = { x: 0, y: 0 }
  #edges: Edges | null = null
  #lastFrameAt = 0
  #cancelNext = () => {}
  /** Moved or scrolled since it last looked. */
  #mustLook = false

  constructor(scroller: HTMLElement, onOver: (hostId: HostId | null) => void) {
    this.#scroller = scroller
    this.#onOver = onOver
  }

  /** `scrolls` is false for the keyboard, which scrolls by hosts. */
  pickUp(at: Point, { scrolls }: { readonly scrolls: boolean }): void {
    this.#at = at
    this.#pickedUpAt = at
    this.#edges = scrolls ? this.#scroller.getBoundingClientRect() : null
    this.#lastFrameAt = performance.now()
    this.#mustLook = true
    this.#scroller.addEventListener('scroll', this.#scrolled, { passive: true })
    this.#cancelNext = afterFrame(this.#everyFrame)
  }

  moveTo(at: Point): void {
    if (this.#at === null) return
    this.#at = at
    this.#mustLook = true
  }

  /** Looks a last time, so that a drop means what is under the hand now. */
  letGo(): void {
    this.#look()
    this.#at = null
    this.#cancelNext()
    this.#scroller.removeEventListener('scroll', this.#scrolled)
  }

  readonly #scrolled = (): void => {
    this.#mustLook = true
  }

  readonly #everyFrame = (): void => {
    this.#cancelNext = afterFrame(this.#everyFrame)
    this.#look()
    const now = performance.now()
    const elapsedMs = Math.min(longestFrameMs, now - this.#lastFrameAt)
    this.#lastFrameAt = now
    if (this.#at === null || this.#edges === null) return
    if (Math.abs(this.#at.y - this.#pickedUpAt.y) < meantPx) return
    const speed = edgeSpeed(this.#at.y, this.#edges)
    if (speed !== 0)
      this.#scroller.scrollBy({ top: (speed * elapsedMs) / 1000, behavior: 'instant' })
  }

  #look(): void {
    if (!this.#mustLook || this.#at === null) return
    this.#mustLook = false
    this.#onOver(hostAt(this.#at))
  }
}
