'use client'
import { weekdays } from '@drover/api-schema/week-time.ts'
import { Plus, X } from 'lucide-react'
import { classNames } from '../../lib/class-names.ts'
import { weekdayText } from '../../lib/text/policies.ts'
import { editorText } from '../../lib/text/policy-editor.ts'
import { Button } from '../../ui/button.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { TextField } from '../../ui/text-field.tsx'
import type { FieldsProps } from './rule-body-fields.tsx'
import type { WindowFields } from './rule-fields.ts'

/** The hours of a rule on when domains may be moved, one window a line. */
export function WindowFieldList({ fields, errors, onChange }: FieldsProps) {
  const { windows } = fields
  const replace = (index: number, window: WindowFields) =>
    onChange({ windows: windows.with(index, window) })
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="pb-1 font-medium text-n11 text-sm">{editorText.windows}</legend>
      {windows.map((window, index) => (
        <WindowLine
          // biome-ignore lint/suspicious/noArrayIndexKey: windows have no other name than their place
          key={index}
          number={index + 1}
          window={window}
          onChange={(next) => replace(index, next)}
          onRemove={() => onChange({ windows: windows.toSpliced(index, 1) })}
        />
      ))}
      {errors.windows !== undefined && (
        <p role="alert" className="text-crit text-xs">
          {errors.windows}
        </p>
      )}
      <div>
        <Button
          size="sm"
          icon={<Plus aria-hidden size={14} />}
          onClick={() =>
            onChange({ windows: [...windows, { days: weekdays, from: '22:00', until: '05:00' }] })
          }
        >
          {editorText.addWindow}
        </Button>
      </div>
    </fieldset>
  )
}

function WindowLine({
  number,
  window,
  onChange,
  onRemove,
}: {
  number: number
  window: WindowFields
  onChange: (window: WindowFields) => void
  onRemove: () => void
}) {
  const { days } = window
  const toggle = (day: WindowFields['days'][number]) =>
    onChange({
      ...window,
      days: days.includes(day) ? days.filter((other) => other !== day) : [...days, day],
    })
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset inside the fieldset would want a legend in sight
    <div
      role="group"
      aria-label={editorText.window(number)}
      className="flex flex-wrap items-end gap-2 rounded-md border border-n6 p-2"
    >
      <div className="flex flex-wrap gap-1">
        {weekdays.map((day) => (
          <button
            key={day}
            type="button"
            aria-pressed={days.includes(day)}
            aria-label={weekdayText[day].long}
            onClick={() => toggle(day)}
            className={classNames(
              'h-8 rounded-sm border px-1.5 text-xs max-sm:h-10',
              days.includes(day)
                ? 'border-accent bg-accent-wash font-medium text-n12'
                : 'border-n6 text-n10 hover:bg-n3',
            )}
          >
            {weekdayText[day].short}
          </button>
        ))}
      </div>
      <TextField
        label={editorText.from}
        type="time"
        value={window.from}
        onChange={(from) => onChange({ ...window, from })}
      />
      <TextField
        label={editorText.until}
        type="time"
        value={window.until}
        onChange={(until) => onChange({ ...window, until })}
      />
      <IconButton
        label={editorText.removeWindow(number)}
        icon={<X size={14} />}
        onClick={onRemove}
        className="ml-auto"
      />
    </div>
  )
}
