'use client'

import { refuseResolution } from '@drover/api-schema/capabilities.ts'
import type { Migration } from '@drover/api-schema/migration.ts'
import { roleAllows } from '@drover/api-schema/user.ts'
import { type FormEvent, useId, useState } from 'react'
import { refusalFrom } from '../../client/api.ts'
import { type Resolution, useResolveMigration } from '../../client/mutations.ts'
import { useSession } from '../../client/queries.ts'
import { formatAge } from '../../lib/format.ts'
import { inDoubtText } from '../../lib/text/in-doubt.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { FormError } from '../../ui/form-error.tsx'
import { PageSection } from '../../ui/page-head.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { showToast } from '../../ui/toast.tsx'

/** For a migration whose destination cannot be heard: what is known, what is asked, what an administrator may order. */
export function InDoubtPanel({ migration, now }: { migration: Migration; now: number }) {
  const role = useSession()?.role
  const [chosen, setChosen] = useState<Resolution | null>(null)
  const { domainName, sourceHostName, destinationHostName, state } = migration
  if (refuseResolution(migration) !== null || state.phase !== 'activating') return null
  const age = formatAge(now - state.pausedAt)
  const isAdmin = role !== undefined && roleAllows(role, 'admin')
  return (
    <PageSection title={inDoubtText.title}>
      <div className="flex max-w-180 flex-col gap-3 px-4 pt-1 pb-4 text-n11 text-sm">
        <ul className="list-disc space-y-1 pl-5">
          <li>{inDoubtText.knownPaused(domainName, sourceHostName, age)}</li>
          <li>{inDoubtText.knownSilent(destinationHostName)}</li>
          <li>{inDoubtText.asked(destinationHostName)}</li>
          <li>{inDoubtText.first(destinationHostName)}</li>
        </ul>
        {isAdmin ? (
          <div className="flex flex-wrap gap-2">
            <Button onClick={() => setChosen('resume')}>
              {inDoubtText.resume(sourceHostName)}
            </Button>
            <Button onClick={() => setChosen('release')}>
              {inDoubtText.release(sourceHostName)}
            </Button>
          </div>
        ) : (
          <p className="text-n10">{inDoubtText.adminsOnly}</p>
        )}
      </div>
      {chosen !== null && (
        <ResolveDialog migration={migration} resolution={chosen} onClose={() => setChosen(null)} />
      )}
    </PageSection>
  )
}

function wordsFor({ domainName, sourceHostName, destinationHostName }: Migration, to: Resolution) {
  return to === 'resume'
    ? {
        title: inDoubtText.resumeTitle(domainName, sourceHostName),
        risk: inDoubtText.resumeRisk(domainName, destinationHostName),
        confirm: inDoubtText.resumeConfirm(sourceHostName),
      }
    : {
        title: inDoubtText.releaseTitle(domainName, sourceHostName),
        risk: inDoubtText.releaseRisk(domainName, destinationHostName),
        confirm: inDoubtText.releaseConfirm,
      }
}

function ResolveDialog({
  migration,
  resolution,
  onClose,
}: {
  migration: Migration
  resolution: Resolution
  onClose: () => void
}) {
  const formId = useId()
  const resolve = useResolveMigration()
  const [typed, setTyped] = useState('')
  const { domainName, migrationId, sourceHostName } = migration
  const words = wordsFor(migration, resolution)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (typed !== domainName) return
    resolve.mutate(
      { migrationId, resolution, confirmation: typed },
      {
        onSuccess: () => {
          showToast({ tone: 'notice', title: inDoubtText.ordered(sourceHostName) })
          onClose()
        },
      },
    )
  }
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={words.title}
      footer={
        <>
          <Button onClick={onClose}>{inDoubtText.back}</Button>
          <Button
            type="submit"
            form={formId}
            tone="danger"
            isBusy={resolve.isPending}
            disabledReason={typed === domainName ? null : inDoubtText.typeName(domainName)}
          >
            {words.confirm}
          </Button>
        </>
      }
    >
      <form id={formId} onSubmit={submit} className="flex flex-col gap-3 text-n11 text-sm">
        {resolve.isError && <FormError message={refusalFrom(resolve.error).message} />}
        <p className="text-n12">{words.risk}</p>
        <p>{inDoubtText.audited}</p>
        <TextField
          label={inDoubtText.typeName(domainName)}
          value={typed}
          onChange={setTyped}
          autoComplete="off"
          spellCheck={false}
          data-autofocus
        />
      </form>
    </Dialog>
  )
}
