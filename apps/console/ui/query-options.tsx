'use client'
import { Popover as Radix } from 'radix-ui'
import { useEffect, useRef } from 'react'
import { classNames } from '../lib/class-names.ts'

/** What could stand at the cursor. */
export type QueryOption = {
  /** What would be written. */
  readonly text: string
  /** A few words beside it; empty when it speaks for itself. */
  readonly what: string
}

/** The list under a query field. The focus stays in the field, which says by id what is active. */
export function QueryOptions({
  id,
  label,
  options,
  activeIndex,
  onActivate,
  onChoose,
  isAnchor,
}: {
  id: string
  label: string
  options: readonly QueryOption[]
  activeIndex: number | null
  onActivate: (index: number) => void
  onChoose: (option: QueryOption) => void
  /** Presses there are not presses outside the list. */
  isAnchor: (target: EventTarget | null) => boolean
}) {
  const active = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (activeIndex !== null) active.current?.scrollIntoView?.({ block: 'nearest' })
  }, [activeIndex])
  return (
    <Radix.Portal>
      <Radix.Content
        id={id}
        role="listbox"
        aria-label={label}
        align="start"
        sideOffset={4}
        collisionPadding={8}
        onOpenAutoFocus={(event) => event.preventDefault()}
        onCloseAutoFocus={(event) => event.preventDefault()}
        onInteractOutside={(event) => isAnchor(event.target) && event.preventDefault()}
        className="z-55 max-h-[min(280px,var(--radix-popover-content-available-height))] min-w-60 max-w-100 overflow-y-auto rounded-md bg-n2 p-1 shadow-float"
      >
        {options.map((option, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field holds the focus and the keys
          // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field (aria-activedescendant)
          <div
            key={option.text}
            ref={index === activeIndex ? active : undefined}
            id={optionId(id, index)}
            role="option"
            aria-selected={index === activeIndex}
            onPointerMove={() => index !== activeIndex && onActivate(index)}
            onPointerDown={(event) => event.preventDefault()}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => onChoose(option)}
            className={classNames(
              'flex min-h-7 cursor-default items-center gap-3 rounded-sm px-2 text-sm max-sm:min-h-10',
              index === activeIndex ? 'bg-n4 text-n12' : 'text-n11',
            )}
          >
            <span className="truncate font-mono text-xs">{option.text}</span>
            {option.what !== '' && (
              <span className="ml-auto truncate text-n10 text-xs">{option.what}</span>
            )}
          </div>
        ))}
      </Radix.Content>
    </Radix.Portal>
  )
}

export function optionId(listId: string, index: number): string {
  return `${listId}-${index}`
}
