'use client'
import { AlertDialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { classNames } from '../lib/class-names.ts'
import { commonText } from '../lib/text/common.ts'
import { Button } from './button.tsx'
import { dialogClass, scrimClass, useDialogFocus } from './dialog.tsx'

type Props = {
  isOpen: boolean
  onOpenChange: (isOpen: boolean) => void
  title: string
  /** What will happen to what, in numbers. */
  body: ReactNode
  confirmLabel: string
  /** For what is itself called cancelling: says what stays as it is instead of “Cancel”. */
  keepLabel?: string
  tone?: 'danger' | 'primary'
  isBusy?: boolean
  onConfirm: () => void
}

/** Asks before what cannot be undone. Keeping has the focus, so Enter by habit destroys nothing. */
export function ConfirmDialog({
  isOpen,
  onOpenChange,
  title,
  body,
  confirmLabel,
  keepLabel = commonText.cancel,
  tone = 'danger',
  isBusy = false,
  onConfirm,
}: Props) {
  // Where the focus starts is the alert dialog's own business: its Cancel.
  const { onCloseAutoFocus, onOpenAutoFocus } = useDialogFocus()
  return (
    <Radix.Root open={isOpen} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={scrimClass} />
        <Radix.Content
          onOpenAutoFocus={onOpenAutoFocus}
          onCloseAutoFocus={onCloseAutoFocus}
          className={classNames(dialogClass, 'sm:w-115')}
        >
          <div className="px-5 pt-4 pb-4">
            <Radix.Title className="text-lg">{title}</Radix.Title>
            <Radix.Description asChild>
              <div className="mt-2 text-n11 text-sm">{body}</div>
            </Radix.Description>
          </div>
          <footer className="flex flex-wrap justify-end gap-2 border-t px-5 py-3">
            <Radix.Cancel asChild>
              <Button>{keepLabel}</Button>
            </Radix.Cancel>
            <Button tone={tone} isBusy={isBusy} onClick={onConfirm}>
              {confirmLabel}
            </Button>
          </footer>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
