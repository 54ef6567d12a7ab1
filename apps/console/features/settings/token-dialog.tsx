'use client'

import { displayNameSchema } from '@drover/api-schema/scalars.ts'
import type { EnrolmentToken } from '@drover/api-schema/user.ts'
import { TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { refusalFrom } from '../../client/api.ts'
import { useCreateEnrolmentToken } from '../../client/mutations.ts'
import { tokensText } from '../../lib/text/settings.ts'
import { Button } from '../../ui/button.tsx'
import { CopyField } from '../../ui/copy-field.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { agentCommand } from './agent-command.ts'

type Made = { readonly token: EnrolmentToken; readonly secret: string }

/** Makes a token, then shows its secret: once, here, and nowhere else. */
export function TokenDialog({ onClose }: { onClose: () => void }) {
  const [made, setMade] = useState<Made | null>(null)
  return made === null ? (
    <NameDialog onClose={onClose} onMade={setMade} />
  ) : (
    <SecretDialog made={made} onClose={onClose} />
  )
}

type Trouble = { readonly name: string | null; readonly head: string | null }
const noTrouble: Trouble = { name: null, head: null }

function NameDialog({ onClose, onMade }: { onClose: () => void; onMade: (made: Made) => void }) {
  const create = useCreateEnrolmentToken()
  const [name, setName] = useState('')
  const [trouble, setTrouble] = useState(noTrouble)
  const submit = () => {
    if (!displayNameSchema.safeParse(name.trim()).success) {
      setTrouble({ name: tokensText.nameMissing, head: null })
      return
    }
    create.mutate(
      { name: name.trim() },
      {
        onSuccess: onMade,
        onError: (error) => {
          const refusal = refusalFrom(error)
          const atName = refusal.fields?.find((field) => field.path.endsWith('name'))
          setTrouble(
            atName === undefined
              ? { name: null, head: refusal.message }
              : { name: atName.message, head: null },
          )
        },
      },
    )
  }
  return (
    <FormDialog
      title={tokensText.createTitle}
      submitLabel={tokensText.createConfirm}
      isBusy={create.isPending}
      error={trouble.head}
      onClose={onClose}
      onSubmit={submit}
    >
      <TextField
        label={tokensText.name}
        hint={tokensText.createHint}
        value={name}
        autoComplete="off"
        error={trouble.name}
        onChange={(value) => {
          setName(value)
          setTrouble(noTrouble)
        }}
      />
    </FormDialog>
  )
}

function SecretDialog({ made, onClose }: { made: Made; onClose: () => void }) {
  const words = {
    copyShort: tokensText.copy,
    copied: tokensText.copied,
    failed: tokensText.copyFailed,
  }
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={tokensText.createdTitle(made.token.name)}
      footer={
        <Button tone="primary" onClick={onClose}>
          {tokensText.done}
        </Button>
      }
    >
      <div className="flex flex-col gap-4">
        <p className="flex gap-2 rounded-sm bg-warn-wash px-3 py-2 text-n12 text-sm">
          <TriangleAlert aria-hidden size={16} className="mt-0.5 shrink-0 text-warn" />
          {tokensText.createdOnce}
        </p>
        <CopyField
          words={{ ...words, label: tokensText.secret, copy: tokensText.copySecret }}
          value={made.secret}
        />
        <CopyField
          words={{ ...words, label: tokensText.command, copy: tokensText.copyCommand }}
          value={agentCommand(window.location.origin, made.secret)}
          hint={tokensText.commandHint}
        />
      </div>
    </Dialog>
  )
}
