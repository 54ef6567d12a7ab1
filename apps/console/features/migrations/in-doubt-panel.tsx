'use client'

import { refuseResolution } from '@drover/api-schema/capabilities.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { Migration } from '@drover/api-schema/migration.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { roleAllows } from '@drover/api-schema/user.ts'
import { type FormEvent, type ReactNode, useId, useState } from 'react'
import { refusalFrom } from '../../client/api.ts'
import { type Resolution, useResolveMigration } from '../../client/mutations.ts'
import { useSession } from '../../client/queries.ts'
import { formatAge } from '../../lib/format.ts'
import { inDoubtText } from '../../lib/text/in-doubt.ts'
import { Banner } from '../../ui/banner.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { FormError } from '../../ui/form-error.tsx'
import { PageSection } from '../../ui/page-head.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { showToast } from '../../ui/toast.tsx'

/** For a migration whose destination cannot be heard: what is known, what is asked, what an administrator may order. */
export function InDoubtPanel({
  migration,
  destination,
  now,
}: {
  migration: Migration
  /** Null: the host was removed, or the fleet is not known yet. */
  destination: Host | null | undefined
  now: number
}) {
  const role = useSession()?.role
  const [chosen, setChosen] = useState<Resolution | null>(null)
  const { domainName, sourceHostName, destinationHostName, state } = migration
  if (refuseResolution(migration, 'resume') !== null || state.phase !== 'activating') return null
  const age = formatAge(now - state.pausedAt)
  return (
    <>
      <Banner tone="critical">{inDoubtText.banner(domainName, age)}</Banner>
      <PageSection title={inDoubtText.title}>
        <div className="grid gap-x-10 gap-y-4 px-4 pt-1 pb-4 text-n11 text-sm lg:grid-cols-3">
          <Part title={inDoubtText.known}>
            <p>{inDoubtText.knownPaused(domainName, sourceHostName, age)}</p>
            <p>{inDoubtText.knownSilent(destinationHostName)}</p>
            <p>{lastHeard(destinationHostName, destination, now)}</p>
          </Part>
          <Part title={inDoubtText.askedTitle}>
            <p>{inDoubtText.asked(destinationHostName)}</p>
            <p>{inDoubtText.first(destinationHostName)}</p>
          </Part>
          <Part title={inDoubtText.byHand}>
            {role !== undefined && roleAllows(role, 'admin') ? (
              <Orders migration={migration} onChoose={setChosen} />
            ) : (
              <p>{inDoubtText.adminsOnly}</p>
            )}
          </Part>
        </div>
        {chosen !== null && (
          <ResolveDialog
            migration={migration}
            resolution={chosen}
            onClose={() => setChosen(null)}
          />
        )}
      </PageSection>
    </>
  )
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="flex max-w-120 flex-col gap-1.5">
      <h3 className="caption">{title}</h3>
      {children}
    </section>
  )
}

function lastHeard(name: string, host: Host | null | undefined, now: number): string | null {
  if (host === undefined) return null
  if (host === null) return inDoubtText.isRemoved(name)
  switch (host.connection.status) {
    case 'online':
      return inDoubtText.isConnected(name)
    case 'stale':
    case 'lost':
      return inDoubtText.heardAgo(name, formatAge(now - host.connection.lastSeenAt))
    default:
      return assertNever(host.connection)
  }
}

/** The two orders, each with when it is the right one. */
function Orders({
  migration,
  onChoose,
}: {
  migration: Migration
  onChoose: (resolution: Resolution) => void
}) {
  const { domainName, sourceHostName, destinationHostName } = migration
  const noRelease = refuseResolution(migration, 'release')
  return (
    <>
      <p>{inDoubtText.look(destinationHostName)}</p>
      <div className="flex flex-col items-start gap-1 pt-1">
        <Button onClick={() => onChoose('resume')}>{inDoubtText.resume(sourceHostName)}</Button>
        <p className="pb-2 text-n10 text-xs">
          {inDoubtText.resumeWhen(domainName, destinationHostName)}
        </p>
        <Button disabledReason={noRelease?.message ?? null} onClick={() => onChoose('release')}>
          {inDoubtText.release(sourceHostName)}
        </Button>
        <p className="text-n10 text-xs">
          {inDoubtText.releaseWhen(domainName, destinationHostName)}
        </p>
      </div>
    </>
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
