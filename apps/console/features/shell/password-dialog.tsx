'use client'
import { type FormEvent, useId, useRef, useState } from 'react'
import { refusalFrom } from '../../client/api.ts'
import { useChangePassword } from '../../client/mutations.ts'
import { commonText } from '../../lib/text/common.ts'
import { sessionText } from '../../lib/text/session.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { FormError } from '../../ui/form-error.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { showToast } from '../../ui/toast.tsx'
import { checkPasswordFields, isGood, noTrouble, troubleOf } from './password-fields.ts'

/** A new password for whoever is signed in; this browser stays signed in, every other one does not. */
export function PasswordDialog({ email, onClose }: { email: string; onClose: () => void }) {
  const formId = useId()
  const form = useRef<HTMLFormElement>(null)
  const change = useChangePassword()
  const [fields, setFields] = useState({ currentPassword: '', newPassword: '' })
  const [trouble, setTrouble] = useState(noTrouble)
  const edit = (changes: Partial<typeof fields>) => {
    setFields({ ...fields, ...changes })
    setTrouble(noTrouble)
  }
  function submit(event: FormEvent) {
    event.preventDefault()
    const found = checkPasswordFields(fields)
    setTrouble(found)
    if (!isGood(found) || change.isPending) return
    change.mutate(fields, {
      onSuccess: () => {
        showToast({
          tone: 'ok',
          title: sessionText.passwordChanged,
          lines: [sessionText.passwordChangedDetail],
        })
        onClose()
      },
      onError: (error) => {
        setTrouble(troubleOf(refusalFrom(error)))
        form.current?.querySelector<HTMLInputElement>('input[name=currentPassword]')?.select()
      },
    })
  }
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={sessionText.changePasswordTitle}
      description={sessionText.changePasswordHint}
      size="sm"
      footer={
        <>
          <Button onClick={onClose}>{commonText.cancel}</Button>
          <Button tone="primary" type="submit" form={formId} isBusy={change.isPending}>
            {sessionText.changePasswordAction}
          </Button>
        </>
      }
    >
      <form id={formId} ref={form} noValidate onSubmit={submit} className="flex flex-col gap-4">
        {trouble.head !== null && <FormError message={trouble.head} />}
        {/* For password managers: whose password it is. */}
        <input hidden readOnly name="username" autoComplete="username" value={email} />
        <TextField
          label={sessionText.currentPassword}
          name="currentPassword"
          type="password"
          autoComplete="current-password"
          data-autofocus
          value={fields.currentPassword}
          error={trouble.currentPassword}
          onChange={(currentPassword) => edit({ currentPassword })}
        />
        <TextField
          label={sessionText.newPassword}
          name="newPassword"
          type="password"
          autoComplete="new-password"
          hint={sessionText.passwordHint}
          value={fields.newPassword}
          error={trouble.newPassword}
          onChange={(newPassword) => edit({ newPassword })}
        />
      </form>
    </Dialog>
  )
}
