'use client'

import type { DomainAction } from '@drover/api-schema/agent-protocol.ts'
import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import { useState } from 'react'
import { useNow } from '../../client/hooks.ts'
import { formatAge, formatSize, unknownText } from '../../lib/format.ts'
import { confirmationText, domainsText } from '../../lib/text/domains.ts'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { TextField } from '../../ui/text-field.tsx'

type Props = {
  /** The action that waits for a yes; null: closed. */
  action: DomainAction | null
  domain: Domain
  host: Host
  isBusy: boolean
  onClose: () => void
  onConfirm: (action: DomainAction) => void
}

/** Names what will be lost. Destroying asks for the name to be typed: the wrong row is one click away. */
export function ActionDialog({ action, domain, host, isBusy, onClose, onConfirm }: Props) {
  const now = useNow()
  const [typed, setTyped] = useState('')
  const [isWrong, setWrong] = useState(false)
  const words = action === null ? null : confirmationText[action]
  const needsName = action === 'destroy'
  const close = () => {
    setTyped('')
    setWrong(false)
    onClose()
  }
  const confirm = () => {
    if (action === null) return
    if (needsName && typed.trim() !== domain.name) setWrong(true)
    else {
      setTyped('')
      setWrong(false)
      onConfirm(action)
    }
  }
  const body = words?.body({
    name: domain.name,
    host: host.name,
    memory: formatSize(domain.memCurrentBytes),
    uptime: domain.startedAt === null ? unknownText : formatAge(now - domain.startedAt),
  })
  return (
    <ConfirmDialog
      isOpen={words !== null}
      onOpenChange={(isOpen) => !isOpen && close()}
      title={words?.title(domain.name) ?? ''}
      body={
        <>
          <p>{body}</p>
          {needsName && (
            <TextField
              className="mt-3"
              label={domainsText.typeName(domain.name)}
              value={typed}
              autoComplete="off"
              spellCheck={false}
              error={isWrong ? domainsText.typeNameWrong(domain.name) : null}
              onChange={(value) => {
                setTyped(value)
                setWrong(false)
              }}
            />
          )}
        </>
      }
      confirmLabel={words?.confirm(domain.name) ?? ''}
      tone={needsName ? 'danger' : 'primary'}
      isBusy={isBusy}
      onConfirm={confirm}
    />
  )
}
