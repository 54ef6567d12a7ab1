'use client'
import { useRef, useState } from 'react'
import { refusalFrom } from '../../client/api.ts'
import { useChangePassword } from '../../client/mutations.ts'
import { sessionText } from '../../lib/text/session.ts'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { showToast } from '../../ui/toast.tsx'
import { checkPasswordFields, isGood, noTrouble, troubleOf } from './password-fields.ts'

/** A new password for whoever is signed in; this browser stays signed in, every other one does not. */
export function PasswordDialog({ email, onClose }: { email: string; onClose: () => void }) {
  const current = useRef<HTMLInputElement>(null)
  const change = useChangePassword()
  const [fields, setFields] = useState({ currentPassword: '', newPassword: '' })
  const [trouble, setTrouble] = useState(noTrouble)
  const edit = (changes: Partial<typeof fields>) => {
    setFields({ ...fields, ...changes })
    setTrouble(noTrouble)
  }
  function submit() {
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
        current.current?.select()
      },
    })
  }
  return (
    <FormDialog
      title={sessionText.changePasswordTitle}
      hint={sessionText.changePasswordHint}
      submitLabel={sessionText.changePasswordAction}
      isBusy={change.isPending}
      error={trouble.head}
      onClose={onClose}
      onSubmit={submit}
    >
      {/* For password managers: whose password it is. */}
      <input hidden readOnly name="username" autoComplete="username" value={email} />
      <TextField
        ref={current}
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
    </FormDialog>
  )
}
