'use client'

import type { DomainId } from '@drover/api-schema/ids.ts'
import { EllipsisVertical, X } from 'lucide-react'
import { classNames } from '../../lib/class-names.ts'
import { useStore } from '../../lib/store.ts'
import { boardText } from '../../lib/text/board.ts'
import { useBoard } from './board-context.ts'

/**
 * The menu stands at the edge of the card, so that it covers no figure; dismissing, which is rare, left of them, where
 * the line of the last minutes is. A finger finds both at the end of the row, where room is kept.
 */
const places = {
  menu: 'right-0.5 w-6 sm:-right-2.75 sm:w-5.5',
  dismiss: 'right-7 w-6 sm:right-50 sm:group-data-[card=compact]/board:right-29',
}

/** At the right of a row, on hover and focus: its menu, and the way to dismiss what was refused. */
export function RowButtons({ domainId, name }: { domainId: DomainId; name: string }) {
  const { stores, actions } = useBoard()
  const refusal = useStore(stores.refusals, (refusals) => refusals.get(domainId) ?? null)
  const buttonClass =
    'absolute top-0.5 flex h-5.5 items-center justify-center rounded-xs bg-n4 text-n11 invisible hover:text-n12 group-focus-within/item:visible group-hover/item:visible max-sm:visible max-sm:top-2.5 max-sm:bg-transparent'
  return (
    <>
      {refusal !== null && (
        <button
          type="button"
          aria-label={boardText.dismissRefusal}
          title={refusal}
          onClick={() => actions.dismissRefusal(domainId)}
          className={classNames(buttonClass, places.dismiss)}
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
        className={classNames(buttonClass, places.menu)}
      >
        <EllipsisVertical size={14} />
      </button>
    </>
  )
}
