'use client'
import { Check } from 'lucide-react'
import { ContextMenu, DropdownMenu } from 'radix-ui'
import { Fragment, type ReactElement, type ReactNode } from 'react'
import { classNames } from '../lib/class-names.ts'

/** The lines of a menu, the same for a dropdown and a context menu. */
export type MenuItem =
  | {
      readonly kind: 'action'
      readonly id: string
      readonly label: string
      readonly icon?: ReactNode
      readonly shortcut?: string
      readonly tone?: 'danger'
      /** The item stays, does nothing, and shows this sentence. */
      readonly disabledReason?: string | null
      readonly onSelect: () => void
    }
  | {
      readonly kind: 'check'
      readonly id: string
      readonly label: string
      readonly isChecked: boolean
      readonly onSelect: () => void
    }
  | { readonly kind: 'separator'; readonly id: string }
  | { readonly kind: 'heading'; readonly id: string; readonly label: string }

const contentClass =
  'z-55 min-w-52 max-w-80 overflow-y-auto rounded-md bg-n2 p-1 shadow-float animate-appear max-h-(--radix-popper-available-height)'
const itemClass =
  'flex min-h-7 max-sm:min-h-10 cursor-default select-none items-center gap-2 rounded-sm px-2 py-1 text-sm outline-none data-highlighted:bg-n4'
const inkClass = 'text-n11 data-highlighted:text-n12'

type Parts = {
  Item: typeof DropdownMenu.Item | typeof ContextMenu.Item
  CheckboxItem: typeof DropdownMenu.CheckboxItem | typeof ContextMenu.CheckboxItem
  Separator: typeof DropdownMenu.Separator | typeof ContextMenu.Separator
  Label: typeof DropdownMenu.Label | typeof ContextMenu.Label
}

function MenuItems({ items, parts }: { items: readonly MenuItem[]; parts: Parts }) {
  return items.map((item) => <Fragment key={item.id}>{menuItem(item, parts)}</Fragment>)
}

function menuItem(item: MenuItem, { Item, CheckboxItem, Separator, Label }: Parts): ReactNode {
  switch (item.kind) {
    case 'separator':
      return <Separator className="mx-1 my-1 h-px bg-n5" />
    case 'heading':
      return <Label className="caption px-2 py-1">{item.label}</Label>
    case 'check':
      return (
        <CheckboxItem
          checked={item.isChecked}
          onSelect={item.onSelect}
          className={classNames(itemClass, inkClass)}
        >
          <span className="flex w-4 justify-center">
            {item.isChecked && <Check size={14} className="text-accent" />}
          </span>
          {item.label}
        </CheckboxItem>
      )
    case 'action': {
      const reason = item.disabledReason ?? null
      return (
        <Item
          aria-disabled={reason !== null || undefined}
          onSelect={(event) => (reason === null ? item.onSelect() : event.preventDefault())}
          className={classNames(
            itemClass,
            item.tone === 'danger' && reason === null ? 'text-crit' : inkClass,
          )}
        >
          {item.icon !== undefined && (
            <span
              className={classNames(
                'flex w-4 shrink-0 justify-center',
                reason !== null && 'opacity-45',
              )}
            >
              {item.icon}
            </span>
          )}
          <span className="min-w-0 grow">
            <span className={classNames(reason !== null && 'text-n9')}>{item.label}</span>
            {reason !== null && <span className="block text-n10 text-2xs">{reason}</span>}
          </span>
          {item.shortcut !== undefined && (
            <kbd className="ml-4 font-mono text-2xs text-n10">{item.shortcut}</kbd>
          )}
        </Item>
      )
    }
  }
}

type MenuProps = {
  items: readonly MenuItem[]
  align?: 'start' | 'end'
  onOpenChange?: (isOpen: boolean) => void
  children: ReactElement
}

/** A menu behind a button. Not modal: the page behind would be hidden from screen readers with what can have the focus in it. */
export function Menu({ items, align = 'end', onOpenChange, children }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false} {...(onOpenChange === undefined ? {} : { onOpenChange })}>
      <DropdownMenu.Trigger asChild>{children}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          className={contentClass}
        >
          <MenuItems items={items} parts={DropdownMenu} />
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

/** The same items on the right button of the mouse. The trigger must not be the only way to them. */
export function ContextMenuArea({ items, onOpenChange, children }: Omit<MenuProps, 'align'>) {
  return (
    <ContextMenu.Root {...(onOpenChange === undefined ? {} : { onOpenChange })}>
      <ContextMenu.Trigger asChild>{children}</ContextMenu.Trigger>
      <ContextMenu.Portal>
        <ContextMenu.Content collisionPadding={8} className={contentClass}>
          <MenuItems items={items} parts={ContextMenu} />
        </ContextMenu.Content>
      </ContextMenu.Portal>
    </ContextMenu.Root>
  )
}

/** Where a menu opens that belongs to no one button: at the pointer, or under the button that asked. */
export type MenuPlace = { readonly x: number; readonly y: number }

type MenuAtProps = {
  items: readonly MenuItem[]
  label: string
  place: MenuPlace | null
  onClose: () => void
  onReturnFocus: () => void
}

/** One menu for hundreds of rows: mounted once, opened where it is asked for. */
export function MenuAt({ items, label, place, onClose, onReturnFocus }: MenuAtProps) {
  return (
    <DropdownMenu.Root
      open={place !== null}
      onOpenChange={(isOpen) => !isOpen && onClose()}
      modal={false}
    >
      <DropdownMenu.Trigger asChild>
        <span
          aria-hidden="true"
          className="pointer-events-none fixed size-0"
          style={{ left: place?.x ?? 0, top: place?.y ?? 0 }}
        />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          aria-label={label}
          align="start"
          sideOffset={2}
          collisionPadding={8}
          className={contentClass}
          onCloseAutoFocus={(event) => {
            event.preventDefault()
            onReturnFocus()
          }}
        >
          <MenuItems items={items} parts={DropdownMenu} />
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}
