'use client'

import { roles, type User } from '@drover/api-schema/user.ts'
import { type FormEvent, useId, useState } from 'react'
import { refusalFrom } from '../../client/api.ts'
import { useCreateUser, useUpdateUser } from '../../client/mutations.ts'
import { roleText } from '../../lib/text/common.ts'
import { roleMeaning, settingsText, usersText } from '../../lib/text/settings.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { FormError } from '../../ui/form-error.tsx'
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

export function UserDialog({
  subject,
  onClose,
}: {
  subject: UserDialogSubject
  onClose: () => void
}) {
  const formId = useId()
  const create = useCreateUser()
  const update = useUpdateUser()
  const mutation = subject.mode === 'new' ? create : update
  const words = wordsFor(subject)
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={words.title}
      {...(words.hint === null ? {} : { description: words.hint })}
      size="sm"
      footer={
        <>
          <Button onClick={onClose}>{settingsText.cancel}</Button>
          <Button tone="primary" type="submit" form={formId} isBusy={mutation.isPending}>
            {words.confirm}
          </Button>
        </>
      }
    >
      <UserForm
        formId={formId}
        subject={subject}
        onSubmit={async (fields) => {
          if (subject.mode === 'new') {
            await create.mutateAsync({
              name: fields.name.trim(),
              email: fields.email.trim(),
              role: fields.role,
              password: fields.password,
            })
            showToast({ tone: 'ok', title: usersText.added(fields.name.trim()) })
          } else {
            const { user } = subject
            await update.mutateAsync({ userId: user.userId, changes: changesOf(user, fields) })
            showToast({ tone: 'ok', title: usersText.changed(fields.name.trim()) })
          }
          onClose()
        }}
      />
    </Dialog>
  )
}

function wordsFor(subject: UserDialogSubject) {
  return subject.mode === 'new'
    ? { title: usersText.addTitle, hint: usersText.addHint, confirm: usersText.addConfirm }
    : { title: usersText.editTitle(subject.user.name), hint: null, confirm: settingsText.save }
}

type Trouble = { readonly fields: UserErrors; readonly head: string | null }
const noTrouble: Trouble = { fields: noErrors, head: null }

function UserForm({
  formId,
  subject,
  onSubmit,
}: {
  formId: string
  subject: UserDialogSubject
  /** Rejects with the refusal. */
  onSubmit: (fields: UserFields) => Promise<void>
}) {
  const isNew = subject.mode === 'new'
  const [fields, setFields] = useState(isNew ? emptyFields : fieldsOf(subject.user))
  const [trouble, setTrouble] = useState(noTrouble)
  const change = (changes: Partial<UserFields>) => {
    setFields({ ...fields, ...changes })
    setTrouble(noTrouble)
  }
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const wrong = checkUserFields(fields, subject.mode)
    setTrouble({ fields: wrong, head: null })
    if (hasErrors(wrong)) return
    try {
      await onSubmit(fields)
    } catch (error) {
      const { fields: atFields, head } = errorsOf(refusalFrom(error))
      setTrouble({ fields: atFields, head: head?.message ?? null })
    }
  }
  return (
    <form id={formId} noValidate onSubmit={submit} className="flex flex-col gap-4">
      {trouble.head !== null && <FormError message={trouble.head} />}
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
    </form>
  )
}
