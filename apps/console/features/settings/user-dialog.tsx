'use client'

import { roles, type User } from '@drover/api-schema/user.ts'
import { useState } from 'react'
import { refusalFrom } from '../../client/api.ts'
import { useCreateUser, useUpdateUser } from '../../client/mutations.ts'
import { roleText } from '../../lib/text/common.ts'
import { roleMeaning, settingsText, usersText } from '../../lib/text/settings.ts'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { RadioCards } from '../../ui/radio-cards.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { showToast } from '../../ui/toast.tsx'
import {
  changesOf,
  checkUserFields,
  emptyFields,
  errorsOf,
  fieldsOf,
  hasErrors,
  noErrors,
  type UserErrors,
  type UserFields,
} from './user-fields.ts'

/** A new user, or changes to one. */
export type UserDialogSubject =
  | { readonly mode: 'new' }
  | { readonly mode: 'change'; readonly user: User }

function wordsFor(subject: UserDialogSubject) {
  return subject.mode === 'new'
    ? { title: usersText.addTitle, hint: usersText.addHint, confirm: usersText.addConfirm }
    : { title: usersText.editTitle(subject.user.name), hint: undefined, confirm: settingsText.save }
}

type Trouble = { readonly fields: UserErrors; readonly head: string | null }
const noTrouble: Trouble = { fields: noErrors, head: null }

export function UserDialog({
  subject,
  onClose,
}: {
  subject: UserDialogSubject
  onClose: () => void
}) {
  const create = useCreateUser()
  const update = useUpdateUser()
  const words = wordsFor(subject)
  const isNew = subject.mode === 'new'
  const [fields, setFields] = useState(isNew ? emptyFields : fieldsOf(subject.user))
  const [trouble, setTrouble] = useState(noTrouble)
  const change = (changes: Partial<UserFields>) => {
    setFields({ ...fields, ...changes })
    setTrouble(noTrouble)
  }
  const send = async () => {
    const name = fields.name.trim()
    if (subject.mode === 'new') {
      await create.mutateAsync({ ...fields, name, email: fields.email.trim() })
      showToast({ tone: 'ok', title: usersText.added(name) })
    } else {
      const { user } = subject
      await update.mutateAsync({ userId: user.userId, changes: changesOf(user, fields) })
      showToast({ tone: 'ok', title: usersText.changed(name) })
    }
  }
  const submit = async () => {
    const wrong = checkUserFields(fields, subject.mode)
    setTrouble({ fields: wrong, head: null })
    if (hasErrors(wrong)) return
    try {
      await send()
      onClose()
    } catch (error) {
      const { fields: atFields, head } = errorsOf(refusalFrom(error))
      setTrouble({ fields: atFields, head: head?.message ?? null })
    }
  }
  return (
    <FormDialog
      title={words.title}
      hint={words.hint}
      submitLabel={words.confirm}
      isBusy={create.isPending || update.isPending}
      error={trouble.head}
      onClose={onClose}
      onSubmit={() => void submit()}
    >
      <TextField
        label={usersText.name}
        value={fields.name}
        autoComplete="off"
        error={trouble.fields.name}
        onChange={(name) => change({ name })}
      />
      {isNew && (
        <TextField
          label={usersText.email}
          type="email"
          value={fields.email}
          autoComplete="off"
          error={trouble.fields.email}
          onChange={(email) => change({ email })}
        />
      )}
      <RadioCards
        label={usersText.role}
        value={fields.role}
        onChange={(role) => change({ role })}
        options={roles.map((role) => ({
          value: role,
          label: roleText[role],
          hint: roleMeaning[role],
        }))}
      />
      <TextField
        label={isNew ? usersText.password : usersText.newPassword}
        hint={isNew ? usersText.passwordHint : usersText.newPasswordHint}
        type="password"
        value={fields.password}
        autoComplete="new-password"
        error={trouble.fields.password}
        onChange={(password) => change({ password })}
      />
    </FormDialog>
  )
}
