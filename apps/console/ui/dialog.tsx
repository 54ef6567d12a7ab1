'use client'
import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import { type ReactNode, useRef } from 'react'
import { classNames } from '../lib/class-names.ts'
import { commonText } from '../lib/text/common.ts'
import { IconButton } from './icon-button.tsx'

type Props = {
  isOpen: boolean
  onOpenChange: (isOpen: boolean) => void
  title: ReactNode
  /** One sentence under the title, read with it. */
  description?: ReactNode
  size?: 'sm' | 'md' | 'lg'
  /** Buttons, the most likely last. */
  footer?: ReactNode
  children?: ReactNode
}

const widths = { sm: 'sm:w-105', md: 'sm:w-135', lg: 'sm:w-180' } as const
export const scrimClass = 'fixed inset-0 z-50 bg-scrim animate-appear'
export const dialogClass =
  'fixed z-50 flex max-h-[88dvh] flex-col bg-n2 shadow-float animate-appear max-sm:inset-x-0 max-sm:bottom-0 max-sm:rounded-t-md sm:top-[12dvh] sm:left-1/2 sm:-translate-x-1/2 sm:rounded-md'

/**
 * For dialogs that no button of theirs opened: where the focus was goes back to where it was. Inside, the focus
 * starts at the element marked `data-autofocus`, else at the first control.
 */
export function useDialogFocus() {
  const before = useRef<Element | null>(null)
  return {
    onOpenAutoFocus: (event: Event) => {
      before.current = document.activeElement
      const content = event.currentTarget
      const wanted =
        content instanceof Element ? content.querySelector<HTMLElement>('[data-autofocus]') : null
      if (wanted === null) return
      event.preventDefault()
      wanted.focus()
    },
    onCloseAutoFocus: (event: Event) => {
      if (!(before.current instanceof HTMLElement) || !before.current.isConnected) return
      event.preventDefault()
      before.current.focus()
    },
  }
}

/** A question or a form over the page: traps focus, closes with Escape, gives focus back. */
export function Dialog({
  isOpen,
  onOpenChange,
  title,
  description,
  size = 'md',
  footer,
  children,
}: Props) {
  const focus = useDialogFocus()
  return (
    <Radix.Root open={isOpen} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={scrimClass} />
        <Radix.Content
          {...focus}
          {...(description === undefined ? { 'aria-describedby': undefined } : {})}
          className={classNames(dialogClass, widths[size])}
        >
          <header className="flex items-start gap-3 px-5 pt-4 pb-3">
            <div className="min-w-0 grow">
              <Radix.Title className="text-lg">{title}</Radix.Title>
              {description !== undefined && (
                <Radix.Description className="mt-0.5 text-n10 text-sm">
                  {description}
                </Radix.Description>
              )}
            </div>
            <Radix.Close asChild>
              <IconButton
                label={commonText.close}
                icon={<X size={16} />}
                hasTooltip={false}
                className="-mr-2"
              />
            </Radix.Close>
          </header>
          <div className="min-h-0 grow overflow-y-auto px-5 pb-4">{children}</div>
          {footer !== undefined && (
            <footer className="flex flex-wrap justify-end gap-2 border-t px-5 py-3">
              {footer}
            </footer>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
