'use client'
import { labelsOf } from '@drover/api-schema/labels.ts'
import { labelKeySchema, labelValueSchema } from '@drover/api-schema/scalars.ts'
import { useId, useState } from 'react'
import { refusalFrom } from '../../client/api.ts'
import { useUpdateLabels } from '../../client/labels.ts'
import { useFleet } from '../../client/queries.ts'
import { labelsText } from '../../lib/text/labels.ts'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { RadioCards } from '../../ui/radio-cards.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { tellOutcome } from './tell-outcome.ts'
import { idsOfThings, nameOfThings, type Things } from './things.ts'

/** Sets one label, or takes it away, on one thing or on many. */
export function LabelDialog({
  things,
  initial = { key: '', value: '' },
  onClose,
}: {
  things: Things
  initial?: { readonly key: string; readonly value: string }
  onClose: () => void
}) {
  const [action, setAction] = useState<'set' | 'take-away'>('set')
  const [key, setKey] = useState(initial.key)
  const [value, setValue] = useState(initial.value)
  const [isTried, setTried] = useState(false)
  const update = useUpdateLabels()
  const isKeyWrong = !labelKeySchema.safeParse(key.trim()).success
  const isValueWrong = action === 'set' && !labelValueSchema.safeParse(value.trim()).success
  const submit = () => {
    setTried(true)
    if (isKeyWrong || isValueWrong) return
    const edit = { [key.trim()]: action === 'set' ? value.trim() : null }
    update.mutate(
      { ...idsOfThings(things), edit },
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
      title={labelsText.setTitle(nameOfThings(things))}
      submitLabel={action === 'set' ? labelsText.confirmSet : labelsText.confirmTakeAway}
      isBusy={update.isPending}
      error={update.error === null ? null : refusalFrom(update.error).message}
      onClose={onClose}
      onSubmit={submit}
    >
      {initial.key === '' && (
        <RadioCards
          label={labelsText.change}
          value={action}
          onChange={setAction}
          options={[
            { value: 'set', label: labelsText.set, hint: labelsText.setHint },
            { value: 'take-away', label: labelsText.takeAway, hint: labelsText.takeAwayHint },
          ]}
        />
      )}
      <KeyAndValue
        things={things}
        isKeyFixed={initial.key !== ''}
        hasValue={action === 'set'}
        keyText={key}
        value={value}
        keyError={isTried && isKeyWrong ? labelsText.keyWrong : null}
        valueError={isTried && isValueWrong ? labelsText.valueWrong : null}
        onKey={setKey}
        onValue={setValue}
      />
    </FormDialog>
  )
}

/** With what the fleet has already offered by the browser, so that one team does not write "tier" and another "Tier". */
function KeyAndValue({
  things,
  isKeyFixed,
  hasValue,
  keyText,
  value,
  keyError,
  valueError,
  onKey,
  onValue,
}: {
  things: Things
  isKeyFixed: boolean
  hasValue: boolean
  keyText: string
  value: string
  keyError: string | null
  valueError: string | null
  onKey: (key: string) => void
  onValue: (value: string) => void
}) {
  const id = useId()
  const fleet = useFleet()?.fleet
  const labels = ((things.kind === 'domains' ? fleet?.domains : fleet?.hosts) ?? []).map(labelsOf)
  const keys = [...new Set(labels.flatMap(Object.keys))].sort()
  const values = [
    ...new Set(labels.flatMap((one) => (Object.hasOwn(one, keyText) ? [one[keyText] ?? ''] : []))),
  ].sort()
  return (
    <>
      <TextField
        label={labelsText.key}
        hint={isKeyFixed ? undefined : labelsText.keyHint}
        value={keyText}
        readOnly={isKeyFixed}
        list={`${id}-keys`}
        autoCapitalize="none"
        spellCheck={false}
        error={keyError}
        onChange={onKey}
      />
      <datalist id={`${id}-keys`}>
        {keys.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      {hasValue && (
        <TextField
          label={labelsText.value}
          value={value}
          list={`${id}-values`}
          error={valueError}
          onChange={onValue}
        />
      )}
      <datalist id={`${id}-values`}>
        {values.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </>
  )
}
