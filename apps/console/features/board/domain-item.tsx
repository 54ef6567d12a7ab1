'use client'

import { useDraggable } from '@dnd-kit/react'
import type { Domain } from '@drover/api-schema/domain.ts'
import { type MouseEvent, memo, useLayoutEffect, useRef } from 'react'
import { classNames } from '../../lib/class-names.ts'
import { formatSize } from '../../lib/format.ts'
import { useStore } from '../../lib/store.ts'
import { boardText } from '../../lib/text/board.ts'
import { domainKindText, domainStatusText } from '../../lib/text/common.ts'
import type { MenuPlace } from '../../ui/menu.tsx'
import { useBoard } from './board-context.ts'
import { DomainContent, type DomainContentProps, itemShape } from './domain-content.tsx'
import { dragInstructionsId } from './drag-instructions.tsx'
import { RowButtons } from './row-buttons.tsx'
import { leavePlace, travelFromLastPlace } from './travel.ts'

type Props = DomainContentProps & {
  /** The name of the host it is on its way to; null when it stays. */
  destination: string | null
}

/** One domain in one of the three densities: what it is, what it does now, and the handle to everything about it. */
export const DomainItem = memo(function DomainItem({
  domain,
  hostId,
  nicBytesPerSec,
  density,
  destination,
}: Props) {
  const { domainId } = domain
  const { stores, actions, dragRefusal } = useBoard()
  const isSelected = useStore(stores.selection, ({ ids }) => ids.has(domainId))
  const isInHand = useStore(stores.drag, (drag) => drag?.ids.has(domainId) === true)
  const isTabStop = useStore(stores.current, (current) => current === domainId)
  const { ref, handleRef } = useDraggable({ id: domainId, disabled: dragRefusal !== null })
  const item = useTravellingRef(domain)
  return (
    <li
      ref={(element) => {
        item.current = element
        ref(element)
      }}
      data-domain={domainId}
      className={classNames(
        'group/item relative',
        isInHand && 'rounded-xs opacity-35 outline-1 outline-n9 outline-dashed -outline-offset-1',
      )}
    >
      {/* The button says all of it but the figures, which would change its name every second. */}
      <div
        aria-hidden="true"
        className={classNames(
          itemShape[density],
          isSelected ? 'bg-accent-wash text-n12' : 'group-hover/item:bg-n3',
        )}
      >
        <DomainContent
          domain={domain}
          hostId={hostId}
          nicBytesPerSec={nicBytesPerSec}
          density={density}
        />
      </div>
      <button
        ref={handleRef}
        type="button"
        tabIndex={isTabStop ? 0 : -1}
        aria-pressed={isSelected}
        aria-roledescription={boardText.dragHandle}
        aria-describedby={dragInstructionsId}
        aria-label={labelOf(domain, destination)}
        title={density === 'heat' ? domain.name : undefined}
        onClick={(event) =>
          actions.press(domainId, { shift: event.shiftKey, toggle: event.ctrlKey || event.metaKey })
        }
        onDoubleClick={() => actions.inspectDomain(domainId)}
        onKeyDown={(event) => actions.keyOnRow(domainId, event)}
        onFocus={() => stores.current.set(domainId)}
        onContextMenu={(event) => {
          event.preventDefault()
          actions.openMenu(domainId, menuPlace(event))
        }}
        className={classNames(
          'absolute inset-0 touch-manipulation select-none rounded-xs',
          isSelected && 'border border-accent',
        )}
      />
      {density === 'rows' && <RowButtons domainId={domainId} name={domain.name} />}
    </li>
  )
})

/** At the pointer; the menu key has none, so under the row. */
function menuPlace(event: MouseEvent<HTMLElement>): MenuPlace {
  if (event.clientX !== 0 || event.clientY !== 0) return { x: event.clientX, y: event.clientY }
  const box = event.currentTarget.getBoundingClientRect()
  return { x: box.left + 8, y: box.bottom }
}

function labelOf(domain: Domain, destination: string | null): string {
  return boardText.domainLabel({
    name: domain.name,
    kind: domainKindText[domain.kind].short,
    os: domain.os.name,
    vcpus: domain.vcpuCount,
    memory: formatSize(domain.memCurrentBytes),
    state:
      destination === null
        ? domainStatusText[domain.state.status]
        : boardText.migratingTo(destination),
  })
}

/** Remembers where the row of a moving domain was, and lets it travel from there. */
function useTravellingRef({ domainId, hostId, migrationId }: Domain) {
  const item = useRef<HTMLLIElement | null>(null)
  const isMoving = useRef(false)
  isMoving.current = migrationId !== null
  useLayoutEffect(() => {
    const element = item.current
    if (element === null) return
    travelFromLastPlace({ domainId, hostId, element })
    return () => {
      if (isMoving.current) leavePlace({ domainId, hostId, element })
    }
  }, [domainId, hostId])
  return item
}
