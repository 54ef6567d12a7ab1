'use client'
import { type ReactNode, useId } from 'react'
import { commonText } from '../lib/text/common.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { FormError } from './form-error.tsx'

type Props = {
  title: string
  /** One sentence under the title. */
  hint?: string | undefined
  submitLabel: string
  isBusy: boolean
  /** What belongs to no field. */
  error: string | null
  onClose: () => void
  onSubmit: () => void
  /** The fields. */
  children: ReactNode
}

/** A form over the page with Cancel and one way to send it; each field says itself what it wants. */
export function FormDialog({
  title,
  hint,
  submitLabel,
  isBusy,
  error,
  onClose,
  onSubmit,
  children,
}: Props) {
  const formId = useId()
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={title}
      {...(hint === undefined ? {} : { description: hint })}
      size="sm"
      footer={
        <>
          <Button onClick={onClose}>{commonText.cancel}</Button>
          <Button tone="primary" type="submit" form={formId} isBusy={isBusy}>
            {submitLabel}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          onSubmit()
        }}
        className="flex flex-col gap-4"
      >
        {error !== null && <FormError message={error} />}
        {children}
      </form>
    </Dialog>
  )
}
