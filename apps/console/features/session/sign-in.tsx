'use client'
import { useRouter } from 'next/navigation'
import { type FormEvent, useRef, useState } from 'react'
import { refusalFrom } from '../../client/api.ts'
import { useSignIn } from '../../client/mutations.ts'
import { safeNext } from '../../lib/paths.ts'
import { sessionText } from '../../lib/text/session.ts'
import { Button } from '../../ui/button.tsx'
import { FormError } from '../../ui/form-error.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { SessionFrame } from './session-frame.tsx'

export function SignIn({ next }: { next: string | null }) {
  const router = useRouter()
  const signIn = useSignIn()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const form = useRef<HTMLFormElement>(null)

  function submit(event: FormEvent) {
    event.preventDefault()
    signIn.mutate(
      { email: email.trim(), password },
      {
        onSuccess: () => router.replace(safeNext(next)),
        onError: () =>
          form.current?.querySelector<HTMLInputElement>('input[name=password]')?.select(),
      },
    )
  }

  return (
    <SessionFrame title={sessionText.signInTitle}>
      <form ref={form} onSubmit={submit} className="flex flex-col gap-4">
        {signIn.isError && <FormError message={refusalFrom(signIn.error).message} />}
        <TextField
          label={sessionText.email}
          name="email"
          type="email"
          autoComplete="username"
          required
          value={email}
          onChange={setEmail}
        />
        <TextField
          label={sessionText.password}
          name="password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={setPassword}
        />
        <Button
          type="submit"
          tone="primary"
          size="lg"
          isBusy={signIn.isPending || signIn.isSuccess}
        >
          {sessionText.signInAction}
        </Button>
      </form>
    </SessionFrame>
  )
}
