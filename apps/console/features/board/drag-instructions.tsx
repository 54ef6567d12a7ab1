import { boardText } from '../../lib/text/board.ts'

export const dragInstructionsId = 'board-drag-instructions'

/** What each row is described by: how to move it without a pointer. */
export function DragInstructions() {
  return (
    <p id={dragInstructionsId} hidden>
      {boardText.dragInstructions}
    </p>
  )
}
