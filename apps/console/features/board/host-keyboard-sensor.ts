import { KeyboardSensor } from '@dnd-kit/dom'
import type { HostId } from '@drover/api-schema/ids.ts'
import type { Direction } from './board-layout.ts'

/** Finds the next host's card, scrolling to it if need be; null at an edge. The board says how. */
export type Hop = (from: HostId | null, direction: Direction) => Promise<Element | null>

let hop: Hop | null = null
/** The board that is on the screen. There is one at a time. */
export function setHop(next: Hop | null): void {
  hop = next
}

export function hostIdOf(data: unknown): HostId | null {
  // Ours are the only droppables, and each has the id of its host.
  return (data as { hostId?: HostId } | undefined)?.hostId ?? null
}

/** Low in the card, so that what is carried does not cover its figures. */
function placeIn(box: DOMRect): { x: number; y: number } {
  return { x: box.left + box.width / 2, y: Math.min(box.bottom, window.innerHeight) - 24 }
}

function nextFrame(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => resolve()))
}

/** Arrow keys go from host to host instead of pixel by pixel. */
export class HostKeyboardSensor extends KeyboardSensor {
  #chain: Promise<void> = Promise.resolve()

  protected override handleMove(direction: Direction, event: KeyboardEvent): void {
    event.preventDefault()
    this.#chain = this.#chain.then(() => this.#hop(direction, event))
  }

  async #hop(direction: Direction, event: KeyboardEvent): Promise<void> {
    const { target } = this.manager.dragOperation
    const element = await hop?.(hostIdOf(target?.data), direction)
    if (element === null || element === undefined || !this.manager.dragOperation.status.dragging)
      return
    // The board may have scrolled: what the library remembers of places is of before.
    for (const droppable of this.manager.registry.droppables)
      if ('refreshShape' in droppable) droppable.refreshShape()
    const box = element.getBoundingClientRect()
    this.manager.actions.move({ event, to: placeIn(box) })
    await nextFrame()
    this.manager.collisionObserver.forceUpdate()
  }
}
