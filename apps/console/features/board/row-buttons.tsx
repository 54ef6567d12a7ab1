'use client'

import type { DomainId } from '@drover/api-schema/ids.ts'
import { EllipsisVertical, X } from 'lucide-react'
import { classNames } from '../../lib/class-names.ts'
import { useStore } from '../../lib/store.ts'
import { boardText } from '../../lib/text/board.ts'
import { useBoard } from './board-context.ts'

/**
 * Left of the figures, over the line of the last minutes, so that no figure is covered; a finger finds them at the end of
 * the row, where room is kept. The widths are those of the cells in domain-content.tsx.
 */
const besideFigures = {
  menu: 'right-0.5 sm:right-48 sm:group-data-[card=compact]/board:right-28',
  dismiss: 'right-7 sm:right-54.5 sm:group-data-[card=compact]/board:right-34.5',
}

/** At the right of a row, on hover and focus: its menu, and the way to dismiss what was refused. */
export function RowButtons({
  domainId,
  name,
  isMoving,
}: {
  domainId: DomainId
  name: string
  isMoving: boolean
}) {
  const { stores, actions } = useBoard()
  const refusal = useStore(stores.refusals, (refusals) => refusals.get(domainId) ?? null)
  const buttonClass =
    'absolute top-0.5 flex h-5.5 w-6 items-center justify-center rounded-xs bg-n4 text-n11 invisible hover:text-n12 group-focus-within/item:visible group-hover/item:visible max-sm:visible max-sm:top-2.5 max-sm:bg-transparent'
  return (
    <>
      {refusal !== null && (
        <button
          type="button"
          aria-label={boardText.dismissRefusal}
          title={refusal}
          onClick={() => actions.dismissRefusal(domainId)}
          className={classNames(buttonClass, isMoving ? 'right-7' : besideFigures.dismiss)}
        >
          <X size={13} />
        </button>
      )}
      <button
        type="button"
        tabIndex={-1}
        aria-label={boardText.openMenu(name)}
        aria-haspopup="menu"
        onClick={(event) => {
          const box = event.currentTarget.getBoundingClientRect()
          actions.openMenu(domainId, { x: box.left, y: box.bottom })
        }}
        className={classNames(buttonClass, isMoving ? 'right-0.5' : besideFigures.menu)}
      >
        <EllipsisVertical size={14} />
      </button>
    </>
  )
}
