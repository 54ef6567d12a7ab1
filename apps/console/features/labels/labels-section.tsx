'use client'
import type { Domain } from '@drover/api-schema/domain.ts'
import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import { applicationOf, type LabelEntry, labelEntries } from '@drover/api-schema/labels.ts'
import { roleAllows } from '@drover/api-schema/user.ts'
import { useState } from 'react'
import { refusalFrom } from '../../client/api.ts'
import { useUpdateLabels } from '../../client/labels.ts'
import { useDomain, useHost, useSession } from '../../client/queries.ts'
import { labelOriginText, labelsText } from '../../lib/text/labels.ts'
import { Button } from '../../ui/button.tsx'
import { PageSection } from '../../ui/page-head.tsx'
import { showToast } from '../../ui/toast.tsx'
import { ApplicationDialog } from './application-dialog.tsx'
import { LabelDialog } from './label-dialog.tsx'
import { tellOutcome } from './tell-outcome.ts'
import { idsOfThings, labelledOf, type Things } from './things.ts'

/** The application and the labels of a domain, as a part of its page. */
export function LabelsOfDomain({ domainId }: { domainId: DomainId }) {
  const domain = useDomain(domainId)
  if (domain === undefined || domain === null) return null
  return (
    <LabelsSection
      title={labelsText.titleWithApplication}
      things={{ kind: 'domains', domains: [domain] }}
      domain={domain}
    />
  )
}

/** The labels of a host, as a part of its page. */
export function LabelsOfHost({ hostId }: { hostId: HostId }) {
  const host = useHost(hostId)
  if (host === undefined || host === null) return null
  return <LabelsSection title={labelsText.title} things={{ kind: 'hosts', hosts: [host] }} />
}

type Open =
  | { readonly dialog: 'label'; readonly key: string; readonly value: string }
  | { readonly dialog: 'application' }

function LabelsSection({
  title,
  things,
  domain,
}: {
  title: string
  things: Things
  domain?: Domain
}) {
  const role = useSession()?.role
  const reason =
    role !== undefined && roleAllows(role, 'operator') ? null : labelsText.needsOperator
  const [open, setOpen] = useState<Open | null>(null)
  const entries = labelledOf(things).flatMap((thing) => labelEntries(thing))
  const close = () => setOpen(null)
  return (
    <PageSection
      title={title}
      aside={
        <>
          {domain !== undefined && (
            <span className="text-n11 text-sm">
              {applicationOf(domain) ?? (
                <span className="text-n10">{labelsText.applicationNone}</span>
              )}
            </span>
          )}
          <span className="ml-auto flex gap-2">
            {domain !== undefined && (
              <Button
                size="sm"
                disabledReason={reason}
                onClick={() => setOpen({ dialog: 'application' })}
              >
                {labelsText.applicationChange}
              </Button>
            )}
            <Button
              size="sm"
              disabledReason={reason}
              onClick={() => setOpen({ dialog: 'label', key: '', value: '' })}
            >
              {labelsText.add}
            </Button>
          </span>
        </>
      }
    >
      {entries.length === 0 ? (
        <p className="px-4 pt-1 pb-4 text-n10 text-sm">{labelsText.none}</p>
      ) : (
        <LabelTable
          entries={entries}
          things={things}
          reason={reason}
          onEdit={({ key, value }) => setOpen({ dialog: 'label', key, value })}
        />
      )}
      {open?.dialog === 'label' && <LabelDialog things={things} initial={open} onClose={close} />}
      {open?.dialog === 'application' && domain !== undefined && (
        <ApplicationDialog domains={[domain]} onClose={close} />
      )}
    </PageSection>
  )
}

function LabelTable({
  entries,
  things,
  reason,
  onEdit,
}: {
  entries: readonly LabelEntry[]
  things: Things
  reason: string | null
  onEdit: (entry: LabelEntry) => void
}) {
  const update = useUpdateLabels()
  const takeAway = (key: string) =>
    update.mutate(
      { ...idsOfThings(things), edit: { [key]: null } },
      {
        onSuccess: (outcome) => tellOutcome(things, outcome),
        onError: (error) => showToast({ tone: 'critical', title: refusalFrom(error).message }),
      },
    )
  return (
    <div className="overflow-x-auto pb-3">
      <table aria-label={labelsText.title} className="w-full max-w-200 text-left text-sm">
        <thead>
          <tr className="caption [&>th]:h-8 [&>th]:px-2 [&>th]:font-medium [&>th:first-child]:pl-4">
            <th scope="col">{labelsText.key}</th>
            <th scope="col">{labelsText.value}</th>
            <th scope="col">{labelsText.origin}</th>
            <th scope="col">
              <span className="sr-only">{labelsText.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr
              key={entry.key}
              className="[&>*]:border-t [&>*]:px-2 [&>*]:py-1 [&>*:first-child]:pl-4"
            >
              <th scope="row" className="font-mono font-normal text-n12 text-xs">
                {entry.key}
              </th>
              <td className="text-n12 [overflow-wrap:anywhere]">{entry.value}</td>
              <td>
                {labelOriginText[entry.origin]}
                {entry.origin === 'overridden' && (
                  <span className="text-n10 text-xs">
                    {' '}
                    {labelsText.agentSays(agentValue(things, entry.key))}
                  </span>
                )}
              </td>
              <td className="whitespace-nowrap text-right">
                <Button
                  size="sm"
                  tone="quiet"
                  disabledReason={reason}
                  aria-label={labelsText.editOf(entry.key)}
                  onClick={() => onEdit(entry)}
                >
                  {labelsText.edit}
                </Button>
                {entry.origin !== 'agent' && (
                  <Button
                    size="sm"
                    tone="quiet"
                    disabledReason={reason}
                    aria-label={
                      entry.origin === 'overridden'
                        ? labelsText.restoreOf(entry.key)
                        : labelsText.removeOf(entry.key)
                    }
                    onClick={() => takeAway(entry.key)}
                  >
                    {entry.origin === 'overridden' ? labelsText.restore : labelsText.remove}
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function agentValue(things: Things, key: string): string {
  const [thing] = labelledOf(things)
  return thing?.labels[key] ?? ''
}
