import { type Draggable, KeyboardSensor, type KeyboardSensorOptions } from '@dnd-kit/dom'
import { afterFrame } from '../../lib/after-frame.ts'
import type { Direction } from './board-layout.ts'

/** Finds the next host's card, scrolling to it if need be; null at an edge. The board says how. */
export type Hop = (direction: Direction) => Promise<Element | null>

let hop: Hop | null = null
/** The board that is on the screen. There is one at a time. */
export function setHop(next: Hop | null): void {
  hop = next
}

/** Low in the card, so that what is carried does not cover its figures. */
function placeIn(box: DOMRect): { x: number; y: number } {
  return { x: box.left + box.width / 2, y: Math.min(box.bottom, window.innerHeight) - 24 }
}

/** The library would also drop with Tab: a key that elsewhere only goes on must not begin a migration. */
const keyboardCodes = { ...KeyboardSensor.defaults.keyboardCodes, end: ['Space', 'Enter'] }

/** Arrow keys go from host to host instead of pixel by pixel. */
export class HostKeyboardSensor extends KeyboardSensor {
  #chain: Promise<void> = Promise.resolve()

  protected override handleKeyDown(
    event: KeyboardEvent,
    source: Draggable,
    options: KeyboardSensorOptions | undefined,
  ): void {
    // What is carried stays in hand, and the focus on it.
    if (event.key === 'Tab') event.preventDefault()
    super.handleKeyDown(event, source, { ...options, keyboardCodes })
  }

  protected override handleMove(direction: Direction, event: KeyboardEvent): void {
    event.preventDefault()
    this.#chain = this.#chain.then(() => this.#hop(direction, event))
  }

  async #hop(direction: Direction, event: KeyboardEvent): Promise<void> {
    const element = await hop?.(direction)
    if (element === null || element === undefined || !this.manager.dragOperation.status.dragging)
      return
    this.manager.actions.move({ event, to: placeIn(element.getBoundingClientRect()) })
    // The hand looks once a frame; the next arrow goes on from what it saw.
    await new Promise<void>((resolve) => afterFrame(() => resolve()))
  }
}
