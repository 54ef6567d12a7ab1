'use client'

import type { Host } from '@drover/api-schema/host.ts'
import { roleAllows } from '@drover/api-schema/user.ts'
import { Gauge } from 'lucide-react'
import { type FormEvent, useId, useState } from 'react'
import { refusalFrom } from '../../client/api.ts'
import { bandwidthOf, mbitText } from '../../client/migration-draft.ts'
import { useUpdateHost } from '../../client/mutations.ts'
import { useSession } from '../../client/queries.ts'
import { formatLimit } from '../../lib/format.ts'
import { hostLimitText as text } from '../../lib/text/migration-settings.ts'
import { termsText } from '../../lib/text/migration-terms.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { FormError } from '../../ui/form-error.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { showToast } from '../../ui/toast.tsx'

/** What migrations may send from and to the host; the button says what holds now. */
export function MigrationLimit({ host }: { host: Host }) {
  const role = useSession()?.role
  const [isOpen, setOpen] = useState(false)
  const { migrationBytesPerSec: limit } = host
  const mayChange = role !== undefined && roleAllows(role, 'operator')
  return (
    <>
      <Button
        size="sm"
        icon={<Gauge aria-hidden size={14} />}
        disabledReason={mayChange ? null : text.needsOperator}
        onClick={() => setOpen(true)}
      >
        {text.button(limit === null ? text.none : formatLimit(limit))}
      </Button>
      {isOpen && <LimitDialog host={host} onClose={() => setOpen(false)} />}
    </>
  )
}

function LimitDialog({ host, onClose }: { host: Host; onClose: () => void }) {
  const formId = useId()
  const update = useUpdateHost()
  const [typed, setTyped] = useState(mbitText(host.migrationBytesPerSec))
  const wanted = bandwidthOf(typed)
  const nic = formatLimit(host.nicBytesPerSec)
  const error =
    wanted === undefined
      ? termsText.bandwidthWrong
      : wanted !== null && wanted > host.nicBytesPerSec
        ? text.overNic(nic)
        : null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (error !== null || wanted === undefined) return
    update.mutate(
      { hostId: host.hostId, changes: { migrationBytesPerSec: wanted } },
      {
        onSuccess: () => {
          const title =
            wanted === null ? text.lifted(host.name) : text.set(host.name, formatLimit(wanted))
          showToast({ tone: 'ok', title })
          onClose()
        },
      },
    )
  }
  return (
    <Dialog
      isOpen
      size="sm"
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={text.title(host.name)}
      footer={
        <>
          <Button onClick={onClose}>{text.cancel}</Button>
          <Button
            type="submit"
            form={formId}
            tone="primary"
            isBusy={update.isPending}
            disabledReason={error}
          >
            {text.save}
          </Button>
        </>
      }
    >
      <form id={formId} onSubmit={submit} className="flex flex-col gap-3">
        {update.isError && <FormError message={refusalFrom(update.error).message} />}
        <TextField
          label={`${text.label} (${termsText.mbit})`}
          hint={text.hint(nic)}
          error={error}
          inputMode="decimal"
          autoComplete="off"
          value={typed}
          onChange={setTyped}
          data-autofocus
        />
      </form>
    </Dialog>
  )
}
