'use client'
import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { type FormEvent, useState } from 'react'
import { refusalFrom } from '../../client/api.ts'
import { useCreateFirstAdmin } from '../../client/mutations.ts'
import { queries } from '../../client/queries.ts'
import { paths } from '../../lib/paths.ts'
import { sessionText } from '../../lib/text/session.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { FormError } from '../../ui/form-error.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { SessionFrame } from './session-frame.tsx'
import { checkSetupFields, type SetupFields } from './setup-fields.ts'

/** Where the printed link leads. */
export function Setup({ token }: { token: string }) {
  const link = useQuery({ ...queries.setup(token), enabled: token !== '' })
  if (token === '' || link.data?.isValid === false) return <BadLink />
  if (link.isError) {
    return (
      <SessionFrame title={sessionText.setupTitle}>
        <ErrorState message={refusalFrom(link.error).message} onRetry={() => void link.refetch()} />
      </SessionFrame>
    )
  }
  return (
    <SessionFrame title={sessionText.setupTitle}>
      {link.data === undefined ? <FormSkeleton /> : <SetupForm token={token} />}
    </SessionFrame>
  )
}

function BadLink() {
  return (
    <SessionFrame title={sessionText.linkBadTitle}>
      <p className="mb-4 text-n11 text-sm">{sessionText.linkBadBody}</p>
      <Link href={paths.signIn()} className={buttonClass('neutral', 'lg')}>
        {sessionText.toSignIn}
      </Link>
    </SessionFrame>
  )
}

function FormSkeleton() {
  return (
    <div className="flex flex-col gap-4">
      {['w-16', 'w-14', 'w-20'].map((width) => (
        <div key={width} className="flex flex-col gap-1.5">
          <Skeleton className={`h-4 ${width}`} />
          <Skeleton className="h-8" />
        </div>
      ))}
      <Skeleton className="h-10" />
    </div>
  )
}

const nothing: SetupFields = { name: '', email: '', password: '' }

function SetupForm({ token }: { token: string }) {
  const router = useRouter()
  const create = useCreateFirstAdmin()
  const [fields, setFields] = useState(nothing)
  const [isChecked, setChecked] = useState(false)
  const errors = checkSetupFields(fields)

  function submit(event: FormEvent) {
    event.preventDefault()
    setChecked(true)
    if (Object.values(errors).some((error) => error !== null)) return
    create.mutate(
      { token, name: fields.name.trim(), email: fields.email.trim(), password: fields.password },
      { onSuccess: () => router.replace(paths.board()) },
    )
  }

  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-4">
      <p className="-mt-2 text-n10 text-sm">{sessionText.setupBody}</p>
      {create.isError && <FormError message={refusalFrom(create.error).message} />}
      <TextField
        label={sessionText.name}
        name="name"
        autoComplete="name"
        value={fields.name}
        onChange={(name) => setFields({ ...fields, name })}
        error={isChecked ? errors.name : null}
      />
      <TextField
        label={sessionText.email}
        name="email"
        type="email"
        autoComplete="username"
        value={fields.email}
        onChange={(email) => setFields({ ...fields, email })}
        error={isChecked ? errors.email : null}
      />
      <TextField
        label={sessionText.password}
        name="password"
        type="password"
        autoComplete="new-password"
        hint={sessionText.passwordHint}
        value={fields.password}
        onChange={(password) => setFields({ ...fields, password })}
        error={isChecked ? errors.password : null}
      />
      <Button type="submit" tone="primary" size="lg" isBusy={create.isPending || create.isSuccess}>
        {sessionText.setupAction}
      </Button>
    </form>
  )
}
