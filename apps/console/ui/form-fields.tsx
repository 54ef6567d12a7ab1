'use client'
import { classNames } from '../lib/class-names.ts'
import type { FormField } from '../lib/form-field.ts'
import { Select } from './select.tsx'
import { TextField } from './text-field.tsx'

type Props<Id extends string> = {
  fields: readonly FormField<Id>[]
  onChange: (id: Id, value: string) => void
  /** Shown and not to be changed. */
  isReadOnly?: boolean
  className?: string
}

/** Lines of a form that is described as data: choices and numbers with their unit. */
export function FormFields<Id extends string>({
  fields,
  onChange,
  isReadOnly = false,
  className,
}: Props<Id>) {
  return (
    <div className={classNames('grid items-start gap-x-4 gap-y-3 sm:grid-cols-2', className)}>
      {fields.map((field) =>
        field.kind === 'choice' ? (
          <Choice
            key={field.id}
            field={field}
            isReadOnly={isReadOnly}
            onChange={(value) => onChange(field.id, value)}
          />
        ) : (
          <TextField
            key={field.id}
            label={`${field.label} (${field.unit})`}
            inputMode="decimal"
            autoComplete="off"
            readOnly={isReadOnly}
            hint={field.hint}
            error={field.error}
            value={field.value}
            onChange={(value) => onChange(field.id, value)}
          />
        ),
      )}
    </div>
  )
}

function Choice({
  field,
  isReadOnly,
  onChange,
}: {
  field: Extract<FormField, { kind: 'choice' }>
  isReadOnly: boolean
  onChange: (value: string) => void
}) {
  const shown = field.options.find(({ value }) => value === field.value)?.label ?? field.value
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <span aria-hidden={!isReadOnly} className="font-medium text-n11 text-sm">
        {field.label}
      </span>
      {isReadOnly ? (
        <span className="min-h-8 py-1.5 text-n12 text-sm">{shown}</span>
      ) : (
        <Select
          label={field.label}
          options={field.options}
          value={field.value}
          onChange={onChange}
          className="w-full bg-n1"
        />
      )}
      {field.hint !== undefined && <p className="text-n10 text-xs">{field.hint}</p>}
    </div>
  )
}
