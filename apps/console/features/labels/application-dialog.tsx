'use client'
import type { Domain } from '@drover/api-schema/domain.ts'
import { applicationOf } from '@drover/api-schema/labels.ts'
import { displayNameSchema } from '@drover/api-schema/scalars.ts'
import { useId, useState } from 'react'
import { refusalFrom } from '../../client/api.ts'
import { type ApplicationChange, useUpdateApplications } from '../../client/labels.ts'
import { useFleet } from '../../client/queries.ts'
import { labelsText } from '../../lib/text/labels.ts'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { RadioCards } from '../../ui/radio-cards.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { tellOutcome } from './tell-outcome.ts'
import { idsOfThings, nameOfThings, type Things } from './things.ts'

type To = ApplicationChange['set']['to']

/** Makes domains part of an application, of none, or of what their agents say. */
export function ApplicationDialog({
  domains,
  onClose,
}: {
  domains: readonly Domain[]
  onClose: () => void
}) {
  const id = useId()
  const things: Things = { kind: 'domains', domains }
  const [to, setTo] = useState<To>('application')
  const [name, setName] = useState(() => sharedApplication(domains))
  const [isTried, setTried] = useState(false)
  const update = useUpdateApplications()
  const fleet = useFleet()?.fleet
  const known = [...new Set((fleet?.domains ?? []).map(applicationOf))].filter(
    (one) => one !== null,
  )
  const isWrong = to === 'application' && !displayNameSchema.safeParse(name.trim()).success
  const submit = () => {
    setTried(true)
    if (isWrong) return
    const set: ApplicationChange['set'] =
      to === 'application' ? { to, application: name.trim() } : { to }
    update.mutate(
      { domainIds: idsOfThings(things).domainIds, set },
      {
        onSuccess: (outcome) => {
          tellOutcome(things, outcome)
          onClose()
        },
      },
    )
  }
  return (
    <FormDialog
      title={labelsText.applicationTitle(nameOfThings(things))}
      submitLabel={labelsText.save}
      isBusy={update.isPending}
      error={update.error === null ? null : refusalFrom(update.error).message}
      onClose={onClose}
      onSubmit={submit}
    >
      <RadioCards
        label={labelsText.to}
        value={to}
        onChange={setTo}
        options={[
          {
            value: 'application',
            label: labelsText.toApplication,
            hint: labelsText.toApplicationHint,
          },
          { value: 'none', label: labelsText.toNone, hint: labelsText.toNoneHint },
          { value: 'as-agent-says', label: labelsText.toAgent, hint: labelsText.toAgentHint },
        ]}
      />
      {to === 'application' && (
        <TextField
          label={labelsText.applicationName}
          value={name}
          list={`${id}-known`}
          error={isTried && isWrong ? labelsText.applicationWrong : null}
          onChange={setName}
        />
      )}
      <datalist id={`${id}-known`}>
        {known.sort().map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </FormDialog>
  )
}

/** What they all belong to; empty when they differ. */
function sharedApplication(domains: readonly Domain[]): string {
  const names = new Set(domains.map(applicationOf))
  const [only] = names
  return names.size === 1 && only !== undefined && only !== null ? only : ''
}
