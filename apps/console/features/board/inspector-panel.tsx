'use client'
import { Dialog as Radix } from 'radix-ui'
import type { FleetIndex } from '../../client/fleet-index.ts'
import { boardText } from '../../lib/text/board.ts'
import { dialogClass, scrimClass } from '../../ui/dialog.tsx'
import type { Inspected } from './board-view.ts'
import { Inspector } from './inspector.tsx'

type Props = {
  isOpen: boolean
  isNarrow: boolean
  inspected: Inspected | null
  fleet: FleetIndex
  onClose: () => void
}

/** At the right of the board and beside it, so that it covers no host; from below on a phone. */
export function InspectorPanel({ isOpen, isNarrow, inspected, fleet, onClose }: Props) {
  if (!isOpen) return null
  const content = <Inspector inspected={inspected} fleet={fleet} onClose={onClose} />
  if (isNarrow) {
    return (
      <Radix.Root open onOpenChange={(next) => !next && onClose()}>
        <Radix.Portal>
          <Radix.Overlay className={scrimClass} />
          <Radix.Content aria-describedby={undefined} className={dialogClass}>
            <Radix.Title className="sr-only">{boardText.inspector}</Radix.Title>
            {content}
          </Radix.Content>
        </Radix.Portal>
      </Radix.Root>
    )
  }
  return (
    <aside aria-label={boardText.inspector} className="flex w-85 shrink-0 flex-col border-l bg-n2">
      {content}
    </aside>
  )
}
